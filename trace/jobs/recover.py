"""Writes a valid trace of all that is left of a damaged one.

Records are framed anew: block numbers, record numbers, event numbers and checksums have to fit again. Apart from
those numbers every record is kept byte for byte, so that types and fields of newer versions survive. Where
something was lost, a GAP note says so; without an END record, one with the reason ``recovered`` is added.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

import msgpack

from ..codec import pack
from ..errors import TraceError
from ..journal.frame import checksum_start, frame, seed_of
from ..journal.open_events import OpenEvents
from ..journal.records import VERSION, EventRow, Exit, Header, Keyframe, Names, Note, Record
from ..layout import HEADER, KEYFRAME, NUMBER, layout_of
from ..reading.reader import Progress, TraceReader
from ..reading.scan import Damage, Placed
from ..values import Plain
from .index_only import IndexOnly, KnownNote

RECOVERED: Final = "recovered"
"""The reason in the END record of a trace that had none."""


class NotRecovered(TraceError):
    """What was written does not read back as what was read; it was removed again."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of a trace.

    Attributes:
        path: The file that was written.
        events: Events in it.
        lost: Events that are known to be lost; what a torn tail held is not known.
        damage: What was wrong with the trace.
    """

    path: Path
    events: int
    lost: int
    damage: tuple[Damage, ...]


def recover(path: str | os.PathLike[str], target: str | os.PathLike[str], progress: Progress | None = None) -> Recovery:
    """Write what is left of a trace to a new file, mode 0600, read it back and compare it.

    Args:
        path: The trace.
        target: The new file.
        progress: Called now and then with the bytes done and the bytes in all.

    Raises:
        FileExistsError: There is a file of that name already.
        OSError, NotATrace, NewerVersion: The trace cannot be read, or the new file not written.
        NotRecovered: The new file did not read back the same.
    """
    with closing(TraceReader.open(path)) as reader:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                copy = _Copy(reader, file)
                copy.run(_part(progress, 0))
                os.fsync(file.fileno())
            _compare(reader, Path(target), copy, _part(progress, 1))
        except BaseException:
            Path(target).unlink()
            raise
    return Recovery(Path(target), copy.events, copy.lost, tuple(copy.damage))


RENUMBERED: Final = {HEADER.type: ("version",), KEYFRAME.type: ("block", "records", "event")}
"""The fields that recovery writes anew, by record type; of all other types the record's number alone."""

HIGHEST: Final = 1 << 63
"""More events than there can be."""

_BINARY: Final = getattr(os, "O_BINARY", 0)


class _Copy:
    """Copies a trace record by record, and counts.

    Attributes:
        events, lost, damage: As in `Recovery`.
        added: Which records of the copy, counted from 0, the trace did not have.
    """

    def __init__(self, reader: TraceReader, file: BinaryIO) -> None:
        self.events = self.lost = 0
        self.damage: list[Damage] = []
        self.added: set[int] = set()
        self._reader = reader
        self._file = file
        self._records = 0  # in the copy
        self._seed = self._block = self._number = 0
        self._open = OpenEvents()
        self._key_time = self._time = 0
        self._expected = 0  # number, in the trace, of the next event
        self._known = 0  # names, from number 0 on without a hole
        self._elsewhere: IndexOnly | None = None  # what stands elsewhere, once it is asked for
        self._names: list[tuple[int, Plain]] = []  # all that stand anywhere
        self._notes: list[KnownNote] = []  # that only the index has, and that are not written yet
        self._gap = ""  # what was lost since the last record
        self._ended = False

    def run(self, progress: Progress | None) -> None:
        """Copy everything."""
        for item in self._reader.items(progress):
            if isinstance(item, Damage):
                self.damage.append(item)
                self._gap = item.message
            else:
                self._copy(item)
        self._finish()
        self._file.flush()

    def _finish(self) -> None:
        if not self._records:
            self._add(Header.TYPE, Header(bytes(16), 0.0, {}).payload())
        if not self._block:
            trace_id = self._reader.header.id if self._reader.header else bytes(16)
            self._write_keyframe(Keyframe(trace_id, 1, self._number, 0, 0, 0, 0, [], []).payload(), added=True)
        if self._gap:
            self._add_known(HIGHEST)
            self._tell_gap(max(0, self._look_elsewhere().events - self._expected))
        if not self._ended:
            self._add_note(Note.END, {"reason": RECOVERED, "events": self.events})

    def _copy(self, item: Placed) -> None:
        record, payload = item.record, item.frame.payload
        if isinstance(record, Header):
            self._write(Header.TYPE, _renumbered(Header.TYPE, payload, VERSION))  # what is written is a journal
        elif isinstance(record, Keyframe):
            if not self._records:
                self._add(Header.TYPE, Header(record.trace, 0.0, {}).payload())
            self._keyframe(record, payload)
        else:
            self._write_numbered(item.frame.type, payload)
            self._count(record)

    def _keyframe(self, record: Keyframe, payload: bytes) -> None:
        for _ in range(len(self._open) if self._gap else 0):  # that these ended was lost
            self._add(Exit.TYPE, Exit(self._number + 1, 0).payload())
        lost = max(0, record.event - self._expected)
        self._write_keyframe(payload)
        self._key_time = self._time = record.time
        self._expected = record.event
        self._open.follow(record)
        if self._gap:
            self._add_known(record.event)
        if record.first_name > self._known:
            self._add_names(record.first_name)
        self._known = max(self._known, record.first_name + len(record.names))
        if self._gap:
            self._tell_gap(lost)

    def _count(self, record: Record) -> None:
        self._open.follow(record)
        if isinstance(record, EventRow):
            self.events += 1
            self._expected += 1
            self._time = self._key_time + record.time
            self._ended = False
        elif isinstance(record, Names):
            self._known = max(self._known, record.first_name + len(record.names))
        elif isinstance(record, Note):
            self._ended |= record.type == Note.END

    def _tell_gap(self, lost: int) -> None:
        self.lost += lost
        self._add_note(Note.GAP, {"count": lost, "reason": f"lost before recovery: {self._gap}"})
        self._gap = ""

    def _add_note(self, kind: int, fields: dict[str, Plain]) -> None:
        self._add(kind, Note(kind, self._number + 1, {**fields, "time": self._time}).payload())

    def _add_known(self, event: int) -> None:
        """Write what only the index knows: names, which hold for the whole file, and the notes before an event."""
        if self._elsewhere is None:
            for first, names in self._look_elsewhere().names:
                self._add(Names.TYPE, Names(self._number + 1, first, names).payload())
        while self._notes and self._notes[0][0] <= event:
            _, kind, fields = self._notes.pop(0)
            self._add(kind, Note(kind, self._number + 1, fields).payload())
            self._ended |= kind == Note.END

    def _look_elsewhere(self) -> IndexOnly:
        if self._elsewhere is None:
            self._elsewhere = IndexOnly(self._reader)
            self._names = sorted(self._elsewhere.known.items(), key=itemgetter(0))
            self._notes = self._elsewhere.notes
        return self._elsewhere

    def _add_names(self, end: int) -> None:
        """Write the names that were lost, so far as a later record repeats them."""
        self._look_elsewhere()
        place = bisect_left(self._names, self._known, key=itemgetter(0))
        for number, name in self._names[place : bisect_left(self._names, end, key=itemgetter(0))]:
            self._add(Names.TYPE, Names(self._number + 1, number, [name]).payload())

    def _add(self, kind: int, payload: bytes) -> None:
        """Write a record that the trace did not have."""
        self.added.add(self._records)
        self._write(kind, payload)
        self._number += kind != Header.TYPE

    def _write_numbered(self, kind: int, payload: bytes) -> None:
        self._number += 1
        self._write(kind, _renumbered(kind, payload, self._number))

    def _write_keyframe(self, payload: bytes, *, added: bool = False) -> None:
        self._block += 1
        if added:
            self.added.add(self._records)
        self._write(Keyframe.TYPE, _renumbered(Keyframe.TYPE, payload, self._block, self._number, self.events))
        self._number = 0

    def _write(self, kind: int, payload: bytes) -> None:
        seed = self._seed if layout_of(kind).numbered else 0
        data = frame(kind, checksum_start(seed, kind), payload, wide=kind == Keyframe.TYPE)
        self._file.write(data)
        self._records += 1
        if kind == Keyframe.TYPE:
            self._seed = seed_of(data)


def _split(kind: int, payload: bytes) -> tuple[int, list[Plain], bytes, list[int]]:
    """Return a payload up to what recovery writes anew, and the bytes after that as they are.

    Returns:
        How many items it has, the first of them, the bytes of the others, and the places of those to be written anew.
    """
    places = [layout_of(kind).place(name) for name in RENUMBERED.get(kind, (NUMBER,))]
    unpacker = msgpack.Unpacker(raw=False)
    unpacker.feed(payload)
    items = unpacker.read_array_header()
    first = [unpacker.unpack() for _ in range(max(places) + 1)]
    return items, first, payload[unpacker.tell() :], places


def _renumbered(kind: int, payload: bytes, *numbers: int) -> bytes:
    """Return a payload with other numbers in the places of those in `RENUMBERED`."""
    count, first, rest, places = _split(kind, payload)
    for place, number in zip(places, numbers, strict=True):
        first[place] = number
    head_bytes: bytes = msgpack.Packer().pack_array_header(count)
    return head_bytes + b"".join(map(pack, first)) + rest


def _compare(reader: TraceReader, target: Path, copy: _Copy, progress: Progress | None) -> None:
    """Read the copy, and compare each record with the one it was made of; raises NotRecovered."""
    written = TraceReader.open(target)
    try:
        kept = (item for item in reader.items(progress) if isinstance(item, Placed))
        for position, item in enumerate(written.items()):
            if isinstance(item, Damage):
                raise NotRecovered(f"the recovered trace would be damaged: {item.message}")
            if position not in copy.added and _content(item) != _content(next(kept, None)):
                raise NotRecovered(f"record {position} would not be recovered as it was")
        if next(kept, None) is not None:
            raise NotRecovered("the recovered trace would not be complete")
    finally:
        written.close()


def _content(item: Placed | None) -> object:
    """Return what a record says, without the numbers that recovery changes."""
    if item is None:
        return None
    count, first, rest, places = _split(item.frame.type, item.frame.payload)
    return item.frame.type, count, [one for place, one in enumerate(first) if place not in places], rest


def _part(progress: Progress | None, half: int) -> Progress | None:
    """Return a progress function for the first (0) or second (1) half of the work."""
    if progress is None:
        return None
    return lambda done, total: progress(done + half * total, 2 * total)
