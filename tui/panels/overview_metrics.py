"""The table of metrics in the overview, laid out for a width. Pure functions: no widget, no terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from ...replay.overview.standing import Standing
from ...replay.text.numbers import aligned, rounded
from ...replay.text.safe import visible
from ..braille import curve
from .cut import middle
from .overview_lines import MARGIN, Line, Piece

NAME: Final = (12, 24)
"""Cells of a metric's name, at least and at most."""

HEADS: Final = ("last", "best", "at step")


def metric_lines(metrics: Sequence[Standing], width: int) -> Iterator[Line]:
    """Give a table of metrics: the last value, the best one and its step, a curve over the whole run."""
    names = [middle(visible(one.name), NAME[1]) for one in metrics]
    size = max([NAME[0], *map(cell_len, names)])
    last = aligned(rounded(one.last) for one in metrics)
    best = aligned("" if one.best is None else rounded(one.best) for one in metrics)
    steps = ["" if one.best_step < 0 else f"{one.best_step:,}" for one in metrics]
    widths = [max(len(title), *map(len, texts), 0) for title, texts in zip(HEADS, (last, best, steps), strict=True)]
    title = " Metrics".ljust(MARGIN + size)
    heads = "".join(f"  {head:>{wide}}" for head, wide in zip(HEADS, widths, strict=True))
    yield Line(((title, "title"), (heads, "dim")))
    for number, one in enumerate(metrics):
        texts = (last[number], best[number], steps[number])
        values = "".join(f"  {text:>{wide}}" for text, wide in zip(texts, widths, strict=True))
        left = " " * MARGIN + set_cell_size(names[number], size)
        room = width - cell_len(left) - len(values) - 3
        yield Line(((left + values, "text"), *_graph(one, room)), one.event)


def _graph(one: Standing, room: int) -> Iterator[Piece]:
    """Give a curve, and what there is to say in words: a narrow curve where both would have no room."""
    words = f"  {one.words}" if one.words else ""
    curves = [curve(points, 1)[0] for points in one.points]
    fitting = [graph for graph in curves if len(graph) + 2 + cell_len(words) <= room]
    graph = next(iter(fitting), curves[-1])
    if len(graph) + 2 <= room:
        yield f"  {graph}", "curve"
        if fitting:
            yield words, "dim"
