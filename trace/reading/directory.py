"""Where everything of a trace lies: its packed blocks (made on the spot for a journal), and what is known of each."""

from __future__ import annotations

import threading
from bisect import bisect_right
from copy import copy
from typing import Any, ClassVar, Final

from ..codec import pack
from ..errors import BadRecord, TooLarge
from ..journal.open_events import OpenEvents
from ..journal.records import Note
from ..layout import NOTES
from ..limits import BLOCK_RECORDS, MAX_OPEN, PACKED_SEGMENTS
from ..names import Names
from ..packed.block import PackedBlock
from ..packed.index import VALUES
from ..packed.summary import Summary, serials, summarize
from ..packed.zstd import QUICK
from .assembly import Assembled, Collected, assemble
from .cache import Cache
from .reader import Progress, TraceReader
from .scan import BAD_RECORD, Damage

CACHE_BYTES: Final = 1 << 21
"""Bytes of the records of the decoded blocks that are kept; a block takes about twice as many, the worst thirtyfold."""

INDEXED: Final = ("offset", "event", "events", "names", "history", "open", "exits")
"""Fields of a `Summary`, in the order in which an index has them."""

LOST_PER_BYTE: Final = 16
"""Events that a byte of the file may have held, at most: a block that says that more are lost before it lies."""


class Directory:
    """The blocks of a trace, each decoded when it is needed.

    Args:
        reader: The open trace. A packed one is read by its index; any other is read once, from front to end.
        progress: Called now and then with the bytes read and the bytes in all.
        whole: Read a packed trace from front to end, too.
        follow: The trace may be growing: see `poll`.

    Attributes:
        blocks: What is known of each block, in order.
        names: The trace's names.
        notes: Of each RUN, EXCEPTION, GAP and END the events before it, its type and its fields.
        damage: What could not be read so far, each with its place.
        trace: Id of the trace, as its blocks have it.
        missing: Numbers of the events before which something could not be read.
        by_index: Nothing but the index has been read.
        unread: Not everything has been read from which `len`, `names` and what is said of the blocks should come.
    """

    unread: ClassVar[bool] = False

    def __init__(
        self, reader: TraceReader, progress: Progress | None = None, *, whole: bool = False, follow: bool = False
    ) -> None:
        """Read the index, or everything."""
        self.names = Names()
        self.blocks: list[Summary] = []
        self.notes: list[tuple[int, int, dict[Any, Any]]] = []
        self.damage: list[Damage] = []
        self.missing: set[int] = set()
        self.trace = b""
        self._reader = reader
        self._payloads: dict[int, bytes] = {}
        self._cache = self._new_cache()
        self._reporting = threading.Lock()
        self._opened = OpenEvents()
        self._reported: set[int] = set()
        self._starts: list[int] = []
        self._values_unknown = False
        self._growing: _Growing | None = None
        self.by_index = False
        self._read(progress, whole=whole, follow=follow)

    def _read(self, progress: Progress | None, *, whole: bool, follow: bool) -> None:
        self._growing = _Growing(self._reader) if follow else None
        self.by_index = not whole and not follow and self._take_index(self._reader.index())
        if self._growing is not None:
            self._read_on(self._growing, progress)
        elif not self.by_index:
            for item in assemble(self._reader, progress, level=QUICK):
                self._take(item)
            if whole:
                self._check_index(self._reader.index())

    def __len__(self) -> int:
        """Return the number of events."""
        return self.blocks[-1].event + self.blocks[-1].events if self.blocks else 0

    def apart(self) -> Directory:
        """Return the same blocks, as they are now, for another thread: with its own cache, and one list of damage."""
        other = copy(self)
        other.blocks, other.notes, other.missing = list(self.blocks), list(self.notes), set(self.missing)
        other._starts, other._payloads, other._growing = list(self._starts), dict(self._payloads), None
        other._cache = other._new_cache()
        return other

    def _new_cache(self) -> Cache[int, PackedBlock | None]:
        return Cache(self._load, lambda block: (1 << 14) + (block.expanded if block else 0), CACHE_BYTES)

    def poll(self) -> bool:
        """Read what was appended since; a record whose end is not there yet is waited for.

        Returns:
            Whether anything was.

        Raises:
            Replaced: The file was cut, or another one has taken its place.
        """
        if self._growing is None or self.ended:
            return False
        grown = self._reader.grow() or self._reader.size > self._growing.size
        if grown:
            self._forget_unfinished(self._growing)
            self._read_on(self._growing)
        if not self.ended:  # one that has ended may be replaced by its packed form
            self._reader.check_name()
        return grown

    @property
    def settled(self) -> int:
        """Number of the first event that a poll may make anew."""
        blocks = self._growing.before[0] if self._growing is not None else len(self.blocks)
        return self.blocks[blocks].event if blocks < len(self.blocks) else len(self)

    @property
    def ended(self) -> bool:
        """Whether there is an END record."""
        return any(kind == Note.END for _, kind, _ in self.notes)

    def _read_on(self, growing: _Growing, progress: Progress | None = None) -> None:
        growing.size = self._reader.size
        for item in self._reader.told(growing.scanner.run(), progress):
            for found in (*growing.collected.take(item), *growing.collected.take_stretch(growing.scanner)):
                self._take(found)
        growing.before = len(self.blocks), len(self.notes), self._opened.copy()
        for found in growing.collected.so_far():
            self._take(found)

    def _forget_unfinished(self, growing: _Growing) -> None:
        """Forget the last block as it was: it is made anew with what has come."""
        blocks, notes, self._opened = growing.before
        for number in range(blocks, len(self.blocks)):
            self._cache.forget(number)
        del self.blocks[blocks:], self._starts[blocks:], self.notes[notes:]

    def find(self, event: int) -> int:
        """Return the number of the block in which an event begins, or of the one before a lost block; -1 if none."""
        return bisect_right(self._starts, event) - 1

    def block(self, number: int) -> PackedBlock | None:
        """Return a block; None if it is damaged, which is then among `damage`."""
        return self._cache(number)

    def told(self) -> tuple[Damage, ...]:
        """Return all damage that is known of, names that stand nowhere, or twice, among it."""
        found = [
            Damage(BAD_RECORD, 0, 0, f"name {number} {what}")
            for numbers, what in ((self.names.unknown, "is not defined"), (self.names.conflicts, "is defined twice"))
            for number in sorted(numbers)[:20]
        ]
        return (*self.damage, *found)

    def report(self, number: int, reason: str, kind: str = BAD_RECORD) -> None:
        """Note that a block is damaged, as was found while it was read or decoded."""
        summary = self.blocks[number]
        with self._reporting:
            if number in self._reported:
                return
            self._reported.add(number)
        place = f"at byte {summary.offset:,}" if summary.offset >= 0 else f"of event {summary.event:,}"
        text = f"{reason} in the block {place}; {summary.events:,} events lost"
        self.damage.append(Damage(kind, max(0, summary.offset), 0, text))

    def _load(self, number: int) -> PackedBlock | None:
        summary, payload = self.blocks[number], self._payloads.get(number)
        if payload is not None:
            return PackedBlock(payload, bounded=False)
        block = self._reader.packed_block(summary.offset)
        if isinstance(block, Damage):
            self.report(number, block.message, block.kind)
            return None
        if not self._is_expected(block, summary):
            self.report(number, "another content than the index tells of")
            return None
        return block

    def _is_expected(self, block: PackedBlock, summary: Summary) -> bool:
        """Tell whether a block is the one of the index: if blocks were swapped, another one stands in its place."""
        header = self._reader.header
        if self.by_index and (block.event != summary.event or header is None or block.trace != header.id):
            return False
        return bool(block.events == summary.events)

    def _take(self, item: Assembled | Damage) -> None:
        if isinstance(item, Damage):
            self.damage.append(item)
            self.missing.add(len(self))
            self._opened = OpenEvents()
            return
        self.trace = self.trace or item.block.trace
        end, event = len(self), item.block.event
        if item.offset < 0 or not end <= event <= LOST_PER_BYTE * self._reader.size:
            event = end
        try:
            summary = summarize(item.block, item.offset, event, self._opened)
        except BadRecord as error:
            place = f"at byte {item.offset:,}" if item.offset >= 0 else f"of event {event:,}"
            self._take(Damage(BAD_RECORD, max(0, item.offset), len(item.payload), f"{error}, in the block {place}"))
            return
        if item.offset < 0:
            self._payloads[len(self.blocks)] = item.payload
        self._add(summary)

    def _check_index(self, content: Any) -> None:
        """Note where an index says something else than the blocks do."""
        own = self.content()
        if type(content) is dict and VALUES not in content:
            own.pop(VALUES, None)
        if type(content) is dict and not self.damage and _packed(content) != _packed(own):
            place = self._reader.size
            self.damage.append(Damage(BAD_RECORD, place, 0, "the index at the end does not say what the blocks hold"))

    def content(self) -> dict[str, Any]:
        """Return what an index holds."""
        blocks = [[getattr(summary, name) for name in INDEXED] for summary in self.blocks]
        content = {"blocks": blocks, "names": self.names.table(), "notes": [list(note) for note in self.notes]}
        threads = [
            [number, summary.threads, summary.open_threads]
            for number, summary in enumerate(self.blocks)
            if summary.threads or summary.open_threads
        ]
        values = [[number, *summary.values] for number, summary in enumerate(self.blocks) if summary.values]
        return {**content, **({"threads": threads} if threads else {}), **({VALUES: values} if values else {})}

    def values(self) -> list[tuple[int, int, int]]:
        """Return lowest and highest serial number of the large values in each block that holds some, and its number."""
        found = []
        for number, summary in enumerate(self.blocks):
            if self._values_unknown:
                summary.values = self._serials(number)
            if summary.values:
                found.append((summary.values[0], summary.values[1], number))
        self._values_unknown = False
        return sorted(found)

    def _serials(self, number: int) -> list[int]:
        """Look for large values in a block. An index of an older version lacks their numbers."""
        block = self.block(number)
        try:
            return serials(block) if block is not None else []
        except BadRecord as error:
            self.report(number, str(error))
            return []

    def _take_index(self, content: Any) -> bool:
        """Take what an index says; False if there is none, or it contradicts itself."""
        if type(content) is not dict or not is_index(content, self._reader.size):
            return False
        self.blocks = [Summary(**dict(zip(INDEXED, block, strict=False))) for block in content["blocks"]]
        for block, threads, opened in (found[:3] for found in content.get("threads", ())):
            self.blocks[block].threads, self.blocks[block].open_threads = threads, opened
        self._starts = [summary.event for summary in self.blocks]
        self.names.define(0, content["names"])
        self.notes = [tuple(note[:3]) for note in content["notes"]]
        self._values_unknown = VALUES not in content
        for number, *serial_numbers in content.get(VALUES, ()):
            self.blocks[number].values = serial_numbers
        return True

    def _add(self, summary: Summary) -> None:
        for first, names in summary.new_names:
            self.names.define(first, names)
        self.notes += [(before, kind, fields) for before, kind, fields, _ in summary.notes]
        summary.new_names, summary.notes = [], []
        self.blocks.append(summary)
        self._starts.append(summary.event)


class _Growing:
    """How far a trace that grows has been read."""

    def __init__(self, reader: TraceReader) -> None:
        self.scanner = reader.follower()
        trace = reader.header.id if reader.header is not None else bytes(16)
        self.collected = Collected(trace, PACKED_SEGMENTS, QUICK)
        self.size = reader.size
        # Blocks, notes and open events before the unfinished block.
        self.before: tuple[int, int, OpenEvents] = (0, 0, OpenEvents())


def _packed(content: dict[str, Any]) -> bytes:
    """Return an index as bytes: nothing if it is too large, as no index is written then."""
    try:
        return pack(content)
    except (TooLarge, ValueError):
        return b""


def is_index(content: dict[Any, Any], size: int) -> bool:
    """Tell whether an index is one, and what it says is possible in a file of so many bytes."""
    blocks, names, notes = (content.get(key) for key in ("blocks", "names", "notes"))
    if type(blocks) is not list or type(names) is not list or type(notes) is not list:
        return False
    if not (_follow_each_other(blocks, size) and all(map(_is_note, notes))):
        return False
    threads, values = content.get("threads", []), content.get(VALUES, [])
    if type(values) is not list or not _are_rows(values, 3) or not all(0 <= row[0] < len(blocks) for row in values):
        return False
    return type(threads) is list and all(_are_threads(found, blocks) for found in threads)


def _follow_each_other(blocks: list[Any], size: int) -> bool:
    place = event = 0
    for block in blocks:
        if type(block) is not list or len(block) < len(INDEXED) or not all(map(_is_kind, block, _KINDS)):
            return False
        offset, first, events, names, history, opened, exits = block[: len(INDEXED)]
        if not place < offset < size or first != event or not 0 <= events <= BLOCK_RECORDS:
            return False
        if not (_are_rows(names, 3) and _are_rows(history, 5) and _are_rows(exits, 2) and _are_counts(opened)):
            return False
        if len(opened) > MAX_OPEN or len(exits) > MAX_OPEN:
            return False
        place, event = offset, event + events
    return True


def _are_threads(found: Any, blocks: list[Any]) -> bool:
    """Tell whether it is the number of a block, and what an index may say of the threads in it."""
    if type(found) is not list or len(found) < 3 or [type(item) for item in found[:3]] != [int, list, list]:
        return False
    number, rows, opened = found[:3]
    if not (0 <= number < len(blocks) and _are_rows(rows, 3) and _are_counts(opened)):
        return False
    return not opened or len(opened) == len(blocks[number][5])


_KINDS: Final = (int, int, int, list, list, list, list)


def _is_kind(value: Any, kind: type) -> bool:
    return type(value) is kind


def _are_rows(rows: list[Any], width: int) -> bool:
    return all(type(row) is list and len(row) == width and _are_counts(row) for row in rows)


def _are_counts(items: list[Any]) -> bool:
    return all(type(item) is int and -1 <= item < 1 << 63 for item in items)


def _is_note(note: Any) -> bool:
    if type(note) is not list or [type(item) for item in note[:3]] != [int, int, dict]:
        return False
    return bool(0 <= note[0] < 1 << 63 and note[1] in NOTES)
