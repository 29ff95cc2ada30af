"""The browser's screen: composes the panels, and hands on what keys, panels and the cursor have to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from ...replay.kept.kept import Kept
from ...replay.trace import Trace
from ...trace.reading.directory import Directory
from ..actions import ASIDE, bindings
from ..background import Background
from ..checking import Checking
from ..exporting import Exporting
from ..filtering import Filtering
from ..following import ENDED, Following
from ..keeping import Keeping
from ..messages import (
    Checked,
    FindOrigin,
    FindOut,
    Followed,
    GoTo,
    Grown,
    Moved,
    Stuck,
    Told,
    Whole,
)
from ..moving import Moving
from ..panels.details import Details
from ..panels.event_list import EventList
from ..panels.filter_bar import FilterBar
from ..panels.key_line import KeyLine
from ..panels.lanes import LanesPanel
from ..panels.overview import Overview
from ..panels.panel import Panel
from ..panels.position_line import PositionLine
from ..panels.search_bar import SearchBar
from ..panels.strip import RunStrip
from ..panels.title_line import TitleLine
from ..panels.trouble_line import TroubleLine
from ..playing import Player
from ..stopping import Stopping
from ..survey import Survey
from .copy_actions import CopyActions
from .help import HelpScreen
from .loading import LoadingScreen
from .room import CSS as ROOM_CSS
from .search_actions import SearchActions
from .stop_actions import StopActions
from .view_actions import ViewActions

WIDE = 110
"""Columns of a terminal from which on list and details stand side by side."""

LOW, TALL = 18, 40
"""Lines of a terminal below which the strip has no plot, and from which on it has two."""

FEW = 1 << 13
"""Events of a trace of which anything is found out at once: in some milliseconds, and with the first screen."""

SOON: Final = 2.0
"""Seconds between two surveys of a run that is followed: each costs more the longer it has become."""

WITHOUT_EVENTS = frozenset({"help", "follow"})
"""Actions of this screen that make sense where there is no event."""


class BrowserScreen(StopActions, ViewActions, SearchActions, CopyActions):
    """Browses one trace.

    Args:
        trace: The trace.
        index: Event to begin at; negative from the end; None: at the overview.
        kept: What was kept of it; None: nothing is.
        follow: Read on as the run goes on.

    Attributes:
        kept: What is kept of the trace: bookmarks, stops, the last place, values by name.
        moving: Where it is in the trace.
        filtering: Which events are listed.
    """

    class Replaced(Message):
        """Another file has taken the place of the one that was followed.

        Args:
            browser: Who says so.
            index: Where to go on in it.
        """

        def __init__(self, browser: BrowserScreen, index: int) -> None:
            super().__init__()
            self.browser = browser
            self.index = index

    PANELS: ClassVar[tuple[tuple[type[Panel], ...], ...]] = (
        (TitleLine,),
        (RunStrip,),
        (LanesPanel,),
        (EventList, Details, Overview),
        (PositionLine,),
    )
    """The panels, row by row from top to bottom. Those of one row stand side by side where there is room."""

    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    DEFAULT_CSS = """
    BrowserScreen .row { layout: vertical; height: 1fr; }
    BrowserScreen.-wide .row { layout: horizontal; }
    BrowserScreen RunStrip { height: 3; }
    BrowserScreen.-tall RunStrip { height: 5; }
    BrowserScreen.-low RunStrip, BrowserScreen RunStrip.-plain { height: 1; }
    BrowserScreen EventList { width: 100%; height: 1fr; }
    BrowserScreen Details { width: 100%; height: 9; max-height: 45%; border-top: solid $panel; }
    BrowserScreen.-wide EventList { width: 54fr; height: 100%; }
    BrowserScreen.-wide Details { width: 46fr; height: 100%; max-height: 100%; }
    BrowserScreen.-wide Details { border-top: none; border-left: solid $panel; }
    BrowserScreen Overview { width: 100%; height: 100%; display: none; }
    BrowserScreen.-overview Overview { display: block; }
    BrowserScreen.-overview EventList, BrowserScreen.-overview Details { display: none; }
    BrowserScreen #empty { height: 1fr; content-align: center middle; }
    """
    DEFAULT_CSS += ROOM_CSS

    def __init__(
        self, trace: Trace, index: int | None = None, kept: Kept | None = None, *, follow: bool = False
    ) -> None:
        super().__init__()
        self.trace = trace
        self.set_class(index is None and not follow, "-overview")
        background = Background(self, trace)
        self.moving = Moving(trace, index or 0, background, self.post_message)
        self._overview_at = self.moving.cursor.index  # whoever moves leaves it, by whatever way
        self.filtering = Filtering(background, self.post_message)
        self.player = Player(self, self.play_on, self.post_message)
        self.asides = Background(self, trace, FEW)  # what nobody waits for is never in the way of what one does
        self.exporting = Exporting(trace, Background(self, trace), self.tell)
        self._survey = Survey(trace, self.asides, self.post_message)
        self.kept = kept or Kept()
        self.keeping = Keeping(self, self.kept, self.say)
        self.stopping = Stopping(self.kept, self.moving, self.asides, self.post_message, self.keeping.save)
        self._checking = Checking(self, trace, self._all_checked, self._unreadable)
        self._following = Following(self, trace, self._grown, self._replaced)
        self._look_after = 0.0
        self._painted = False
        self._following.wanted = follow and self._following.possible

    def compose(self) -> ComposeResult:
        """Make the parts."""
        self._fit(self.app.size)  # later it would be a second layout
        if len(self.trace):
            yield from self._rows()
            yield SearchBar()
            yield FilterBar()
        else:
            yield TroubleLine(self.trace)
            yield Static("This trace holds no event.", id="empty")
        yield KeyLine()

    def _rows(self) -> ComposeResult:
        for place, row in enumerate(self.PANELS):
            if place == 1:
                yield TroubleLine(self.trace)
            if len(row) == 1:
                yield row[0]()
            else:
                with Container(classes="row"):
                    yield from (panel() for panel in row)

    def on_mount(self) -> None:
        """Show where one is."""
        self._take_up()
        self._take_focus()
        self._show()
        self.moving.resume()
        self.stopping.count()
        self.keeping.tell()
        self._offer_last()
        # The first paint comes before. Following reads all, too.
        self.call_after_refresh(self._following.begin if self._following.wanted else self._checking.begin)
        self.call_after_refresh(self._begin_asides)

    def _begin_asides(self) -> None:
        self._painted = True
        self._survey.begin()

    def on_resize(self, event: events.Resize) -> None:
        """Give the panels the room that there is."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Put the panels of a row side by side where there is room; the strip has one, three or five lines."""
        self.set_class(size.width >= WIDE, "-wide")
        self.set_class(size.height < LOW, "-low")
        self.set_class(size.height >= TALL, "-tall")

    # -- what is told

    @on(Moved)
    def _moved(self) -> None:
        if self.cursor.index != self._overview_at:
            self._leave_overview()
        self._show()

    def _show(self) -> None:
        for panel in self._panels():
            panel.show(self.trace, self.cursor)
        self._survey.look()

    @on(Stuck)
    def _ring(self) -> None:
        self.app.bell()

    @on(Told)
    def _tell(self, message: Told) -> None:
        for panel in self._panels():
            panel.post_message(message)

    @on(Checked)
    def _show_trouble(self) -> None:
        for line in self.query(TroubleLine):
            line.show()

    def _unreadable(self, reason: str) -> None:
        self.app.post_message(LoadingScreen.Failed(reason))

    def _all_checked(self, number_now: Callable[[int], int]) -> None:
        """Show everything anew: what was known from the keyframes alone is known from all records now."""
        if len(self.trace):
            self.moving.all_checked(number_now)
            self._overview_at = self.cursor.index
            self.asides.all_checked()
            self._survey.anew()
            self.stopping.recount()
        else:
            self.refresh(recompose=True)
        self.post_message(Checked(True))
        self.post_message(Whole())

    def _grown(self, directory: Directory, first: int) -> None:
        """Show what has come; what was not checked before is by now."""
        before, unchecked = len(self.trace), self.trace.checked < 1
        number_now = self.trace.take(directory)
        if unchecked:
            self._all_checked(number_now)
        self.asides.forget_trace()
        if not before:
            self.call_later(self._first_event)
        elif len(self.trace) > before or first < before:
            self.moving.grown(before)
            self._overview_at = self.cursor.index
            self.post_message(Grown(first))
            self.stopping.count()
        if directory.ended:
            self.post_message(Checked(True))
        if directory.ended or monotonic() > self._look_after:
            self._look_after = monotonic() + SOON
            self._survey.look()
            if self.filtering.text:
                self.filtering.choose(self.filtering.text)
        self._show_trouble()

    async def _first_event(self) -> None:
        """Bring the panels: there was nothing to show before."""
        if len(self.trace):
            await self.recompose()
            self.moving.move("last")
            self.moving.resume()
            self.remove_class("-overview")
            self._take_focus()

    def _replaced(self) -> None:
        at_end = self.cursor.index >= len(self.trace) - 1
        self.app.post_message(self.Replaced(self, -1 if at_end else self.cursor.index))

    @on(GoTo)
    def _go(self, message: GoTo) -> None:
        self._leave_overview()
        self.moving.go_to(message.index)

    @on(FindOut)
    def _find_out(self, message: FindOut) -> None:
        run = partial(self.asides.run, message.kind, message.job, message.then, soon=message.soon)
        if self._painted:
            run()
        else:
            self.call_after_refresh(run)

    @on(FindOrigin)
    def _find_origin(self, message: FindOrigin) -> None:
        self.moving.to_origin(message.path, forward=message.forward)

    def _panels(self) -> Iterable[Panel]:
        """Return the panels that are there: none yet, or none any more, where the app is left meanwhile."""
        return self.walk_children(Panel)

    # -- the overview

    @property
    def in_overview(self) -> bool:
        """Whether the overview stands in the place of the events."""
        return self.has_class("-overview")

    def action_overview(self) -> None:
        """Show the overview, or the events again."""
        self.toggle_class("-overview")
        self._overview_at = self.cursor.index
        self._take_focus()
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Leave the overview for a key that it has no use for, and that is about the events."""
        if self.in_overview and event.key not in ASIDE:
            self._leave_overview()

    def _offer_last(self) -> None:
        """Let the overview begin with where one was last."""
        for panel in self.query(Overview) if self.in_overview else ():
            from ...replay.overview.last_time import last_time

            panel.offer(last_time(self.trace, self.kept))

    def on_unmount(self) -> None:
        """Keep the place where one is; who was nowhere but in the overview has left none."""
        if not self.in_overview:
            self.kept.set("place", self.cursor.index)
        self.keeping.end()

    def _leave_overview(self) -> None:
        if self.in_overview:
            self.remove_class("-overview")
            self._take_focus()

    def _take_focus(self) -> None:
        for panel in self.query(Overview if self.in_overview else EventList):
            panel.focus()

    # -- following

    def action_follow(self) -> None:
        """Read on as the run goes on, and go to its last event; or no longer."""
        if self._following.wanted:
            self._following.end()
        elif self._following.possible:
            self.workers.cancel_group(self, "check")
            self._following.wanted = True
            self._following.begin()
            self.moving.move("last")
        else:
            self._ring()
            self.post_message(Followed(ENDED))

    def _take_up(self) -> None:
        """Go on with what was kept: depth of folds, metric, filter."""
        for listed in self.query(EventList):
            listed.begin_at(self.kept.value("depth"))
        for strip in self.query(RunStrip):
            strip.begin_with(self.kept.value("metric"))
        text = self.kept.value("filter")
        if text and isinstance(text, str) and len(self.trace):
            self.filtering.choose(text)

    # -- viewing

    def action_panel(self, panel: str, action: str, *arguments: object) -> None:
        """Run an action of a panel, if it is there."""
        if panel == Details.__name__:
            self._leave_overview()
        for found in self.query(panel):
            getattr(found, f"action_{action}")(*arguments)

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen(self.trace.framework))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out, from the footer too, what makes no sense without an event."""
        return bool(len(self.trace)) or action in WITHOUT_EVENTS
