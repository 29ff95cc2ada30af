"""The browser: the event list, the details of the event at the cursor, and the keys between them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from ..replay.cursor import Cursor
from ..replay.search import matches
from ..replay.trace import Trace
from .details import Details
from .event_list import EventList
from .goto import GoToScreen
from .help import HelpScreen
from .keys import BINDINGS
from .position_line import PositionLine, TroubleLine
from .search_bar import SearchBar

WIDE = 110
"""Columns of a terminal from which on list and details stand side by side."""


class BrowserScreen(Screen[None]):
    """Browses one trace.

    Args:
        trace: The trace.
        index: Event to begin at.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*BINDINGS]
    DEFAULT_CSS = """
    BrowserScreen #panes { layout: vertical; height: 1fr; }
    BrowserScreen.-wide #panes { layout: horizontal; }
    BrowserScreen EventList { width: 100%; height: 1fr; }
    BrowserScreen Details { width: 100%; height: 1fr; border-top: solid $panel; }
    BrowserScreen.-wide EventList { width: 9fr; height: 100%; max-width: 84; }
    BrowserScreen.-wide Details { width: 11fr; height: 100%; border-top: none; border-left: solid $panel; }
    BrowserScreen #empty { height: 1fr; content-align: center middle; }
    """

    def __init__(self, trace: Trace, index: int = 0) -> None:
        """Begin at an event."""
        super().__init__()
        self.trace = trace
        self.cursor = Cursor(trace, index)
        self._search = ""
        self._found = np.empty(0, np.int64)
        self._search_from = 0

    def compose(self) -> ComposeResult:
        """Make the parts."""
        self.set_class(self.app.size.width >= WIDE, "-wide")  # later it would be a second layout
        yield TroubleLine()
        with Container(id="panes"):
            if len(self.trace):
                yield EventList(self.trace)
                yield Details(self.trace)
            else:
                yield Static("This trace holds no event.", id="empty")
        yield PositionLine()
        yield SearchBar()
        yield Footer(compact=True, show_command_palette=True)

    def on_mount(self) -> None:
        """Show where one is."""
        for line in self.query(TroubleLine):  # none of this is there if the app was left meanwhile
            line.show(self.trace)
        self.query(EventList).focus()
        self.call_after_refresh(self._show)

    def on_resize(self, event: events.Resize) -> None:
        """Put list and details side by side where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")

    def on_event_list_picked(self, message: EventList.Picked) -> None:
        """Go to the event that was clicked."""
        self._moved(self.cursor.jump(message.index))

    def _moved(self, moved: bool) -> None:
        if moved:
            self._show()
        else:
            self.app.bell()

    def _show(self) -> None:
        if not self.query(Details):  # no event; or the app was left before its first paint
            return
        self.query_one(EventList).cursor = self.cursor.index
        self.query_one(PositionLine).show(self.cursor, self._search, len(self._found))
        self.query_one(Details).show(self.cursor.event)

    # -- moving

    def action_forward(self) -> None:
        """Go to the next event."""
        self._moved(self.cursor.forward())

    def action_back(self) -> None:
        """Go to the previous event."""
        self._moved(self.cursor.back())

    def action_page_down(self) -> None:
        """Go one screen on."""
        self._moved(self.cursor.forward(self._page()))

    def action_page_up(self) -> None:
        """Go one screen back."""
        self._moved(self.cursor.back(self._page()))

    def action_first(self) -> None:
        """Go to the first event."""
        self._moved(self.cursor.first())

    def action_last(self) -> None:
        """Go to the last event."""
        self._moved(self.cursor.last())

    def action_next_step(self) -> None:
        """Go to the next step."""
        self._moved(self.cursor.next_step())

    def action_previous_step(self) -> None:
        """Go to the previous step."""
        self._moved(self.cursor.previous_step())

    def action_next_epoch(self) -> None:
        """Go to the next epoch."""
        self._moved(self.cursor.next_epoch())

    def action_previous_epoch(self) -> None:
        """Go to the previous epoch."""
        self._moved(self.cursor.previous_epoch())

    def action_into(self) -> None:
        """Go into the phase that begins here or next."""
        self._moved(self.cursor.into())

    def action_out(self) -> None:
        """Go to where the phase around this event began."""
        self._moved(self.cursor.out())

    def action_next_mark(self) -> None:
        """Go to the next trouble."""
        self._moved(self.cursor.next_mark())

    def action_previous_mark(self) -> None:
        """Go to the previous trouble."""
        self._moved(self.cursor.previous_mark())

    def action_next_match(self) -> None:
        """Go to the next match, or the next event of this name."""
        self._moved(self.cursor.next_match(self._search) if self._search else self.cursor.next_same())

    def action_previous_match(self) -> None:
        """Go to the previous match, or the previous event of this name."""
        self._moved(self.cursor.previous_match(self._search) if self._search else self.cursor.previous_same())

    def action_go_to(self) -> None:
        """Ask for an event's number, and go there."""
        if len(self.trace):
            self.app.push_screen(GoToScreen(len(self.trace)), self._go_to)

    def _go_to(self, index: int | None) -> None:
        if index is not None and self.cursor.jump(index):
            self._show()

    def _page(self) -> int:
        return self.query_one(EventList).page if len(self.trace) else 1

    # -- searching

    def action_search(self) -> None:
        """Open the search line."""
        if len(self.trace):
            self._search_from = self.cursor.index
            bar = self.query_one(SearchBar)
            bar.display = True
            bar.focus()

    def action_leave_search(self) -> None:
        """Forget the search."""
        self._set_search("")
        self.query_one(SearchBar).value = ""
        self._close_search()

    @on(Input.Changed, "SearchBar")
    def _search_typed(self, event: Input.Changed) -> None:
        self._set_search(event.value)
        place = int(np.searchsorted(self._found, self._search_from))
        if len(self._found):
            self.cursor.jump(int(self._found[place % len(self._found)]))
        self._show()

    @on(Input.Submitted, "SearchBar")
    def _search_done(self) -> None:
        if self._search and not len(self._found):
            self.app.bell()
        self._close_search()

    @on(SearchBar.Cancelled)
    def _search_cancelled(self) -> None:
        self.cursor.jump(self._search_from)
        self.action_leave_search()

    def _set_search(self, text: str) -> None:
        self._search = text
        self._found = matches(self.trace, text) if text else np.empty(0, np.int64)
        if len(self.trace):
            self.query_one(EventList).highlight(self._found)

    def _close_search(self) -> None:
        self.query_one(SearchBar).display = False
        if len(self.trace):
            self.query_one(EventList).focus()
            self._show()

    # -- viewing

    def action_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        if len(self.trace):
            self.query_one(Details).bring_to_front(name)

    def action_details_down(self) -> None:
        """Scroll the details down."""
        self._scroll_details(5)

    def action_details_up(self) -> None:
        """Scroll the details up."""
        self._scroll_details(-5)

    def _scroll_details(self, lines: int) -> None:
        if len(self.trace):
            self.query_one(Details).scroll_lines(lines)

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen())

    def action_next_trace(self) -> None:
        """Go to the next of several traces."""
        self.app.run_worker(self.app.run_action("app.next_trace"))
