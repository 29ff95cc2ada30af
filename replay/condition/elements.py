"""What the language means for one value of one event. Values are hostile: nothing here raises, or takes long.

Numbers, texts and None are compared; of containers, bytes and the marks for what is no plain data it is only known
that they are none of these. ``None`` as a result says that a question has no answer, `ABSENT` that there is no value.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ...trace.values import ABSENT, Plain, Shortened

MAX_TEXT: Final = 10_000
"""Characters of a text that are looked at; the recorder keeps no more."""
MAX_ELEMENTS: Final = 1_000
"""Elements of a container that are looked at; the recorder keeps no more."""
MAX_BITS: Final = 4_096
"""Size of the integers that are calculated with; the recorder keeps no larger ones."""

Answer = bool | None

ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


def compare(order: str, left: Plain, right: Plain) -> Answer:
    """Compare two values.

    Args:
        order: A key of `ORDERS`.
        left, right: Values.

    Returns:
        None if it is unknown: an order of values of different kinds, or whether two containers are equal.
    """
    kind = _kind(left)
    if kind != _kind(right):
        return None if kind == "absent" or right is ABSENT else {"==": False, "!=": True}.get(order)
    if kind == "number":
        return ORDERS[order](left, right)
    if kind == "text":
        return _compare_texts(order, left, right)
    return {"==": True, "!=": False}.get(order) if kind == "none" else None


def _compare_texts(order: str, left: str, right: str) -> Answer:
    if len(left) > MAX_TEXT and len(right) > MAX_TEXT:
        left, right = left[:MAX_TEXT], right[:MAX_TEXT]
        if left == right:
            return None
    return ORDERS[order](left, right)


def _kind(value: Plain) -> str:
    kind = type(value)
    if kind is float or kind is int or kind is bool:
        return "number"
    if kind is str:
        return "text"
    return "none" if value is None else "absent" if value is ABSENT else "other"


def calculate(operation: str, left: Plain, right: Plain) -> Plain:
    """Calculate with two numbers.

    Args:
        operation: A key of `OPERATIONS`.
        left, right: Values.

    Returns:
        `ABSENT` if there is no result: not numbers, a division by zero, an integer too large.
    """
    if not (_is_calculable(left) and _is_calculable(right)):
        return ABSENT
    try:
        return OPERATIONS[operation](left, right)
    except (ZeroDivisionError, OverflowError):
        return ABSENT


def _is_calculable(value: Plain) -> bool:
    kind = type(value)
    return kind is float or kind is bool or (kind is int and value.bit_length() <= MAX_BITS)


def magnitude(value: Plain) -> Plain:
    """Return the absolute value of a number, else `ABSENT`."""
    return abs(value) if _is_calculable(value) else ABSENT


def truth(value: Plain) -> Answer:
    """Tell whether a value counts as true, as in Python: numbers except 0, texts and containers that are not empty."""
    if value is None or _kind(value) in ("number", "text"):
        return bool(value)
    size = length(value)
    return None if size is ABSENT else size > 0


def length(value: Plain) -> Plain:
    """Return the length of a text, bytes or a container, of the whole where it was shortened; else `ABSENT`."""
    if isinstance(value, Shortened):
        return value.length
    return len(value) if isinstance(value, (str, bytes, dict, Sequence)) else ABSENT


def within(part: Plain, whole: Plain) -> Answer:
    """Tell whether a text holds another, a list an element, a mapping a key; None if that can't be said."""
    if _kind(part) in ("absent", "other"):
        return None
    if type(whole) is str:
        return _within_text(part, whole) if type(part) is str else None
    if type(whole) in (dict, list, tuple):
        if any(compare("==", part, element) for element in islice(whole, MAX_ELEMENTS)):
            return True
        return False if len(whole) <= MAX_ELEMENTS else None
    return None


def _within_text(part: str, whole: str) -> Answer:
    if part in whole[:MAX_TEXT]:
        return True
    return False if len(whole) <= MAX_TEXT else None


def one_of(value: Plain, literals: frozenset[Plain]) -> Answer:
    """Tell whether a value equals one of some literals."""
    kind = _kind(value)
    if kind == "number":
        return (type(value) is not int or value.bit_length() <= MAX_BITS) and value in literals
    return None if kind == "absent" else kind != "other" and value in literals


def is_none(value: Plain) -> Answer:
    """Tell whether a value is None."""
    return None if value is ABSENT else value is None


def is_nan(value: Plain) -> Answer:
    """Tell whether a number is NaN; None if it is no number."""
    return value != value if _kind(value) == "number" else None


def is_infinite(value: Plain) -> Answer:
    """Tell whether a number is an infinity; None if it is no number."""
    return value in (math.inf, -math.inf) if _kind(value) == "number" else None


def is_finite(value: Plain) -> Answer:
    """Tell whether a number is neither NaN nor an infinity; None if it is no number."""
    return -math.inf < value < math.inf if _kind(value) == "number" else None
