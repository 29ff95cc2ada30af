"""The help: the table of keys, on a screen of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ...replay.text.safe import visible
from ...trace.framework import Flag
from ..actions import ACTIONS
from ..panels.event_line import MARKS


class HelpScreen(ModalScreen[None]):
    """All keys by group, and what the signs mean.

    Args:
        flags: Of the trace's framework.
    """

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll { width: 76; max-width: 96%; height: auto; max-height: 92%; background: $surface;
                                border: round $primary; padding: 0 2; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "Close"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, flags: Sequence[Flag]) -> None:
        """Explain these flags."""
        super().__init__()
        self._flags = flags

    def compose(self) -> ComposeResult:
        """Make the text."""
        with VerticalScroll() as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = "Esc closes"
            yield Static(help_table(self._flags))

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def help_table(flags: Sequence[Flag]) -> Table:
    """Return the keys by group, then the signs of the event list."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    for group in dict.fromkeys(action.group for action in ACTIONS):
        table.add_row("", Text(f"\n{group}", "bold italic"))
        for action in ACTIONS:
            if action.group == group:
                table.add_row(Text(action.written, "bold"), Text(action.help))
    table.add_row("", Text("\nSigns", "bold italic"))
    for _, symbol, _, text in MARKS:
        table.add_row(Text(symbol, "bold"), Text(text))
    if flags:
        about = ", ".join(visible(flag.about) for flag in flags)
        table.add_row(Text("".join(flag.letter for flag in flags), "bold"), Text(f"flags after the event: {about};"))
        table.add_row("", Text("a capital is on, a small letter was on until this event, reversed is flipped here"))
    return table
