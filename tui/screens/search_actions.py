"""What keys do with a search and a filter. A part of the browser's screen."""

from __future__ import annotations

from textual import on
from textual.screen import Screen
from textual.widgets import Input

from ..filtering import Filtering
from ..messages import Keep
from ..moving import Moving
from ..panels.event_list import EventList
from ..panels.filter_bar import FilterBar
from ..panels.search_bar import SearchBar


class SearchActions(Screen[None]):
    """The lines in which a search and a filter are typed.

    Attributes:
        moving: Where one is in the trace, and what is searched.
        filtering: Which events are listed.
    """

    moving: Moving
    filtering: Filtering

    def action_search(self) -> None:
        """Open the search line."""
        self.moving.begin_search()
        self.query_one(SearchBar).open()

    def action_leave_search(self) -> None:
        """Give up what is on its way; else forget the search."""
        if self.moving.stay():
            return
        self.moving.forget_search()
        self._close_search(keep=False)

    @on(Input.Changed, "SearchBar")
    def _search_typed(self, event: Input.Changed) -> None:
        self.moving.search(event.value)

    @on(Input.Submitted, "SearchBar")
    def _search_done(self) -> None:
        self.moving.stay_at_match()
        self._close_search(keep=True)

    @on(SearchBar.Cancelled)
    def _search_cancelled(self) -> None:
        self.moving.cancel_search()
        self._close_search(keep=False)

    def _close_search(self, *, keep: bool) -> None:
        self.query_one(SearchBar).close(keep=keep)
        self.query_one(EventList).focus()

    def action_filter(self) -> None:
        """Open the line of the filter."""
        self.query_one(FilterBar).open(self.filtering.text)

    @on(FilterBar.Closed)
    def _filter(self, message: FilterBar.Closed) -> None:
        self.query_one(EventList).focus()
        if message.text is not None:
            self.filtering.choose(message.text)
            self.post_message(Keep("filter", message.text or None))
