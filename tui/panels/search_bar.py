"""The line in which a search is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class SearchBar(Input):
    """Searches while one types; Enter stays at the match, Escape goes back to where one was."""

    DEFAULT_CSS = "SearchBar { height: 1; border: none; padding: 0 1; background: $panel; display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Stay here"),
        Binding("escape", "cancel", "Back to where you were"),
    ]

    class Cancelled(Message):
        """The search is given up."""

    def __init__(self) -> None:
        super().__init__(placeholder="search: event, path, cause, key, or logs.loss > 2", compact=True)

    def open(self) -> None:
        """Be there, and take the keys."""
        self.display = True
        self.focus()

    def close(self, *, keep: bool) -> None:
        """Be hidden again; what was typed is there at the next time, if it is to be kept."""
        self.display = False
        if not keep:
            with self.prevent(Input.Changed):  # nobody typed it
                self.value = ""

    def action_cancel(self) -> None:
        """Give the search up."""
        self.post_message(self.Cancelled())
