"""Large values on their way into a trace: each is stored once, and one that grows as what was appended.

A keyframe repeats every watched value, and a row every change. Were a value of some kilobytes written there, a trace
would grow by its size at every event.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
from typing import Final

from ..codec import packed_size, unbounded
from ..limits import LARGE_VALUE, MAX_VALUE
from ..values import Plain, ValueRef
from .edits import difference, equal
from .shorten import shortened

EDITS: Final = 32
"""Edits after which one builds on the edit so many before it; after `EDITS` times `EDITS` the value is written whole.
So a reader puts at most `MAX_LINKS` records together. The price: every edit's bytes are written twice."""

MAX_LINES: Final = 64
"""Paths of which the latest values are kept, to tell what was appended; others are written whole at each change."""

MAX_KNOWN: Final = 256
"""Whole values that are recognized if they come again."""

_SMALL: Final = frozenset((type(None), bool, int, float, ValueRef))
_TEXTS: Final = frozenset((str, bytes))


@dataclass(slots=True)
class Stored:
    """A value that waits to be written; see `records.Value`."""

    serial: int
    base: int
    item: Plain


_Base = tuple[int, Plain]
"""A serial number, and the value."""


@dataclass(slots=True)
class _Line:
    """The values of one path, one after the other.

    Attributes:
        anchor: What every `EDITS`th edit builds on: the whole value, then the latest of these.
        latest: What the others build on.
        edits: Edits since the whole value.
        spent: Bytes of them.
    """

    anchor: _Base
    latest: _Base
    edits: int = 0
    spent: int = 0


class LargeValues:
    """Gives large values their serial numbers.

    Attributes:
        pending: Those that have to be written before the next record.
    """

    def __init__(self) -> None:
        self.pending: list[Stored] = []
        self._serial = 0
        self._lines: OrderedDict[int, _Line] = OrderedDict()
        self._known: OrderedDict[bytes, int] = OrderedDict()

    def stored(self, path: int, value: Plain) -> Plain:
        """Return what stands for a path's new value in rows and keyframes: a small value itself.

        Args:
            path: Number of the path.
            value: A plain value.
        """
        kind = type(value)
        if kind in _SMALL or (kind in _TEXTS and 4 * len(value) < LARGE_VALUE):
            return value
        size = packed_size(value)
        if size < LARGE_VALUE:
            self._lines.pop(path, None)
            return value
        if size > MAX_VALUE:
            value, size = shortened(value, MAX_VALUE), MAX_VALUE
        return ValueRef(self._next(path, value, size))

    def once(self, value: Plain) -> ValueRef:
        """Return what stands for a value that belongs to one place alone."""
        return ValueRef(self._whole(shortened(value, MAX_VALUE)))

    def begin_again(self) -> None:
        """Have the latest values written once more: the file that held them is gone."""
        self._known.clear()
        for path, line in self._lines.items():
            self._lines[path] = _Line(line.latest, line.latest)
        latest = {line.latest[0]: line.latest[1] for line in self._lines.values()}
        waiting = {one.serial: one.item for one in self.pending if not one.base}
        found = sorted({**waiting, **latest}.items(), key=itemgetter(0))
        self.pending = [Stored(serial, 0, value) for serial, value in found]

    def _next(self, path: int, value: Plain, size: int) -> int:
        line = self._lines.pop(path, None)
        serial = self._edit(line, value, size) if line is not None else 0
        if line is None or not serial:
            serial = self._whole(value)
            line = _Line((serial, value), (serial, value))
        self._lines[path] = line
        if len(self._lines) > MAX_LINES:
            self._lines.popitem(last=False)
        return serial

    def _edit(self, line: _Line, value: Plain, size: int) -> int:
        """Write a value as an edit; return 0 if whole it takes no more, or there are enough edits."""
        if equal(line.latest[1], value):
            return line.latest[0]
        number = line.edits + 1
        anchors = number % EDITS == 0
        base, old = line.anchor if anchors else line.latest
        item = difference(old, value)
        cost = packed_size(item)
        if number >= EDITS * EDITS or 2 * cost > size or line.spent + cost > 2 * size:
            return 0
        serial = self._add(base, item)
        line.edits, line.spent, line.latest = number, line.spent + cost, (serial, value)
        if anchors:
            line.anchor = line.latest
        return serial

    def _whole(self, value: Plain) -> int:
        digest = blake2b(unbounded(value), digest_size=16).digest()
        serial = self._known.get(digest)
        if serial is None:
            serial = self._known[digest] = self._add(0, value)
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
        return serial

    def _add(self, base: int, item: Plain) -> int:
        self._serial += 1
        self.pending.append(Stored(self._serial, base, item))
        return self._serial
