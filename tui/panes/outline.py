"""A tab's rows with those that are unfolded: one long list of which only the rows that are seen are made."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass

from .rows import Lines, Row

Key = tuple[Hashable, ...]
"""The parts of a row and of those that it lies in, the outermost first."""

MAX_DEPTH = 64
"""Rows in rows that can be unfolded."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A row in its place.

    Attributes:
        row: The row.
        key: Its key; None where it can't be selected.
        depth: How many rows it lies in.
        open: It is unfolded.
    """

    row: Row
    key: Key | None
    depth: int
    open: bool


class Outline:
    """Rows, and those inside the unfolded ones.

    Args:
        lines: The rows.
        opened: Keys of the rows that are unfolded; keys that there are not do no harm.
    """

    def __init__(self, lines: Lines, opened: Collection[Key] = ()) -> None:
        self._root = _Block(lines, (), opened)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._root.total

    def __getitem__(self, number: int) -> Placed:
        """Return a row by its number from the top; raises IndexError."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._root.at(number)

    def find(self, key: Key) -> int | None:
        """Return the number of a row; None if it is not there, or lies in one that is not unfolded."""
        return self._root.find(key)

    def next(self, number: int, by: int) -> int | None:
        """Return the next row in a direction, 1 or -1, that can be selected; None if there is none."""
        number += by
        while 0 <= number < len(self):
            if self[number].key is not None:
                return number
            number += by
        return None


class _Block:
    """The rows inside one row."""

    def __init__(self, lines: Lines, key: Key, opened: Collection[Key]) -> None:
        self.lines, self.key = lines, key
        depth = len(key)
        self.open: dict[int, _Block] = {}
        if depth < MAX_DEPTH:
            parts = [one[depth] for one in opened if len(one) == depth + 1 and one[:depth] == key]
            for number in sorted(found for found in map(lines.find, parts) if found is not None):
                row = lines.row(number)
                if row.inner is not None:
                    self.open[number] = _Block(row.inner(), (*key, row.part), opened)
        self.total: int = len(lines) + sum(inner.total for inner in self.open.values())

    def at(self, number: int) -> Placed:
        before = 0
        for position, inner in self.open.items():
            if number - before <= position:
                break
            if number - before <= position + inner.total:
                return inner.at(number - before - position - 1)
            before += inner.total
        position = number - before
        row = self.lines.row(position)
        return Placed(row, None if row.part is None else (*self.key, row.part), len(self.key), position in self.open)

    def find(self, key: Key) -> int | None:
        position = self.lines.find(key[len(self.key)])
        if position is None:
            return None
        before = sum(inner.total for number, inner in self.open.items() if number < position)
        if len(key) == len(self.key) + 1:
            return position + before
        inner = self.open.get(position)
        found = None if inner is None else inner.find(key)
        return None if found is None else position + before + 1 + found
