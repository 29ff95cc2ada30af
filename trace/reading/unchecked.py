"""A journal of which only the keyframes have been read: each of its blocks is read when it is looked at.

Numbers of events are those that the keyframes tell of, and nothing says yet whether what lies between them is sound.
Whoever opens a journal so has to read it as a `Directory`, too, and to go by that once it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final
from zlib import crc32

import msgpack

from ..codec import unpack
from ..errors import BadRecord
from ..journal.frame import MAX_HEAD, SYNC, SYNC_OFFSET, checksum_start, head
from ..journal.open_events import UNKNOWN, OpenEvents
from ..journal.records import VERSION, Keyframe
from ..limits import MAX_OPEN
from ..packed.block import PackedBlock
from ..packed.encode import encode, put_together
from ..packed.summary import Summary, summarize
from ..packed.zstd import QUICK
from ..values import Plain
from .directory import LOST_PER_BYTE, Directory
from .reader import Progress, TraceReader
from .scan import Damage, Placed, read_frame
from .source import Source
from .stretch import read_stretch

TOGETHER: Final = 8
"""Journal blocks that are read at once when one is looked at: 2,048 events, some milliseconds."""

LEAST: Final = 1 << 21
"""Bytes of a journal that is read whole in no time."""

STRAYS: Final = 64
"""Sync markers that begin no keyframe, in a file that is not made to deceive."""

KEYFRAME_ITEMS: Final = 10

NUMBERS: Final = 8
"""Items of a keyframe before its names: the chain at its end, which is most of it, nobody needs here."""

NUMBERS_END: Final = 1 + 2 + len(SYNC) + 2 + 16 + 6 * 9
"""Bytes of these items, at most."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A keyframe, as it was found.

    Attributes:
        offset, end: Its place in the file, and the place after it.
        block, event, opened: Number of its block, number of its first event, how many events are open there.
        first_name, names: Number of the first name that it repeats, and the packed array of them, or nothing.
    """

    offset: int
    end: int
    block: int
    event: int
    opened: int
    first_name: int
    names: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """Journal blocks that are read together.

    Attributes:
        offset, end: Where they begin and end in the file.
        blocks: How many they are.
        event, opened: Number of the first event, how many are open there.
        events: How many there should be; 0 for the last one: the end of the file decides.
    """

    offset: int
    end: int
    blocks: int
    event: int
    opened: int
    events: int


class Unchecked(Directory):
    """The blocks of a journal, by its keyframes.

    Args:
        reader: The open trace.
        marks: Its keyframes.
    """

    unread: ClassVar[bool] = True

    def __init__(self, reader: TraceReader, marks: list[Mark]) -> None:
        """Read the first blocks, and the last."""
        self._spans = list(_spans(marks, reader.size))
        self._marks = marks
        super().__init__(reader)

    def _read(self, progress: Progress | None, *, whole: bool, follow: bool) -> None:
        for first, packed in dict.fromkeys((mark.first_name, mark.names) for mark in self._marks if mark.names):
            with suppress(BadRecord):
                names = unpack(packed)
                self.names.define(first, names if type(names) is list else [])
        self._marks = []
        unknown = {span.opened: [UNKNOWN] * span.opened for span in self._spans}  # else 2 KB for each span
        for span in self._spans:
            self._add(Summary(-1, span.event, span.events, open=unknown[span.opened]))
        last = len(self._spans) - 1
        payload, damage = read_span(self._reader, self._spans[last])
        self.damage += [damage] if damage is not None else []
        self.blocks[last].events = PackedBlock(payload, bounded=False).events if payload else 0
        for number in sorted({0, last}):
            self._look_into(number)
        texts = [number for number, name in enumerate(self.names.table()) if type(name) is str]
        self.blocks[0].names += [[number, 0, -1] for number in texts]  # whatever is read later has one of these

    def told(self) -> tuple[Damage, ...]:
        """Return the damage that was come upon; a name that is not known may stand in what has not been read."""
        return tuple(self.damage)

    def _look_into(self, number: int) -> None:
        """Read a block, and take what it tells of the whole trace."""
        block, known = self.block(number), self.blocks[number]
        if block is not None:
            found = self.blocks[number] = summarize(block, -1, known.event, OpenEvents(known.open))
            self.notes += [(before, kind, fields) for before, kind, fields, _ in found.notes]

    def _load(self, number: int) -> PackedBlock | None:
        known = self.blocks[number]
        payload, damage = read_span(self._reader, self._spans[number])
        block = PackedBlock(payload, bounded=False) if payload else None
        torn = damage is not None and number < len(self._spans) - 1  # of the last one it is told already
        if block is None or torn or block.events != known.events:
            self.report(number, "something is damaged")
            return None
        try:
            for first, names in summarize(block, -1, known.event, OpenEvents(known.open)).new_names:
                self.names.define(first, names)
        except BadRecord as error:
            self.report(number, str(error))
            return None
        return block


def unchecked(reader: TraceReader) -> Unchecked | None:
    """Find the blocks of a trace by their keyframes.

    Args:
        reader: The open trace.

    Returns:
        None if the trace is small, is no journal, or if its keyframes do not tell of what comes after each other: then
        it has to be read whole, as a `Directory`.
    """
    if reader.size < LEAST or reader.header is None or reader.header.version != VERSION:
        return None
    marks = marks_of(reader.scanner().source, reader.header.id)
    return Unchecked(reader, marks) if marks else None


def marks_of(source: Source, trace: bytes) -> list[Mark]:
    """Return the keyframes of a journal; none where they do not follow each other as they should."""
    header = read_frame(source, 0)
    found, place, left = list[Mark](), 0, STRAYS
    while (place := source.find(SYNC, place)) >= 0:
        mark = _mark(source, place - SYNC_OFFSET, trace)
        if mark is None:
            place, left = place + 1, left - 1
            if not left:
                return []
            continue
        if found and not _follows(found[-1], mark):
            return []
        found.append(mark)
        place = mark.end
    first = found[0] if found else None
    begins = (
        header is not None and first is not None and (first.offset, first.block, first.event) == (header.length, 1, 0)
    )
    return found if begins else []


def _mark(source: Source, offset: int, trace: bytes) -> Mark | None:
    """Read a keyframe but for its chain; None if there is none of this trace."""
    found = head(source.read(offset, MAX_HEAD)) if offset >= 0 else None
    if found is None or found[2] != Keyframe.TYPE:
        return None
    size, length, kind, crc = found
    payload = source.read(offset + size, length)
    if len(payload) < length or crc32(payload, checksum_start(0, kind)) != crc:
        return None
    if not 0x90 + KEYFRAME_ITEMS <= payload[0] < 0xA0:
        return None
    try:
        unpacker = msgpack.Unpacker(None, raw=False, strict_map_key=False)
        unpacker.feed(bytes([0x90 + NUMBERS]) + payload[1:NUMBERS_END])
        items = unpacker.unpack()
        names = _names(payload[unpacker.tell() :])
    except (ValueError, TypeError, msgpack.UnpackException):
        return None
    if items[1] != trace or not all(map(_is_count, items[2:])):
        return None
    _, _, block, _, event, _, opened, first_name = items
    return Mark(offset, offset + size + length, block, event, min(opened, MAX_OPEN), first_name, names)


def _names(rest: bytes) -> bytes:
    """Return the array that some bytes begin with, as it is; nothing if it is empty, as it is in most keyframes."""
    if rest.startswith(b"\x90"):
        return b""
    unpacker = msgpack.Unpacker(None)
    unpacker.feed(rest)
    unpacker.skip()
    return rest[: unpacker.tell()]


def _is_count(item: Plain) -> bool:
    return type(item) is int and 0 <= item < 1 << 63


def _follows(before: Mark, mark: Mark) -> bool:
    most = LOST_PER_BYTE * (mark.offset - before.offset)
    return mark.block > before.block and before.event <= mark.event <= before.event + most


def _spans(marks: list[Mark], size: int) -> Iterator[Span]:
    """Put blocks together: some that follow each other, and the last by itself, whose end nobody knows."""
    start = 0
    for place in range(1, len(marks) + 1):
        last = place >= len(marks) - 1
        if last or place - start >= TOGETHER or marks[place].block != marks[place - 1].block + 1:
            first = marks[start]
            following = marks[place] if place < len(marks) else None
            end, events = (following.offset, following.event - first.event) if following else (size, 0)
            yield Span(first.offset, end, place - start, first.event, first.opened, events)
            start = place


def read_span(reader: TraceReader, span: Span) -> tuple[bytes, Damage | None]:
    """Return the payload of a packed block of what can be read of a span, and the damage that it ends with."""
    scanner = reader.scanner(span.offset)
    items = scanner.run()
    first = next(items, None)
    if not isinstance(first, Placed) or not isinstance(first.record, Keyframe):
        return b"", first if isinstance(first, Damage) else None
    trace = first.record.trace
    stretch = read_stretch(scanner, span.offset, lambda size, _: size.segments >= span.blocks)
    if stretch is not None:
        return put_together(trace, span.event, stretch.records, stretch.taken, QUICK), None
    records, damage, blocks = [(first.frame.type, first.frame.payload)], None, 1
    for item in items:
        if (item.offset if isinstance(item, Damage) else item.frame.offset) >= span.end:
            break
        blocks += isinstance(item, Placed) and isinstance(item.record, Keyframe)
        if blocks > span.blocks:  # one that is no mark: of those there may be more than a packed block can hold
            break
        if not isinstance(item, Placed):
            damage = item if isinstance(item, Damage) else None
            break
        records.append((item.frame.type, item.frame.payload))
    return encode(trace, span.event, records, QUICK), damage
