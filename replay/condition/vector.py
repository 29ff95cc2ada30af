"""What the language means for all events of a chunk at once: in numpy where that is exact, else value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ...trace.values import ABSENT, Plain
from ..rows.values import Values
from . import elements
from .elements import Answer

Mask: TypeAlias = NDArray[np.bool_]

EXACT: Final = 1 << 53
"""Integers up to here are floats, too: beyond, a comparison of both kinds in numpy would round."""
INT64: Final = 1 << 63

UFUNCS: Final[dict[str, Callable[..., NDArray[Any]]]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "%": np.mod,
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """The same value for every event; `ABSENT` for none."""

    value: Plain


Operand: TypeAlias = Values | Scalar


@dataclass(frozen=True, slots=True)
class Truth:
    """The answer for every event. Where neither mask is set, it is unknown; never both are.

    Attributes:
        true, false: For which events it is so.
    """

    true: Mask
    false: Mask

    @classmethod
    def known(cls, true: Mask) -> Truth:
        """Return an answer that is known for every event."""
        return cls(true, ~true)

    @classmethod
    def of(cls, answer: Answer, count: int) -> Truth:
        """Return one answer for all events."""
        return cls(np.full(count, answer is True), np.full(count, answer is False))

    def both(self, other: Truth) -> Truth:
        """Return ``self and other``."""
        return Truth(self.true & other.true, self.false | other.false)

    def either(self, other: Truth) -> Truth:
        """Return ``self or other``."""
        return Truth(self.true | other.true, self.false & other.false)

    def inverted(self) -> Truth:
        """Return ``not self``."""
        return Truth(self.false, self.true)


def compare(order: str, left: Operand, right: Operand, count: int) -> Truth:
    """Compare two operands.

    Args:
        order: A key of `elements.ORDERS`.
        left, right: Operands.
        count: Number of events.
    """
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return Truth.of(elements.compare(order, left.value, right.value), count)
    if isinstance(left, Values) and left.codes is not None and isinstance(right, Scalar):
        return from_table(left, lambda table, size: compare(order, table, right, size))
    if isinstance(right, Values) and right.codes is not None and isinstance(left, Scalar):
        return from_table(right, lambda table, size: compare(order, left, table, size))
    left, right = _expanded(left), _expanded(right)
    present = _present(left, right)
    if _kinds_differ(left, right):
        return _where(np.full(count, order == "!="), present if order in ("==", "!=") else np.zeros_like(present))
    if _comparable(left, right):
        return _where(UFUNCS[order](_array(left), _array(right)), present)
    values, text = (right, left) if isinstance(left, Scalar) else (left, right)
    if order in ("==", "!=") and isinstance(values, Values) and isinstance(text, Scalar) and type(text.value) is str:
        truth = _equal(values, text.value)
        return truth if order == "==" else truth.inverted()
    return _ask(lambda one, other: elements.compare(order, one, other), left, right, present)


def calculate(operation: str, left: Operand, right: Operand) -> Operand:
    """Calculate with two operands.

    Args:
        operation: A key of `elements.OPERATIONS`.
        left, right: Operands.
    """
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return Scalar(elements.calculate(operation, left.value, right.value))
    left, right = _expanded(left), _expanded(right)
    present = _present(left, right)
    if not _calculable(operation, left, right):
        one, other = _picked(left, present), _picked(right, present)
        return _collected(map(elements.calculate, repeat(operation), one, other), present)
    divisor = _array(right)
    if operation in ("/", "%"):
        present = present & np.not_equal(divisor, 0)
    return Values(UFUNCS[operation](_array(left), divisor), present)


def derive(function: Callable[[Plain], Plain], operand: Operand) -> Operand:
    """Return what a function makes of each value; `ABSENT` stands for none."""
    if isinstance(operand, Scalar):
        return Scalar(function(operand.value))
    if operand.codes is None:
        return _collected(map(function, _picked(operand, operand.present)), operand.present)
    table = _collected(map(function, operand.values.tolist()), np.ones(len(operand.values), np.bool_))
    return Values(table.values, operand.present & _taken(table.present, operand.codes), operand.codes)


def ask(question: Callable[[Plain], Answer], operand: Operand, count: int) -> Truth:
    """Return the answer to a question about each value; it is unknown where there is none."""
    if isinstance(operand, Scalar):
        return Truth.of(question(operand.value), count)
    if operand.codes is not None:
        return from_table(operand, lambda table, size: ask(question, table, size))
    answers = map(question, _picked(operand, operand.present))
    return _answered(answers, operand.present)


def ask_both(question: Callable[[Plain, Plain], Answer], left: Operand, right: Operand, count: int) -> Truth:
    """Return the answer to a question about two values of each event; it is unknown where one is missing."""
    if isinstance(left, Scalar):
        one = left.value
        return ask(lambda value: question(one, value), right, count)
    if isinstance(right, Scalar):
        other = right.value
        return ask(lambda value: question(value, other), left, count)
    left, right = _expanded(left), _expanded(right)
    return _ask(question, left, right, _present(left, right))


def ask_array(question: Callable[[NDArray[Any]], NDArray[Any]], values: Values) -> Truth:
    """Return the answer of a function of numpy, for values that are no objects and have no codes."""
    return _where(question(values.values), values.present)


def is_numeric(operand: Operand) -> TypeGuard[Values]:
    """Tell whether an operand is one array of numbers."""
    return isinstance(operand, Values) and operand.codes is None and operand.values.dtype.kind in "bif"


def largest(operand: Operand) -> int:
    """Return the largest magnitude of the integers or truth values of an operand."""
    if isinstance(operand, Scalar):
        return abs(int(operand.value))
    array = operand.values
    if array.dtype.kind == "b":
        return 1
    return max(int(array.max(initial=0)), -int(array.min(initial=0)))


def _equal(values: Values, text: str) -> Truth:
    """Compare objects with a text: what `elements.compare` says, five times as fast."""
    true = np.zeros(len(values.present), np.bool_)
    found = [type(value) is str and value == text for value in _picked(values, values.present)]
    true[values.present] = np.fromiter(found, np.bool_, len(found))
    return _where(true, values.present)


def _kinds_differ(left: Operand, right: Operand) -> bool:
    """Tell whether one operand is numbers alone, and the other a value that is none."""
    if isinstance(right, Scalar):
        left, right = right, left
    return isinstance(left, Scalar) and _kind(left) == "?" and left.value is not ABSENT and _kind(right) != "?"


def _comparable(left: Operand, right: Operand) -> bool:
    """Tell whether numpy compares two operands exactly."""
    kinds = _kind(left) + _kind(right)
    if kinds == "ff":
        return True
    if kinds == "ii":
        return _fits(left) and _fits(right)
    return "?" not in kinds and largest(left if kinds == "if" else right) <= EXACT


def _calculable(operation: str, left: Operand, right: Operand) -> bool:
    """Tell whether numpy calculates as Python does."""
    kinds = _kind(left) + _kind(right)
    if "?" in kinds:
        return False
    if kinds != "ii":
        return all(kind == "f" or largest(operand) <= EXACT for kind, operand in zip(kinds, (left, right), strict=True))
    one, other = largest(left), largest(right)
    if operation == "/":
        return one <= EXACT and other <= EXACT
    bound = {"*": one * other, "%": max(one, other)}.get(operation, one + other)
    return bound < INT64 and one < INT64 and other < INT64


def _kind(operand: Operand) -> str:
    """Return ``i`` for integers and truth values, ``f`` for floats, ``?`` for what numpy has no numbers for."""
    if isinstance(operand, Values):
        return {"b": "i", "i": "i", "f": "f"}.get(operand.values.dtype.kind, "?")
    return {bool: "i", int: "i", float: "f"}.get(type(operand.value), "?")


def _fits(operand: Operand) -> bool:
    return isinstance(operand, Values) or largest(operand) < INT64


def _array(operand: Operand) -> Any:
    """Return what numpy calculates with: truth values as integers, which it would add as truth values."""
    if isinstance(operand, Scalar):
        return int(operand.value) if type(operand.value) is bool else operand.value
    return operand.values.astype(np.int64) if operand.values.dtype.kind == "b" else operand.values


def _present(left: Operand, right: Operand) -> Mask:
    if isinstance(left, Scalar):
        assert isinstance(right, Values)
        return right.present
    return left.present if isinstance(right, Scalar) else left.present & right.present


def _expanded(operand: Any) -> Any:
    """Return an operand without codes."""
    if isinstance(operand, Scalar) or operand.codes is None:
        return operand
    if not len(operand.values):
        return Values(np.zeros(len(operand.codes), np.int64), np.zeros(len(operand.codes), np.bool_))
    return Values(_taken(operand.values, operand.codes), operand.present)


def _taken(table: NDArray[Any], codes: NDArray[Any]) -> NDArray[Any]:
    """Look codes up; those of absent values may be anything."""
    if not len(table):
        return np.zeros(len(codes), table.dtype)
    return np.take(table, codes, mode="clip")


def from_table(values: Values, answer: Callable[[Values, int], Truth]) -> Truth:
    """Return an answer that was found for each value of the table once."""
    assert values.codes is not None
    size = len(values.values)
    table = answer(Values(values.values, np.ones(size, np.bool_)), size)
    true, false = _taken(table.true, values.codes), _taken(table.false, values.codes)
    return Truth(true & values.present, false & values.present)


def _where(true: Mask, present: Mask) -> Truth:
    hits = true & present
    return Truth(hits, hits ^ present)


def _picked(operand: Operand, where: Mask) -> Iterator[Plain]:
    """Give the values of some events, as Python's own objects."""
    if isinstance(operand, Scalar):
        return repeat(operand.value, int(np.count_nonzero(where)))
    return iter(operand.values[where].tolist())


def _ask(question: Callable[[Plain, Plain], Answer], left: Operand, right: Operand, present: Mask) -> Truth:
    return _answered(map(question, _picked(left, present), _picked(right, present)), present)


def _answered(answers: Iterator[Answer], present: Mask) -> Truth:
    """Put the answers for the events that are present in their places."""
    true, false = np.zeros(len(present), np.bool_), np.zeros(len(present), np.bool_)
    found = list(answers)
    true[present] = np.fromiter((answer is True for answer in found), np.bool_, len(found))
    false[present] = np.fromiter((answer is False for answer in found), np.bool_, len(found))
    return Truth(true, false)


def _collected(results: Iterator[Plain], present: Mask) -> Values:
    """Put the results of the present events in their places; numpy must not look into results that are lists."""
    found = list(results)
    values = np.full(len(present), None, object)
    values[present] = np.fromiter(found, object, len(found))
    some = np.zeros(len(present), np.bool_)
    some[present] = np.fromiter((result is not ABSENT for result in found), np.bool_, len(found))
    return Values(values, some)
