"""Makes a packed block of records: the other way round than `packed`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgpack
import numpy as np

from .frame import SYNC
from .limits import FREE_BYTES, MAX_GROWTH
from .packed import Raw, unpacked
from .records import EventRow, Keyframe
from .skeleton import FLOAT, VALUE, split
from .streams import encode_numbers, encode_values
from .template import EVENTS, Template


def encode(trace: bytes, event: int, records: Sequence[Raw]) -> bytes:
    """Return the payload of a packed block.

    Args:
        trace: Id of the trace.
        event: Number of the first event.
        records: Type and payload of each, the first a keyframe; at most `BLOCK_RECORDS`.

    Raises:
        BadRecord: A payload is no list.
    """
    rows = _Rows()
    for kind, payload in records:
        rows.add(kind, payload)
    ids = np.array(rows.ids, np.int64)
    streams = [encode_numbers(ids), *_copies_found(rows.streams())]
    templates = encode_values(b"".join(rows.templates))
    events = sum(kind in EVENTS for kind, _ in records)
    items = [SYNC, trace, event, events, len(records), len(rows.templates), templates, streams]
    packed: bytes = _packer.pack(items)
    sizes = np.array([len(template) - 1 for template in rows.templates], np.int64)
    expanded = int(sizes[ids].sum()) + sum(stored[1] for stored in streams if type(stored) is list and len(stored) == 3)
    missing = -(-(expanded - FREE_BYTES) // MAX_GROWTH) - len(packed)
    return packed if missing <= 0 else bytes(_packer.pack([*items, bytes(missing)]))


class _Rows:
    """Collects records, template by template."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.templates: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._kinds: list[tuple[str, ...]] = []
        self._slots: list[list[list[Any]]] = []
        self._end = 0  # of the latest event, in microseconds since the keyframe

    def add(self, kind: int, payload: bytes) -> None:
        """Take a record apart."""
        items, slots = unpacked(payload), list[Any]()
        skeleton = split(kind, items if kind == Keyframe.TYPE else items[1:], slots)
        self._follow_time(kind, slots)
        key = _packer.pack(kind) + _packer.pack(skeleton)
        number = self._numbers.get(key)
        if number is None:
            number = self._add_template(key)
        self.ids.append(number)
        self._slots[number].append(slots)

    def _follow_time(self, kind: int, slots: list[Any]) -> None:
        """Put the pause since the event before in the place of an event's time."""
        if kind == Keyframe.TYPE:
            self._end = 0
        elif kind in EVENTS:
            begin, duration = slots[:2]
            slots[0] = (begin - self._end + (1 << 63)) % (1 << 64) - (1 << 63)  # as a sum of 64 bits undoes it
            self._end = begin + (duration if kind == EventRow.TYPE else 0)

    def _add_template(self, key: bytes) -> int:
        number = self._numbers[key] = len(self.templates)
        self.templates.append(key)
        kind, skeleton = _pair(key)
        self._kinds.append(Template(kind, skeleton, 0).holes)
        self._slots.append([])
        return number

    def streams(self) -> Iterator[tuple[str, Any]]:
        for kinds, rows in zip(self._kinds, self._slots, strict=True):
            yield from zip(kinds, zip(*rows, strict=True), strict=True)


def _copies_found(streams: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    """Encode streams; one that is the same as an earlier one (logs, and their copy in the history) is its number."""
    known: dict[bytes, int] = {}
    for number, (kind, values) in enumerate(streams, 1):
        if kind == VALUE:
            yield encode_values(b"".join(map(_packer.pack, values)))
            continue
        numbers = np.array(values, np.float64).view(np.int64) if kind == FLOAT else np.array(values, np.int64)
        first = known.setdefault(numbers.tobytes(), number)
        yield encode_numbers(numbers) if first == number else first


def _pair(key: bytes) -> list[Any]:
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(key)
    return [unpacker.unpack(), unpacker.unpack()]


_packer: Final = msgpack.Packer(autoreset=True)
