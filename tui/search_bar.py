"""The line in which a search is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class SearchBar(Input):
    """Searches while one types; Enter stays at the match, Escape goes back to where one was."""

    DEFAULT_CSS = "SearchBar { height: 1; border: none; padding: 0 1; background: $panel; display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    class Cancelled(Message):
        """The search is given up."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Begin hidden."""
        super().__init__(placeholder="search: event, path, cause, key, or logs.loss > 2", compact=True, id=id)

    def action_cancel(self) -> None:
        """Give the search up."""
        self.post_message(self.Cancelled())
