"""Large values, which a trace holds once: put together from their records when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.journal.edits import edited
from ...trace.journal.records import Value, read_record
from ...trace.limits import MAX_LINKS, MAX_RECORD
from ...trace.packed.block import PackedBlock, joined
from ...trace.reading.directory import Directory
from ...trace.values import UNKNOWN, UNREAD, Described, Plain, ValueRef

CACHE_BYTES: Final = 1 << 22
"""Bytes, as they are in the file, of the values that are kept."""

ENTRY_BYTES: Final = 256
"""Bytes of memory that a kept value takes in addition."""

CACHED_BLOCKS: Final = 8

MAX_LOOKS: Final = 8
"""Blocks that are looked into for a value: its serial number lies between those of one, as a rule."""

MOST: Final = 1 << 24
"""Bytes of the values that one event shows: a file may name one value a million times. For the values of one block
only those bytes count that no other value shares in memory."""

TOO_MUCH: Final = Described("unknown", "more large values than are shown at once")


@dataclass(frozen=True, slots=True)
class _Found:
    """A value; bytes of its records, and how many there are; bytes that it shares with no other."""

    value: Plain
    size: int
    links: int
    own: int


class StoredValues:
    """The large values of a trace.

    Args:
        directory: The trace's blocks.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._lost = _Found(UNREAD if directory.unread else UNKNOWN, 0, 0, 0)
        self._ranges: list[tuple[int, int, int]] | None = None
        self._kept: OrderedDict[int, _Found] = OrderedDict()
        self._kept_bytes = 0
        self._located: Callable[[int], _Located] = lru_cache(CACHED_BLOCKS)(self._locate)

    def __call__(self, value: Plain) -> Plain:
        """Return what a reference stands for, `UNKNOWN` (`UNREAD`) if that is lost; any other value is itself."""
        return self._found(value.serial).value if type(value) is ValueRef else value

    def bounded(self, *, apart: bool = True) -> Callable[[Plain], Plain]:
        """Return such a function for values that are shown together: those beyond `MOST` bytes become `TOO_MUCH`.

        Args:
            apart: Each time that a value is named counts; False: each value does, as it is in memory.
        """
        left, seen = MOST, set[int]()

        def value_of(value: Plain) -> Plain:
            nonlocal left
            if type(value) is not ValueRef:
                return value
            found = self._found(value.serial)
            if apart or value.serial not in seen:
                left -= found.size if apart else found.own
                seen.add(value.serial)
            return found.value if left >= 0 else TOO_MUCH

        return value_of

    def _found(self, serial: int) -> _Found:
        found = self._kept.get(serial)
        if found is None:
            try:
                found = self._put_together(serial)
            except BadRecord:
                found = self._lost
            self._keep(serial, found)
        return found

    def _keep(self, serial: int, found: _Found) -> None:
        self._kept[serial] = found
        self._kept_bytes += found.own + ENTRY_BYTES
        while self._kept_bytes > CACHE_BYTES and len(self._kept) > 1:
            self._kept_bytes -= self._kept.popitem(last=False)[1].own + ENTRY_BYTES

    def _put_together(self, serial: int) -> _Found:
        """Read a value, and those that it is an edit of; raises BadRecord."""
        edits: list[Value] = []
        size = 0
        while True:
            record, length = self._record(serial)
            size += length
            if size > MAX_RECORD or len(edits) >= MAX_LINKS:
                raise BadRecord("a value of more records, or of more bytes, than one may have")
            if not record.base:
                break
            if record.base >= serial:
                raise BadRecord("a value that builds on a later one")
            edits.append(record)
            known = self._kept.get(record.base)
            if known is not None:
                return self._edited(known, edits, size)
            serial = record.base
        return self._edited(_Found(record.item, length, 1, length), edits, size - length)

    def _edited(self, base: _Found, edits: list[Value], size: int) -> _Found:
        if not base.links or base.links + len(edits) > MAX_LINKS or base.size + size > MAX_RECORD:
            raise BadRecord("a value that builds on one that is lost, or on too many")
        value, made = base.value, 0
        for record in reversed(edits):
            value, made = edited(value, record.item)
        own = size + made if edits else base.own
        return _Found(value, base.size + size, base.links + len(edits), own)

    def _record(self, serial: int) -> tuple[Value, int]:
        """Return the first record of a serial number, and its bytes; raises BadRecord."""
        ranges = self._ranges = self._directory.values() if self._ranges is None else self._ranges
        last = bisect_right(ranges, (serial, 1 << 63, 0))
        for _, end, number in sorted(ranges[max(0, last - MAX_LOOKS) : last], key=lambda item: item[2]):
            if serial <= end:
                located = self._located(number)
                here = np.flatnonzero(located.serial == serial)
                block = self._directory.block(number)
                if len(here) and block is not None:
                    kind, payload = joined(*block.row(int(located.record[here].min())))
                    record = read_record(kind, payload)
                    if isinstance(record, Value):
                        return record, len(payload)
        raise BadRecord("a value whose record is lost")

    def _locate(self, number: int) -> _Located:
        block = self._directory.block(number)
        if block is None:
            raise BadRecord("a damage")
        serials, records = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for template, shape in enumerate(block.templates):
            if shape.kind == Value.TYPE:
                serials.append(_serials(block, template))
                records.append(block.positions(template))
        return _Located(np.concatenate(serials), np.concatenate(records))


@dataclass(frozen=True, slots=True)
class _Located:
    """The VALUE records of a block: their serial numbers, and their positions."""

    serial: NDArray[np.int64]
    record: NDArray[np.int64]


def _serials(block: PackedBlock, template: int) -> NDArray[np.int64]:
    return block.numbers(template, block.templates[template]["serial"])
