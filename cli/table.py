"""Text in columns of a terminal: wide and combining characters count as the cells that they take."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Final

PIPE: Final = 200
"""Columns where the output is no terminal."""

NARROWEST: Final = 40
"""No terminal is taken to be narrower: nothing would be readable."""


def width() -> int:
    """Return how many columns a line of stdout has."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else PIPE


def cells(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, limit: int) -> str:
    """Return as much of a text as fits into some columns, with an ellipsis where it is cut; `limit` is at least 1."""
    if cells(text) <= limit:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, max(0, limit - 1)).rstrip() + "…"


def padded(text: str, size: int) -> str:
    """Return a text with blanks behind it up to a number of columns."""
    return text + " " * (size - cells(text))


def wrapped(text: str, limit: int, indent: int = 0, most: int = 1 << 30) -> Iterator[str]:
    """Give a text in lines of some columns, broken at blanks where there are any.

    Args:
        text: One line.
        limit: Columns.
        indent: Blanks before each line but the first, which is given without them: a label stands there.
        most: Lines at most; the last one is cut then.
    """
    room = max(8, limit - indent)
    for number in range(most):
        lead = " " * indent if number else ""
        if cells(text) <= room or number == most - 1:
            yield lead + cut(text, room)
            return
        line = cut(text, room + 1)[:-1]
        blank = line.rfind(" ")
        line = text[:blank] if blank > room // 3 else cut(text, room + 1)[:-1]
        yield (lead + line).rstrip()
        text = text[len(line) :].lstrip(" ")


def labelled(label: str, text: str, limit: int, size: int = 11, most: int = 1 << 30) -> Iterator[str]:
    """Give a label, and a text beside it in as many lines as it needs."""
    for number, line in enumerate(wrapped(text, limit, size, most)):
        yield line if number else padded(label, size) + line


def table(rows: Sequence[Sequence[str]], limit: int, gap: int = 2) -> Iterator[str]:
    """Give rows in aligned columns; the last one takes what is left of the line, on as many lines as it needs.

    No other column takes more than a third of the line: what is longer is cut.

    Args:
        rows: Safe texts, as many in each row.
        limit: Columns of a line.
        gap: Blanks between two columns.
    """
    sizes = [min(limit // 3, max(map(cells, column))) for column in list(zip(*rows, strict=True))[:-1]]
    for row in rows:
        lead = "".join(padded(cut(text, size), size + gap) for text, size in zip(row, sizes, strict=False))
        start = sum(sizes) + gap * len(sizes)
        for number, line in enumerate(wrapped(row[-1], limit, start)):
            yield line if number else (lead + line).rstrip()
