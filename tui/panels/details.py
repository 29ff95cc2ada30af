"""The detail side: tabs that show the event at the cursor. Only the tab that is seen is drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from ...replay.columns.series import Series
from ...replay.cursor import Cursor
from ...replay.events.event import Event
from ...replay.text.numbers import duration
from ...replay.text.safe import visible
from ...replay.text.told import Ending
from ...replay.trace import Trace
from ..messages import BreakOn, Checked, CopyText, Ended, FindOrigin, FindOut, GoTo, ShowHistory
from ..panes.calls import calls_pane
from ..panes.changes import changes_pane
from ..panes.flags import CHANGES, flags_pane
from ..panes.given import numeric_paths
from ..panes.logs import logs_pane
from ..panes.look import Flags, Look, flags_at, flags_near
from ..panes.rows import Lines
from ..panes.state import state_pane
from ..tabs import TABS
from .page import Page, View
from .panel import Panel
from .tab_line import TabLine

if TYPE_CHECKING:
    from ..copied import Here


def _run_pane(look: Look) -> Lines:
    from ..panes.run import run_pane  # which looks at all arguments: no part of the first screen

    return run_pane(look)


PANES: Final[dict[str, Callable[[Look], Lines]]] = {
    "changes": changes_pane,
    "state": state_pane,
    "flags": flags_pane,
    "logs": logs_pane,
    "calls": calls_pane,
    "run": _run_pane,
}
"""What draws each tab."""

WITH_FLAGS: Final = {"changes": 0, "flags": CHANGES}
"""Tabs that show the history of flags, and how many changes of them."""

WITH_NUMBERS: Final = ("changes", "logs")
"""Tabs that show numbers beside those before."""


class Details(Container, Panel):
    """The tabs."""

    DEFAULT_CSS = "Details { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._event: Event | None = None
        self._exact = False
        self._flags: Flags | None = None
        self._series: dict[str, Series] = {}
        self._ending: Ending | None = None
        self._views = {tab.name: View() for tab in TABS}
        self.active = TABS[0].name

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield TabLine()
        yield Page()  # one for all tabs: a page each, and what holds it, were a tenth of a browser's start

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show the event at the cursor."""
        event = cursor.event
        if self.active == TABS[0].name and (self._event is None or event.index != self._event.index):
            self._views[self.active].top = 0
        self._trace, self._event = trace, event
        if self.active in WITH_FLAGS and not WITH_FLAGS[self.active] and not event.lost:
            self._flags = flags_near(trace, event.index, self._flags) or self._flags
        self._draw()
        self._find_out()

    def on_checked(self, message: Checked) -> None:
        """Forget what was found out before all was checked."""
        if message.whole:
            self._series.clear()
            self._flags = None

    def on_ended(self, message: Ended) -> None:
        """Show why the run ended, where that was decided."""
        self._ending = message.ending
        if self._event is not None and self._event.index == message.ending.event:
            self._draw()

    def on_grown(self) -> None:
        """Forget what may be more by now: numbers, and what became of flags."""
        self._series.clear()
        self._flags = None

    # -- what keys and the mouse ask for

    def action_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.active = name
        self._draw()
        self._find_out()

    @on(TabLine.Chosen)
    def _tab_clicked(self, message: TabLine.Chosen) -> None:
        self.action_tab(message.name)

    def action_exact(self) -> None:
        """Write numbers as they are, or for reading again."""
        self._exact = not self._exact
        self._draw()

    def action_scroll(self, lines: int) -> None:
        """Scroll the tab in front."""
        self._page.scroll(lines)

    def action_select(self, by: int) -> None:
        """Select another row."""
        self._ring_unless(self._page.select(by))

    def action_page(self, pages: int) -> None:
        """Scroll by screens."""
        self._ring_unless(self._page.scroll(pages * max(1, self._page.size.height - 1)))

    def action_end(self, last: bool) -> None:
        """Select the first row, or the last."""
        self._page.select_end(last=last)

    def action_press(self) -> None:
        """Unfold the selected row, or do what it leads to."""
        self._page.press()

    def action_unfold(self) -> None:
        """Unfold the selected row."""
        self._ring_unless(self._page.unfold())

    def action_fold(self) -> None:
        """Fold the selected row."""
        self._ring_unless(self._page.unfold(fold=True))

    def action_history(self) -> None:
        """Show the history of the selected value."""
        self._ask(ShowHistory)

    def action_stop(self) -> None:
        """Stop where the selected value changes."""
        self._ask(BreakOn)

    def action_origin(self, forward: bool) -> None:
        """Go to where the selected value was written last, or is written next."""
        self._ask(partial(FindOrigin, forward=forward))

    def _ask(self, message: Callable[[str], Message]) -> None:
        """Ask for something of the selected value; ring where there is none."""
        placed = self._page.selected
        path = placed.row.path if placed is not None else ""
        if path:
            self.post_message(message(path))
        self._ring_unless(bool(path))

    def action_copy(self) -> None:
        """Copy the text that is selected with the mouse, or else the selected value."""
        from ..copied import exact_value, row_text

        here = self.here
        text = self.screen.get_selected_text() or (None if here is None else exact_value(here) or row_text(here))
        if text is not None:
            self.post_message(CopyText(text))
        self._ring_unless(text is not None)

    @property
    def here(self) -> Here | None:
        """What one looks at; None where there is nothing yet."""
        if self._trace is None or self._event is None:
            return None
        from ..copied import Here  # what is copied is no part of the first screen

        placed = self._page.selected
        return Here(self._trace, self._event, None if placed is None else placed.row)

    def action_leave(self) -> None:
        """Give the keys back to the list."""
        self.screen.focus_previous()

    @on(Page.Pressed)
    def _pressed(self, message: Page.Pressed) -> None:
        if message.placed.row.event is not None:
            self.post_message(GoTo(message.placed.row.event))

    # -- what takes long

    def _find_out(self) -> None:
        """Ask for what the tab in front shows and nobody knows yet: it is drawn when it is known."""
        event = self._event
        if event is None or event.lost:
            return
        if self.active in WITH_FLAGS and not self._knows_flags(event):
            most = WITH_FLAGS[self.active]
            self.post_message(
                FindOut("flags", lambda trace: flags_at(trace, event.index, most), self._found_flags, soon=True)
            )
        if self.active in WITH_NUMBERS:
            wanted = [path for path in numeric_paths(event) if path not in self._series]
            if wanted:
                self.post_message(FindOut("numbers", lambda trace: list(map(trace.series, wanted)), self._found_series))

    def _knows_flags(self, event: Event) -> bool:
        """Tell whether the flags at an event are known, with as many changes as the tab shows."""
        return self._flags is not None and self._flags.at == event.index and not WITH_FLAGS[self.active]

    def _found_flags(self, flags: Flags) -> None:
        self._flags = flags
        self._draw()

    def _found_series(self, found: list[Series]) -> None:
        self._series.update((series.path, series) for series in found)
        self._draw()

    # -- drawing

    @property
    def _page(self) -> Page:
        return self.query_one(Page)

    def _ring_unless(self, done: bool) -> None:
        if not done:
            self.app.bell()

    def _draw(self) -> None:
        if self._trace is None or self._event is None:
            return
        trace, event, pane = self._trace, self._event, PANES[self.active]
        flags = self._flags if self._flags is not None and self._flags.at == event.index else None
        look = partial(Look, event, trace, exact=self._exact, series=self._series, flags=flags, ending=self._ending)
        self.query_one(TabLine).show(_titles(event), self.active)
        self._page.show(lambda width, height: pane(look(width, height)), self._views[self.active])


def _titles(event: Event) -> tuple[str, ...]:
    """Return what an event is called, the longest first: one of them fits."""
    name, number = visible(event.name), f"#{event.index:,}"
    step = f" · step {event.step:,}" if type(event.step) is int and abs(event.step) < 1 << 63 else ""
    return f"{name} {number}{step} · {duration(event.duration)}", f"{name} {number}{step}", f"{name} {number}", name
