"""Appends records to a trace: interns names, numbers records, sets a keyframe at the head of every block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias
from zlib import crc32

from ..codec import pack, pack_plain, packed_size
from ..errors import TooLarge
from ..frameworks import framework_of
from ..limits import BLOCK_BYTES, BLOCK_EVENTS, KEYFRAME_BYTES, MAX_RECORD, NOTE_BYTES, ROW_BYTES
from ..paths import kind_of
from ..values import ABSENT, Plain, ValueRef
from .frame import CRC_BYTES, EXT_8, SHORT_HEAD, checksum_start, frame, seed_of
from .large_rows import REST_BYTES, lighter
from .large_values import LargeValues
from .naming import Naming
from .open_events import check_room
from .records import EventRow, Exit, Header, History, Keyframe, Names, Note, Pairs, Rare, Value
from .segment import Segment, no_segment
from .shorten import fitting, shortened

FULL_NAMES_EVERY: Final = 16
"""Blocks between two keyframes that repeat all names, for files in which several blocks in a row are lost; where all of
them are few enough to stand in one."""

SMALLEST: Final = 16
"""Bytes of the values that stay in a keyframe which would be too large with them."""

MOST_UNSEEN: Final = 64
"""Ends in a block that readers of the first versions pass over: with more they would count too many open events."""

_Place: TypeAlias = "tuple[Segment, int, int, int, int, int]"
"""How far the file is written: the block that was begun last, records in it (its keyframe not counted), events
written, those of them whose end is not, when the last one began, and bytes of the file. One tuple, set in one go, so
that an exception at whatever instruction leaves the old one or the new."""


class TraceWriter:
    """Writes one trace. Every call hands its bytes to the sink before it returns.

    What the writer knows of the file is what was handed over for certain. After any exception
    out of a call the caller calls `restart_block`, and cuts the file back to `size` bytes: beyond them lies a part of
    a record, or a record that the writer does not count.

    Args:
        sink: Takes the bytes of whole records; may raise OSError, after which the next event starts a new block.
        trace_id: 16 random bytes.
        created: Seconds since 1970 at the start of the recording.
        run: The run's header.
    """

    def __init__(self, sink: Callable[[bytes], object], trace_id: bytes, created: float, run: dict[str, Plain]) -> None:
        """Write the header."""
        self._sink = sink
        self._chain: dict[int, Plain] = {}  # as it was at the last keyframe
        self._changes: list[Plain] = []  # pairs since then: to append them is all that a row pays
        self._naming = Naming()
        self._ids = self._naming.ids
        self._values = LargeValues()
        self._written_names = 0  # names before this number are in the file
        self._broken = True  # the next record has to begin a block
        self._due = True  # something has to stand before the next record: a keyframe or new names
        header = self._new_header(trace_id, created, run)
        sink(header)
        self._at: _Place = (no_segment(), 0, 0, 0, -1, len(header))
        self._crossed = False  # readers of the first versions may take events for open that have ended: `_end_unseen`

    @property
    def events(self) -> int:
        """Events that are in the file."""
        return self._at[2]

    @property
    def open(self) -> int:
        """Events in the file whose end is not."""
        return self._at[3] - len(self._at[0].lost)

    @property
    def size(self) -> int:
        """Bytes of the file that are whole records, known to be there."""
        return self._at[5]

    @property
    def begun(self) -> int:
        """When the last event that is in the file began, in microseconds since the start of the recording."""
        return self._at[4]

    def begin_again(self, trace_id: bytes, created: float, run: dict[str, Plain]) -> bytes:
        """Begin another file: return its header, and count events and blocks anew. Arguments as for the first."""
        header = self._new_header(trace_id, created, run)
        self._broken = self._due = True
        self._at = no_segment(), 0, 0, self.open, -1, len(header)
        self._written_names = 0
        self._values.begin_again()
        return header

    def _new_header(self, trace_id: bytes, created: float, run: dict[str, Plain]) -> bytes:
        self._id = trace_id
        self._handler = framework_of(run).handler
        header = Header(trace_id, created, fitting(run, NOTE_BYTES))
        return frame(Header.TYPE, checksum_start(0, Header.TYPE), header.payload())

    def name(self, value: str | tuple[str, ...]) -> int:
        """Return the number of a name (or of a shape, see `shape`), giving it one if it is new.

        Where there is no room for new ones, it is the number of a name that says so: ``logs.(more)``, see `is_more`.

        Raises:
            TooLarge: There is no room for a shape.
        """
        number = self._ids.get(value)
        if number is None:
            number = self._naming.shape(value) if type(value) is tuple else self._naming.number(str(value))
            if number is None:
                raise TooLarge("no room for more shapes")
            self._due = True
        return number

    def shape(self, keys: tuple[str, ...]) -> int | None:
        """Return the number of a shape, the keys of a mapping; None if the mapping has to be written with its keys."""
        number = self._ids.get(keys)
        if number is None:
            number = self._naming.shape(keys)
            self._due = True
        return number

    def is_more(self, number: int) -> bool:
        """Tell whether a number is that of a name for the rest, such as ``logs.(more)``."""
        return number in self._naming.more

    def stored(self, path: int, value: Plain) -> Plain:
        """Return what stands for a watched value in rows and keyframes: a small one itself; large ones stand once.

        Args:
            path: Number of its path.
            value: The new value.
        """
        found = self._values.stored(path, value)
        if self._values.pending:
            self._due = True
        return found

    def check_room(self) -> None:
        """Raise BadRecord if so many events are open that readers allow no other to begin inside them."""
        check_room(self.open)

    def event(
        self,
        name: int,
        start: int,
        duration: int,
        between: Pairs = (),
        inside: Sequence[Plain] = (),
        calls: Sequence[int] = (),
        rare: Mapping[int, Plain] | None = None,
        *,
        opens: bool = False,
    ) -> None:
        """Write an event, and count it.

        Args:
            name: Number of the event's name.
            start: Microseconds since the start of the recording.
            duration: Microseconds.
            between, inside, calls, rare: As in `EventRow`.
            opens: The event is still open: another one is about to begin inside it.
        """
        if due := self._due:
            between, inside, calls, rare = self._fitting(between, inside, calls, rare)
            self._write_values(start)
        segment, number, events, opened, begun, size = self._at
        if start < begun:  # the clock went back
            start = begun
        head = b""
        if self._due:
            opened -= len(segment.lost)
            segment, number, head = self._block_head(start)
        since = start - segment.time
        items: list[Plain] = [number + 1, name, since if since > 0 else 0, duration if duration > 0 else 0]
        if between or inside or calls or rare:
            items += (between or None, [*inside] or None, [*calls] or None, rare)
            while not items[-1]:
                items.pop()
        kind = EventRow.OPEN_TYPE if opens else EventRow.TYPE
        try:
            payload = pack(items)
        except TooLarge:
            payload = b""
        if not due and not 0 < len(payload) <= ROW_BYTES:
            self._due = True  # once more, with its values beside it
            self.event(name, start, duration, between, inside, calls, rare, opens=opens)
            return
        data = head + frame(kind, segment.start(kind) if opens else segment.event, payload)
        # Before the write: should that fail, the next keyframe has what this row would have told.
        self._changes += between
        for pairs in inside[1::2]:
            self._changes += pairs
        try:
            self._sink(data)
        except BaseException:
            self.restart_block()
            raise
        size += len(data)
        self._at = segment, number + 1, events + 1, opened + opens, start, size
        if due:
            self._look_ahead()
        elif events + 1 >= segment.end or size >= segment.full:
            self._due = True

    def moment(self, name: int, start: int, duration: int) -> None:
        """Write an event of which there is nothing to tell but when it was; see `event`, whose short form this is."""
        if self._due:
            self.event(name, start, duration)
            return
        segment, number, events, opened, begun, size = self._at
        if start < begun:  # the clock went back
            start = begun
        since = start - segment.time
        payload = pack_plain([number + 1, name, since if since > 0 else 0, duration if duration > 0 else 0])
        data = SHORT_HEAD(EXT_8, len(payload) + CRC_BYTES, EventRow.TYPE, crc32(payload, segment.event)) + payload
        try:
            self._sink(data)
        except BaseException:
            self.restart_block()
            raise
        events += 1
        self._at = segment, number + 1, events, opened, start, size + len(data)
        if events >= segment.end:  # so few bytes that they do not matter to what else ends a block
            self._due = True

    def exit(
        self,
        duration: int,
        inside: Sequence[Plain] = (),
        calls: Sequence[int] = (),
        rare: Mapping[int, Plain] | None = None,
        *,
        time: int,
        back: int | None = None,
    ) -> None:
        """Write the end of an open event.

        Args:
            duration, inside, calls, rare: As in `EventRow`.
            time: Microseconds since the start of the recording, at its end.
            back: None: it is the innermost, and all open events are of its thread. Else how many open events of
                whatever thread began after it.
        """
        back = 0 if back is None and self._crossed else back
        self._crossed = back is not None
        _, inside, calls, rare = self._fitting((), inside, calls, rare)
        record = Exit(0, max(0, duration), list(inside), list(calls), rare or {}, back)
        self._append(record.type, record, inside, time=time, closes=1)
        if back is not None:
            self._end_unseen(changed=bool(inside))

    def _end_unseen(self, *, changed: bool) -> None:
        """An end was written that readers of the first versions pass over: they take the event for open.

        So that they pair nothing wrongly, each end is such a one until none is open and a keyframe says so. Where
        something changed, a keyframe at once gives them the right values again.
        """
        segment, _, events, opened, _, _ = self._at
        segment.unseen += 1
        if changed or not opened or segment.unseen >= MOST_UNSEEN:
            segment.end = events
            self._due = True

    def history(self, generation: int, edition: int, start: int, entries: list[Plain], *, time: int) -> None:
        """Write entries of ``state.log_history``, before the row that refers to them; see `History`."""
        record = History(0, generation, edition, start, entries)
        try:
            self._append(History.TYPE, record, time=time, most=NOTE_BYTES)
        except TooLarge:
            record.entries = [shortened(entry, NOTE_BYTES // len(entries)) for entry in entries]
            self._append(History.TYPE, record, time=time)

    def note(self, kind: int, fields: dict[str, Plain], *, time: int) -> None:
        """Write a record of named fields; `kind` is one of `Note`'s numbers."""
        fields = fitting(fields, NOTE_BYTES)
        self._append(kind, Note(kind, 0, {**fields, "time": max(0, time)}), time=time)

    def abandon(self, back: int = 0) -> None:
        """Forget an open event: its end can't be written. The next record begins a block.

        Args:
            back: How many open events of whatever thread began after it. If there are any, the next block tells which
                event ended, and nothing else of its end.
        """
        self.restart_block()
        if self.open and (back or self._crossed):
            self._crossed = True
            self._at[0].lost.append(back)
            return
        segment, number, events, opened, begun, size = self._at
        self._at = segment, number, events, max(0, opened - 1), begun, size

    def restart_block(self) -> None:
        """Begin a new block with the next record: what was written last may be incomplete or wrong."""
        self._broken = self._due = True

    def set_chain(self, path: int, value: Plain) -> None:
        """Set a watched value without a row; it is in the file with the next keyframe only."""
        self._changes += (path, value)

    def restate(self, pairs: Pairs, opened: int) -> None:
        """Set what a keyframe says, in place of what it would have said; the next record begins a block.

        Args:
            pairs: All watched values, but those that are not restated (see `paths.Kind`): what is known of them stays.
            opened: Events in the file whose end is still to come.
        """
        segment, number, events, _, begun, size = self._at
        self._follow_changes()
        table = self._naming.table
        kept = {path: value for path, value in self._chain.items() if not kind_of(str(table[path][0]))[0].restated}
        self._chain, self._changes = kept, [*pairs]
        self._at = segment, number, events, opened + len(segment.lost), begun, size
        self.restart_block()

    def _append(
        self,
        kind: int,
        record: Exit | History | Note | Value,
        inside: Pairs = (),
        *,
        time: int,
        closes: int = 0,
        most: int = MAX_RECORD,
    ) -> None:
        """Append a record; raise TooLarge, and write nothing of it, if its payload takes more than `most` bytes."""
        if self._values.pending and kind != Value.TYPE:
            self._write_values(time)
        segment, number, events, opened, begun, size = self._at
        head = b""
        if due := self._due:
            opened -= len(segment.lost)
            segment, number, head = self._block_head(time)
        record.number = number + 1
        payload = record.payload()
        if len(payload) > most:
            raise TooLarge(f"a record of {len(payload):,} bytes")
        data = head + frame(kind, segment.start(kind), payload)
        for pairs in inside[1::2]:
            self._changes += pairs
        try:
            self._sink(data)
        except BaseException:
            self.restart_block()
            raise
        size += len(data)
        self._at = segment, number + 1, events, max(0, opened - closes), begun, size
        if due:
            self._look_ahead()
        elif size >= segment.full:
            self._due = True

    def _look_ahead(self) -> None:
        """A keyframe or new names were written: tell whether the next record needs something before it, too."""
        segment, number, events, _, _, size = self._at
        if number == 1 and not segment.opened:  # of a block that begins with this
            self._crossed = False
        self._written_names, self._broken = len(self._naming.table), False
        self._due = events >= segment.end or size >= segment.full or bool(self._values.pending)

    def _block_head(self, time: int) -> tuple[Segment, int, bytes]:
        """Return what has to precede the next record: a keyframe or new names; with its block, and its number there."""
        segment, number, events, _, _, size = self._at
        if self._broken or events >= segment.end or size >= segment.full:
            return self._keyframe(max(0, time))
        number, data = self._new_names(segment, number, self._written_names)
        return segment, number, data

    def _new_names(self, segment: Segment, number: int, first: int) -> tuple[int, bytes]:
        """Return the records of the names from number `first` on, and the number of the last of these records."""
        data, table = b"", self._naming.table
        while first < len(table):
            names = self._naming.part(first)
            number += 1
            data += frame(Names.TYPE, segment.start(Names.TYPE), Names(number, first, names).payload())
            first += len(names)
        return number, data

    def _write_values(self, time: int) -> None:
        """Write the large values that the next record refers to; those that can't be written wait for the next."""
        values = self._values
        while values.pending:
            self._due = True
            value = values.pending[0]
            self._append(Value.TYPE, Value(0, value.serial, value.base, value.item), time=time)
            if values.pending and values.pending[0] is value:  # a signal handler may have written it, too
                del values.pending[0]

    def _fitting(
        self, between: Pairs, inside: Sequence[Plain], calls: Sequence[int], rare: Mapping[int, Plain] | None
    ) -> tuple[Pairs, Sequence[Plain], Sequence[int], Mapping[int, Plain] | None]:
        """Return the parts of a row so that there is room for them in a record."""
        if packed_size([between, inside, calls, rare]) <= ROW_BYTES:
            return between, inside, calls, rare
        between, inside, rare = lighter(between, inside, rare or {}, self._values.once)
        if (size := packed_size([calls, rare])) > REST_BYTES:
            text = f"{size:,} bytes of this event's calls and inputs were more than a record holds"
            rare, calls = {Rare.MESSAGES: [[self.name(self._handler), "WARNING", "tracetui", text]]}, ()
        return between, inside, calls, rare

    def _keyframe(self, time: int) -> tuple[Segment, int, bytes]:
        before, records, events, opened, _, size = self._at
        block = before.block + 1
        first, names = self._names_to_repeat(before, block)
        self._follow_changes()
        self._make_small()
        chain = [item for pair in self._chain.items() for item in pair]
        record = Keyframe(self._id, block, records, events, time, opened, first, names, chain)
        data = frame(Keyframe.TYPE, checksum_start(0, Keyframe.TYPE), record.payload(), wide=True)
        seed = seed_of(data)
        # A block has room for as much, whatever its keyframe takes.
        full, known = size + len(data) + BLOCK_BYTES, first + len(names)
        end = events if before.lost else events + BLOCK_EVENTS  # see `_end_unseen`
        twice = min(known, self._written_names)  # what is new here stands in no other place: the next block repeats it
        segment = Segment(block, seed, time, end, full, twice, opened)
        for number, back in enumerate(before.lost, 1):  # by their number alone the keyframe can't tell which ended
            data += frame(Exit.OF_TYPE, segment.start(Exit.OF_TYPE), Exit(number, 0, back=back).payload())
        number, more = self._new_names(segment, len(before.lost), max(known, self._written_names))
        return segment, number, data + more

    def _make_small(self) -> None:
        """Store the values of a large chain beside it, so that keyframes have a bound."""
        chain = self._chain
        if packed_size(list(chain.values())) <= KEYFRAME_BYTES:
            return
        for path, value in chain.items():
            if type(value) is not ValueRef and packed_size(value) > SMALLEST:
                chain[path] = self._values.once(value)

    def _follow_changes(self) -> None:
        """Bring the chain up to now; what does not belong there is left out."""
        chain, changes = self._chain, self._changes
        chain.update(zip(changes[::2], changes[1::2], strict=False))
        changes.clear()
        volatile, overlays = self._naming.volatile, self._naming.overlays
        for path in [path for path, value in chain.items() if path in volatile or value is ABSENT]:
            if path in volatile or path not in overlays:
                del chain[path]

    def _names_to_repeat(self, before: Segment, block: int) -> tuple[int, list[Plain]]:
        """Return the number of the first name that a keyframe repeats, and the names: a bounded number of bytes."""
        naming = self._naming
        whole = self._broken or block % FULL_NAMES_EVERY == 0
        first = 0 if whole and naming.fit(0) else min(before.names, self._written_names)
        return first, naming.part(first)
