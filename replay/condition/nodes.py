"""A parsed condition: a tree of tests, which are true, false or unknown, and terms, which are values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...trace.values import Plain
from ..rows.pattern import Pattern
from ..rows.values import EventColumns, Keys, Path, Values, item, items, other
from . import elements, vector
from .elements import Answer
from .vector import Operand, Scalar, Truth

FEW: Final = 16
"""Elements of a list up to which each is compared on its own."""


class Chunk:
    """Some events, whose columns are asked for once.

    Args:
        columns: The columns.
    """

    def __init__(self, columns: EventColumns) -> None:
        self.columns = columns
        self.count = len(columns)
        self._known: dict[tuple[Path, bool], Values] = {}

    def value(self, path: Path, after: bool) -> Values:
        """Return a column."""
        key = path, after
        if key not in self._known:
            self._known[key] = self.columns.value(path, after)
        return self._known[key]


class Test(Protocol):
    """Something that is true, false or unknown for each event."""

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        ...


class Term(Protocol):
    """Something that has a value for each event, or none."""

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        ...


@dataclass(frozen=True, slots=True)
class All:
    """``and``: what comes after the first test is looked at only if that leaves something open."""

    tests: Sequence[Test]

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        result = self.tests[0].evaluate(chunk)
        for test in self.tests[1:]:
            if bool(result.false.all()):
                break
            result = result.both(test.evaluate(chunk))
        return result


@dataclass(frozen=True, slots=True)
class Some:
    """``or``."""

    tests: Sequence[Test]

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        result = self.tests[0].evaluate(chunk)
        for test in self.tests[1:]:
            if bool(result.true.all()):
                break
            result = result.either(test.evaluate(chunk))
        return result


@dataclass(frozen=True, slots=True)
class Not:
    """``not``."""

    test: Test

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        return self.test.evaluate(chunk).inverted()


@dataclass(frozen=True, slots=True)
class Compare:
    """``left < right``."""

    order: str
    left: Term
    right: Term

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        return vector.compare(self.order, self.left.evaluate(chunk), self.right.evaluate(chunk), chunk.count)


@dataclass(frozen=True, slots=True)
class OneOf:
    """``term in [literals]``."""

    term: Term
    literals: frozenset[Plain]

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        operand = self.term.evaluate(chunk)
        if vector.is_numeric(operand) and len(self.literals) <= FEW:
            result = vector.ask_array(_nowhere, operand)
            for literal in self.literals:
                result = result.either(vector.compare("==", operand, Scalar(literal), chunk.count))
            return result
        return vector.ask(self._holds, operand, chunk.count)

    def _holds(self, value: Plain) -> Answer:
        return elements.one_of(value, self.literals)


@dataclass(frozen=True, slots=True)
class Within:
    """``part in whole``: a part of a text, an element of a list, a key of a mapping."""

    part: Term
    whole: Term

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        part, whole = self.part.evaluate(chunk), self.whole.evaluate(chunk)
        return vector.ask_both(elements.within, part, whole, chunk.count)


NumpyAnswer: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]


def _nowhere(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.zeros(len(values), np.bool_)


QUESTIONS: Final[Mapping[str, tuple[Callable[[Plain], Answer], NumpyAnswer]]] = {
    "truth": (elements.truth, lambda values: values != 0),
    "is None": (elements.is_none, _nowhere),
    "isnan": (elements.is_nan, np.isnan),
    "isinf": (elements.is_infinite, np.isinf),
    "isfinite": (elements.is_finite, np.isfinite),
}
"""Questions about one value: for any value, and for numbers in numpy."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about a value, a key of `QUESTIONS`."""

    question: str
    term: Term

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        return self._answer(self.term.evaluate(chunk), chunk.count)

    def _answer(self, operand: Operand, count: int) -> Truth:
        of_element, of_array = QUESTIONS[self.question]
        if isinstance(operand, Values) and operand.codes is not None:
            return vector.from_table(operand, self._answer)
        if vector.is_numeric(operand):
            return vector.ask_array(of_array, operand)
        return vector.ask(of_element, operand, count)


@dataclass(frozen=True, slots=True)
class Has:
    """``has(term)``: known for every event."""

    term: Term

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        operand = self.term.evaluate(chunk)
        assert isinstance(operand, Values)
        return Truth.known(operand.present)


@dataclass(frozen=True, slots=True)
class Changed:
    """``changed(path, by=…, was=…, to=…)``: one change that is all of it; known for every event.

    Attributes:
        path, by: Which changes.
        was, to: What the old and the new value have to equal; None: anything.
    """

    path: Pattern
    by: Pattern | None
    was: Scalar | None
    to: Scalar | None

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        found = np.zeros(chunk.count, np.bool_)
        asked, old, new = (self.path, self.by), self.was is not None, self.to is not None
        here = chunk.columns.changes(*asked, old=old, new=new)
        for changes in chain(here, chunk.columns.changes_after(*asked, old=old, new=new)):
            hit = np.ones(len(changes.events), np.bool_)
            for value, literal in ((changes.old, self.was), (changes.new, self.to)):
                if literal is not None and value is not None:
                    hit &= vector.compare("==", value, literal, len(hit)).true
            found[changes.events[hit]] = True
        return Truth.known(found)


@dataclass(frozen=True, slots=True)
class Written:
    """A value was written, at the event that has it among its changes; known for every event.

    Attributes:
        path: Which changes.
        keys: What of the value has to be another than before; empty: any change counts.
    """

    path: Pattern
    keys: Keys = ()

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        found, values = np.zeros(chunk.count, np.bool_), bool(self.keys)
        for changes in chunk.columns.changes(self.path, None, old=values, new=values):
            if self.keys and changes.old is not None and changes.new is not None:
                found[changes.events[self._differs(changes.old, changes.new)]] = True
            else:
                found[changes.events] = True
        return Truth.known(found)

    def _differs(self, old: Values, new: Values) -> list[bool]:
        return [other(items(a, self.keys), items(b, self.keys)) for a, b in zip(old.plain(), new.plain(), strict=True)]


@dataclass(frozen=True, slots=True)
class Called:
    """``called(callback)``."""

    callback: Pattern

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        return Truth.known(chunk.columns.called(self.callback))


@dataclass(frozen=True, slots=True)
class Raised:
    """``raised(kind)``."""

    kind: Pattern | None

    def evaluate(self, chunk: Chunk) -> Truth:
        """Return the answer for each event."""
        return Truth.known(chunk.columns.raised(self.kind))


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, True, False or None."""

    value: Plain

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return it."""
        return Scalar(self.value)


@dataclass(frozen=True, slots=True)
class Column:
    """A value of the trace."""

    path: Path
    after: bool

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        return chunk.value(self.path, self.after)


@dataclass(frozen=True, slots=True)
class Item:
    """``term[key]``."""

    term: Term
    key: str | int

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        return vector.derive(lambda value: item(value, self.key), self.term.evaluate(chunk))


@dataclass(frozen=True, slots=True)
class Calculate:
    """``left + right``."""

    operation: str
    left: Term
    right: Term

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        return vector.calculate(self.operation, self.left.evaluate(chunk), self.right.evaluate(chunk))


@dataclass(frozen=True, slots=True)
class Magnitude:
    """``abs(term)``."""

    term: Term

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        operand = self.term.evaluate(chunk)
        if vector.is_numeric(operand) and _has_magnitude(operand):
            return Values(np.abs(operand.values), operand.present)
        return vector.derive(elements.magnitude, operand)


def _has_magnitude(values: Values) -> bool:
    """Tell whether numpy has the absolute values: it has none of -2**63, and none of truth values as numbers."""
    kind = values.values.dtype.kind
    return kind == "f" or (kind == "i" and vector.largest(values) < vector.INT64)


@dataclass(frozen=True, slots=True)
class Length:
    """``len(term)``."""

    term: Term

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        return vector.derive(elements.length, self.term.evaluate(chunk))


@dataclass(frozen=True, slots=True)
class Answered:
    """A test as a value: True, False, or none where it is unknown."""

    test: Test

    def evaluate(self, chunk: Chunk) -> Operand:
        """Return the value for each event."""
        truth = self.test.evaluate(chunk)
        return Values(truth.true, truth.true | truth.false)
