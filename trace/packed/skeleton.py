"""Takes a record's payload apart into a skeleton, which many records share, and the values that differ.

In the skeleton a *hole* stands for each of those values, in order; names, causes and whatever selects the meaning
of a value stay in it. So all values of one hole are of one kind and mean the same: a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgpack

from ..journal.records import Rare
from ..layout import LAYOUTS, Content
from ..values import Plain

HOLE: Final = 64
"""Extension type of a hole; its data is one byte, the kind."""

INT: Final = "i"
FLOAT: Final = "f"
TIME: Final = "t"
VALUE: Final = "v"
KINDS: Final = frozenset((INT, FLOAT, TIME, VALUE))

_INT, _FLOAT, _TIME, _VALUE = (msgpack.ExtType(HOLE, kind.encode()) for kind in (INT, FLOAT, TIME, VALUE))

MAX_LIST: Final = 16
"""Longer lists are one value; shorter ones of numbers get a hole for each."""

Slots = list[Any]


def split(kind: int, items: list[Any], slots: Slots) -> list[Any]:
    """Return a payload's skeleton, and append its values to `slots`.

    Args:
        kind: Record type.
        items: The payload without its record number, extensions left as `msgpack.ExtType`.
        slots: Where the values go; a TIME is the record's own here.
    """
    ways = _WAYS.get(kind, ())
    known = [None if item is None else way(item, slots) for way, item in zip(ways, items, strict=False)]
    return [*known, *(_value(item, slots) for item in items[len(ways) :])]


def _value(value: Any, slots: Slots) -> Any:
    kind = type(value)
    if kind is float:
        slots.append(value)
        return _FLOAT
    if kind is int and -(1 << 63) <= value < 1 << 63:
        slots.append(value)
        return _INT
    if value is None or kind is bool:
        return value
    if kind is list and len(value) <= MAX_LIST and all(type(item) in (int, float) for item in value):
        return [_value(item, slots) for item in value]
    slots.append(value)
    return _VALUE


def _hole(hole: Any) -> Callable[[Any, Slots], Any]:
    """Return the way of a field that is one value."""

    def way(value: Any, slots: Slots) -> Any:
        slots.append(value)
        return hole

    return way


def _kept(value: Any, _: Slots) -> Any:
    return value


def _pairs(flat: list[Any], slots: Slots) -> list[Any]:
    found = list(flat)
    for position in range(1, len(flat), 2):
        found[position] = _value(flat[position], slots)
    return found


def _groups(flat: list[Any], slots: Slots) -> list[Any]:
    found = list(flat)
    for position in range(1, len(flat), 2):
        found[position] = _pairs(flat[position], slots)
    return found


def _entries(entries: list[Any], slots: Slots) -> Any:
    if len(entries) == 1:
        return [_shaped(entries[0], slots)]
    slots.append(entries)
    return _VALUE


def _shaped(value: Any, slots: Slots) -> Any:
    if type(value) is list and value and type(value[0]) is int and len(value) <= 4 * MAX_LIST:
        return [value[0], *(_value(item, slots) for item in value[1:])]
    slots.append(value)
    return _VALUE


def _rare(rare: dict[Any, Any], slots: Slots) -> dict[Any, Any]:
    return {key: _rare_value(key, value, slots) for key, value in rare.items()}


def _rare_value(key: Any, value: Any, slots: Slots) -> Any:
    if key == Rare.INPUTS and type(value) is dict:
        return {name: _shaped(item, slots) for name, item in value.items()}
    if key == Rare.PROBES and type(value) is list and all(map(_begins_with_number, value)):
        return [[item[0], *(_value(part, slots) for part in item[1:])] for item in value]
    if key in (Rare.REPLACED, Rare.JOINED, Rare.BETWEEN_CAUSE, Rare.THREAD) and _are_numbers(value):
        return value
    slots.append(value)
    return _VALUE


def _begins_with_number(item: Any) -> bool:
    return type(item) is list and bool(item) and type(item[0]) is int


def _are_numbers(value: Any) -> bool:
    return type(value) is int or (type(value) is list and all(type(item) is int for item in value))


_BY_CONTENT: Final[dict[Content, Callable[[Any, Slots], Any]]] = {
    **dict.fromkeys(Content, _value),
    **dict.fromkeys((Content.NAME, Content.MARK), _kept),
    Content.COUNT: _hole(_INT),
    Content.TIME: _hole(_TIME),
    **dict.fromkeys((Content.NAMES, Content.FIELDS, Content.VALUE), _hole(_VALUE)),
    **dict.fromkeys((Content.PAIRS, Content.CALLS), _pairs),
    Content.GROUPS: _groups,
    Content.RARE: _rare,
    Content.ENTRIES: _entries,
}
"""What becomes of a field, by what it holds."""

_WAYS: Final = {
    kind: [_BY_CONTENT[content] for content in layout.skeleton_contents()] for kind, layout in LAYOUTS.items()
}
"""The ways of a record's fields, by its type."""


def holes(skeleton: Plain) -> Iterator[str]:
    """Give the kinds of a skeleton's holes, in order.

    Raises:
        ValueError: One is of a kind that there is not.
    """
    if type(skeleton) is msgpack.ExtType and skeleton.code == HOLE:
        kind = skeleton.data.decode("latin-1")
        if kind not in KINDS:
            raise ValueError(f"a hole of unknown kind {kind!r}")
        yield kind
    elif type(skeleton) is list:
        for item in skeleton:
            yield from holes(item)
    elif type(skeleton) is dict:
        for item in skeleton.values():
            yield from holes(item)


def fill(skeleton: Plain, values: Iterator[Any]) -> Any:
    """Return a skeleton with the next values in the places of its holes."""
    kind = type(skeleton)
    if kind is msgpack.ExtType:
        return next(values) if skeleton.code == HOLE else skeleton
    if kind is list:
        return [fill(item, values) for item in skeleton]
    if kind is dict:
        return {key: fill(item, values) for key, item in skeleton.items()}
    return skeleton
