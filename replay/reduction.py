"""A series in the cells of a screen: of each cell the least and the greatest value, so that no point is lost.

A cell stands for a stretch of events, see `Span`. A million values take about a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns.series import Series, ValueKind
from .span import Span, each

NONFINITE: Final = 1 << ValueKind.NAN | 1 << ValueKind.INFINITE
"""Bits of `Reduced.kinds`."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A value that is in none of the cells.

    Attributes:
        place: Where it would be, in cells from the first one; not necessarily a whole number.
        value: The value.
    """

    place: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """What a series has in each cell; arrays of one item per cell.

    Attributes:
        low, high, first, last, mean: Of its finite numbers the least, the greatest, the first, the last, the mean; NaN
            where there is none. float64.
        count: How many values there are, those that are no finite numbers among them; int64.
        kinds: Sum of ``1 << kind`` over the `ValueKind` that there are; uint8.
        lost: Whether some of its events could not be read; bool.
        before, after: The values next to the cells, from which a curve comes and to which it goes; None where there is
            none, or it is no finite number.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    mean: NDArray[np.float64]
    count: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    lost: NDArray[np.bool_]
    before: Beside | None = None
    after: Beside | None = None

    @property
    def nonfinite(self) -> NDArray[np.bool_]:
        """Cells with a NaN or an infinity."""
        found: NDArray[np.bool_] = (self.kinds & NONFINITE) > 0
        return found

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Cells with a finite number."""
        return ~np.isnan(self.low)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the greatest of all numbers, of those beside the cells if there is none in them; or None."""
        drawn = self.drawn
        if drawn.any():
            return float(self.low[drawn].min()), float(self.high[drawn].max())
        if self.before is None or self.after is None:
            return None
        return min(self.before.value, self.after.value), max(self.before.value, self.after.value)


def reduced(series: Series, span: Span) -> Reduced:
    """Return what a series has in the cells of a span."""
    found = reduced_values(series.index, series.value, series.kind, span)
    for begin, end in series.lost.tolist():
        if begin < span.end and end > span.begin:
            found.lost[span.cell(begin) : span.cell(end - 1) + 1] = True
    return found


def reduced_values(
    index: NDArray[np.int64], value: NDArray[np.float64], kind: NDArray[np.uint8] | None, span: Span
) -> Reduced:
    """Return the same of arrays as those of a `Series`.

    Args:
        index: Places of the values, ascending.
        value: The values.
        kind: A `ValueKind` of each; None: those that are not finite are NaN.
        span: The cells.
    """
    edges = span.edges
    begin, end = np.searchsorted(index, (span.begin, span.end)).tolist()
    places, numbers = index[begin:end], value[begin:end]
    before = _beside(index, value, begin - 1, span) if begin else None
    after = _beside(index, value, end, span) if end < len(index) else None
    finite = np.isfinite(numbers)
    starts = np.searchsorted(places, edges)
    if kind is None:
        kind = np.where(finite, np.uint8(ValueKind.NUMBER), np.uint8(ValueKind.NAN))
        kinds = each(np.bitwise_or, np.left_shift(np.uint8(1), kind), starts, 0)
    else:
        kinds = _kinds(kind[begin:end], starts)
    count = np.diff(starts)
    if not finite.all():
        places, numbers = places[finite], numbers[finite]
        starts = np.searchsorted(places, edges)
    return Reduced(
        low=each(np.minimum, numbers, starts, np.nan),
        high=each(np.maximum, numbers, starts, np.nan),
        first=_taken(numbers, starts[:-1], starts),
        last=_taken(numbers, starts[1:] - 1, starts),
        mean=_mean(numbers, starts),
        count=count,
        kinds=kinds,
        lost=np.zeros(span.cells, np.bool_),
        before=before,
        after=after,
    )


def _beside(index: NDArray[np.int64], value: NDArray[np.float64], place: int, span: Span) -> Beside | None:
    if not np.isfinite(value[place]):
        return None
    return Beside((int(index[place]) - span.begin) * span.cells / (span.end - span.begin), float(value[place]))


def _mean(numbers: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    counts = np.maximum(1, np.diff(starts))
    with np.errstate(over="ignore"):
        sums = each(np.add, numbers, starts, np.nan)
    means: NDArray[np.float64] = np.clip(sums, -np.finfo(np.float64).max, np.finfo(np.float64).max) / counts
    return means


def _kinds(kind: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint8]:
    if not kind.any():  # numbers, as nearly always: the rest would take longer than all other columns
        return (np.diff(starts) > 0).astype(np.uint8)  # the bit of `ValueKind.NUMBER`
    return each(np.bitwise_or, np.left_shift(np.uint8(1), kind), starts, 0)


def _taken(values: NDArray[np.float64], places: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a value of each cell, NaN where it has none."""
    filled = starts[1:] > starts[:-1]
    found = np.full(len(places), np.nan)
    found[filled] = values[places[filled]]
    return found
