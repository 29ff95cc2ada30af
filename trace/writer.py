"""Appends records to a trace: interns names, numbers records, sets a keyframe at the head of every block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from zlib import crc32

from .codec import pack, pack_plain
from .errors import TooLarge
from .frame import CRC_BYTES, EXT_8, SHORT_HEAD, checksum_start, frame
from .limits import BLOCK_BYTES, BLOCK_EVENTS, MAX_NAMES
from .records import EventRow, Exit, Header, History, Keyframe, Names, Note, Pairs
from .values import ABSENT, Plain

FULL_NAMES_EVERY: Final = 16
"""Blocks between two keyframes that repeat all names, for files in which several blocks in a row are lost."""

FULL_NAMES_LIMIT: Final = 4096
"""With more names than this (keys that never recur) no keyframe repeats them all."""

VOLATILE: Final = ("logs.", "metrics.", "inputs.")
"""Paths that belong to one event and not to the chain of watched values."""


OVERLAY: Final = "args."
"""Paths of which the chain holds only what differs from the run's header; there ABSENT has to stay."""


class TraceWriter:
    """Writes one trace. Every call hands its bytes to the sink before it returns.

    Args:
        sink: Takes the bytes of whole records; may raise OSError, after which the next event starts a new block.
        trace_id: 16 random bytes.
        created: Seconds since 1970 at the start of the recording.
        run: The run's header.
    """

    def __init__(self, sink: Callable[[bytes], object], trace_id: bytes, created: float, run: dict[str, Plain]) -> None:
        """Write the header."""
        self._sink = sink
        self._id = trace_id
        self._chain: dict[int, Plain] = {}  # as it was at the last keyframe
        self._changes: list[Plain] = []  # pairs since then: to append them is all that a row pays
        self.events = 0
        self.open = 0
        self._ids: dict[Plain, int] = {}
        self._table: list[Plain] = []
        self._volatile: set[int] = set()
        self._overlays: set[int] = set()
        self._written_names = 0  # names before this number are in the file
        self._repeat_from = 0  # names from here on stand in one place only
        self._block = 0
        self._number = 0  # records in this block
        self._block_end = 0  # events after which this block is full
        self._bytes = 0
        self._key_time = 0
        self._starts: dict[int, int] = {}
        self._broken = True  # the next record has to begin a block
        self._due = True  # something has to stand before the next record: a keyframe or new names
        self._header = frame(Header.TYPE, checksum_start(0, Header.TYPE), Header(trace_id, created, run).payload())
        sink(self._header)

    def begin_again(self) -> bytes:
        """Begin a new file in the place of one that is gone: return its header, and count events and blocks anew."""
        self.events = self._block = self._number = 0
        self._broken = self._due = True
        return self._header

    def name(self, value: str | tuple[str, ...]) -> int:
        """Return the number of a name (or of a shape: the keys of a mapping), giving it one if it is new.

        Raises:
            TooLarge: There are `MAX_NAMES` names already.
        """
        number = self._ids.get(value)
        if number is None:
            number = self._intern(value)
        return number

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
        head = self._block_head(start) if self._due else b""
        since = start - self._key_time
        items: list[Plain] = [self._number + 1, name, since if since > 0 else 0, duration]
        if between or inside or calls or rare:
            items += (between or None, [*inside] or None, [*calls] or None, rare)
            while not items[-1]:
                items.pop()
        self._append(head, EventRow.OPEN_TYPE if opens else EventRow.TYPE, pack(items))
        self._changes += between
        for pairs in inside[1::2]:
            self._changes += pairs
        self.events += 1
        if opens:
            self.open += 1
        if self.events >= self._block_end:
            self._due = True

    def moment(self, name: int, start: int, duration: int) -> None:
        """Write an event of which there is nothing to tell but when it was; see `event`, whose short form this is."""
        if self._due:
            self.event(name, start, duration)
            return
        number, since = self._number + 1, start - self._key_time
        payload = pack_plain([number, name, since if since > 0 else 0, duration])
        data = SHORT_HEAD(EXT_8, len(payload) + CRC_BYTES, EventRow.TYPE, crc32(payload, self._event_start)) + payload
        try:
            self._sink(data)
        except BaseException:
            self.restart_block()
            raise
        self._number = number
        self._bytes += len(data)
        self.events += 1
        if self.events >= self._block_end or self._bytes >= BLOCK_BYTES:
            self._due = True

    def exit(
        self,
        duration: int,
        inside: Sequence[Plain] = (),
        calls: Sequence[int] = (),
        rare: Mapping[int, Plain] | None = None,
        *,
        time: int,
    ) -> None:
        """Write the end of the innermost open event; `time` is microseconds since the start, at its end."""
        head = self._block_head(time)
        record = Exit(self._number + 1, duration, list(inside), list(calls), rare or {})
        self._append(head, Exit.TYPE, record.payload())
        for pairs in inside[1::2]:
            self._changes += pairs
        self.open -= 1

    def history(self, generation: int, edition: int, start: int, entries: list[Plain], *, time: int) -> None:
        """Write entries of ``state.log_history``, before the row that refers to them; see `History`."""
        head = self._block_head(time)
        self._append(head, History.TYPE, pack([self._number + 1, generation, edition, start, entries]))

    def note(self, kind: int, fields: dict[str, Plain], *, time: int) -> None:
        """Write a record of named fields; `kind` is one of `Note`'s numbers."""
        head = self._block_head(time)
        self._append(head, kind, Note(kind, self._number + 1, {**fields, "time": time}).payload())

    def abandon(self) -> None:
        """Forget the innermost open event: its end can't be written. The next record begins a block."""
        self.open = max(0, self.open - 1)
        self.restart_block()

    def restart_block(self) -> None:
        """Begin a new block with the next record: what was written last may be incomplete or wrong."""
        self._broken = self._due = True

    def set_chain(self, path: int, value: Plain) -> None:
        """Set a watched value without a row; it is in the file with the next keyframe only."""
        self._changes += (path, value)

    def _intern(self, value: str | tuple[str, ...]) -> int:
        if len(self._table) >= MAX_NAMES:
            raise TooLarge(f"more than {MAX_NAMES:,} names")
        number = self._ids[value] = len(self._table)
        self._due = True
        self._table.append(list(value) if type(value) is tuple else value)
        if type(value) is str and value.startswith(VOLATILE):
            self._volatile.add(number)
        if type(value) is str and value.startswith(OVERLAY):
            self._overlays.add(number)
        return number

    def _append(self, head: bytes, kind: int, payload: bytes) -> None:
        start = self._starts.get(kind)
        if start is None:
            start = self._starts[kind] = checksum_start(self._seed, kind)
        data = head + frame(kind, start, payload)
        try:
            self._sink(data)
        except BaseException:
            self.restart_block()
            raise
        self._number += 1
        self._bytes += len(data)
        if self._due:
            self._written_names = len(self._table)
            self._due = self._bytes >= BLOCK_BYTES
        elif self._bytes >= BLOCK_BYTES:
            self._due = True

    def _block_head(self, time: int) -> bytes:
        """Return what has to precede the next record: a keyframe, new names, or nothing."""
        if not self._due:
            return b""
        if self._broken or self.events >= self._block_end or self._bytes >= BLOCK_BYTES:
            return self._keyframe(time)
        self._number += 1
        record = Names(self._number, self._written_names, self._table[self._written_names :])
        start = self._starts.setdefault(Names.TYPE, checksum_start(self._seed, Names.TYPE))
        return frame(Names.TYPE, start, record.payload())

    def _keyframe(self, time: int) -> bytes:
        records, first = self._number, self._names_to_repeat()
        self._block += 1
        self._follow_changes()
        chain = [item for pair in self._chain.items() for item in pair]
        record = Keyframe(
            self._id, self._block, records, self.events, time, self.open, first, self._table[first:], chain
        )
        data = frame(Keyframe.TYPE, checksum_start(0, Keyframe.TYPE), record.payload(), wide=True)
        self._number = self._bytes = 0
        self._block_end = self.events + BLOCK_EVENTS
        self._seed = int.from_bytes(data[6:10], "big")
        self._starts = {EventRow.TYPE: checksum_start(self._seed, EventRow.TYPE)}
        self._event_start = self._starts[EventRow.TYPE]
        self._key_time, self._repeat_from, self._broken = time, len(self._table), False
        return data

    def _follow_changes(self) -> None:
        """Bring the chain up to now; what does not belong there is left out."""
        chain, changes = self._chain, self._changes
        chain.update(zip(changes[::2], changes[1::2], strict=False))
        changes.clear()
        for path in [path for path, value in chain.items() if path in self._volatile or value is ABSENT]:
            if path in self._volatile or path not in self._overlays:
                del chain[path]

    def _names_to_repeat(self) -> int:
        whole = self._broken or self._block % FULL_NAMES_EVERY == 0
        if whole and len(self._table) <= FULL_NAMES_LIMIT:
            return 0
        return min(self._repeat_from, self._written_names)
