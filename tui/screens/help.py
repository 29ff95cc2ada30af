"""The help: the table of keys on a screen of its own, those lines alone that hold what one types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ...replay.text.safe import visible
from ...trace.framework import Flag, Framework
from ..actions import ACTIONS, Action
from ..panels.event_line import MARKS, PINS
from ..panels.strip_line import signs_of

TWO_COLUMNS: Final = 100
"""Columns of a terminal from which on the help has two of its own."""

Line = tuple[str, str]
"""A key or a sign, and what it means; a heading has no key."""


class Filter(Input):
    """The line that is typed into; the key that opened the help closes it."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell whether a key is a letter here."""
        return key != "question_mark" and super().check_consume_key(key, character)


class HelpScreen(ModalScreen[None]):
    """All keys by group, and what the signs mean; what is typed filters.

    Args:
        framework: That of the trace, whose signs are told; None: a screen without signs.
        actions: The keys; those of the table, if the user has set no others.
    """

    AUTO_FOCUS = "Filter"
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen Vertical { width: 132; max-width: 96%; height: auto; max-height: 92%; background: $surface;
                          border: round $primary; padding: 0 1; }
    HelpScreen Filter { border: none; height: 1; padding: 0 1; background: $panel; }
    HelpScreen VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,enter", "dismiss", "Close", priority=True),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, framework: Framework | None, actions: Sequence[Action] = ACTIONS) -> None:
        super().__init__()
        self._groups = _keys(actions)
        if framework is None:
            return
        strip = [(visible(character), text) for _, character, _, text in signs_of(framework)]
        strip += [("┴ █", "an epoch begins; where one is")]
        self._groups += [("Signs", list(_signs(framework.flags))), ("Signs of the strip", strip)]

    def compose(self) -> ComposeResult:
        """Make the text."""
        with Vertical() as box:
            box.border_title = "Keys"
            box.border_subtitle = "Esc closes"
            yield Filter(placeholder="type to filter", compact=True)
            with VerticalScroll(can_focus=False):
                yield Static()

    def on_resize(self, event: events.Resize) -> None:
        """Show it in as many columns as there is room for."""
        self._show()

    def on_input_changed(self) -> None:
        """Show what is left."""
        self._show()

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _show(self) -> None:
        columns = 2 if self.app.size.width >= TWO_COLUMNS else 1
        self.query_one(Static).update(help_table(self._groups, self.query_one(Input).value, columns))


def help_table(groups: Sequence[tuple[str, Sequence[Line]]], wanted: str, columns: int) -> Table:
    """Return the lines that hold a text, in columns of about the same length.

    Args:
        groups: Headings and their lines.
        wanted: Is looked for in keys, meanings and headings, whatever its case; the words in any order.
        columns: How many.
    """
    found = [
        (title, [line for line in lines if _holds(f"{title} {' '.join(line)}", wanted)]) for title, lines in groups
    ]
    blocks = [[("", title), *lines, ("", "")] for title, lines in found if lines]
    parts = _split(blocks or [[("", "No key does that.")]], columns)
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in parts:
        table.add_column(ratio=1)
    table.add_row(*map(_column, parts))
    return table


def _column(lines: Sequence[Line]) -> Table:
    """Return a column of its own: a line that is wrapped leaves no gap in the other one."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    for key, text in lines:
        table.add_row(Text(key, "bold"), Text(text, "" if key else "bold italic"))
    return table


def _split(blocks: Sequence[Sequence[Line]], columns: int) -> list[list[Line]]:
    """Put blocks into columns, in order, each whole."""
    height = sum(map(len, blocks)) / columns
    parts: list[list[Line]] = [[]]
    for block in blocks:
        if len(parts) < columns and parts[-1] and len(parts[-1]) + len(block) / 2 > height:
            parts.append([])
        parts[-1] += block
    return parts


def _holds(text: str, wanted: str) -> bool:
    return all(word in text.casefold() for word in wanted.casefold().split())


def _keys(actions: Sequence[Action]) -> list[tuple[str, list[Line]]]:
    groups = dict.fromkeys(action.group for action in actions)
    return [(group, [(each.written, each.help) for each in actions if each.group == group]) for group in groups]


def _signs(flags: Sequence[Flag]) -> Iterator[Line]:
    yield from ((symbol, text) for _, symbol, _, text in MARKS)
    yield from PINS
    if flags:
        yield from ((visible(flag.letter), f"flag after the event: {visible(flag.about)}") for flag in flags)
        yield "a A ·", "a flag is off since this event; is on; is off"
        yield "▮", "in reverse: it is flipped here"
