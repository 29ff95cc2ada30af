"""The layout of records: for each type its number and its fields, by name. One table, that of `docs/format.md`.

Whoever reads, writes, divides or searches records finds the place of a field here, by its name, and what the field
holds. A new record type is a line here, and a class in `records` if somebody wants its content as an object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from .errors import BadRecord
from .values import Plain

NUMBER: Final = "number"
"""The first field of all records in a block: the record's number there, from 1. Packed blocks leave it out."""


class Content(Enum):
    """What a field holds, and the type of Python's that it has."""

    COUNT = "an integer from 0 to 2^63 - 1", int
    NAME = "the number of a name that tells what the record is about", int
    TIME = "microseconds since the keyframe", int
    FLOAT = "a float", float
    TEXT = "a text", str
    MARK = "bytes that are the same in many records", bytes
    DATA = "bytes", bytes
    NAMES = "a list of names", list
    PAIRS = "name, value, name, value, ...", list
    GROUPS = "cause, pairs, cause, pairs, ...", list
    CALLS = "callback, microseconds, callback, microseconds, ...", list
    RARE = "a map by the numbers in `records.Rare`", dict
    ENTRIES = "a list of entries of the log history", list
    FIELDS = "a map with names of its own", dict
    LIST = "a list", list
    VALUE = "any value", object

    @property
    def type(self) -> type:
        """The type of Python's."""
        kind: type = self.value[1]
        return kind


_TOO_MUCH: Final = 1 << 63

_COUNTS: Final = (Content.COUNT, Content.NAME, Content.TIME)

Fields = Mapping[str, Content]


class Layout:
    """The fields of the records of one type, in the order of the payload.

    Args:
        kind: Record type.
        required: Fields that are always there.
        optional: Fields at the end that may be missing, or nil.
        numbered: The payload begins with the record's number.

    Attributes:
        type: Record type.
        numbered: As given.
        contents: What each field holds, by its name, in order; with the number.
        required: How many are always there.
        empties: What stands for each of the others where it is missing or nil.
    """

    def __init__(self, kind: int, required: Fields, optional: Fields | None = None, *, numbered: bool = True) -> None:
        number = {NUMBER: Content.COUNT} if numbered else {}
        self.type = kind
        self.numbered = numbered
        self.required = len(number) + len(required)
        self.contents: dict[str, Content] = {**number, **required, **(optional or {})}
        self._places = {name: place for place, name in enumerate(self.contents)}
        self._types = [content.type for content in self.contents.values()]
        self._checked = [one for one in enumerate(self._types[: self.required]) if one[1] is not object]
        counts = [place for place, content in enumerate(self.contents.values()) if content in _COUNTS]
        self._counts = slice(counts[0], counts[-1] + 1) if counts else slice(0)  # they stand together
        self._optional = list(self.contents)[self.required :]
        self.empties = [() if kind is list else MappingProxyType({}) for kind in self._types[self.required :]]
        self._further = [*enumerate(self._types)][self.required :]
        self._of = attrgetter(*self.contents)

    def place(self, name: str) -> int:
        """Return the place of a field in the payload; raises KeyError if records of this type have none."""
        return self._places[name]

    def in_skeleton(self, name: str) -> int | None:
        """Return the place of a field in a skeleton, which lacks the number; None if there is no such field."""
        place = self._places.get(name)
        return None if place is None else place - self.numbered

    def skeleton_contents(self) -> list[Content]:
        """Return what the fields of a skeleton hold, in order."""
        return list(self.contents.values())[self.numbered :]

    def items(self, **fields: Plain) -> list[Plain]:
        """Return a payload: the fields in order. Optional ones that are empty, or not given, are left out, or nil."""
        return self._trimmed([fields.get(name) for name in self.contents])

    def listed(self, record: object) -> list[Plain]:
        """Return the payload of a record that has an attribute for each field."""
        items = [*self._of(record)]
        return items if len(items) == self.required else self._trimmed(items)

    def _trimmed(self, items: list[Plain]) -> list[Plain]:
        while len(items) > self.required and not items[-1]:
            items.pop()
        return [*items[: self.required], *(item or None for item in items[self.required :])]

    def fields(self, items: Sequence[Plain]) -> dict[str, Plain]:
        """Return the fields of a payload by name, but for optional ones that are missing or nil.

        What stands behind them is of a newer version, and passed over.
        """
        found = dict(zip(self.contents, items, strict=False))
        if len(items) > self.required:
            for name in [name for name in self._optional if found.get(name, self) is None]:
                del found[name]
        return found

    def fits(self, items: Sequence[Plain]) -> bool:
        """Tell whether all required fields are there, and of the right types."""
        return len(items) >= self.required and all(type(items[place]) is kind for place, kind in self._checked)

    def check(self, items: Sequence[Plain]) -> None:
        """Raise BadRecord if a field is missing, of a wrong type, or no count where one should be."""
        if len(items) < self.required:
            raise BadRecord(f"{self.required} fields expected, {len(items)} found")
        for place, kind in self._checked:
            if type(items[place]) is not kind:
                raise BadRecord(f"field {place} must be a {kind.__name__}")
        for item in items[self._counts]:
            if not 0 <= item < _TOO_MUCH:
                raise BadRecord("a count is below zero, or beyond 63 bits")
        if len(items) > self.required:
            for place, kind in self._further:
                if place < len(items) and items[place] is not None and type(items[place]) is not kind:
                    raise BadRecord(f"field {place} must be a {kind.__name__}")


_COUNT, _MARK = Content.COUNT, Content.MARK
_END: Final = {"inside": Content.GROUPS, "calls": Content.CALLS, "rare": Content.RARE}
_BEGIN: Final = {"name": Content.NAME, "time": Content.TIME, "duration": _COUNT}
_NOTE: Final = {"fields": Content.FIELDS}

HEADER: Final = Layout(
    1,
    {"magic": Content.TEXT, "version": _COUNT, "id": Content.DATA, "created": Content.FLOAT, "run": Content.FIELDS},
    numbered=False,
)
KEYFRAME: Final = Layout(
    2,
    {
        "sync": _MARK,
        "trace": _MARK,
        "block": _COUNT,
        "records": _COUNT,
        "event": _COUNT,
        "time": _COUNT,
        "open": _COUNT,
        "first_name": _COUNT,
        "names": Content.NAMES,
        "chain": Content.PAIRS,
    },
    numbered=False,
)
NAMES: Final = Layout(3, {"first_name": _COUNT, "names": Content.NAMES})
EVENT: Final = Layout(4, _BEGIN, {"between": Content.PAIRS, **_END})
ENTER: Final = Layout(5, _BEGIN, {"between": Content.PAIRS, **_END})
EXIT: Final = Layout(6, {"duration": _COUNT}, _END)
HISTORY: Final = Layout(7, {"generation": _COUNT, "edition": _COUNT, "start": _COUNT, "entries": Content.ENTRIES})
RUN: Final = Layout(8, _NOTE)
EXCEPTION: Final = Layout(9, _NOTE)
GAP: Final = Layout(10, _NOTE)
END: Final = Layout(11, _NOTE)
PACKED: Final = Layout(
    12,
    {
        "sync": _MARK,
        "trace": _MARK,
        "event": _COUNT,
        "events": _COUNT,
        "records": _COUNT,
        "templates": _COUNT,
        "skeletons": Content.LIST,
        "streams": Content.LIST,
    },
    {"padding": Content.DATA},
    numbered=False,
)
INDEX: Final = Layout(
    13, {"trace": _MARK, "size": _COUNT, "data": Content.DATA}, {"values": Content.LIST}, numbered=False
)
TRAILER: Final = Layout(14, {"trace": _MARK, "offset": Content.DATA}, numbered=False)
EXIT_OF: Final = Layout(15, {"back": _COUNT, "duration": _COUNT}, _END)
VALUE: Final = Layout(16, {"serial": _COUNT, "base": _COUNT, "item": Content.VALUE})

LAYOUTS: Final = {
    layout.type: layout
    for layout in (
        *(HEADER, KEYFRAME, NAMES, EVENT, ENTER, EXIT, HISTORY, RUN, EXCEPTION, GAP, END),
        *(PACKED, INDEX, TRAILER, EXIT_OF, VALUE),
    )
}
"""The table, by record type."""

UNKNOWN: Final = Layout(-1, {})
"""Of records of all other types: only their number is known."""

EVENTS: Final = (EVENT.type, ENTER.type)
"""Types of the records that begin an event."""

EXITS: Final = (EXIT.type, EXIT_OF.type)
"""Types of the records that end an event."""

NOTES: Final = frozenset(layout.type for layout in LAYOUTS.values() if "fields" in layout.contents)
"""Types of the records of named fields. A new one is a line in the table: index, packed blocks, recovery and
`Directory.notes` take it up."""

UNNUMBERED: Final = tuple(layout.type for layout in LAYOUTS.values() if not layout.numbered)
"""Types of the records that stand between blocks, or begin one. Their checksums do not depend on the block."""


def layout_of(kind: int) -> Layout:
    """Return the layout of a record type."""
    return LAYOUTS.get(kind, UNKNOWN)


def is_count(value: Any) -> bool:
    """Tell whether a value is an integer that may stand where a count has to."""
    return type(value) is int and 0 <= value < 1 << 63
