"""Whether two values of a trace are the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ...trace.values import Described, Plain, Shortened

MAX_DEPTH: Final = 64
"""Levels of containers that are looked into; what lies deeper counts as the same."""

MOST_ENTRIES: Final = 1_000
"""Elements of two sequences that are compared, the last ones: each entry of a log history has to be read."""


def same(one: Plain, other: Plain, depth: int = 0) -> bool:
    """Tell whether two values are the same: of one type, NaN equal to itself, containers element by element.

    Args:
        one, other: Values of a trace.
        depth: Levels that are around them.
    """
    if one is other or depth > MAX_DEPTH:
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key], depth + 1) for key in one)
    if _is_list(one) and _is_list(other):
        return _same_elements(one, other, depth)
    if type(one) is not type(other):
        return False
    if isinstance(one, Described):
        return (one.type, one.text) == (other.type, other.text) and same(one.value, other.value, depth + 1)
    if isinstance(one, Shortened):
        return (one.kind, one.length, one.digest) == (other.kind, other.length, other.digest)
    return bool(one == other) or (one != one and other != other)


def _is_list(value: Plain) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _same_elements(one: Sequence[Plain], other: Sequence[Plain], depth: int) -> bool:
    if len(one) != len(other) or isinstance(one, tuple) is not isinstance(other, tuple):
        return False
    first = max(0, len(one) - MOST_ENTRIES)
    return all(same(one[place], other[place], depth + 1) for place in range(len(one) - 1, first - 1, -1))
