"""Asks what is to be copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ..copied import Copy


class CopyScreen(ModalScreen[Copy | None]):
    """Returns what was chosen, None if it was given up.

    Args:
        copies: What can be copied here.
    """

    DEFAULT_CSS = """
    CopyScreen { align: center middle; }
    CopyScreen OptionList { width: 48; max-width: 90%; height: auto; max-height: 90%; border: round $primary;
                            background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Cancel"),
        Binding("down,j", "move('cursor_down')", show=False),
        Binding("up,k", "move('cursor_up')", show=False),
    ]

    def __init__(self, copies: Sequence[Copy]) -> None:
        super().__init__()
        self._copies = copies

    def compose(self) -> ComposeResult:
        """Make the list."""
        options = OptionList(*(Option(_line(copy), id=copy.key) for copy in self._copies))
        options.border_title = "Copy"
        options.border_subtitle = "Esc closes"
        yield options

    def action_move(self, name: str) -> None:
        """Choose another line."""
        getattr(self.query_one(OptionList), f"action_{name}")()

    def on_key(self, event: events.Key) -> None:
        """Choose by the letter."""
        chosen = next((copy for copy in self._copies if copy.key == event.character), None)
        if chosen is not None:
            event.stop()
            self.dismiss(chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return what was chosen."""
        self.dismiss(next(copy for copy in self._copies if copy.key == event.option.id))


def _line(copy: Copy) -> Text:
    return Text.assemble((f"{copy.key}  ", "bold"), copy.title)
