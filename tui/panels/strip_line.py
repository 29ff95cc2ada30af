"""The lines of the strip: a curve with its bounds, and the marks of the run. Pure functions: no widget, no terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from ...replay.signs import BEGUN, EVALUATED, FAILED, MISSING, NONFINITE, SAVED, STOPPED, WARNED
from ...replay.span import Span, signed
from ...replay.text.safe import visible
from ...trace.framework import EVALUATION, SAVE, STOP, Framework
from ..safe_text import plain_text
from .cut import end

if TYPE_CHECKING:
    from ...replay.columns.series import Series
    from ...replay.metrics import Metric
    from ...replay.trace import Trace

NUMBER: Final = 5
"""Cells of a number beside a curve."""

LONGEST: Final = 14
"""Cells of a metric's name at most."""

NARROW: Final = 50
"""Cells of a strip below which nothing stands on its right."""

StyleOf = Callable[[str], Style]
"""Gives the style of a part: ``curve``, ``other``, ``dim``, ``mark``, ``error``, ``warning``, ``stop``."""

PART_STYLES: Final = (
    "curve",
    "curve-dim",
    "other",
    "other-dim",
    "dim",
    "mark",
    "error",
    "warning",
    "stop",
    "label",
    "cursor",
    "at",
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a line of the strip what stands.

    Attributes:
        left: Cells of names and bounds.
        middle: Cells of the run.
        right: Cells of what stands behind it; 0: nothing does.
    """

    left: int
    middle: int
    right: int


def places(width: int, names: list[str]) -> Places:
    """Return the places for a width and the names of the metrics that are shown."""
    longest = max((cell_len(visible(name)) for name in names), default=0)
    left = min(longest + 1 + NUMBER, LONGEST + 1 + NUMBER, max(NUMBER, width * 3 // 10)) if longest else 0
    right = NUMBER + 7 if width >= NARROW else 0
    return Places(left, max(1, width - left - right), right)


def plot_lines(
    metric: Metric, series: Series, span: Span, where: Places, height: int, style_of: StyleOf, curve_style: str
) -> list[list[Segment]]:
    """Return the lines of one metric: name and greatest number, least number; the curve; last and best.

    Args:
        metric: The metric.
        series: Its values.
        span: The events that are seen, a cell each.
        where: The places.
        height: Lines, at least 2.
        style_of: Gives the styles.
        curve_style: That of the curve.
    """
    from ...replay.reduction import reduced  # what draws curves is needed after the first screen
    from ..braille import ACROSS, shaded

    points = reduced(series, Span(span.begin, span.end, span.cells * ACROSS))
    bounds = points.bounds
    drawn = shaded(points, height)
    low, high = ("", "") if bounds is None else (number_text(bounds[0]), number_text(bounds[1]))
    ends = [high, *[""] * (height - 2), low if low != high else ""]
    names = [end(visible(metric.name), max(0, where.left - NUMBER - 1)), *[""] * (height - 1)]
    told = [*_told(metric, series), *[""] * height]
    return [
        [
            Segment(left_text(name, bound, where.left), style_of("label" if name else "dim")),
            *(Segment(part, style_of(curve_style if strong else f"{curve_style}-dim")) for part, strong in line),
            Segment(f" {text}"[: where.right].ljust(where.right), style_of("dim")),
        ]
        for name, bound, line, text in zip(names, ends, drawn, told, strict=False)
    ]


def left_text(name: str, number: str, width: int) -> str:
    """Return what stands left of a line: a name and a number, the number at the right."""
    return set_cell_size(
        set_cell_size(name, max(0, width - max(NUMBER, len(number)) - 1)) + f" {number:>{NUMBER}}", width
    )


def _told(metric: Metric, series: Series) -> list[str]:
    """Return what stands right of a curve: its last number, and the best one, or the first where none is known."""
    numbers = series.value[series.finite]
    if not len(numbers):
        return []
    if metric.lower is None:
        other = f"first {number_text(float(numbers[0]))}"
    else:
        other = f"best  {number_text(float(numbers.min() if metric.lower else numbers.max()))}"
    last = series.value[-1]
    return [f"last  {number_text(float(last if not math.isnan(last) else numbers[-1]))}", other]


def number_text(value: float) -> str:
    """Return a number in at most `NUMBER` cells, to as many digits as fit."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    for digits in (4, 3, 2, 1):
        text = f"{value:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
        text = text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
        if len(text) <= NUMBER:
            return text
    return text[:NUMBER]


def signs_of(framework: Framework) -> tuple[tuple[int, str, str, str], ...]:
    """Return what stands in the line of marks, the gravest first: signs, character, its style, what it means."""
    stop, save = (framework.flag(role) for role in (STOP, SAVE))
    ends = {name for phase in framework.phases if phase.kind == EVALUATION for name in phase.ends}
    evaluate = next((flag for flag in framework.flags if flag.served in ends), None)
    return (
        (FAILED, "✗", "error", "exception"),
        (MISSING, "⋯", "error", "something is missing"),
        (STOPPED, stop.letter if stop else "T", "stop", "the stop was asked for"),
        (NONFINITE, "!", "warning", "NaN or infinity"),
        (SAVED | EVALUATED, "◆", "mark", "evaluated and saved"),
        (SAVED, save.letter if save else "S", "mark", "saved"),
        (EVALUATED, evaluate.letter if evaluate else "V", "mark", "evaluated"),
        (WARNED, "?", "warning", "a warning was logged"),
    )


def marks_line(signs: NDArray[np.uint8], span: Span, framework: Framework, style_of: StyleOf) -> list[Segment]:
    """Return the run as a line: a segment for each cell of the span.

    Args:
        signs: The signs of the events, as far as they are known: see `replay.signs`. What is not known is dotted.
        span: The events that are seen, a cell each.
        framework: What the trace's framework calls things.
        style_of: Gives the styles.
    """
    found, table = signed(signs, span).tolist(), signs_of(framework)
    epochs = 0 < sum(1 for cell in found if cell & BEGUN) <= span.cells // 4
    known = np.minimum(span.edges[:-1], span.end - 1) < len(signs)
    return [_mark(cell, table, epochs, sure, style_of) for cell, sure in zip(found, known.tolist(), strict=True)]


def _mark(
    signs: int, table: Sequence[tuple[int, str, str, str]], epochs: bool, known: bool, style_of: StyleOf
) -> Segment:
    for bits, character, style, _ in table:
        if signs & bits == bits:
            return Segment(character, style_of(style))
    if epochs and signs & BEGUN:
        return Segment("┴", style_of("dim"))
    return Segment("─" if known else "┄", style_of("dim"))


def mark_of(signs: int, framework: Framework, style_of: StyleOf) -> Segment:
    """Return the cell of a line of marks whose events have some signs."""
    return _mark(signs, signs_of(framework), False, True, style_of)


def tip(cell: int, signs: NDArray[np.uint8], span: Span, trace: Trace) -> Text:
    """Return in words what is in a cell: the events, the step, and what each sign means."""
    begin, stop = (int(edge) for edge in span.edges[cell : cell + 2])
    event, last = span.event(cell), max(begin, stop - 1)
    here = int(np.bitwise_or.reduce(signs[begin:stop], initial=0))
    step = int(trace.columns.step[event])
    told = [text for bits, _, _, text in signs_of(trace.framework) if here & bits == bits]
    told = [text for text in told if "evaluated and saved" not in told or text not in ("evaluated", "saved")]
    where = f"#{event:,}" if last <= event else f"#{event:,} to #{last:,}"
    return plain_text(", ".join([where, *([f"step {step:,}"] if step >= 0 else []), *told]))


def event_in(cell: int, signs: NDArray[np.uint8], span: Span, framework: Framework) -> int:
    """Return the event of a cell that a click leads to: the first of what its sign says, else the first of all."""
    begin, stop = (int(edge) for edge in span.edges[cell : cell + 2])
    here = signs[begin:stop]
    for bits, *_ in signs_of(framework):
        if np.bitwise_or.reduce(here, initial=0) & bits == bits:
            return begin + int(np.flatnonzero(here & bits)[0])
    return span.event(cell)
