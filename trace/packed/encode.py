"""Makes a packed block of records: the other way round than `packed`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from ..journal.frame import SYNC
from ..journal.records import EventRow, Keyframe
from ..layout import EVENTS, PACKED, layout_of
from ..limits import FREE_BYTES, MAX_GROWTH
from .block import Raw, unpacked
from .skeleton import FLOAT, VALUE, split
from .streams import encode_numbers, encode_values
from .template import DURATION_HOLE, TIME_HOLE, Template
from .zstd import LEVEL

Column = tuple[str, Any]
"""Kind of a hole, and its values: int64 (of floats their bits), or of a VALUE the packed form of each, in a list."""


@dataclass(slots=True)
class Taken:
    """Records of one skeleton, taken apart.

    Attributes:
        skeleton: Their type and skeleton, packed.
        records: Their places among the records of the block, in order.
        columns: Of each hole; a TIME is the record's own.
    """

    skeleton: bytes
    records: NDArray[np.int64]
    columns: list[Column]

    @property
    def kind(self) -> int:
        """Type of the records."""
        return self.skeleton[0]


def encode(trace: bytes, event: int, records: Sequence[Raw], level: int = LEVEL) -> bytes:
    """Return the payload of a packed block.

    Args:
        trace: Id of the trace.
        event: Number of the first event.
        records: Type and payload of each, the first a keyframe; at most `BLOCK_RECORDS`.
        level: Of the compression.

    Raises:
        BadRecord: A payload is no list.
    """
    return put_together(trace, event, len(records), one_by_one(enumerate(records)), level)


def one_by_one(records: Iterable[tuple[int, Raw]]) -> list[Taken]:
    """Take records apart, each given with its place in the block; raises BadRecord if a payload is no list."""
    rows = _Rows()
    for place, (kind, payload) in records:
        rows.add(place, kind, payload)
    return rows.taken()


def put_together(trace: bytes, event: int, count: int, taken: Iterable[Taken], level: int = LEVEL) -> bytes:
    """Return the payload of a packed block.

    Args:
        trace: Id of the trace.
        event: Number of the first event.
        count: How many records there are.
        taken: All of them, taken apart.
        level: Of the compression.
    """
    forms = sorted(_joined(taken), key=lambda form: int(form.records[0]))
    ids = np.empty(count, np.int64)
    for number, form in enumerate(forms):
        ids[form.records] = number
    _set_pauses(forms, count)
    columns = (column for form in forms for column in form.columns)
    streams = [encode_numbers(ids, level), *_copies_found(columns, level)]
    templates = encode_values(b"".join(form.skeleton for form in forms), level)
    events = sum(len(form.records) for form in forms if form.kind in EVENTS)
    fields = {
        "sync": SYNC,
        "trace": trace,
        "event": event,
        "events": events,
        "records": count,
        "templates": len(forms),
        "skeletons": templates,
        "streams": streams,
    }
    packed: bytes = _packer.pack(PACKED.items(**fields))
    sizes = sum((len(form.skeleton) - 1) * len(form.records) for form in forms)
    expanded = sizes + sum(stored[1] for stored in streams if type(stored) is list and len(stored) == 3)
    missing = -(-(expanded - FREE_BYTES) // MAX_GROWTH) - len(packed)
    return packed if missing <= 0 else bytes(_packer.pack(PACKED.items(**fields, padding=bytes(missing))))


def _joined(taken: Iterable[Taken]) -> Iterator[Taken]:
    """Put those of one skeleton together."""
    by_skeleton: dict[bytes, list[Taken]] = {}
    for part in taken:
        by_skeleton.setdefault(part.skeleton, []).append(part)
    for skeleton, parts in by_skeleton.items():
        if len(parts) == 1:
            yield parts[0]
            continue
        records = np.concatenate([part.records for part in parts])
        order = np.argsort(records)
        columns = zip(*(part.columns for part in parts), strict=True)
        yield Taken(skeleton, records[order], [_column(pieces, order) for pieces in columns])


def _column(pieces: Sequence[Column], order: NDArray[np.int64]) -> Column:
    kind = pieces[0][0]
    if kind == VALUE:
        values = [value for _, part in pieces for value in part]
        return kind, [values[place] for place in order.tolist()]
    return kind, np.concatenate([part for _, part in pieces])[order]


def _set_pauses(forms: list[Taken], count: int) -> None:
    """Put the pause since the event before in the place of each event's time."""
    times, ends = np.zeros(count, np.int64), np.zeros(count, np.int64)
    blocks, are_events = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    events = [form for form in forms if form.kind in EVENTS]
    for form in forms:
        blocks[form.records] = form.kind == Keyframe.TYPE
    for form in events:
        are_events[form.records] = True
        times[form.records] = form.columns[TIME_HOLE][1]
        ends[form.records] = times[form.records] + (form.columns[DURATION_HOLE][1] if form.kind == EventRow.TYPE else 0)
    places = np.flatnonzero(are_events)
    before = np.concatenate(([0], ends[places][:-1])) if len(places) else ends[:0]
    before[np.diff(np.cumsum(blocks)[places], prepend=-1) != 0] = 0
    times[places] -= before  # in 64 bits, as a sum of 64 bits undoes it
    for form in events:
        form.columns[TIME_HOLE] = form.columns[TIME_HOLE][0], times[form.records]


class _Rows:
    """Takes records apart one by one, and collects them skeleton by skeleton."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._kinds: list[tuple[str, ...]] = []
        self._places: list[list[int]] = []
        self._slots: list[list[list[Any]]] = []

    def add(self, place: int, kind: int, payload: bytes) -> None:
        """Take a record apart."""
        items, slots = unpacked(payload), list[Any]()
        skeleton = split(kind, items[layout_of(kind).numbered :], slots)
        key = _packer.pack(kind) + _packer.pack(skeleton)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._kinds)
            self._kinds.append(Template(*_pair(key), 0).holes)
            self._places.append([])
            self._slots.append([])
        self._places[number].append(place)
        self._slots[number].append(slots)

    def taken(self) -> list[Taken]:
        return [
            Taken(key, np.array(places, np.int64), list(map(_packed_column, kinds, zip(*slots, strict=True))))
            for (key, kinds, places, slots) in zip(self._numbers, self._kinds, self._places, self._slots, strict=True)
        ]


def _packed_column(kind: str, values: Sequence[Any]) -> Column:
    if kind == VALUE:
        return kind, list(map(_packer.pack, values))
    return kind, np.array(values, np.float64).view(np.int64) if kind == FLOAT else np.array(values, np.int64)


def _copies_found(columns: Iterable[Column], level: int) -> Iterator[Any]:
    """Encode columns; one that is the same as an earlier one (logs, and their copy in the history) is its number."""
    known: dict[bytes, int] = {}
    for number, (kind, values) in enumerate(columns, 1):
        if kind == VALUE:
            yield encode_values(b"".join(values), level)
            continue
        first = known.setdefault(values.tobytes(), number)
        yield encode_numbers(values, level) if first == number else first


def _pair(key: bytes) -> tuple[int, Any]:
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(key)
    return unpacker.unpack(), unpacker.unpack()


_packer: Final = msgpack.Packer(autoreset=True)
