"""The names of a trace that is written: each gets a number, and there is room for so many bytes of them.

A run may make new names for ever (a key with the step in it). When the room of a kind is used up, a shape is no longer
interned, and a path gets the name of all further ones: ``logs.(more)``.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from ..limits import MAX_NAMES, NAMES_BYTES
from ..paths import kind_of
from ..values import Plain

MORE: Final = "(more)"
"""What stands for further names, when there is no room for them."""

MAX_TEXT: Final = 1_000
"""Characters of a name; a longer one is cut, and ends with its checksum."""

SHAPE_BYTES: Final = 1 << 12
"""Bytes of a shape that is interned."""

Name = str | tuple[str, ...]


class _Room:
    """How many names of one kind there may still be, and how many bytes of them."""

    def __init__(self, names: int, size: int) -> None:
        self._names = names
        self._bytes = size

    def take(self, size: int) -> bool:
        if self._names <= 0 or self._bytes < size:
            return False
        self._names -= 1
        self._bytes -= size
        return True


class Naming:
    """Numbers for names.

    Attributes:
        ids: The number of each name.
        table: The names by their numbers, each with the bytes of all up to it.
        volatile, overlays: Numbers of the paths whose kinds are given to an event, and of those that are overlays.
        more: Numbers of the names that stand for all further ones.
    """

    def __init__(self) -> None:
        self.ids: dict[Name, int] = {}
        self.table: list[tuple[Plain, int]] = []
        self.volatile: set[int] = set()
        self.overlays: set[int] = set()
        self.more: set[int] = set()
        # An eighth of what readers allow: names take bytes in the file, and memory in the training process.
        self._shapes = _Room(1 << 12, 1 << 18)
        self._volatiles = _Room(1 << 12, 1 << 18)
        self._others = _Room(MAX_NAMES >> 5, 1 << 20)

    def number(self, value: str) -> int:
        """Give a new name a number, or return that of the name that stands for it."""
        if len(value) > MAX_TEXT:
            value = f"{value[:MAX_TEXT]}…{crc32(value.encode('utf-8', 'surrogatepass')):08x}"
        known = self.ids.get(value)
        if known is not None:
            return known
        if (self._volatiles if kind_of(value)[0].given else self._others).take(len(value)):
            return self._add(value)
        kind, dot, _ = value.partition(".")
        name = f"{kind}.{MORE}" if dot and len(kind) < 2 * len(MORE) else MORE
        known = self.ids.get(name)
        if known is None:
            known = self._add(name)
            self.more.add(known)
        return known

    def shape(self, keys: tuple[str, ...]) -> int | None:
        """Return the number of a shape that has none yet; None: the mapping has to be written with its keys."""
        size = sum(map(len, keys)) + 2 * len(keys)
        return self._add(keys) if size <= SHAPE_BYTES and self._shapes.take(size) else None

    def _add(self, value: Name) -> int:
        number = len(self.table)
        texts = value if isinstance(value, tuple) else (value,)
        if isinstance(value, str):
            kind, _ = kind_of(value)
            if kind.given:
                self.volatile.add(number)
            if kind.overlay:
                self.overlays.add(number)
        size = sum(5 + len(text) * (1 if text.isascii() else 4) for text in texts)
        self.table.append((list(value) if isinstance(value, tuple) else value, self._end(number) + size))
        self.ids[value] = number  # last: a name that has a number is in the table, whatever interrupts this
        return number

    def _end(self, first: int) -> int:
        """Return the bytes of the names before number `first`."""
        return self.table[first - 1][1] if first else 0

    def part(self, first: int) -> list[Plain]:
        """Return the names from number `first` on, as many as one record may hold."""
        most = self._end(first) + NAMES_BYTES
        last = first + 1
        while last < len(self.table) and self.table[last][1] <= most:
            last += 1
        return [name for name, _ in self.table[first:last]]

    def fit(self, first: int) -> bool:
        """Tell whether all names from number `first` on fit into one record."""
        return self._end(len(self.table)) - self._end(first) <= NAMES_BYTES
