"""The line in which a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterBar(Input):
    """Takes what the list is to be filtered by. Enter applies it, without a text all is listed; Escape leaves it."""

    DEFAULT_CSS = "FilterBar { height: 1; border: none; padding: 0 1; background: $panel; display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Filter", priority=True),
        Binding("escape", "cancel", "Back", priority=True),
    ]

    class Closed(Message):
        """It is done with.

        Args:
            text: What to filter by; empty: nothing. None: as before.
        """

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(placeholder="filter: event, path, cause, key, or logs.loss > 2; empty: all", compact=True)

    def open(self, text: str) -> None:
        """Be there with the filter that is on, ready to be replaced, and take the keys."""
        self.value = text
        self.display = True
        self.focus()
        self.action_select_all()

    async def action_submit(self) -> None:
        """Apply it."""
        self.display = False
        self.post_message(self.Closed(self.value.strip()))

    def action_cancel(self) -> None:
        """Leave it."""
        self.display = False
        self.post_message(self.Closed(None))
