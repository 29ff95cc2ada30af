"""Cuts texts to cells of a screen, wide characters counted as two."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size


def end(text: str, width: int) -> str:
    """Return a text that has at most so many cells; where it is cut it ends in an ellipsis."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def middle(text: str, width: int) -> str:
    """Return a text that has at most so many cells; it is cut in the middle: names differ at their ends."""
    if cell_len(text) <= width or width < 3:
        return end(text, width)
    tail = chop_cells(text[::-1], (width - 1) // 2)[0][::-1]
    return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail
