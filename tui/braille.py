"""Curves in braille: two columns and four rows of dots in each cell. Pure functions: no widget, no terminal."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..replay.reduction import Reduced, reduced_values
from ..replay.span import Span

ACROSS: Final = 2
"""Dots side by side in a cell: reduce a series to so many cells for each one of the screen."""

DOWN: Final = 4
"""Dots one below the other in a cell."""

_WEIGHTS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.int64)
_BLANK: Final = 0x2800
_second: Final = itemgetter(1)


def curve(points: Reduced, height: int, bounds: tuple[float, float] | None = None) -> list[str]:
    """Return a curve through the numbers of a series, broken where one is NaN, infinite or lost.

    Args:
        points: The series, in `ACROSS` cells for each cell of the screen.
        height: Lines.
        bounds: What stands at the bottom and at the top; None: the least and the greatest number.

    Returns:
        `height` lines of the same width, spaces where there is no dot.
    """
    found = bounds or points.bounds
    if found is None:
        return [" " * (len(points.low) // ACROSS)] * height
    tops, ends = _connected(*_dots(points, *found, height * DOWN))
    return characters((np.arange(height * DOWN)[:, None] >= tops) & (np.arange(height * DOWN)[:, None] <= ends))


def shaded(points: Reduced, height: int, bounds: tuple[float, float] | None = None) -> list[list[tuple[str, bool]]]:
    """Return a curve as `curve` does, each line as parts, and whether each lies on the mean.

    Where a column of dots stands for many values, the curve is a band; through it goes the line of their means. All of
    it does where no column has more than two.
    """
    lines = curve(points, height, bounds)
    found = bounds or points.bounds
    if found is None or points.count.max(initial=0) <= ACROSS:
        return [[(line, True)] for line in lines]
    mean = replace(points, low=points.mean, high=points.mean, first=points.mean, last=points.mean)
    tops, ends = _connected(*_dots(mean, *found, height * DOWN))
    rows = np.arange(height * DOWN)[:, None]
    dots = ((rows >= tops) & (rows <= ends)).reshape(height, DOWN, -1, ACROSS)
    strong = np.any(dots, axis=(1, 3)).tolist()
    return [
        [
            ("".join(character for character, _ in part), on)
            for on, part in groupby(zip(line, marks, strict=True), _second)
        ]
        for line, marks in zip(lines, strong, strict=True)
    ]


def sparkline(values: ArrayLike, width: int) -> str:
    """Return a curve of one line.

    Args:
        values: The numbers, in order, at even distances; the curve is broken where one is NaN or infinite.
        width: Cells.
    """
    numbers = np.asarray(values, np.float64)
    last = width * ACROSS - 1
    places = np.arange(len(numbers)) * last // max(1, len(numbers) - 1)
    return curve(reduced_values(places, numbers, None, Span(0, last + 1, last + 1)), 1)[0]


def characters(dots: NDArray[np.bool_]) -> list[str]:
    """Return dots as characters.

    Args:
        dots: Rows of dots, a multiple of `DOWN`; each of a multiple of `ACROSS`.
    """
    rows, columns = dots.shape[0] // DOWN, dots.shape[1] // ACROSS
    cells = dots.reshape(rows, DOWN, columns, ACROSS)
    codes = np.einsum("rdca,da->rc", cells.astype(np.int64), _WEIGHTS)
    return ["".join(chr(_BLANK + code) if code else " " for code in row) for row in codes.tolist()]


def _dots(
    points: Reduced, bottom: float, top: float, height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return for each column of dots its uppermost and its lowest one, and whether it goes on from the one before."""
    low, high, joined = _filled(points)
    part = 1.0 if np.isfinite(top - bottom) else 0.25  # the greatest numbers have no difference
    scale = (height - 1) / (top * part - bottom * part) if top > bottom else 0.0
    middle = 0.0 if top > bottom else (height - 1) / 2

    def row(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(np.rint((top * part - values * part) * scale + middle), 0, height - 1)

    nothing = np.isnan(low)
    tops = np.where(nothing, height, row(np.where(nothing, top, high))).astype(np.int64)
    ends = np.where(nothing, -1, row(np.where(nothing, top, low))).astype(np.int64)
    return tops, ends, joined


def _filled(points: Reduced) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Draw a line through the columns between two points: least and greatest of each, and whether it is joined."""
    low, high = points.low.copy(), points.high.copy()
    places, firsts, lasts = _points(points)
    columns, most = np.arange(len(low)), len(low) - 1
    joined = np.zeros(len(low), np.bool_)
    if len(places) < 2:
        return low, high, joined
    broken = np.concatenate([[0], np.cumsum(points.nonfinite | points.lost)])
    inside = np.clip(places, 0, most).astype(np.int64)
    whole = broken[inside[1:] + 1] == broken[inside[:-1]]
    place = np.searchsorted(places, columns, side="right") - 1
    inner = (place >= 0) & (place < len(places) - 1)
    inner[inner] = whole[place[inner]]
    empty = inner & ~points.drawn
    at = place[empty]
    part = (columns[empty] - places[at]) / (places[at + 1] - places[at])
    low[empty] = high[empty] = lasts[at] * (1 - part) + firsts[at + 1] * part
    joined[1:] = inner[:-1]
    return low, high, joined


def _points(points: Reduced) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the columns that have a point, those beside the picture too, and the first and the last value of each."""
    drawn = np.flatnonzero(points.drawn)
    before = [] if points.before is None else [points.before]
    after = [] if points.after is None else [points.after]

    def whole(row: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([[one.value for one in before], row[drawn], [one.value for one in after]])

    places = np.concatenate([[one.place for one in before], drawn, [one.place for one in after]])
    return places, whole(points.first), whole(points.last)


def _connected(
    tops: NDArray[np.int64], ends: NDArray[np.int64], joined: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Make columns that go on from the ones before them reach these."""
    above, below = tops.copy(), ends.copy()
    lower = joined[1:] & (tops[1:] > ends[:-1] + 1)
    higher = joined[1:] & (ends[1:] < tops[:-1] - 1)
    above[1:][lower] = ends[:-1][lower] + 1
    below[1:][higher] = tops[:-1][higher] - 1
    return above, below
