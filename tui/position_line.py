"""The line that says where one is, and the line that says what is wrong with the trace."""

from __future__ import annotations

import math

from rich.text import Text
from textual.widgets import Static

from ..replay.cursor import Cursor
from ..replay.safe import visible
from ..replay.trace import Trace
from .safe_text import plain_text


class PositionLine(Static):
    """Where the cursor is: number, phases, step, epoch, time."""

    DEFAULT_CSS = "PositionLine { height: 1; background: $panel; color: $text; padding: 0 1; }"

    def show(self, cursor: Cursor, search: str, found: int | None, looking: bool) -> None:
        """Show a position.

        Args:
            cursor: The cursor.
            search: The text that is searched, or nothing.
            found: Events it was found in; None: it is still being searched.
            looking: An event far from here is being looked for.
        """
        self.update(position_text(cursor, search, found, looking), layout=False)


class TroubleLine(Static):
    """What a reader of this trace has to know first; hidden where there is nothing."""

    DEFAULT_CSS = (
        "TroubleLine { height: auto; max-height: 2; background: $warning-muted; color: $text-warning; padding: 0 1; }"
    )

    def show(self, trace: Trace) -> None:
        """Show the troubles of a trace."""
        troubles = troubles_of(trace)
        self.display = bool(troubles)
        self.update(plain_text("⚠ " + " · ".join(troubles)))


def position_text(cursor: Cursor, search: str = "", found: int | None = 0, looking: bool = False) -> Text:
    """Return the position in words."""
    where = cursor.where()
    trace = cursor.trace
    parts = [f"{where.index:,}/{where.total - 1:,}"]
    parts += ["looking …"] if looking else []
    parts += [f"/{visible(search)}: " + ("searching …" if found is None else f"{found:,} found")] if search else []
    parts += [" › ".join(where.phases)] if where.phases else []
    parts += [f"step {where.step:,}"] if where.step >= 0 else []
    parts += [f"epoch {where.epoch:.4g}"] if math.isfinite(where.epoch) else []
    parts.append(f"{float(trace.columns.time[where.index]):,.3f} s")
    text = plain_text(trace.columns.name_of(where.index), "bold")
    text.append("  " + "  ".join(parts))
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def troubles_of(trace: Trace) -> list[str]:
    """Return what is wrong with a trace, in a few words each, the gravest first."""
    troubles = [f"{error.type} ended {error.ended[-1]}() at event {error.index}" for error in trace.exceptions[-1:]]
    if trace.damage:
        troubles.append(
            f"damaged in {len(trace.damage)} place{'s' * (len(trace.damage) != 1)}: {trace.damage[0].message}"
        )
    if trace.gaps:
        troubles.append(f"{sum(gap.count for gap in trace.gaps):,} events could not be recorded")
    if trace.end is None:
        troubles.append("no end record: the run goes on, or was killed")
    return troubles
