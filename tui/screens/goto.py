"""Asks for the number of an event."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class GoToScreen(ModalScreen[int | None]):
    """Returns the number that was typed, None if it was given up.

    Args:
        total: Number of events.
    """

    DEFAULT_CSS = """
    GoToScreen { align: center middle; }
    GoToScreen Input { width: 44; max-width: 90%; border: round $primary; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = total

    def compose(self) -> ComposeResult:
        """Make the line."""
        field = Input(placeholder=f"0 to {self._total - 1:,}, or -1 for the last", restrict=r"-?[0-9]*", max_length=18)
        field.border_title = "Go to event"
        yield field

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the number; negative ones count from the end."""
        if event.value in ("", "-"):
            self.dismiss(None)
            return
        number = int(event.value)
        number = number + self._total if number < 0 else number
        self.dismiss(min(max(number, 0), self._total - 1))
