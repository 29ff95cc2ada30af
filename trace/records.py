"""The records of a trace: for each type its number, its fields, and how they become a payload and come back.

A payload is a list. Inside a block its first item is the record's number in that block, so that a record
that was removed, doubled or moved is noticed. `docs/format.md` is the specification.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from .codec import pack, unpack
from .errors import BadRecord
from .frame import SYNC
from .values import Plain

MAGIC: Final = "tracetui-trace"
VERSION: Final = 1
"""Version that a journal is written in."""

PACKED_VERSION: Final = 2
"""Version of a packed trace, which a reader of version 1 would take for an empty one; the newest there is."""

Pairs = Sequence[Plain]
"""Flat list of name number, value, name number, value, ..."""


@dataclass(slots=True)
class Header:
    """The first record: what file this is, and the run's header."""

    TYPE: ClassVar[int] = 1
    id: bytes
    created: float
    run: dict[str, Plain]
    version: int = VERSION

    def payload(self) -> bytes:
        """Return the record's payload."""
        return pack([MAGIC, self.version, self.id, self.created, self.run])

    @classmethod
    def read(cls, items: list[Plain]) -> Header:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, str, int)
        if items[0] != MAGIC:
            raise BadRecord("the header does not begin with the name of the format")
        _counts(items[1:2])
        if items[1] > PACKED_VERSION:
            return cls(b"", 0.0, {}, items[1])
        _check(items, str, int, bytes, float, dict)
        return cls(items[2], items[3], items[4], items[1])


@dataclass(slots=True)
class Keyframe:
    """The beginning of a block: every watched value as it is at this moment.

    Attributes:
        trace: Id of the trace, 16 bytes.
        block: Number of the block, from 1.
        records: Records in the block before, its keyframe not counted.
        event: Number of the first event that begins after this.
        time: Microseconds since the start of the recording.
        open: Events that have begun and not ended.
        first_name: Number of the first of `names`.
        names: Names that the block before had introduced (at times all), so that no single block is needed.
        chain: Pairs of path and value.
    """

    TYPE: ClassVar[int] = 2
    trace: bytes
    block: int
    records: int
    event: int
    time: int
    open: int
    first_name: int
    names: list[Plain]
    chain: Pairs

    def payload(self) -> bytes:
        """Return the record's payload."""
        numbers = [self.block, self.records, self.event, self.time, self.open, self.first_name]
        return pack([SYNC, self.trace, *numbers, self.names, self.chain])

    @classmethod
    def read(cls, items: list[Plain]) -> Keyframe:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, bytes, bytes, int, int, int, int, int, int, list, list)
        _check_pairs(items[9])
        block, records, event, time, opened, first = _counts(items[2:8])
        return cls(items[1], block, records, event, time, opened, first, items[8], items[9])


@dataclass(slots=True)
class Names:
    """Names that later records refer to by number."""

    TYPE: ClassVar[int] = 3
    number: int
    first: int
    names: list[Plain]

    def payload(self) -> bytes:
        """Return the record's payload."""
        return pack([self.number, self.first, self.names])

    @classmethod
    def read(cls, items: list[Plain]) -> Names:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, int, int, list)
        number, first = _counts(items[:2])
        return cls(number, first, items[2])


@dataclass(slots=True)
class EventRow:
    """One event: begun and ended (type 4), or only begun, because another began inside it (type 5).

    Attributes:
        number: Number of the record in its block.
        name: Number of the event's name.
        time: Microseconds since the block's keyframe.
        duration: Microseconds; 0 while the event is open.
        between: Pairs that the Trainer changed since the last record.
        inside: Cause, pairs, cause, pairs, ...: what was changed in the event, in order.
        calls: Callback, microseconds, callback, microseconds, ...
        rare: What most events do not have, by the numbers in `Rare`.
        opens: This is a record of type 5.
    """

    TYPE: ClassVar[int] = 4
    OPEN_TYPE: ClassVar[int] = 5
    number: int
    name: int
    time: int
    duration: int
    between: Pairs = ()
    inside: Sequence[Plain] = ()
    calls: Sequence[int] = ()
    rare: Mapping[int, Plain] = field(default_factory=dict)
    opens: bool = False

    def payload(self) -> bytes:
        """Return the record's payload."""
        items = [
            self.number,
            self.name,
            self.time,
            self.duration,
            self.between,
            self.inside,
            self.calls,
            self.rare,
        ]
        return pack(_trimmed(items, 4))

    @classmethod
    def read(cls, items: list[Plain], opens: bool = False) -> EventRow:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, int, int, int, int)
        number, name, time, duration = _counts(items[:4])
        if len(items) == 4:  # half of all records
            return cls(number, name, time, duration, opens=opens)
        between, inside, calls, rare = _tail(items, 4, list, list, list, dict)
        _check_pairs(between or ())
        _check_groups(inside or ())
        _check_calls(calls or ())
        return cls(number, name, time, duration, between or (), inside or (), calls or (), rare or {}, opens)


@dataclass(slots=True)
class Exit:
    """The end of an event that is open: of the innermost (type 6), or of any (type 15).

    Attributes:
        back: How many open events began after it, of whatever thread; None: type 6, it is the innermost.
        number, duration, inside, calls, rare: As in `EventRow`.
    """

    TYPE: ClassVar[int] = 6
    OF_TYPE: ClassVar[int] = 15
    number: int
    duration: int
    inside: Sequence[Plain] = ()
    calls: Sequence[int] = ()
    rare: Mapping[int, Plain] = field(default_factory=dict)
    back: int | None = None

    @property
    def type(self) -> int:
        """Type of the record."""
        return self.TYPE if self.back is None else self.OF_TYPE

    def payload(self) -> bytes:
        """Return the record's payload."""
        head = [self.number, self.duration] if self.back is None else [self.number, self.back, self.duration]
        return pack(_trimmed([*head, self.inside, self.calls, self.rare], len(head)))

    @classmethod
    def read(cls, items: list[Plain], of: bool = False) -> Exit:
        """Build the record from its payload's items, `of` those of type 15; raises BadRecord."""
        start = 3 if of else 2
        _check(items, *[int] * start)
        inside, calls, rare = _tail(items, start, list, list, dict)
        _check_groups(inside or ())
        _check_calls(calls or ())
        number, *back, duration = _counts(items[:start])
        return cls(number, duration, inside or (), calls or (), rare or {}, back[0] if of else None)


class Rare:
    """Keys of `EventRow.rare` and `Exit.rare`."""

    INPUTS: Final = 1  # {name: value} or {name: [shape, value, ...]} for logs and metrics
    MESSAGES: Final = 2  # [[cause, level, logger, text], ...]
    RAISED: Final = 3  # {position in calls: text of the exception}
    REPLACED: Final = 4  # [cause, ...]: who put another object in place of control
    JOINED: Final = 5  # number of callbacks that had been called before the recorder could look
    BETWEEN_CAUSE: Final = 6  # who made the changes in `between`, where it was not the Trainer
    PROBES: Final = 7  # [[probe, microseconds, value(, text of the exception)], ...]
    THREAD: Final = 8  # name of the thread, where it is not the one that began the recording
    RAISED_AT: Final = 9  # {position in calls: "file:line in function"}


EXITS: Final = (Exit.TYPE, Exit.OF_TYPE)
"""Types of the records that end an event."""


def count_or_none(value: Plain) -> int | None:
    """Return a value if it is a count, as a name's number in `rare` has to be: anything else is as if not there."""
    return value if type(value) is int and 0 <= value < 1 << 63 else None


@dataclass(slots=True)
class History:
    """Entries appended to ``state.log_history``.

    Attributes:
        number: Number of the record in its block.
        generation: Number of the list; see `values.HistoryRef`.
        edition: Number of this record among all of its type, from 1.
        start: Position of the first entry; below the known length where the last entry was edited.
        entries: Each a list of a shape's number and the values, or any plain value.
    """

    TYPE: ClassVar[int] = 7
    number: int
    generation: int
    edition: int
    start: int
    entries: list[Plain]

    def payload(self) -> bytes:
        """Return the record's payload."""
        return pack([self.number, self.generation, self.edition, self.start, self.entries])

    @classmethod
    def read(cls, items: list[Plain]) -> History:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, int, int, int, int, list)
        number, generation, edition, start = _counts(items[:4])
        return cls(number, generation, edition, start, items[4])


@dataclass(slots=True)
class Value:
    """A large value, which rows and keyframes refer to by its serial number.

    Attributes:
        number: Number of the record in its block.
        serial: Number of the value in the trace, from 1.
        base: Serial of the value that this one is an edit of; 0: it is whole.
        item: The value; with a base an edit, see `edits`.
    """

    TYPE: ClassVar[int] = 16
    number: int
    serial: int
    base: int
    item: Plain

    def payload(self) -> bytes:
        """Return the record's payload."""
        return pack([self.number, self.serial, self.base, self.item])

    @classmethod
    def read(cls, items: list[Plain]) -> Value:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, int, int, int)
        number, serial, base = _counts(items[:3])
        if len(items) < 4:
            raise BadRecord("a value that is missing")
        return cls(number, serial, base, items[3])


@dataclass(slots=True)
class Note:
    """A record of named fields: RUN, EXCEPTION, GAP or END, by its type.

    RUN adds to the run's header. EXCEPTION says what ended a call of the Trainer. GAP says what the recorder
    itself could not record. END gives the reason of a clean end.
    """

    RUN: ClassVar[int] = 8
    EXCEPTION: ClassVar[int] = 9
    GAP: ClassVar[int] = 10
    END: ClassVar[int] = 11
    type: int
    number: int
    fields: dict[str, Plain]

    def payload(self) -> bytes:
        """Return the record's payload."""
        return pack([self.number, self.fields])

    @classmethod
    def read(cls, items: list[Plain], kind: int) -> Note:
        """Build the record from its payload's items; raises BadRecord."""
        _check(items, int, dict)
        (number,) = _counts(items[:1])
        return cls(kind, number, items[1])


NOTES: Final = frozenset((Note.RUN, Note.EXCEPTION, Note.GAP, Note.END))
"""Types of the records of named fields. A new one is a line here, and in `Note`: the index and packed blocks take it
up, and `Directory.notes` gives it."""


@dataclass(slots=True)
class Unknown:
    """A record of a type that this version does not know: skipped, and kept by `recover`."""

    type: int
    number: int


Record = Header | Keyframe | Names | EventRow | Exit | History | Value | Note | Unknown


def read_record(kind: int, payload: bytes) -> Record:
    """Build a record from its frame.

    Args:
        kind: Record type.
        payload: The frame's payload.

    Raises:
        BadRecord: The payload breaks the specification.
    """
    items = unpack(payload)
    if not isinstance(items, list) or not items:
        raise BadRecord("a payload must be a list that is not empty")
    plain = _PLAIN_TYPES.get(kind)
    if plain is not None:
        return plain.read(items)  # type: ignore[no-any-return]
    if kind == EventRow.OPEN_TYPE:
        return EventRow.read(items, opens=True)
    if kind == Exit.OF_TYPE:
        return Exit.read(items, of=True)
    if kind in NOTES:
        return Note.read(items, kind)
    _check(items, int)
    return Unknown(kind, *_counts(items[:1]))


_PLAIN_TYPES: dict[int, Any] = {cls.TYPE: cls for cls in (Header, Keyframe, Names, EventRow, Exit, History, Value)}


def pairs(flat: Pairs) -> Iterator[tuple[int, Plain]]:
    """Walk a flat list of number, value, number, value, ..."""
    items = iter(flat)
    return zip(items, items, strict=True)


def _trimmed(items: list[Plain], keep: int) -> list[Plain]:
    while len(items) > keep and not items[-1]:
        items.pop()
    return [item if item or position < keep else None for position, item in enumerate(items)]


def _tail(items: list[Plain], start: int, *kinds: type) -> Iterator[Any]:
    """Give the optional fields: None where missing, checked where present; further fields are newer ones."""
    for position, kind in enumerate(kinds, start):
        item = items[position] if position < len(items) else None
        if item is not None and type(item) is not kind:
            raise BadRecord(f"field {position} must be a {kind.__name__}")
        yield item


def _check(items: list[Plain], *kinds: type) -> None:
    if len(items) < len(kinds):
        raise BadRecord(f"{len(kinds)} fields expected, {len(items)} found")
    for position, kind in enumerate(kinds):
        if type(items[position]) is not kind:
            raise BadRecord(f"field {position} must be a {kind.__name__}")


def _counts(items: list[int]) -> list[int]:
    for item in items:
        if not 0 <= item < 1 << 63:
            raise BadRecord("a count is below zero, or beyond 63 bits")
    return items


def _check_pairs(flat: Pairs) -> None:
    if not flat:
        return
    if len(flat) % 2 or set(map(type, flat[::2])) != {int}:
        raise BadRecord("pairs must be number, value, number, value, ...")


def _check_groups(groups: Sequence[Plain]) -> None:
    _check_pairs(groups)
    for group in groups[1::2]:
        if type(group) is not list:
            raise BadRecord("a cause must be followed by pairs")
        _check_pairs(group)


def _check_calls(calls: Sequence[int]) -> None:
    _check_pairs(calls)
    if calls and set(map(type, calls)) != {int}:
        raise BadRecord("a call's duration must be a number")
    if any(not -(1 << 63) <= duration < 1 << 63 for duration in calls[1::2]):
        raise BadRecord("a call's duration is beyond 64 bits")
