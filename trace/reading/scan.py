"""Walks the frames of a trace from the front, and over damage to the next sync marker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from ..errors import BadRecord
from ..journal.frame import MAX_HEAD, SYNC, SYNC_OFFSET, Frame, checksum_start, head
from ..journal.open_events import OpenEvents
from ..journal.records import EventRow, Header, Keyframe, Record, read_record
from ..layout import UNNUMBERED
from ..limits import BLOCK_EVENTS, SEGMENT_BYTES, SEGMENT_RECORDS
from ..packed.block import PackedBlock, Raw
from ..packed.index import IndexRecord, Trailer
from .source import Source

TORN: Final = "torn tail"
CHECKSUM: Final = "bad checksum"
BAD_RECORD: Final = "bad record"
MISSING: Final = "missing records"

SEEDLESS: Final = UNNUMBERED
"""Types whose checksum does not depend on the block they stand in."""

SEARCH_FACTOR: Final = 16
"""How many times its size a file may cost in checksums while the next keyframe is searched."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of the file that could not be read.

    Attributes:
        kind: ``torn tail``, ``bad checksum``, ``bad record`` or ``missing records``.
        offset: Place of its first byte.
        length: Bytes passed over; 0 where bytes are missing.
        message: One sentence.
    """

    kind: str
    offset: int
    length: int
    message: str


@dataclass(slots=True)
class Placed:
    """A record and where it lies."""

    frame: Frame
    record: Record


@dataclass(slots=True)
class PlacedBlock:
    """A packed block and where it lies; its keyframes continue what was before it."""

    frame: Frame
    block: PackedBlock


@dataclass(frozen=True, slots=True)
class Reached:
    """Where somebody is who has read sound journal blocks.

    Attributes:
        at: Place of the next byte.
        keyframe, seed: The keyframe of the last block, and its checksum.
        records, bytes: How many there are in the last block, its keyframe not counted, and the bytes of their payloads.
        events: Number of the next event.
        opened: The events that are open.
    """

    at: int
    keyframe: Keyframe
    seed: int
    records: int
    bytes: int
    events: int
    opened: OpenEvents


def scan(source: Source) -> Iterator[Placed | Damage]:
    """Read all records of a trace, in order; those of a packed block lie where the block lies.

    Args:
        source: The file.

    Yields:
        Each record that can be trusted, and each damage in its place. After a damage the next record is the
        header, a keyframe, or there is none: the rest of a block that was hit is passed over, since its
        values build on what was lost.
    """
    for item in Scanner(source).run():
        if isinstance(item, PlacedBlock):
            raise AssertionError("packed blocks are taken apart")
        yield item


def read_frame(source: Source, offset: int) -> Frame | None:
    """Read the frame at `offset`, if it is one whose checksum has no seed; None if it is damaged."""
    return Scanner(source, offset).frame()


class Scanner:
    """Reads records, and knows where it is.

    Args:
        source: The file.
        offset: Place of the first record.
        whole: Leave packed blocks whole.
        follow: The file may grow: a record whose end is not there yet is no damage, but waited for.
    """

    def __init__(self, source: Source, offset: int = 0, *, whole: bool = False, follow: bool = False) -> None:
        self.source = source
        self._at = offset
        self._whole = whole
        self.follow = follow
        self._seed = 0
        self._starts: dict[int, int] = {}
        self._block: int | None = None  # number of this block; None: not known after damage
        self._sealed = False  # an index or a trailer was the last: a block goes on where the one before it ended
        self._number = 0  # records in this block
        self._bytes = 0  # of their payloads
        self._block_end = BLOCK_EVENTS  # number of the first event that can't be in this block
        self._events = 0  # number of the next event
        self._open = OpenEvents()
        self._trace: bytes | None = None  # id of this trace: the header's, else the first keyframe's
        # Bytes that may be checksummed in search of a keyframe: a file of nothing but sync markers must not
        # make the search quadratic.
        self._budget = SEARCH_FACTOR * source.size

    def run(self) -> Iterator[Placed | PlacedBlock | Damage]:
        """Read on to the end of the file; of one that has grown since, what was appended."""
        while self._at < self.source.size and not (self.follow and self._cut(self._at)):
            found = self._next()
            if isinstance(found, PlacedBlock):
                yield from self._through(found)
            elif found is not None:
                if isinstance(found, Placed) and isinstance(found.record, Keyframe):
                    yield from self._enter_block(found.record, found.frame)
                yield found

    @property
    def opened(self) -> OpenEvents:
        """The events that are open here."""
        return self._open.copy()

    def go_on(self, reached: Reached) -> None:
        """Go on where somebody else is, who has read what comes next and found it sound."""
        self._at, self._seed, self._block = reached.at, reached.seed, reached.keyframe.block
        self._number, self._bytes, self._events = reached.records, reached.bytes, reached.events
        self._block_end = reached.keyframe.event + BLOCK_EVENTS
        self._open = reached.opened
        self._starts.clear()

    def _next(self) -> Placed | PlacedBlock | Damage | None:
        """Read what comes next; None for what only serves to find things faster."""
        frame = self.frame()
        if frame is None:
            return self._skip(CHECKSUM, "a record is damaged")
        try:
            found = self._read(frame)
        except BadRecord as error:
            return self._skip(BAD_RECORD, str(error))
        except _MissingRecords as error:
            return self._skip(MISSING, str(error))
        self._at += frame.length
        return found

    def _read(self, frame: Frame) -> Placed | PlacedBlock | None:
        if frame.type == PackedBlock.TYPE:
            block = PackedBlock(frame.payload)
            if (strange := self._strange(first_keyframe(block))) is not None:
                raise BadRecord(strange)
            return PlacedBlock(frame, block)
        if frame.type in (IndexRecord.TYPE, Trailer.TYPE):
            self._sealed = True
            return None
        record = read_record(frame.type, frame.payload)
        self._check_place(record, len(frame.payload))
        return Placed(frame, record)

    def _through(self, placed: PlacedBlock) -> Iterator[Placed | PlacedBlock | Damage]:
        """Give a packed block, whole or record by record; it has a place here."""
        frame, block = placed.frame, placed.block
        try:
            if self._whole:
                first, last = first_keyframe(block), last_keyframe(block)
                yield from self._enter_block(first, frame)
                self._block, self._number = last.block, block.records - int(block.segments[-1]) - 1
                self._events = block.event + block.events
                yield placed
                return
            for raw in block.payloads():
                yield from self._inner(raw, frame)
        except (BadRecord, _MissingRecords) as error:
            self._block = None
            yield Damage(
                BAD_RECORD, frame.offset, frame.length, f"{error}, in the packed block at byte {frame.offset:,}"
            )

    def _inner(self, raw: Raw, frame: Frame) -> Iterator[Placed | Damage]:
        record = read_record(*raw)
        self._check_place(record, len(raw[1]))
        if isinstance(record, Keyframe):
            yield from self._enter_block(record, frame)
        yield Placed(Frame(frame.offset, 0, raw[0], 0, raw[1]), record)

    def frame(self) -> Frame | None:
        """Read the frame here; None if it is no frame or its checksum is wrong."""
        found = head(self.source.read(self._at, MAX_HEAD))
        if found is None:
            return None
        size, length, kind, crc = found
        payload = self.source.read(self._at + size, length)
        if len(payload) < length or crc32(payload, self._start(kind)) != crc:
            return None
        return Frame(self._at, size + length, kind, crc, payload)

    def _start(self, kind: int) -> int:
        if kind in SEEDLESS:
            return checksum_start(0, kind)
        if kind not in self._starts:
            self._starts[kind] = checksum_start(self._seed, kind)
        return self._starts[kind]

    def _check_place(self, record: Record, size: int) -> None:
        if isinstance(record, Keyframe):
            if (strange := self._strange(record)) is not None:
                raise BadRecord(strange)
            return
        if isinstance(record, Header):
            if self._at:
                raise BadRecord("a second header")
            self._block, self._trace = 0, record.id
            return
        if self._block is None or self._sealed or record.number != self._number + 1:
            raise _MissingRecords(f"record {self._number + 1} of its block is missing, {record.number} follows")
        self._number += 1
        self._bytes += size
        self._count_events(record)
        if self._events > self._block_end or self._number > SEGMENT_RECORDS or self._bytes > SEGMENT_BYTES:
            raise BadRecord("a block holds more than it may")

    def _count_events(self, record: Record) -> None:
        if isinstance(record, EventRow):
            self._events += 1
            if not record.opens:  # nearly all records
                return
        self._open.follow(record)

    def _strange(self, keyframe: Keyframe) -> str | None:
        """Say why a block that is sound in itself has no place here, None if it has."""
        if self._trace is not None and keyframe.trace != self._trace:
            return "a block of another trace stands here"
        if keyframe.event < self._events:
            return f"block {keyframe.block} stands here once more, or too late"
        return None

    def _enter_block(self, keyframe: Keyframe, frame: Frame) -> Iterator[Damage]:
        before = keyframe.block - 1, keyframe.records, keyframe.event
        if self._block is not None and before != (self._block, self._number, self._events):
            text = f"the block before byte {frame.offset:,} is not complete"
            yield Damage(MISSING, frame.offset, 0, text + self._lost(keyframe))
        self._seed, self._block, self._number = frame.crc, keyframe.block, 0  # of a packed block nobody needs the seed
        self._bytes, self._block_end, self._sealed = 0, keyframe.event + BLOCK_EVENTS, False
        self._trace = self._trace or keyframe.trace
        self._events = keyframe.event
        self._open.follow(keyframe)
        self._starts.clear()

    def _skip(self, kind: str, what: str) -> Damage:
        """Go on at the next keyframe that can be read, or at the end."""
        begin = self._at
        keyframe = self._find_keyframe(begin)
        length = self._at - begin
        self._block = None
        if keyframe is None and kind == CHECKSUM and self._cut(begin):
            return Damage(TORN, begin, length, f"the file ends in the middle of a record, at byte {begin:,}")
        text = f"{what} at byte {begin:,}; {length:,} bytes passed over"
        return Damage(kind, begin, length, text + (self._lost(keyframe) if keyframe else ""))

    def _lost(self, keyframe: Keyframe) -> str:
        lost = keyframe.event - self._events
        return f"; {lost:,} event{'s' * (lost != 1)} lost" if lost > 0 else ""

    def _find_keyframe(self, begin: int) -> Keyframe | None:
        """Move to the next keyframe after `begin`, or to the end."""
        place = begin
        while self._budget > 0 and (place := self.source.find(SYNC, place + 1)) >= 0:
            self._at = place - SYNC_OFFSET
            found = head(self.source.read(self._at, MAX_HEAD)) if self._at > begin else None
            self._budget -= found[1] if found else MAX_HEAD
            frame = self.frame() if found else None
            keyframe = _keyframe(frame) if frame is not None else None
            if keyframe is not None and self._strange(keyframe) is None:
                return keyframe
        self._at = self.source.size
        return None

    def _cut(self, begin: int) -> bool:
        """Tell whether the bytes here look like a record whose end was never written."""
        data = self.source.read(begin, MAX_HEAD)
        found = head(data)
        if found is None:
            return len(data) < MAX_HEAD and data[:1] in (b"\xc7", b"\xc8", b"\xc9")
        return begin + found[0] + found[1] > self.source.size


def first_keyframe(block: PackedBlock) -> Keyframe:
    """Return the keyframe that a packed block begins with; raises BadRecord."""
    return _keyframe_at(block, 0)


def last_keyframe(block: PackedBlock) -> Keyframe:
    """Return the keyframe of a packed block's last journal block; raises BadRecord."""
    return _keyframe_at(block, int(block.segments[-1]))


def _keyframe_at(block: PackedBlock, position: int) -> Keyframe:
    record = read_record(*next(block.payloads(position, position + 1)))
    if not isinstance(record, Keyframe) or record.trace != block.trace:
        raise BadRecord("a packed block of another trace than its keyframes")
    if not position and record.event != block.event:
        raise BadRecord("a packed block with another number than its first event")
    return record


def _keyframe(frame: Frame) -> Keyframe | None:
    """Return the keyframe that a frame is, or begins with; None if reading can't go on there."""
    try:
        if frame.type == PackedBlock.TYPE:
            return first_keyframe(PackedBlock(frame.payload))
        record = read_record(frame.type, frame.payload) if frame.type == Keyframe.TYPE else None
    except BadRecord:
        return None
    return record if isinstance(record, Keyframe) else None


class _MissingRecords(Exception):
    """A record's number does not continue its block."""
