"""The browser: the event list, the details of the event at the cursor, and the keys between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import methodcaller
from typing import ClassVar, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from ..replay.cursor import Cursor, TooFar
from ..replay.search import matches
from ..replay.trace import Trace
from .actions import BINDINGS
from .beside import Beside
from .details import Details
from .event_list import EventList
from .goto import GoToScreen
from .help import HelpScreen
from .position_line import PositionLine, TroubleLine
from .search_bar import SearchBar

WIDE = 110
"""Columns of a terminal from which on list and details stand side by side."""

REACH: Final = 1 << 14
"""Events that a key may look at before it paints, a few blocks of a millisecond each; the rest is done beside."""

NEAR: Final = frozenset({"forward", "back", "first", "last"})
"""Moves that know where they lead: each ends a far move that is still on its way, all others follow it."""

NOTHING: Final[NDArray[np.int64]] = np.empty(0, np.int64)


_Move: TypeAlias = Callable[[Cursor], bool]
_Step: TypeAlias = Callable[[NDArray[np.int64]], bool]
"""What was asked for while a search went on; gets what it found, returns whether it could be done."""


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
        self.cursor = Cursor(trace, index, REACH)
        self._beside = Beside(self, trace)
        self._search = ""
        self._found: NDArray[np.int64] | None = NOTHING  # None: it is being searched
        self._search_from = 0
        self._when_found: list[_Step] = []
        self._far: list[_Move] = []

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
        self._far.clear()
        if self._search:  # back from another trace: what was going on here ended with the leaving
            self._beside.run("search", partial(matches, text=self._search), self._search_found)
        self.call_after_refresh(self._show)

    def on_resize(self, event: events.Resize) -> None:
        """Put list and details side by side where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")

    def on_event_list_picked(self, message: EventList.Picked) -> None:
        """Go to the event that was clicked."""
        self._moved(self.cursor.jump(message.index))

    def _moved(self, moved: bool) -> None:
        """Show where a key has led; what was still on its way to another event stays away."""
        self._when_found.clear()
        self._stay()
        if moved:
            self._show()
        else:
            self.app.bell()

    def _show(self) -> None:
        if not self.query(Details):  # no event; or the app was left before its first paint
            return
        self.query_one(EventList).cursor = self.cursor.index
        self._show_position()
        self.query_one(Details).show(self.cursor.event)

    def _show_position(self) -> None:
        found = None if self._found is None else len(self._found)
        for line in self.query(PositionLine):  # it is not there if the app was left meanwhile
            line.show(self.cursor, self._search, found, bool(self._far))

    # -- moving far

    def _seek(self, move: _Move) -> None:
        """Move; where one gets to is looked for beside if it is not near, or if one is on the way already."""
        if not self._far:
            try:
                self._moved(move(self.cursor))
                return
            except TooFar:
                self._when_found.clear()
        self._far.append(move)
        self._beside.run("move", partial(_arrive, index=self.cursor.index, moves=tuple(self._far)), self._arrived)
        self._show_position()

    def _arrived(self, index: int) -> None:
        self._far.clear()
        self._moved(self.cursor.jump(index))

    def _stay(self) -> None:
        if self._far:
            self._far.clear()
            self._beside.drop("move")
            self._show_position()

    # -- moving

    def action_move(self, name: str) -> None:
        """Make the cursor's move of this name."""
        move = methodcaller(name)
        if name in NEAR:
            self._moved(move(self.cursor))
        else:
            self._seek(move)

    def action_page(self, pages: int) -> None:
        """Go some screens on, or back."""
        count = pages * self._page()
        self._moved(self.cursor.forward(count) if count > 0 else self.cursor.back(-count))

    def action_match(self, forward: bool) -> None:
        """Go to the next or previous match; without a search to the event of this name."""
        if self._search:
            self._once_found(self.cursor.next_of if forward else self.cursor.previous_of)
        else:
            self.action_move("next_same" if forward else "previous_same")

    def action_go_to(self) -> None:
        """Ask for an event's number, and go there."""
        if len(self.trace):
            self.app.push_screen(GoToScreen(len(self.trace)), self._go_to)

    def _go_to(self, index: int | None) -> None:
        if index is not None and self.cursor.jump(index):
            self._moved(True)

    def _page(self) -> int:
        return self.query_one(EventList).page if len(self.trace) else 1

    # -- searching

    def action_search(self) -> None:
        """Open the search line."""
        if len(self.trace):
            self._stay()
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
        if len(self.trace):
            self._set_search(event.value)
            self._once_found(self._to_first)

    @on(Input.Submitted, "SearchBar")
    def _search_done(self) -> None:
        if self._search:
            self._once_found(lambda found: bool(len(found)))
        self._close_search()

    @on(SearchBar.Cancelled)
    def _search_cancelled(self) -> None:
        self.cursor.jump(self._search_from)
        self.action_leave_search()

    def _set_search(self, text: str) -> None:
        self._stay()
        self._when_found.clear()
        self._search, self._found = text, None if text else NOTHING
        if text:
            self._beside.run("search", partial(matches, text=text), self._search_found)
        else:
            self._beside.drop("search")
        self._highlight(NOTHING)

    def _search_found(self, found: NDArray[np.int64]) -> None:
        steps = list(self._when_found)
        self._found = found
        self._highlight(found)
        self._show_position()
        for step in steps:
            self._once_found(step)

    def _highlight(self, found: NDArray[np.int64]) -> None:
        for events_shown in self.query(EventList):
            events_shown.highlight(found)

    def _once_found(self, step: _Step) -> None:
        """Do something with what the search has found: now, or when it is known."""
        if self._found is None:
            self._stay()
            self._when_found.append(step)
            self._show_position()
        else:
            self._moved(step(self._found))

    def _to_first(self, found: NDArray[np.int64]) -> bool:
        """Go to the first match from where the search began, round the end if need be."""
        if len(found):
            place = int(np.searchsorted(found, self._search_from))
            self.cursor.jump(int(found[place % len(found)]))
        return True

    def _close_search(self) -> None:
        self.query_one(SearchBar).display = False
        if len(self.trace):
            self.query_one(EventList).focus()
            self._show()

    # -- viewing

    def action_panel(self, panel: str, action: str, *arguments: object) -> None:
        """Run an action of a panel, if it is there."""
        for found in self.query(panel):
            getattr(found, f"action_{action}")(*arguments)

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen())


def _arrive(trace: Trace, index: int, moves: Sequence[_Move]) -> int:
    """Return where some moves lead to."""
    cursor = Cursor(trace, index)
    for move in moves:
        move(cursor)
    return cursor.index
