"""Walks the frames of a trace from the front, and over damage to the next sync marker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from .errors import BadRecord
from .frame import MAX_HEAD, SYNC, SYNC_OFFSET, Frame, checksum_start, head
from .records import EventRow, Header, Keyframe, Record, read_record
from .source import Source

TORN: Final = "torn tail"
CHECKSUM: Final = "bad checksum"
BAD_RECORD: Final = "bad record"
MISSING: Final = "missing records"

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


def scan(source: Source) -> Iterator[Placed | Damage]:
    """Read all records of a trace, in order.

    Args:
        source: The file.

    Yields:
        Each record that can be trusted, and each damage in its place. After a damage the next record is the
        header, a keyframe, or there is none: the rest of a block that was hit is passed over, since its
        values build on what was lost.
    """
    yield from _Scanner(source).run()


def scan_block(source: Source, offset: int) -> Iterator[Placed]:
    """Read one block: the keyframe at `offset` and all that follows it, up to the next keyframe or a damage."""
    for position, item in enumerate(_Scanner(source, offset).run()):
        if isinstance(item, Damage) or (position and isinstance(item.record, Keyframe)):
            return
        yield item


class _Scanner:
    def __init__(self, source: Source, offset: int = 0) -> None:
        self._source = source
        self._at = offset
        self._seed = 0
        self._starts: dict[int, int] = {}
        self._block: int | None = None  # number of this block; None: not known after damage
        self._number = 0  # records in this block
        self._events = 0  # number of the next event
        self._trace: bytes | None = None  # id of this trace: the header's, else the first keyframe's
        # Bytes that may be checksummed in search of a keyframe: a file of nothing but sync markers must not
        # make the search quadratic.
        self._budget = SEARCH_FACTOR * source.size

    def run(self) -> Iterator[Placed | Damage]:
        while self._at < self._source.size:
            found = self._next()
            if isinstance(found, Placed) and isinstance(found.record, Keyframe):
                yield from self._enter_block(found.record, found.frame)
            yield found

    def _next(self) -> Placed | Damage:
        frame = self._frame()
        if frame is None:
            return self._skip(CHECKSUM, "a record is damaged")
        try:
            record = read_record(frame.type, frame.payload)
            self._check_place(record)
        except BadRecord as error:
            return self._skip(BAD_RECORD, str(error))
        except _MissingRecords as error:
            return self._skip(MISSING, str(error))
        self._at += frame.length
        return Placed(frame, record)

    def _frame(self) -> Frame | None:
        """Read the frame here; None if it is no frame or its checksum is wrong."""
        found = head(self._source.read(self._at, MAX_HEAD))
        if found is None:
            return None
        size, length, kind, crc = found
        payload = self._source.read(self._at + size, length)
        if len(payload) < length or crc32(payload, self._start(kind)) != crc:
            return None
        return Frame(self._at, size + length, kind, crc, payload)

    def _start(self, kind: int) -> int:
        if kind in (Header.TYPE, Keyframe.TYPE):
            return checksum_start(0, kind)
        if kind not in self._starts:
            self._starts[kind] = checksum_start(self._seed, kind)
        return self._starts[kind]

    def _check_place(self, record: Record) -> None:
        if isinstance(record, Keyframe):
            if (strange := self._strange(record)) is not None:
                raise BadRecord(strange)
            return
        if isinstance(record, Header):
            if self._at:
                raise BadRecord("a second header")
            self._block, self._trace = 0, record.id
            return
        if self._block is None or record.number != self._number + 1:
            raise _MissingRecords(f"record {self._number + 1} of its block is missing, {record.number} follows")
        self._number += 1
        self._events += isinstance(record, EventRow)

    def _strange(self, keyframe: Keyframe) -> str | None:
        """Say why a block that is sound in itself has no place here, None if it has."""
        if self._trace is not None and keyframe.trace != self._trace:
            return "a block of another trace stands here"
        if keyframe.event < self._events:
            return f"block {keyframe.block} stands here once more, or too late"
        return None

    def _enter_block(self, keyframe: Keyframe, frame: Frame) -> Iterator[Damage]:
        follows = keyframe.block - 1 == self._block and keyframe.records == self._number
        if not follows and self._block is not None:
            text = f"the block before byte {frame.offset:,} is not complete"
            yield Damage(MISSING, frame.offset, 0, text + self._lost(keyframe))
        self._seed, self._block, self._number = frame.crc, keyframe.block, 0
        self._trace = self._trace or keyframe.trace
        self._events = keyframe.event
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
        while self._budget > 0 and (place := self._source.find(SYNC, place + 1)) >= 0:
            self._at = place - SYNC_OFFSET
            found = head(self._source.read(self._at, MAX_HEAD)) if self._at > begin else None
            self._budget -= found[1] if found else MAX_HEAD
            frame = self._frame() if found else None
            keyframe = _keyframe(frame) if frame is not None and frame.type == Keyframe.TYPE else None
            if keyframe is not None and self._strange(keyframe) is None:
                return keyframe
        self._at = self._source.size
        return None

    def _cut(self, begin: int) -> bool:
        """Tell whether the bytes here look like a record whose end was never written."""
        data = self._source.read(begin, MAX_HEAD)
        found = head(data)
        if found is None:
            return len(data) < MAX_HEAD and data[:1] in (b"\xc7", b"\xc8", b"\xc9")
        return begin + found[0] + found[1] > self._source.size


def _keyframe(frame: Frame) -> Keyframe | None:
    try:
        record = read_record(frame.type, frame.payload)
    except BadRecord:
        return None
    return record if isinstance(record, Keyframe) else None


class _MissingRecords(Exception):
    """A record's number does not continue its block."""
