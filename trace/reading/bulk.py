"""Takes the records that most of a journal consists of apart many at a time: EVENT and HISTORY.

The ways through a record are those of `skeleton.split`, and each ends with the same skeleton and the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from ..journal.records import Rare
from ..layout import EVENT, HISTORY, LAYOUTS, Content
from ..limits import FEW_CONTAINERS
from ..packed.encode import Taken
from ..packed.skeleton import INT, MAX_LIST, TIME
from .abreast import (
    ARRAY,
    IS_CONSTANT,
    IS_FLOAT,
    IS_INT,
    IS_LIST,
    IS_TEXT,
    KINDS,
    MAP,
    Abreast,
    Buffer,
    Ints,
    packer,
)

BULK: Final = (EVENT.type, HISTORY.type)
"""Types of the records that are taken apart here."""


@dataclass(frozen=True, slots=True)
class Records:
    """Where some records lie, an array of each.

    Attributes:
        kinds: Their types.
        begins, ends: Where their payloads begin and end in a buffer.
        numbers: The number that each must have in its block.
    """

    kinds: Ints
    begins: Ints
    ends: Ints
    numbers: Ints


def in_bulk(buffer: Buffer, records: Records) -> Iterator[Taken]:
    """Take the records of the types `BULK` apart, but for those that are then among what the buffer has `left`.

    Raises:
        BadRecord: One of them is none.
        IndexError: The last of them are none.
    """
    short = records.ends - records.begins <= FEW_CONTAINERS  # a longer one may hold more of them than it may
    buffer.left.append(np.flatnonzero(~short & np.isin(records.kinds, BULK)))
    for kind in BULK:
        which = np.flatnonzero((records.kinds == kind) & short)
        for tag, part in Abreast(buffer, which, records.begins[which]).by_byte():
            count = tag - ARRAY - 1  # without the number
            part.keep(part.ints() == records.numbers[part.records])
            part.skeleton += [packer.pack(kind), packer.pack_array_header(count & 0xFF)]
            for form in _record(part, kind, count):
                form.keep(form.at == records.ends[form.records])
                if len(form):
                    yield Taken(b"".join(form.skeleton), form.records, form.columns)


# -- what stands in a record: the ways through it, as `skeleton.split` goes them

_Way: TypeAlias = Callable[[Abreast], Iterator[Abreast]]


def _record(rows: Abreast, kind: int, count: int) -> Iterator[Abreast]:
    """Go through the records of a type that have so many fields, their number not counted."""
    contents = LAYOUTS[kind].skeleton_contents()
    if LAYOUTS[kind].required - 1 <= count <= len(contents):
        yield from _in_turn(rows, [_WAYS[content] for content in contents[:count]])
    else:
        rows.leave()


def _time(rows: Abreast) -> Iterator[Abreast]:
    rows.add_ints(TIME, 0)
    yield rows


def _count(rows: Abreast) -> Iterator[Abreast]:
    rows.add_ints(INT, 0)
    yield rows


def _single_entry(rows: Abreast) -> Iterator[Abreast]:
    for count, part in rows.lengths(ARRAY, packer.pack_array_header):
        if count == 1:
            yield from _shaped(part)
        else:
            part.leave()


def _in_turn(rows: Abreast, ways: list[_Way]) -> Iterator[Abreast]:
    parts = [rows]
    for way in ways:  # a level of calls for each would be too many: there may be thousands of pairs
        parts = [same for part in parts for same in way(part)]
    yield from parts


def _pairs_of(value: _Way, *, may_miss: bool) -> _Way:
    """Return the way through pairs of a name and such a value, in place of which nil may stand or not."""

    def pairs(rows: Abreast) -> Iterator[Abreast]:
        for count, part in rows.lengths(ARRAY, packer.pack_array_header):
            if count < 0 and may_miss:
                yield part
            elif count < 0 or count % 2:
                part.leave()
            else:
                yield from _in_turn(part, [_constant, value] * (count // 2))

    return pairs


def _name(rows: Abreast) -> Iterator[Abreast]:
    for number, part in rows.constants():
        if number >= 0:
            yield part
        else:
            part.leave()


def _constant(rows: Abreast) -> Iterator[Abreast]:
    return (part for _, part in rows.constants())


def _int(rows: Abreast) -> Iterator[Abreast]:
    rows.add_ints()
    yield rows


def _value(rows: Abreast) -> Iterator[Abreast]:
    for kind, part in rows.parted(KINDS.take(rows.tags())):
        if kind == IS_INT:
            yield from _int(part)
        elif kind == IS_FLOAT:
            part.add_floats()
            yield part
        elif kind == IS_TEXT:
            part.add_texts()
            yield part
        elif kind == IS_CONSTANT:
            for tag, same in part.by_byte():
                same.skeleton.append(bytes([tag]))
                yield same
        elif kind == IS_LIST:
            for count, same in part.lengths(ARRAY, packer.pack_array_header):
                yield from _in_turn(same, [_number] * count)
        else:
            part.leave()


def _number(rows: Abreast) -> Iterator[Abreast]:
    for kind, part in rows.parted(KINDS.take(rows.tags())):
        if kind in (IS_INT, IS_FLOAT):
            yield from _value(part)
        else:
            part.leave()


def _shaped(rows: Abreast) -> Iterator[Abreast]:
    for count, part in rows.lengths(ARRAY, packer.pack_array_header):
        if 0 < count <= 4 * MAX_LIST:
            yield from _in_turn(part, [_constant, *[_value] * (count - 1)])
        else:
            part.leave()


def _rare(rows: Abreast) -> Iterator[Abreast]:
    for count, part in rows.lengths(MAP, packer.pack_map_header):
        yield from _entries(part, count, frozenset(), _rare_value)


def _entries(rows: Abreast, count: int, seen: frozenset[int], way: Callable[[int], _Way | None]) -> Iterator[Abreast]:
    """Go through the entries of a map whose keys are integers; a key that comes again is left to others."""
    if count <= 0:
        yield rows
        return
    for key, part in rows.constants():
        value = way(key) if key not in seen else None
        if value is None:
            part.leave()
            continue
        for same in value(part):
            yield from _entries(same, count - 1, seen | {key}, way)


def _rare_value(key: int) -> _Way | None:
    if key == Rare.INPUTS:
        return _inputs
    return _constant if key in (Rare.JOINED, Rare.BETWEEN_CAUSE, Rare.THREAD) else None


def _inputs(rows: Abreast) -> Iterator[Abreast]:
    for count, part in rows.lengths(MAP, packer.pack_map_header):
        if count < 0:
            part.leave()
        else:
            yield from _entries(part, count, frozenset(), lambda _: _shaped)


_WAYS: Final[dict[Content, _Way]] = {
    Content.NAME: _name,
    Content.TIME: _time,
    Content.COUNT: _count,
    Content.PAIRS: _pairs_of(_value, may_miss=True),
    Content.GROUPS: _pairs_of(_pairs_of(_value, may_miss=False), may_miss=True),
    Content.CALLS: _pairs_of(_int, may_miss=True),
    Content.RARE: _rare,
    Content.ENTRIES: _single_entry,
}
"""The way through a field, by what it holds."""
