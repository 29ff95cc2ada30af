"""One line of the event list, from the columns alone. Pure functions: no widget, no terminal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from rich.style import Style

from ...replay.columns.columns import CHANGED, EXCEPTION, GAP, MESSAGE, NONFINITE, Columns
from ...replay.text.safe import visible
from ...trace.framework import Framework

MARKS: Final = (
    (EXCEPTION, "✗", "error", "exception"),
    (GAP, "⋯", "error", "something is missing before it"),
    (NONFINITE, "!", "warning", "NaN or infinity"),
    (MESSAGE, "?", "warning", "a warning was logged"),
    (CHANGED, "•", "changed", "changed something"),
)
"""What is shown before an event, the gravest first: its bit, the sign, the sign's style, what it means."""

StyleOf = Callable[[str], Style]
"""Gives the style of a part: ``dim``, ``error``, ``warning``, ``changed``, ``flipped``, ``name``, ``edge``, ``on``."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns fit into a width, in cells.

    Attributes:
        width: The whole line.
        number, step, epoch, duration: Width of each, 0 where it is left out.
        letters: The flags.
    """

    width: int
    number: int
    step: int
    epoch: int
    duration: int
    letters: str

    @property
    def name(self) -> int:
        """What is left for the event's name."""
        fixed = sum(width + 1 for width in (self.number, self.step, self.epoch, self.duration) if width)
        return max(8, self.width - fixed - len(self.letters) - 4)


def layout(width: int, events: int, last_step: int, letters: str) -> Layout:
    """Return the layout for a width: narrow lists leave out the duration, then the epoch."""
    number, step = len(str(max(events - 1, 0))), max(4, len(str(max(last_step, 0))))
    epoch, duration = (6 if width >= 50 else 0), (8 if width >= 60 else 0)
    return Layout(width, max(3, number), step, epoch, duration, letters)


def header(columns: Layout) -> str:
    """Return the line of titles."""
    parts = [" ", "#".rjust(columns.number), "step".rjust(columns.step)]
    parts += ["epoch".rjust(columns.epoch)] if columns.epoch else []
    parts.append("event".ljust(columns.name))
    parts += ["took".rjust(columns.duration)] if columns.duration else []
    return " ".join([*parts, columns.letters])


def event_line(
    columns: Columns, framework: Framework, index: int, widths: Layout, style_of: StyleOf, found: bool
) -> list[Segment]:
    """Return the parts of one line.

    Args:
        columns: The trace's columns.
        framework: What its framework calls things.
        index: Number of the event.
        widths: The layout.
        style_of: Gives the styles.
        found: The event matches the search.
    """
    mark, mark_style = _mark(int(columns.marks[index]))
    step, epoch = int(columns.step[index]), float(columns.epoch[index])
    parts = [
        Segment(mark + " ", style_of(mark_style)),
        Segment(str(index).rjust(widths.number) + " ", style_of("dim")),
        Segment(
            (str(step) if step >= 0 else "").rjust(widths.step) + " ",
            style_of("on" if _first(columns, index) else "dim"),
        ),
    ]
    if widths.epoch:
        text = f"{epoch:.3g}" if math.isfinite(epoch) else ""
        parts.append(Segment(text[: widths.epoch].rjust(widths.epoch) + " ", style_of("dim")))
    style = _name_style(columns, framework, index, style_of, found)
    parts.append(Segment(_name(columns, index, widths.name), style))
    if widths.duration:
        took = duration_text(float(columns.duration[index]))
        parts.append(Segment(" " + took.rjust(widths.duration), style_of("dim")))
    parts.append(Segment(" "))
    return parts + _flags(columns, index, widths.letters, style_of)


def duration_text(seconds: float) -> str:
    """Return a duration in the unit that fits it."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:,.1f} {unit}"
    return f"{seconds * 1e6:.0f} µs"


def _mark(marks: int) -> tuple[str, str]:
    return next(((symbol, style) for mark, symbol, style, _ in MARKS if marks & mark), (" ", "dim"))


def _first(columns: Columns, index: int) -> bool:
    return index == 0 or bool(columns.step[index] != columns.step[index - 1])


def _name(columns: Columns, index: int, width: int) -> str:
    depth = min(int(columns.depth[index]), 12)
    text = "  " * depth + visible(columns.name_of(index)) + _thread(columns, index)
    return (text if len(text) <= width else text[: width - 1] + "…").ljust(width)


def _thread(columns: Columns, index: int) -> str:
    """Return the thread of an event; empty for the thread that began the recording."""
    return f" [{visible(columns.thread_of(index))}]" if columns.thread[index] else ""


def _name_style(columns: Columns, framework: Framework, index: int, style_of: StyleOf, found: bool) -> Style:
    kind = "edge" if columns.name_of(index) in framework.edges else "name"
    style = style_of("error" if int(columns.marks[index]) & EXCEPTION else kind)
    return style + Style(underline=True, bold=True) if found else style


def _flags(columns: Columns, index: int, letters: str, style_of: StyleOf) -> list[Segment]:
    now = int(columns.flags[index])
    before = int(columns.flags[index - 1]) if index else 0
    return [_flag(letter, now >> bit & 1, before >> bit & 1, style_of) for bit, letter in enumerate(letters)]


def _flag(letter: str, now: int, before: int, style_of: StyleOf) -> Segment:
    """Draw a flag: a capital when it is on, a dot when it is off, small when it was on until now."""
    if now:
        return Segment(letter, style_of("on" if before else "flipped"))
    return Segment(letter.lower() if before else "·", style_of("flipped" if before else "dim"))
