"""Puts the journal blocks of a trace together into packed blocks; those that are packed already stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import BadRecord
from ..journal.records import Header, Keyframe
from ..layout import EVENTS
from ..limits import BLOCK_RECORDS, MAX_RECORD, PACKED_BYTES, PACKED_SEGMENTS, SEGMENT_RECORDS
from ..packed.block import PackedBlock, Raw
from ..packed.encode import encode, put_together
from ..packed.zstd import LEVEL
from .reader import Progress, TraceReader
from .scan import BAD_RECORD, Damage, Placed, PlacedBlock, Scanner
from .stretch import Size, read_stretch

HIGHEST: Final = 1 << 62
"""Upper bound for the event numbers that a file claims: the file may be hostile."""


PATIENCE: Final = 32
"""Times that reading at once may fail before it is not tried any more: of a file of nothing but damages."""


@dataclass(slots=True)
class Assembled:
    """A packed block.

    Attributes:
        block: The block.
        offset: Its place in the file; -1 if it is in none.
        payload: What it was read from.
    """

    block: PackedBlock
    offset: int
    payload: bytes


def assemble(
    reader: TraceReader, progress: Progress | None = None, *, segments: int = PACKED_SEGMENTS, level: int = LEVEL
) -> Iterator[Assembled | Damage]:
    """Read a trace from front to end as packed blocks.

    Args:
        reader: The open trace.
        progress: Called now and then with the bytes read and the bytes in all.
        segments: Journal blocks that go into one packed block.
        level: Of the compression of those that are made.

    Yields:
        Each block, each damage in its place. The `event` of a block that is made here counts the events that
        could be read.
    """
    collected = Collected(reader.header.id if reader.header is not None else bytes(16), segments, level)
    scanner = reader.scanner()
    for item in reader.whole(progress, scanner):
        yield from collected.take(item)
        yield from collected.take_stretch(scanner)
    yield from collected.seal()


class Collected:
    """Records that wait to be packed.

    Args:
        trace: Id of the trace.
        segments: Journal blocks that go into one packed block; up to twice as many while an event is open.
        level: Of the compression.

    Attributes:
        event: Number of the first event of the next block.
    """

    def __init__(self, trace: bytes, segments: int, level: int) -> None:
        self.event = 0
        self._trace = trace
        self._most = segments
        self._level = level
        self._records: list[Raw] = []
        self._segments = self._bytes = 0
        self._patience = PATIENCE
        self._first: int | None = None  # place of the keyframe that the block begins with, if nothing else is in it

    def take(self, item: Placed | PlacedBlock | Damage) -> Iterator[Assembled | Damage]:
        """Take what a reader gives; gives what is complete with it."""
        if isinstance(item, Placed):
            if not isinstance(item.record, Header):
                yield from self._add(item)
            return
        yield from self.seal()
        if isinstance(item, Damage):
            yield item
        else:
            self.event = max(self.event, min(item.block.event, HIGHEST)) + item.block.events
            yield Assembled(item.block, item.frame.offset, item.frame.payload)

    def take_stretch(self, scanner: Scanner) -> Iterator[Assembled | Damage]:
        """Take the rest of a block that has just begun, if it can be read at once; the scanner goes on after it."""
        first, self._first = self._first, None
        stretch = read_stretch(scanner, first, self._is_full) if first is not None and self._patience else None
        if first is not None:
            self._patience = min(PATIENCE, self._patience + 1) if stretch is not None else max(0, self._patience - 1)
        if stretch is None:
            return
        payload = put_together(self._trace, self.event, stretch.records, stretch.taken, self._level)
        if len(payload) <= MAX_RECORD:
            scanner.go_on(stretch.reached)
            self.event += stretch.events
            self._records, self._segments, self._bytes = [], 0, 0
            yield Assembled(PackedBlock(payload, bounded=False), -1, payload)

    def _is_full(self, size: Size, keyframe: Keyframe) -> bool:
        """Tell whether a block takes up no further journal block."""
        if size.segments >= 2 * self._most or (size.segments >= self._most and not keyframe.open):
            return True
        return size.bytes >= PACKED_BYTES or size.records > BLOCK_RECORDS - SEGMENT_RECORDS

    def _add(self, placed: Placed) -> Iterator[Assembled | Damage]:
        """Take a record; gives the block before it if that is full now."""
        record, raw = placed.record, (placed.frame.type, placed.frame.payload)
        self._first = None
        if isinstance(record, Keyframe):
            self._trace = record.trace
            if self._is_full(Size(self._segments, len(self._records), self._bytes), record):
                yield from self.seal()
            self._segments += 1
            self._first = placed.frame.offset if not self._records else None
        elif not self._records:  # what stands before the first keyframe
            first = Keyframe(self._trace, 0, 0, self.event, 0, 0, 0, [], [])
            self._records.append((Keyframe.TYPE, first.payload()))
        self._records.append(raw)
        self._bytes += len(raw[1])

    def seal(self) -> Iterator[Assembled | Damage]:
        """Give what there is as a block, and begin with nothing."""
        for found in self.so_far():
            self.event += found.block.events if isinstance(found, Assembled) else 0
            yield found
        self._records, self._segments, self._bytes = [], 0, 0

    def so_far(self) -> Iterator[Assembled | Damage]:
        """Give the collected records as a block, complete or not; a damage if no packed block can hold them."""
        if self._records:
            yield from self._blocks(self._records, self.event)

    def _blocks(self, records: list[Raw], event: int) -> Iterator[Assembled | Damage]:
        """Give records as a block; as several where one would be too large: large values may be hard to compress."""
        try:
            payload = encode(self._trace, event, records, self._level)
        except BadRecord as error:
            yield Damage(BAD_RECORD, 0, 0, f"{error}, in the blocks from event {event:,} on")
            return
        middle = _middle(records) if len(payload) > MAX_RECORD else 0
        if middle:
            yield from self._blocks(records[:middle], event)
            yield from self._blocks(records[middle:], event + sum(kind in EVENTS for kind, _ in records[:middle]))
        else:
            yield Assembled(PackedBlock(payload, bounded=False), -1, payload)


def _middle(records: list[Raw]) -> int:
    """Return the place of the keyframe that is nearest to the middle, 0 if there is none but the first."""
    keyframes = [place for place, (kind, _) in enumerate(records) if kind == Keyframe.TYPE and place]
    return min(keyframes, key=lambda place: abs(place - len(records) // 2), default=0)
