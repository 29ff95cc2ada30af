"""The line that says where one is, and how the search goes."""

from __future__ import annotations

import math

from rich.text import Text
from textual.widgets import Static

from ..replay.cursor import Cursor
from ..replay.safe import visible
from ..replay.trace import Trace
from .messages import Found, Looking, Searching
from .panel import Panel
from .safe_text import plain_text


class PositionLine(Static, Panel):
    """Where the cursor is: number, phases, step, epoch, time."""

    DEFAULT_CSS = "PositionLine { height: 1; background: $panel; color: $text; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._cursor: Cursor | None = None
        self._search = ""
        self._found: int | None = 0
        self._looking = False

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show a position."""
        self._cursor = cursor
        self._draw()

    def on_searching(self, message: Searching) -> None:
        """Say what is searched."""
        self._search, self._found = message.text, None
        self._draw()

    def on_found(self, message: Found) -> None:
        """Say how often it was found."""
        self._search, self._found = message.text, len(message.events)
        self._draw()

    def on_looking(self, message: Looking) -> None:
        """Say that an event is looked for, or no longer."""
        self._looking = message.far
        self._draw()

    def _draw(self) -> None:
        if self._cursor is not None:
            self.update(position_text(self._cursor, self._search, self._found, self._looking), layout=False)


def position_text(cursor: Cursor, search: str = "", found: int | None = 0, looking: bool = False) -> Text:
    """Return a position in words.

    Args:
        cursor: The cursor.
        search: The text that is searched, or nothing.
        found: How many events it was found in; None: it is still being searched.
        looking: An event far from here is being looked for.
    """
    where = cursor.where()
    trace = cursor.trace
    parts = [f"{where.index:,}/{where.total - 1:,}"]
    parts += ["looking …"] if looking else []
    parts += [f"/{visible(search)}: " + ("searching …" if found is None else f"{found:,} found")] if search else []
    parts += [" › ".join(map(visible, where.phases))] if where.phases else []
    parts += [f"step {where.step:,}"] if where.step >= 0 else []
    parts += [f"epoch {where.epoch:.4g}"] if math.isfinite(where.epoch) else []
    parts.append(f"{float(trace.columns.time[where.index]):,.3f} s")
    text = plain_text(trace.columns.name_of(where.index), "bold")
    text.append("  " + "  ".join(parts))
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
