"""The table of metrics in the overview, laid out for a width. Pure functions: no widget, no terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from ...replay.overview.standing import Standing
from ...replay.text.numbers import aligned, rounded
from ...replay.text.safe import visible
from ..braille import ACROSS, curve
from .cut import middle
from .overview_lines import MARGIN, Line, Piece

NAME: Final = (12, 24)
"""Cells of a metric's name, at least and at most; a quarter of a narrow screen."""

HEADS: Final = ("last", "best", "at step")


def metric_lines(metrics: Sequence[Standing], width: int) -> Iterator[Line]:
    """Give a table of metrics: the last value, the best one and its step, a curve over the run; nothing of none."""
    if not metrics:
        return
    names = [middle(visible(one.name), min(NAME[1], width // 4)) for one in metrics]
    size = max([NAME[0], *map(cell_len, names)])
    last, best = _column(HEADS[0], [rounded(one.last) for one in metrics]), _best(metrics)
    left = (" Metrics".ljust(MARGIN + size), *(" " * MARGIN + set_cell_size(name, size) for name in names))
    room = width - MARGIN - size - len(last[0]) - len(best[0]) - 4 - 1
    yield Line(((left[0], "title"), (f"  {last[0]}  {best[0]}", "dim")))
    curves = _curves(metrics, room)
    for number, one in enumerate(metrics, 1):
        pieces = [
            (f"{left[number]}  {last[number]}", "text"),
            (f"  {best[number]}", "text" if not one.between else "dim"),
        ]
        yield Line((*pieces, *curves[number - 1]), one.event)


def _column(head: str, texts: Sequence[str]) -> list[str]:
    """Return a title and numbers below it, their points below each other, all of one width."""
    found = aligned(texts)
    wide = max(len(head), *map(len, found))
    return [head.rjust(wide), *(text.rjust(wide) for text in found)]


def _best(metrics: Sequence[Standing]) -> list[str]:
    """Return the title and the best values with their steps; where there is no best, the least and the greatest."""
    best = _column(HEADS[1], ["" if one.best is None else rounded(one.best) for one in metrics])
    step = _column(HEADS[2], ["" if one.best_step < 0 else f"{one.best_step:,}" for one in metrics])
    both = [f"{one}  {other}" for one, other in zip(best, step, strict=True)]
    texts = [both[0], *(one.between or text for one, text in zip(metrics, both[1:], strict=True))]
    wide = max(map(len, texts))
    return [text.ljust(wide) for text in texts]


def _curves(metrics: Sequence[Standing], room: int) -> list[list[Piece]]:
    """Return the curves, all of one size, and behind them what there is to say in words, as far as there is room."""
    words = [f"  {one.words}" if one.words else "" for one in metrics]
    most = max(map(cell_len, words))
    sizes = [len(points.low) // ACROSS for points in metrics[0].points]
    fitting = [[place for place, size in enumerate(sizes) if size + 2 + wide <= room] for wide in (most, 0)]
    if not fitting[1]:
        return [[] for _ in metrics]
    place = (fitting[0] or fitting[1])[0]
    rest = room - sizes[place] - 2
    return [
        [(f"  {curve(one.points[place], 1)[0]}", "curve"), (text if cell_len(text) <= rest else "", "dim")]
        for one, text in zip(metrics, words, strict=True)
    ]
