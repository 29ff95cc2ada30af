"""A line to type in, over the browser: for commands, notes, conditions. What is wrong with it is told, and it stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from ...replay.text.safe import visible
from ..safe_text import plain_text


class LineScreen(ModalScreen[None]):
    """Asks for a line of text.

    Args:
        title: What stands before the line.
        submit: Called with the line; returns what is wrong with it, in a sentence, empty if nothing is.
        value: What stands there at first; what a terminal might act on is shown, and left as it is.
        hint: Returns for what is typed so far what it means, or what may stand there.
        words: Words that are completed.
        earlier: Lines that were typed before, the oldest first: the arrows bring them back.
        remove: Called by ^r, where something can be removed; None: nothing can.
    """

    DEFAULT_CSS = """
    LineScreen { align: left bottom; background: transparent; }
    LineScreen Vertical { height: auto; background: $panel; }
    LineScreen Horizontal { height: 1; }
    LineScreen #title { width: auto; padding: 0 0 0 1; text-style: bold; }
    LineScreen Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    LineScreen #hint { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    LineScreen #hint.-wrong { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel"),
        Binding("up", "earlier(-1)", show=False),
        Binding("down", "earlier(1)", show=False),
        Binding("ctrl+r", "remove", "Remove"),
    ]

    def __init__(
        self,
        title: str,
        submit: Callable[[str], str],
        *,
        value: str = "",
        hint: Callable[[str], str] = lambda text: "⏎ done   Esc cancel",
        words: Sequence[str] = (),
        earlier: Sequence[str] = (),
        remove: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._submit = submit
        self._given, self._value = value, visible(value)
        self._hint = hint
        self._words = words
        self._lines = [*map(visible, earlier), self._value]
        self._at = len(earlier)
        self._remove = remove

    def compose(self) -> ComposeResult:
        """Make the line, and what it says of it above."""
        with Vertical():
            yield Static(plain_text(self._hint(self._value)), id="hint")
            with Horizontal():
                yield Static(plain_text(self._title), id="title")
                yield Input(
                    self._value,
                    compact=True,
                    select_on_focus=False,
                    suggester=SuggestFromList(self._words) if self._words else None,
                )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what it means so far."""
        self._tell(self._hint(event.value), wrong=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line, or say what is wrong with it."""
        wrong = self._submit(self._given if event.value == self._value else event.value)
        if wrong:
            self._tell(wrong, wrong=True)
        else:
            self.dismiss()

    def action_earlier(self, by: int) -> None:
        """Bring an earlier line back, or a later one."""
        field = self.query_one(Input)
        self._lines[self._at] = field.value
        self._at = max(0, min(self._at + by, len(self._lines) - 1))
        field.value = self._lines[self._at]
        field.cursor_position = len(field.value)

    def action_remove(self) -> None:
        """Remove what the line is about."""
        if self._remove is not None:
            self._remove()
            self.dismiss()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what there is not."""
        return action != "remove" or self._remove is not None

    def on_click(self) -> None:
        """Close where somebody clicks beside it."""
        if self.get_widget_at(*self.app.mouse_position)[0] is self:
            self.dismiss()

    def _tell(self, text: str, *, wrong: bool) -> None:
        told = self.query_one("#hint", Static)
        told.set_class(wrong, "-wrong")
        told.update(plain_text(text))
