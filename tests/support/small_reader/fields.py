"""The fields of each record, checked after docs/format.md alone; nothing of tracetui."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]


def count(item: Any) -> bool:
    """Tell whether it is a count."""
    return type(item) is int and 0 <= item < 1 << 63


def integer(item: Any) -> bool:
    """Tell whether it is an integer."""
    return type(item) is int


def pairs(item: Any, value: Check = lambda item: True) -> bool:
    """Tell whether it is number, value, number, value, ..."""
    right = type(item) is list and len(item) % 2 == 0
    return right and all(map(integer, item[::2])) and all(map(value, item[1::2]))


def groups(item: Any) -> bool:
    """Tell whether it is cause, pairs, cause, pairs, ..."""
    return pairs(item, pairs)


def calls(item: Any) -> bool:
    """Tell whether it is callback, duration, callback, duration, ..."""
    return pairs(item, lambda item: type(item) is int and -(1 << 63) <= item < 1 << 63)


def of(*kinds: type) -> Check:
    """Tell whether it is of one of some types."""
    return lambda item: type(item) in kinds


LIST, MAP, BYTES = of(list), of(dict), of(bytes)
OPTIONAL: dict[int, tuple[Check, ...]] = {
    4: (pairs, groups, calls, MAP),
    6: (groups, calls, MAP),
    15: (groups, calls, MAP),
}
FIELDS: dict[int, tuple[Check, ...]] = {
    1: (of(str), count, BYTES, of(float), MAP),
    2: (BYTES, BYTES, *[count] * 6, LIST, pairs),
    3: (count, count, LIST),
    4: (count, count, count, count),
    6: (count, count),
    15: (count, count, count),
    7: (count, count, count, count, LIST),
    16: (count, count, count, lambda item: True),
    12: (BYTES, BYTES, *[count] * 4, LIST, LIST),
    **dict.fromkeys((8, 9, 10, 11), (count, MAP)),
}


def check(kind: int, payload: Any) -> None:
    """Raise ValueError if a payload has other fields than those of its type."""
    kind = 4 if kind == 5 else kind
    needed = FIELDS.get(kind, (count,))
    if type(payload) is not list or len(payload) < len(needed):
        raise ValueError("fields")
    more = [
        item is None or right(item) for right, item in zip(OPTIONAL.get(kind, ()), payload[len(needed) :], strict=False)
    ]
    if not all(right(item) for right, item in zip(needed, payload, strict=False)) or not all(more):
        raise ValueError("a field")
