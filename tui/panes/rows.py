"""Rows: what a tab is made of. A row is one line; it may stand for a value, and unfold into further rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from rich.cells import cell_len, set_cell_size

from ...replay.events.event import Change
from ...replay.text.safe import visible
from ...trace.values import ABSENT, Plain

ROLES: Final = (
    *("text", "dim", "title", "name", "old", "new", "cause", "place"),
    *("changed", "on", "flipped", "warning", "error", "best"),
)
"""What a part of a row is; how each looks is the page's."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some safe text in one role."""

    text: str
    role: str = "text"


def span(text: str, role: str = "text", width: int = 0) -> Span:
    """Return text of unknown origin as a part of a row.

    Args:
        text: Any text.
        role: One of `ROLES`.
        width: Cells that it fills: blanks follow, or its end is cut. 0: as many as it has.
    """
    safe = visible(text)
    return Span(fitted(safe, width) if width else safe, role)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Return safe text in exactly so many cells, cut with an ellipsis, or with blanks."""
    cells = cell_len(text)
    if cells > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    blanks = " " * (width - cells)
    return blanks + text if right else text + blanks


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes:
        spans: Its parts, from left to right.
        part: Tells it from its siblings; None: it can't be selected.
        path: Path of the value that it stands for, as `Trace.series` takes it; empty: none that has a history.
        value: That value, or what else is copied.
        change: The change that it tells of.
        event: Number of an event that it leads to.
        inner: Returns the rows that it unfolds into; None: it does not.
    """

    spans: Sequence[Span]
    part: Hashable = None
    path: str = ""
    value: Plain = ABSENT
    change: Change | None = None
    event: int | None = None
    inner: Callable[[], Lines] | None = None

    @property
    def text(self) -> str:
        """What is written in it."""
        return "".join(one.text for one in self.spans)


class Lines(Protocol):
    """Rows that are made when they are looked at."""

    def __len__(self) -> int:
        """Return how many there are."""

    def row(self, number: int) -> Row:
        """Return one of them."""

    def find(self, part: Hashable) -> int | None:
        """Return the number of the row with this part; None if there is none."""


class Listed:
    """Rows that are there.

    Args:
        rows: The rows.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows = list(rows)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)

    def row(self, number: int) -> Row:
        """Return one of them."""
        return self._rows[number]

    def find(self, part: Hashable) -> int | None:
        """Return the number of the row with this part."""
        return self._numbers.get(part)

    @cached_property
    def _numbers(self) -> dict[Hashable, int]:
        return {row.part: number for number, row in reversed(list(enumerate(self._rows))) if row.part is not None}


class Chain:
    """Several runs of rows, one after the other.

    Args:
        pieces: The runs; parts are told apart by all of them.
    """

    def __init__(self, pieces: Iterable[Lines]) -> None:
        self._pieces = [piece for piece in pieces if len(piece)]
        self._length = sum(map(len, self._pieces))

    def __len__(self) -> int:
        """Return how many there are."""
        return self._length

    def row(self, number: int) -> Row:
        """Return one of them."""
        for piece in self._pieces:
            if number < len(piece):
                return piece.row(number)
            number -= len(piece)
        raise IndexError(number)

    def find(self, part: Hashable) -> int | None:
        """Return the number of the first row with this part."""
        start = 0
        for piece in self._pieces:
            found = piece.find(part)
            if found is not None:
                return start + found
            start += len(piece)
        return None


def heading(title: str, rest: str = "") -> Row:
    """Return a line above a section."""
    return Row((span(title, "title"), span(f"  {rest}" if rest else "", "dim")))


def plain(text: str, role: str = "text", indent: int = 0) -> Row:
    """Return a line that stands for no value."""
    return Row((Span(" " * indent), span(text, role)))


BLANK: Final = Row(())


def section(title: str, rows: Iterable[Row] | Lines, rest: str = "") -> Lines:
    """Return rows under a title, and a blank line before it; nothing where there are no rows."""
    lines = Listed(rows) if isinstance(rows, Iterable) else rows
    return Chain([Listed([BLANK, heading(title, rest)]), lines]) if len(lines) else lines
