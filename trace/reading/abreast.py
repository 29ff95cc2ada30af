"""Walks through thousands of msgpack values side by side: the next byte of all of them in one step.

Where they differ in what the walk is told to tell apart, they part. Whatever is not in the form that our own writer
gives it, and whatever few have, is left to those who take one record at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from ..codec import unpack
from ..packed.block import unpacked
from ..packed.encode import Column
from ..packed.skeleton import FLOAT, HOLE, INT, TIME, VALUE

Ints = NDArray[np.int64]

FEW: Final = 6
"""Fewer records on one way are faster taken one at a time."""

ARRAY: Final = 0x90
"""Head of an array, to which up to 15 items are added."""

MAP: Final = 0x80
"""Head of a map, to which up to 15 entries are added."""

_ARRAY_16: Final = 0xDC
_NIL: Final = 0xC0

packer: Final = msgpack.Packer(autoreset=True)


class Buffer:
    """Bytes, and what each of them may be the beginning of.

    Args:
        data: The bytes.

    Attributes:
        data, bytes: They.
        words: For each place, and the end, the eight bytes from there on; behind the end they are zeros.
        left: Records that are left to others.
    """

    def __init__(self, data: bytes) -> None:
        """Read no value yet."""
        padded = data + bytes(9)
        self.data = data
        self.bytes = np.frombuffer(data, np.uint8)
        self.words = np.ndarray((len(data) + 1,), ">u8", padded, 0, (1,)).astype(np.uint64)
        self.left: list[Ints] = []


class Abreast:
    """Records that have been the same so far, but for the values in their columns.

    Args:
        buffer: What they lie in.
        records: Which.
        at: For each the place of its next byte.

    Attributes:
        records: Which.
        at: For each the place of its next byte.
        skeleton: The skeleton so far, packed.
        columns: Kind and values of each hole so far.
    """

    __slots__ = ("_buffer", "at", "columns", "records", "skeleton")

    def __init__(self, buffer: Buffer, records: Ints, at: Ints) -> None:
        """Begin with an empty skeleton."""
        self._buffer = buffer
        self.records = records
        self.at = at
        self.skeleton: list[bytes] = []
        self.columns: list[Column] = []

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.records)

    def leave(self) -> None:
        """Leave these to others."""
        self._buffer.left.append(self.records)

    def keep(self, fit: NDArray[np.bool_]) -> None:
        """Leave those to others that do not fit."""
        if not fit.all():
            self._buffer.left.append(self.records[~fit])
            kept = self._picked(np.flatnonzero(fit))
            self.records, self.at, self.columns = kept.records, kept.at, kept.columns

    def _picked(self, places: Ints) -> Abreast:
        picked = Abreast(self._buffer, self.records[places], self.at[places])
        picked.skeleton = list(self.skeleton)
        for kind, values in self.columns:
            chosen = [values[place] for place in places.tolist()] if type(values) is list else values[places]
            picked.columns.append((kind, chosen))
        return picked

    def parted(self, values: NDArray[Any]) -> Iterator[tuple[int, Abreast]]:
        """Part the records by a value of each; a way that few go is left to others."""
        if len(self) < FEW:
            self.leave()
        elif (values == values[0]).all():
            yield int(values[0]), self
        else:
            order = np.argsort(values, kind="stable")
            cuts = np.flatnonzero(np.diff(values[order])) + 1
            for start, stop in pairwise([0, *cuts.tolist(), len(order)]):
                if stop - start < FEW:
                    self._buffer.left.append(self.records[order[start:stop]])
                else:
                    yield int(values[order[start]]), self._picked(order[start:stop])

    def tags(self) -> NDArray[np.uint8]:
        """Return the next byte of each."""
        return self._buffer.bytes.take(self.at)

    def by_byte(self) -> Iterator[tuple[int, Abreast]]:
        """Part the records by their next byte, and go over it."""
        for tag, part in self.parted(self.tags()):
            part.at = part.at + 1
            yield tag, part

    def ints(self) -> Ints:
        """Return the next value of each, and go over it; those that have no plain integer there are left."""
        tags = self.tags()
        widths = _INT_BYTES.take(tags)
        if not widths.all():
            self.keep(widths > 0)
            tags, widths = self.tags(), _INT_BYTES.take(self.tags())
        values: Ints = _SHORT.take(tags)
        longer = widths > 1
        if longer.any():
            values = np.where(longer, (self._words() >> _SHIFTS.take(tags)).view(np.int64), values)
        self.at = self.at + widths
        fit = ~longer | (values >= 0)  # else an integer beyond those with a sign
        self.keep(fit)
        return values[fit] if not fit.all() else values

    def _words(self) -> NDArray[np.uint64]:
        """Return the eight bytes after the next one of each."""
        return self._buffer.words.take(self.at + 1)

    def add_ints(self, kind: str = INT, lowest: int = -(1 << 63)) -> None:
        """Take the next value of each as a column of integers that are not below a lowest one."""
        values = self.ints()
        self.columns.append((kind, values))
        self.skeleton.append(_HOLES[kind])
        if lowest == 0 and len(values) and values.min() < 0:
            self.keep(values >= 0)

    def add_floats(self) -> None:
        """Take the next value of each, which is a float, as a column."""
        self.columns.append((FLOAT, self._words().view(np.int64)))
        self.skeleton.append(_HOLES[FLOAT])
        self.at = self.at + 9

    def add_texts(self) -> None:
        """Take the next value of each, a short text or an extension, as a column; raises BadRecord if it is none."""
        tags = self.tags()
        lengths = _HEADS.take(tags) + np.where(_COUNTED.take(tags), self._buffer.bytes.take(self.at + 1), 0)
        stops, data = self.at + lengths, self._buffer.data
        pieces = [data[start:stop] for start, stop in zip(self.at.tolist(), stops.tolist(), strict=True)]
        self.columns.append((VALUE, list(map(_checked, pieces))))
        self.skeleton.append(_HOLES[VALUE])
        self.at = stops

    def constants(self) -> Iterator[tuple[int, Abreast]]:
        """Part the records by their next value, an integer that belongs to the skeleton."""
        for value, part in self.parted(self.ints()):
            part.skeleton.append(packer.pack(value))
            yield value, part

    def lengths(self, short: int, head: Callable[[int], bytes]) -> Iterator[tuple[int, Abreast]]:
        """Part the records by the length of the array or map that comes next; -1: nil stands there."""
        for tag, part in self.by_byte():
            if tag == _NIL:
                part.skeleton.append(b"\xc0")
                yield -1, part
            elif short <= tag < short + 16:
                part.skeleton.append(head(tag - short))
                yield tag - short, part
            elif tag == _ARRAY_16 and short == ARRAY:
                part.at = part.at + 2
                counts = (part._buffer.words.take(part.at - 2) >> np.uint64(48)).astype(np.int64)
                for count, same in part.parted(counts):
                    same.skeleton.append(head(count))
                    yield count, same
            else:
                part.leave()


def _checked(piece: bytes) -> bytes:
    """Return a value in its shortest form; raises BadRecord if it is none."""
    unpack(piece)
    shortest: bytes = packer.pack(unpacked(piece))
    return shortest


# -- what the first byte of a value says

_HOLES: Final = {kind: packer.pack(msgpack.ExtType(HOLE, kind.encode())) for kind in (INT, FLOAT, TIME, VALUE)}

IS_INT, IS_FLOAT, IS_CONSTANT, IS_LIST, IS_TEXT = range(1, 6)


def _table(kind: type, *ranges: tuple[int, int, int]) -> NDArray[Any]:
    """Return a table of the 256 bytes: of each range its first byte, its last, and what is said of them."""
    found: NDArray[Any] = np.zeros(256, kind)
    for first, last, value in ranges:
        found[first : last + 1] = value
    return found


KINDS: Final = _table(
    np.int64,
    *((0x00, 0x7F, IS_INT), (0xE0, 0xFF, IS_INT), (0xCC, 0xCF, IS_INT), (0xCB, 0xCB, IS_FLOAT)),
    *((0xC0, 0xC0, IS_CONSTANT), (0xC2, 0xC3, IS_CONSTANT), (0x90, 0x9F, IS_LIST)),
    *((0xA0, 0xBF, IS_TEXT), (0xD9, 0xD9, IS_TEXT), (0xC7, 0xC7, IS_TEXT), (0xD4, 0xD8, IS_TEXT)),
)
_INT_BYTES: Final = _table(
    np.int64,
    *((0x00, 0x7F, 1), (0xE0, 0xFF, 1), (0xCC, 0xCC, 2), (0xCD, 0xCD, 3), (0xCE, 0xCE, 5), (0xCF, 0xCF, 9)),
)
_SHORT: Final = np.where(np.arange(256) < 0x80, np.arange(256), np.arange(256) - 256)
_SHIFTS: Final = _table(np.uint64, (0xCC, 0xCC, 56), (0xCD, 0xCD, 48), (0xCE, 0xCE, 32))
_COUNTED: Final = _table(np.bool_, (0xD9, 0xD9, 1), (0xC7, 0xC7, 1))
_HEADS: Final = _table(
    np.int64,
    *((0xA0 + length, 0xA0 + length, 1 + length) for length in range(32)),
    *((0xD4 + power, 0xD4 + power, 2 + (1 << power)) for power in range(5)),
    *((0xD9, 0xD9, 2), (0xC7, 0xC7, 3)),
)
