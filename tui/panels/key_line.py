"""The last line: the keys that can be pressed now, as many as there is room for, and always the one for help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

GAP: Final = 2
"""Cells between two keys."""

ALWAYS: Final = frozenset({"help"})
"""Actions that are shown however narrow the line is: who has this key finds the others."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key in the line.

    Attributes:
        name: As Textual has it.
        shown: How it is written.
        label: What it does.
        action: What it runs.
    """

    name: str
    shown: str
    label: str
    action: str

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return cell_len(self.shown) + 1 + cell_len(self.label)


def fitting(keys: Sequence[Key], width: int) -> list[tuple[int, Key]]:
    """Return the keys for which there is room, each with its first column: from the right they are left out.

    Args:
        keys: All, the most important first.
        width: Cells of the line.
    """
    kept = list(keys)
    while kept and sum(key.width + GAP for key in kept) - GAP > width - 2:
        last = next((key for key in reversed(kept) if key.action not in ALWAYS), None)
        if last is None:
            break
        kept.remove(last)
    places, column = [], 1
    for key in kept:
        places.append((column, key))
        column += key.width + GAP
    return places


class KeyLine(Widget):
    """Shows what is bound where the focus is, and runs it on a click. One line without children: it costs no layout."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--label"}
    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; background: $panel; }
    KeyLine > .key-line--key { color: $text-accent; text-style: bold; }
    KeyLine > .key-line--label { color: $text; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, Key]] = []

    def on_mount(self) -> None:
        """Learn when other keys can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self._look(self.screen)

    def on_resize(self) -> None:
        """Show more, or fewer."""
        self._look(self.screen)

    def _look(self, screen: Screen[object]) -> None:
        places = fitting(list(self._keys()), self.size.width)
        if places != self._places:
            self._places = places
            self.refresh()

    def _keys(self) -> Iterable[Key]:
        """Give what is bound, each action once."""
        seen = set()
        for found in self.screen.active_bindings.values():
            binding = found.binding
            shown = self.app.get_key_display(binding)
            if not binding.show or not found.enabled or binding.action in seen or self._is_typed(found.node, shown):
                continue
            seen.add(binding.action)
            yield Key(binding.key, shown, binding.description, binding.action)

    def _is_typed(self, node: DOMNode, shown: str) -> bool:
        """Tell whether a key is a letter where the focus is: Textual does not know that of some, of `/` for one."""
        focused = self.screen.focused
        letter = len(shown) == 1 and shown.isascii()
        return letter and focused is not None and node is not focused and focused.check_consume_key(shown, shown)

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        base = self.rich_style
        key_style, label_style = (self.get_component_rich_style(f"key-line--{part}") for part in ("key", "label"))
        parts, column = [], 0
        for place, key in self._places:
            parts += [Segment(" " * (place - column), base), Segment(key.shown, key_style)]
            parts.append(Segment(f" {key.label}", label_style))
            column = place + key.width
        return Strip(parts).adjust_cell_length(self.size.width, base).simplify()

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        for place, key in self._places:
            if place <= event.x < place + key.width:
                self.app.simulate_key(key.name)
