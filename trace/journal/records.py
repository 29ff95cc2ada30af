"""The records of a trace as objects: how they become a payload and come back, by the table in `layout`.

Inside a block the first item of a payload is the record's number in that block, so that a record that was removed,
doubled or moved is noticed. `docs/format.md` is the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Final

from .. import layout
from ..codec import pack, unpack
from ..errors import BadRecord
from ..layout import Content, Layout, layout_of
from ..values import Plain
from .frame import SYNC

MAGIC: Final = "tracetui-trace"
VERSION: Final = 1
"""Version that a journal is written in."""

PACKED_VERSION: Final = 2
"""Version of a packed trace, which a reader of version 1 would take for an empty one; the newest there is."""

Pairs = Sequence[Plain]
"""Flat list of name number, value, name number, value, ..."""


class _Written:
    """A record that can be written: it has an attribute for each field of its layout."""

    __slots__ = ()
    TYPE: ClassVar[int]

    def payload(self) -> bytes:
        """Return the record's payload."""
        return pack(layout.LAYOUTS[self._type()].listed(self))

    def _type(self) -> int:
        return self.TYPE


@dataclass(slots=True)
class Header(_Written):
    """The first record: what file this is, and the run's header."""

    TYPE: ClassVar[int] = layout.HEADER.type
    id: bytes
    created: float
    run: dict[str, Plain]
    version: int = VERSION
    magic: str = MAGIC


@dataclass(slots=True)
class Keyframe(_Written):
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

    TYPE: ClassVar[int] = layout.KEYFRAME.type
    trace: bytes
    block: int
    records: int
    event: int
    time: int
    open: int
    first_name: int
    names: list[Plain]
    chain: Pairs
    sync: bytes = SYNC


@dataclass(slots=True)
class Names(_Written):
    """Names that later records refer to by number."""

    TYPE: ClassVar[int] = layout.NAMES.type
    number: int
    first_name: int
    names: list[Plain]


@dataclass(slots=True)
class EventRow(_Written):
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

    TYPE: ClassVar[int] = layout.EVENT.type
    OPEN_TYPE: ClassVar[int] = layout.ENTER.type
    number: int
    name: int
    time: int
    duration: int
    between: Pairs = ()
    inside: Sequence[Plain] = ()
    calls: Sequence[int] = ()
    rare: Mapping[int, Plain] = field(default_factory=dict)
    opens: bool = False

    def _type(self) -> int:
        return self.OPEN_TYPE if self.opens else self.TYPE


@dataclass(slots=True)
class Exit(_Written):
    """The end of an event that is open: of the innermost (type 6), or of any (type 15).

    Attributes:
        back: How many open events began after it, of whatever thread; None: type 6, it is the innermost.
        number, duration, inside, calls, rare: As in `EventRow`.
    """

    TYPE: ClassVar[int] = layout.EXIT.type
    OF_TYPE: ClassVar[int] = layout.EXIT_OF.type
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

    def _type(self) -> int:
        return self.type


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


@dataclass(slots=True)
class History(_Written):
    """Entries appended to ``state.log_history``.

    Attributes:
        number: Number of the record in its block.
        generation: Number of the list; see `values.HistoryRef`.
        edition: Number of this record among all of its type, from 1.
        start: Position of the first entry; below the known length where the last entry was edited.
        entries: Each a list of a shape's number and the values, or any plain value.
    """

    TYPE: ClassVar[int] = layout.HISTORY.type
    number: int
    generation: int
    edition: int
    start: int
    entries: list[Plain]


@dataclass(slots=True)
class Value(_Written):
    """A large value, which rows and keyframes refer to by its serial number.

    Attributes:
        number: Number of the record in its block.
        serial: Number of the value in the trace, from 1.
        base: Serial of the value that this one is an edit of; 0: it is whole.
        item: The value; with a base an edit, see `edits`.
    """

    TYPE: ClassVar[int] = layout.VALUE.type
    number: int
    serial: int
    base: int
    item: Plain


@dataclass(slots=True)
class Note(_Written):
    """A record of named fields: RUN, EXCEPTION, GAP or END, by its type.

    RUN adds to the run's header. EXCEPTION says what ended a call of the Trainer. GAP says what the recorder
    itself could not record. END gives the reason of a clean end.
    """

    RUN: ClassVar[int] = layout.RUN.type
    EXCEPTION: ClassVar[int] = layout.EXCEPTION.type
    GAP: ClassVar[int] = layout.GAP.type
    END: ClassVar[int] = layout.END.type
    type: int
    number: int
    fields: dict[str, Plain]

    def _type(self) -> int:
        return self.type


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
    if kind == Header.TYPE and (newer := _newer(items)) is not None:
        return newer
    make = _MAKE.get(kind)
    if make is None:
        layout.UNKNOWN.check(items)
        return Unknown(kind, **layout.UNKNOWN.fields(items))
    found = layout.LAYOUTS[kind]
    found.check(items)
    if len(items) == found.required and kind in _QUICK:  # half of all records
        return make(*items)
    for place, check in _CHECKS[kind]:
        if len(items) <= place:
            break
        check(items[place] or ())
    return make(**found.fields(items)) if kind in _BY_NAME else make(*_in_order(found, items))


def _in_order(found: Layout, items: list[Plain]) -> list[Plain]:
    """Return the fields of a payload in order, without what stands behind them; of an optional one nil is empty."""
    optional = zip(items[found.required :], found.empties, strict=False)
    return items[: found.required] + [empty if item is None else item for item, empty in optional]


_FIRST: Final = Layout(Header.TYPE, {"magic": Content.TEXT, "version": Content.COUNT}, numbered=False)
"""The first items of HEADER, which never change."""


def _newer(items: list[Plain]) -> Header | None:
    """Return a header of a version that is not known here, of which nothing else can be read; else None."""
    _FIRST.check(items)
    first = _FIRST.fields(items)
    if first["magic"] != MAGIC:
        raise BadRecord("the header does not begin with the name of the format")
    return Header(b"", 0.0, {}, first["version"]) if first["version"] > PACKED_VERSION else None


def pairs(flat: Pairs) -> Iterator[tuple[int, Plain]]:
    """Walk a flat list of number, value, number, value, ..."""
    items = iter(flat)
    return zip(items, items, strict=True)


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


_CONTENT_CHECKS: Final[dict[Content, Callable[[Any], None]]] = {
    Content.PAIRS: _check_pairs,
    Content.GROUPS: _check_groups,
    Content.CALLS: _check_calls,
}

_MAKE: Final[dict[int, Callable[..., Record]]] = {
    **{cls.TYPE: cls for cls in (Header, Keyframe, Names, EventRow, Exit, History, Value)},
    EventRow.OPEN_TYPE: partial(EventRow, opens=True),
    Exit.OF_TYPE: Exit,
    **{kind: partial(Note, kind) for kind in layout.NOTES},
}
"""What makes a record of its fields, by type."""

_BY_NAME: Final = frozenset((Header.TYPE, Keyframe.TYPE, Exit.OF_TYPE))
"""Types whose objects take their fields in another order than the payload has them."""

_CHECKS: Final = {
    kind: [
        (found.place(name), _CONTENT_CHECKS[content])
        for name, content in found.contents.items()
        if content in _CONTENT_CHECKS
    ]
    for kind, found in layout.LAYOUTS.items()
}
"""For each type the places of the fields whose content has to be looked at, in order, and how to."""

_QUICK: Final = frozenset(
    kind for kind in _MAKE.keys() - _BY_NAME if all(place >= layout_of(kind).required for place, _ in _CHECKS[kind])
)
"""Types of which a record without optional fields is its fields: there is no content to look at."""
