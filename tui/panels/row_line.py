"""One line of a page. Pure functions: no widget, no terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ..panes.outline import Placed

INDENT: Final = 2
"""Cells by which rows inside a row are further right, and what stands before every row."""


def row_line(placed: Placed, width: int, style_of: Callable[[str], Style]) -> Strip:
    """Return a row: a sign, and its parts; its end is cut where it is too long.

    Args:
        placed: The row.
        width: Cells of the line.
        style_of: Returns the style of a role; of the page itself for an empty one.
    """
    base = style_of("")
    sign = "  " if placed.row.inner is None else "▾ " if placed.open else "▸ "
    parts = [Segment(" " * INDENT * placed.depth + sign, base + style_of("dim"))]
    parts += [Segment(one.text, base + style_of(one.role)) for one in placed.row.spans if one.text]
    strip = Strip(parts)
    if strip.cell_length > width:
        strip = Strip([*strip.crop(0, width - 1), Segment("…", base + style_of("dim"))])
    return strip.adjust_cell_length(width, base)


def marked(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """Return a line of which the characters from `start` to `end` are selected; -1: to its end."""
    text = strip.text
    first = cell_len(text[:start])
    last = strip.cell_length if end < 0 else cell_len(text[:end])
    before, middle, after = strip.crop(0, first), strip.crop(first, last), strip.crop(last)
    selected = Strip([Segment(one.text, (one.style or Style()) + style) for one in middle], middle.cell_length)
    return Strip.join([before, selected, after])


def has_thumb(y: int, total: int, height: int, top: int) -> bool:
    """Tell whether the scroll bar is to be seen in a line; nowhere if all rows fit.

    Args:
        y: The line on the screen.
        total: How many rows there are.
        height: How many fit.
        top: The first on the screen.
    """
    if total <= height:
        return False
    size = max(1, height * height // total)
    start = round((height - size) * top / (total - height))
    return start <= y < start + size


def differing(old: Strip, new: Strip) -> tuple[int, int]:
    """Return the first cell in which two lines of one width differ, and the one behind the last."""
    first = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        first += one.cell_length
    last = new.cell_length
    for one, other in zip(reversed(list(old)), reversed(list(new)), strict=False):
        if one != other or last - one.cell_length < first:
            break
        last -= one.cell_length
    return first, max(last, first + 1)
