"""The list of stops and bookmarks: turned on and off, edited, gone to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from rich.cells import set_cell_size
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...replay.condition.errors import ConditionError
from ...replay.stops.bookmarks import Bookmark
from ...replay.stops.stop import Stop, stop_from
from ...replay.stops.stop_list import TooMany
from ...replay.text.safe import visible
from ..messages import GoTo, Pinned
from ..panels.key_line import KeyLine
from ..safe_text import plain_text
from ..stopping import Stopping
from .line import LineScreen

Row = Stop | Bookmark

SWITCH: Final = 4
"""Cells at the left end of a line that turn a stop on and off when they are clicked."""

WAYS: Final = 'logs.loss > 2   changed("state.*", by="My*")   a path, to watch its value   the name of an event'
"""How a stop is written."""

_COLUMNS: Final = (("on", 3), ("kind", 6), ("hits", 9), ("here", 12))


class StopList(OptionList):
    """The lines. A click chooses one, a second one goes there; at its left end it turns it on or off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Go"),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def on_click(self, event: events.Click) -> None:
        """Choose, go, or switch; what a click does in other lists is not done."""
        event.prevent_default()
        option = event.style.meta.get("option")
        if option is None:
            return
        again, self.highlighted = option == self.highlighted, option
        if event.x < SWITCH:
            self.screen.post_message(StopsScreen.Switch())
        elif again or event.chain > 1:
            self.action_select()


class StopsScreen(ModalScreen[None]):
    """Stops first, then bookmarks.

    Args:
        stopping: Has them.
    """

    class Switch(Message):
        """The chosen stop is to be turned on or off."""

    DEFAULT_CSS = """
    StopsScreen { align: center middle; background: transparent; }
    StopsScreen Vertical { width: 100%; max-width: 120; height: auto; max-height: 80%; background: $surface;
                           border: round $primary; padding: 0 1; }
    StopsScreen OptionList, StopsScreen OptionList:focus {
        height: auto; max-height: 100%; border: none; padding: 0; background: $surface; }
    StopsScreen OptionList > .option-list--option-highlighted { text-style: none; }
    StopsScreen #titles { color: $text-muted; padding: 0; height: 1; }
    StopsScreen #about { color: $text-muted; height: auto; max-height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add"),
        Binding("space", "switch", "On/off"),
        Binding("e", "edit", "Edit"),
        Binding("n", "note", "Note"),
        Binding("x,delete", "remove", "Remove"),
        Binding("y", "copy", "Copy"),
        Binding("escape,q,B", "dismiss", "Close", key_display="Esc"),
        Binding("f8", "run(True)", "Next", key_display="F8"),
        Binding("f7", "run(False)", "Previous", key_display="F7"),
    ]

    def __init__(self, stopping: Stopping) -> None:
        super().__init__()
        self._stopping = stopping
        self._rows: list[Row] = []

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical() as box:
            box.border_title = "Stops"
            yield Static(id="titles")
            yield StopList()
            yield Static(id="about")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one(StopList).focus()
        self.call_after_refresh(self.show)

    def on_resize(self) -> None:
        """Cut the lines anew."""
        self.call_after_refresh(self.show)

    def on_pinned(self, message: Pinned) -> None:
        """Something has changed, or more is counted."""
        self.show()

    def show(self) -> None:
        """Draw all lines, and leave the choice where it is."""
        options = self.query_one(StopList)
        chosen = options.highlighted
        self._rows = [*self._stopping.kept.stops, *self._stopping.kept.bookmarks]
        width = max(20, options.scrollable_content_region.width)
        self.query_one("#titles", Static).update(Text(_titles(width)))
        options.clear_options()
        options.add_options(Option(self._line(row, width)) for row in self._rows)
        if self._rows:
            options.highlighted = min(self._here() if chosen is None else chosen, len(self._rows) - 1)
        self._tell()
        self.refresh_bindings()

    def on_option_list_option_highlighted(self) -> None:
        """Say in words what is chosen."""
        self._tell()
        self.refresh_bindings()

    def on_option_list_option_selected(self) -> None:
        """Go to what is chosen."""
        self.action_go()

    # -- what the keys do

    def action_add(self) -> None:
        """Ask for a condition, and add it."""
        self._ask("stop: ", self._add, hint=WAYS)

    def action_go(self) -> None:
        """Go to the bookmark, or to the next hit of the stop; from the last on to the first."""
        row = self._chosen
        if isinstance(row, Bookmark):
            self._leave(row.event)
        elif row is not None:
            hits = self._stopping.hits_of(row)
            nearest = hits.nearest(self._stopping.here, reverse=False)
            if nearest is None and len(hits.events):
                nearest = int(hits.events[0])
            if nearest is None:
                self.app.bell()
            else:
                self._leave(nearest)

    def on_stops_screen_switch(self) -> None:
        """Turn the chosen stop on or off."""
        self.action_switch()

    def action_switch(self) -> None:
        """Turn the chosen stop on, or off."""
        if isinstance(row := self._chosen, Stop):
            self._stopping.kept.stops.toggle(row)
            self._changed()

    def action_edit(self) -> None:
        """Ask for another condition in the place of this one; for another note of a bookmark."""
        if isinstance(row := self._chosen, Stop):
            self._ask("stop: ", partial(self._replace, row), value=row.subject, hint=WAYS)
        elif row is not None:
            self.action_note()

    def action_note(self) -> None:
        """Ask for a note."""
        if (row := self._chosen) is not None:
            self._ask("note: ", partial(self._note, row), value=row.note)

    def action_remove(self) -> None:
        """Take it out of the list."""
        if isinstance(row := self._chosen, Stop):
            self._stopping.kept.stops.remove(row)
        elif row is not None:
            self._stopping.kept.bookmarks.remove(row.event)
        self._changed()

    def action_copy(self) -> None:
        """Copy it as a condition for the command line."""
        if (row := self._chosen) is not None:
            self.app.copy_to_clipboard(self._where(row))
            self.query_one("#about", Static).update(plain_text(f"copied, for --where: {self._where(row)}"))

    def action_run(self, forward: bool) -> None:
        """Leave, and run to the next stop or back."""
        self.dismiss()
        self._stopping.run(forward=forward)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what makes no sense for what is chosen."""
        if action in ("go", "edit", "note", "remove", "copy"):
            return self._chosen is not None
        return action != "switch" or isinstance(self._chosen, Stop)

    # -- what comes of a line

    def _ask(
        self, title: str, submit: Callable[[str], str], value: str = "", hint: str = "⏎ done   Esc cancel"
    ) -> None:
        self.app.push_screen(LineScreen(title, submit, value=value, hint=lambda text: hint))

    def _add(self, text: str) -> str:
        return self._taken(text, self._stopping.kept.stops.add)

    def _replace(self, row: Stop, text: str) -> str:
        def put(stop: Stop) -> None:
            self._stopping.kept.stops.change(row, replace(stop, on=row.on, note=row.note))

        return self._taken(text, put)

    def _taken(self, text: str, put: Callable[[Stop], None]) -> str:
        try:
            stop = stop_from(text, self._stopping.trace.framework)
            stop.condition(self._stopping.trace)
            put(stop)
        except (ConditionError, TooMany) as error:
            return str(error)
        self._changed()
        return ""

    def _note(self, row: Row, text: str) -> str:
        if isinstance(row, Bookmark):
            self._stopping.kept.bookmarks.put(replace(row, note=text.strip()))
        else:
            self._stopping.kept.stops.change(row, replace(row, note=text.strip()))
        self._changed()
        return ""

    def _changed(self) -> None:
        self._stopping.changed()
        self.show()

    def _leave(self, index: int) -> None:
        self.app.screen_stack[-2].post_message(GoTo(index))
        self.dismiss()

    # -- what is shown

    def _here(self) -> int:
        """Return the line of what one is at: a stop's hit, a bookmark."""
        index = self._stopping.here
        at = (
            row.event == index if isinstance(row, Bookmark) else self._stopping.hits_of(row).place(index) > 0
            for row in self._rows
        )
        return next((place for place, is_here in enumerate(at) if is_here), 0)

    @property
    def _chosen(self) -> Row | None:
        place = self.query_one(StopList).highlighted if self.is_mounted else None
        return self._rows[place] if place is not None and place < len(self._rows) else None

    def _where(self, row: Row) -> str:
        if isinstance(row, Bookmark):
            return f"index == {row.event}"
        try:
            return row.condition(self._stopping.trace).text
        except ConditionError:
            return row.subject

    def _tell(self) -> None:
        row = self._chosen
        if row is None:
            text = "a adds a stop: a condition, a path, the name of an event; m in the list of events marks one."
        elif isinstance(row, Bookmark):
            text = f"bookmark at #{row.event:,}" + (f": {row.note}" if row.note else "")
        else:
            fault = self._stopping.hits_of(row).fault
            text = (f"stops nowhere: {fault}" if fault else f"stops at {row.words}") + (
                f"   {row.note}" if row.note else ""
            )
        self.query_one("#about", Static).update(plain_text(text))

    def _line(self, row: Row, width: int) -> Text:
        if isinstance(row, Bookmark):
            known = row.event < len(self._stopping.trace)
            here = "here" if row.event == self._stopping.here else ""
            cells = ("⚑", "mark", "" if known else "gone", here)
            return Text(_joined(cells, f"#{row.event:,}  {row.note}", width), "" if known else "dim")
        hits = self._stopping.hits_of(row)
        place, more = hits.place(self._stopping.here), "" if self._stopping.is_counted(row) else "…"
        here = f"{place:,} of {len(hits.events):,}" if place else ""
        cells = ("●" if row.on else "○", row.KIND, "wrong" if hits.fault else f"{len(hits.events):,}{more}", here)
        return Text(
            _joined(cells, f"{row.subject}{'   ' if row.note else ''}{row.note}", width), "" if row.on else "dim"
        )


def _titles(width: int) -> str:
    return _joined(tuple(name for name, _ in _COLUMNS), "condition", width)


def _joined(cells: tuple[str, ...], text: str, width: int) -> str:
    """Return a line: on, kind, the text in what is left, hits, here."""
    (_, on), (_, kind), (_, hits), (_, here) = _COLUMNS
    room = max(8, width - on - kind - hits - here)
    whole = visible(text)
    cut = set_cell_size(whole, room) if len(whole) < room else _cut(whole, room)
    left = set_cell_size(cells[0], on) + set_cell_size(cells[1], kind)
    return left + cut + cells[2].rjust(hits) + cells[3].rjust(here)


def _cut(text: str, room: int) -> str:
    """Return a text in so many cells, with an ellipsis where it is cut."""
    fitting = set_cell_size(text, room)
    return fitting if fitting.rstrip() == text.rstrip() else set_cell_size(text, room - 2) + "… "
