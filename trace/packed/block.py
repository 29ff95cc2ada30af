"""A packed block: the records of several journal blocks, value by value instead of row by row.

Every record is taken apart into a skeleton and its values (`skeleton`); the values of one hole of one skeleton are
a stream (`streams`). Nothing else is stored, and nothing is lost: the records come back as they were, byte for byte
if they were written in msgpack's shortest forms. Their numbers are left out, since they count from 1 after each
keyframe, and the time of an event is stored as the pause since the event before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import Any, ClassVar, Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from ..codec import counting
from ..errors import BadRecord
from ..journal.records import EventRow, Keyframe
from ..layout import EVENTS, PACKED, layout_of
from ..limits import (
    BLOCK_EVENTS,
    BLOCK_RECORDS,
    FREE_BYTES,
    MAX_EXPANDED,
    MAX_GROWTH,
    MAX_RECORD,
    SEGMENT_RECORDS,
)
from .skeleton import FLOAT, VALUE, fill
from .streams import Numbers, decode_numbers, decode_packed, decode_values
from .template import DURATION_HOLE, TIME_HOLE, Part, Template, read_templates

Raw = tuple[int, bytes]
"""Type and payload of a record."""

Row = tuple[Template, int, list[Any]]
"""What `joined` makes a record of."""


class PackedBlock:
    """A packed block of which nothing is decompressed before it is asked for.

    Args:
        payload: Of the record.
        bounded: It comes from a file, and may have been made to deceive.

    Attributes:
        trace: Id of the trace, 16 bytes.
        event: Number of the first event.
        events: Events in the block.
        records: Records in it.
        limit: Bytes that its records may have.
        expanded: Bytes that they have, so far as they are decoded.

    Raises:
        BadRecord: The payload breaks the specification.
    """

    TYPE: ClassVar[int] = PACKED.type

    def __init__(self, payload: bytes, *, bounded: bool = True) -> None:
        """Read the fields; the templates and streams are read when they are needed."""
        items = unpacked(payload, bounded)
        if type(items) is not list or len(items) < PACKED.required:
            raise BadRecord("a packed block has too few fields")
        if not PACKED.fits(items):
            raise BadRecord("a packed block has a field of a wrong type")
        fields = PACKED.fields(items)
        self.trace, self.event, self.events, self.records = itemgetter("trace", "event", "events", "records")(fields)
        templates, self._templates, self._streams = itemgetter("templates", "skeletons", "streams")(fields)
        if not (0 < self.records <= BLOCK_RECORDS and 0 <= self.events <= self.records and 0 <= self.event < 1 << 63):
            raise BadRecord("a packed block has an impossible count")
        if not 0 < templates <= min(self.records, len(payload)):
            raise BadRecord("a packed block has an impossible number of templates")
        if not self._streams:
            raise BadRecord("a packed block without a stream")
        self._count = templates
        self._bounded = bounded
        self.expanded = 0
        self._left = self.limit = min(MAX_EXPANDED, FREE_BYTES + MAX_GROWTH * len(payload)) if bounded else 1 << 62
        self._most = min(self.limit, MAX_RECORD) if bounded else self.limit
        self._decoded: dict[int, Any] = {}

    @cached_property
    def templates(self) -> list[Template]:
        """The skeletons of this block."""
        found = read_templates(decode_packed(self._templates, self._most), self._count)
        if len(self._streams) != 1 + sum(len(template.holes) for template in found):
            raise BadRecord("a packed block has more or fewer streams than holes")
        return found

    @cached_property
    def ids(self) -> Numbers:
        """For each record the number of its template."""
        ids = decode_numbers(self._streams[0], self.records)
        if ids.min() < 0 or ids.max() >= self._count:
            raise BadRecord("a packed block has a record without a template")
        sizes = np.array([template.size for template in self.templates], np.int64)
        self.expanded = int(sizes[ids].sum())
        if self.expanded > self.limit:
            raise BadRecord("a packed block holds far more than it could")
        if self.templates[ids[0]].kind != Keyframe.TYPE:
            raise BadRecord("a packed block does not begin with a keyframe")
        if int(self._of_kinds(EVENTS)[ids].sum()) != self.events:
            raise BadRecord("a packed block with another number of events than it says")
        self._check_keyframes(ids)
        return ids

    def _check_keyframes(self, ids: Numbers) -> None:
        """Raise BadRecord where a keyframe is of another trace: that stands in its template."""
        for number, template in enumerate(self.templates):
            foreign = template.kind == Keyframe.TYPE and template["trace"].skeleton != self.trace
            if foreign and (ids == number).any():
                raise BadRecord("a packed block of another trace than its keyframes")

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """For each template how many records it has."""
        return np.bincount(self.ids, minlength=self._count)

    def are(self, *kinds: int) -> NDArray[np.bool_]:
        """Return for each record whether it is of one of some types."""
        return self._of_kinds(kinds)[self.ids]

    def _of_kinds(self, kinds: Sequence[int]) -> NDArray[np.bool_]:
        """Return for each template whether its records are of one of some types."""
        return np.array([template.kind in kinds for template in self.templates], np.bool_)

    @cached_property
    def are_events(self) -> NDArray[np.bool_]:
        """For each record whether it is an event."""
        return self.are(*EVENTS)

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """For each record how many of its template come before it."""
        ranks = np.empty(self.records, np.int64)
        ranks[self._order] = np.arange(self.records) - self._starts[self.ids[self._order]]
        return ranks

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Positions of the records, template by template."""
        return np.argsort(self.ids.astype(np.uint16), kind="stable")  # which is fast for 16 bits, and enough

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """For each template where its records begin in `_order`; and where the last one's end."""
        return np.concatenate(([0], np.cumsum(self.counts)))

    @cached_property
    def segments(self) -> NDArray[np.int64]:
        """Positions of the keyframes among the records."""
        segments = np.flatnonzero(self.are(Keyframe.TYPE))
        events = np.add.reduceat(self.are_events, segments, dtype=np.int64)
        lengths = np.diff(np.append(segments, self.records))
        if events.max() > BLOCK_EVENTS or lengths.max() > SEGMENT_RECORDS + 1:
            raise BadRecord("a packed block with a block in it that holds more than it may")
        return segments

    @cached_property
    def first_streams(self) -> list[int]:
        """For each template the number of the stream of its first hole."""
        return [1, *(1 + np.cumsum([len(template.holes) for template in self.templates])).tolist()]

    def stream(self, template: int, hole: int) -> Any:
        """Return the values of a hole: an array of int64 (for a TIME the pauses) or float64, or a list.

        Raises:
            BadRecord: The stream is damaged.
        """
        number = self.first_streams[template] + hole
        found = self._decoded.get(number)
        if found is None:
            found = self._decoded[number] = self._decode(number, template, self.templates[template].holes[hole])
        return found

    def _decode(self, number: int, template: int, kind: str) -> Any:
        count = int(self.counts[template])
        stored = self._streams[number]
        if kind == VALUE:
            values = decode_values(stored, count, self._left, bounded=self._bounded)
            self._left -= stored[1]
            self.expanded += stored[1]
            return values
        if type(stored) is int:
            if not 0 < stored < number:
                raise BadRecord("a stream is the copy of one that does not come before it")
            stored = self._streams[stored]
        bits = decode_numbers(stored, count)
        return bits.view(np.float64) if kind == FLOAT else bits

    def column(self, template: int, part: Part) -> Sequence[Any]:
        """Return what a part of a template holds, one for each of its records; extensions are left as they are."""
        count = int(self.counts[template])
        if part.holes == 0:
            return [part.skeleton] * count
        if part.is_hole:
            found: Sequence[Any] = self.stream(template, part.hole)
            return found
        streams = [self.stream(template, hole) for hole in range(part.hole, part.hole + part.holes)]
        columns = [stream.tolist() if isinstance(stream, np.ndarray) else stream for stream in streams]
        return [fill(part.skeleton, iter(values)) for values in zip(*columns, strict=True)]

    def value(self, template: int, part: Part, rank: int) -> Any:
        """Return what a part of a template holds in one of its records; extensions are left as they are."""
        holes = range(part.hole, part.hole + part.holes)
        return fill(part.skeleton, (_item(self.stream(template, hole), rank) for hole in holes))

    def numbers(self, template: int, part: Part) -> Numbers:
        """Return what a part of a template holds, as integers; raises BadRecord if it is none."""
        found = self.column(template, part)
        if isinstance(found, np.ndarray) and found.dtype == np.int64:
            if found.min(initial=0) < 0:
                raise BadRecord("a count below zero")
            return found
        if any(type(item) is not int or item >> 63 for item in found):
            raise BadRecord("a count that is none")
        return np.array(found, np.int64)

    def lengths(self, template: int, part: Part) -> Numbers:
        """Return the lengths of the lists that a part of a template holds; raises BadRecord if it is none."""
        if type(part.skeleton) is list:
            return np.full(int(self.counts[template]), len(part.skeleton), np.int64)
        found = self.column(template, part)
        if any(type(item) is not list for item in found):
            raise BadRecord("a list that is none")
        return np.array([len(item) for item in found], np.int64)

    def positions(self, template: int) -> NDArray[np.int64]:
        """Return the positions of a template's records in the block."""
        return self._order[self._starts[template] : self._starts[template + 1]]

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """For each record, if it is an event, its time in microseconds since its keyframe; else 0."""
        pauses, durations = np.zeros(self.records, np.int64), np.zeros(self.records, np.int64)
        for number, template in enumerate(self.templates):
            if template.kind in EVENTS:
                here = self.positions(number)
                pauses[here] = self.stream(number, TIME_HOLE)
                durations[here] = self.stream(number, DURATION_HOLE) if template.kind == EventRow.TYPE else 0
        ends = np.cumsum(pauses + durations)
        before = np.concatenate(([0], ends[:-1]))[self.segments]
        lengths = np.diff(np.append(self.segments, self.records))
        times: NDArray[np.int64] = ends - durations - np.repeat(before, lengths)
        if times.min(initial=0, where=self.are_events) < 0 or durations.min(initial=0) < 0:
            raise BadRecord("an event before its keyframe, or of a duration below zero")
        return times

    def keyframe_before(self, position: int) -> int:
        """Return the position of the latest keyframe that is not after a position."""
        return int(self.segments[self.segments.searchsorted(position, "right") - 1])

    def last_of_each(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Return template and position of the last record of each template between two positions, in their order."""
        latest = {template: position for position, template in enumerate(self.ids[start:stop].tolist(), start)}
        return sorted(latest.items(), key=itemgetter(1))

    def row(self, position: int) -> Row:
        """Return one record as its template, its number and the values of its holes, see `joined`.

        Raises:
            BadRecord: The block is damaged.
        """
        template, rank = int(self.ids[position]), int(self.ranks[position])
        shape = self.templates[template]
        values = [_item(self.stream(template, hole), rank) for hole in range(len(shape.holes))]
        if shape.kind in EVENTS:
            values[TIME_HOLE] = int(self.times[position])
        return shape, position - self.keyframe_before(position), values

    def payloads(self, start: int = 0, stop: int | None = None) -> Iterator[Raw]:
        """Give records as they were.

        Args:
            start: Position of a keyframe.
            stop: Position after the last record; None: the end of the block.

        Raises:
            BadRecord: The block is damaged.
        """
        return (joined(*row) for row in self.rows(start, stop))

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Give records as their templates, their numbers and the values of their holes, see `joined`.

        Args:
            start: Position of a keyframe.
            stop: Position after the last record; None: the end of the block.

        Raises:
            BadRecord: The block is damaged.
        """
        stop = self.records if stop is None else stop
        ids, times = self.ids[start:stop].tolist(), self.times[start:stop].tolist()
        values = {template: self._values(template, start, stop) for template in sorted(set(ids))}
        number = 0
        for template, time in zip(ids, times, strict=True):
            shape, found = self.templates[template], list(next(values[template]))
            number = 0 if shape.kind == Keyframe.TYPE else number + 1
            if shape.kind in EVENTS:
                found[TIME_HOLE] = time
            yield shape, number, found

    def _values(self, template: int, start: int, stop: int) -> Iterator[Iterable[Any]]:
        """Give for each record of a template between two positions the values of its holes."""
        first, last = np.searchsorted(self.positions(template), (start, stop)).tolist()
        holes = range(len(self.templates[template].holes))
        columns = (self.stream(template, hole)[first:last] for hole in holes)
        lists = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns]
        return zip(*lists, strict=True) if lists else repeat((), last - first)


def _item(stream: Any, rank: int) -> Any:
    """Return one value of a stream, as an object of Python's."""
    return stream[rank].item() if isinstance(stream, np.ndarray) else stream[rank]


def joined(template: Template, number: int, values: list[Any]) -> Raw:
    """Return a record as it was.

    Args:
        template: Its template.
        number: Its number in its journal block.
        values: Of the holes.

    Raises:
        BadRecord: No record can be made of them.
    """
    items = fill(template.skeleton, iter(values))
    if layout_of(template.kind).numbered:
        items.insert(0, number)
    try:
        payload: bytes = _packer.pack(items)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadRecord(f"a record can't be put together: {error}") from None
    if len(payload) > MAX_RECORD:
        raise BadRecord("a record is larger than one may be")
    return template.kind, payload


def unpacked(payload: bytes, bounded: bool = True) -> Any:
    """Return the value of a payload, extensions left as `msgpack.ExtType`.

    Args:
        payload: Of the block, or of one of its records.
        bounded: It comes from a file: there may be only so many arrays and maps in it.

    Raises:
        BadRecord: It is not one value.
    """
    try:
        options = counting(len(payload)) if bounded else {}
        return msgpack.unpackb(payload, raw=False, strict_map_key=False, ext_hook=msgpack.ExtType, **options)
    except (ValueError, TypeError, RecursionError, MemoryError, msgpack.UnpackException) as error:
        raise BadRecord(f"not a valid value: {type(error).__name__}: {error}") from None


_packer: Final = msgpack.Packer(autoreset=True)
