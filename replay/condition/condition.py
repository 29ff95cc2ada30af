"""`parse`: a text becomes a `Condition`, which finds the events that it holds for."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...trace.framework import Framework
from ...trace.frameworks import DEFAULT
from ..rows.pattern import Pattern
from ..rows.values import EventColumns, Keys, Path
from .build import Builder
from .errors import ConditionError
from .lexer import check_order, words
from .nodes import All, Chunk, Some, Test, Written
from .places import Places
from .vocabulary import Hints
from .writing import changes

_BLANKS: Final = str.maketrans("\t\r\n\f\v", "     ")


class Condition:
    """A condition over events.

    Attributes:
        text: As it was written.
        paths: The columns that it needs, sorted.
        functions: Names of the functions in it that look at more than columns: changed, called, raised.
    """

    def __init__(self, text: str, test: Test, paths: frozenset[Path], functions: frozenset[str]) -> None:
        self.text = text
        self.paths: tuple[Path, ...] = tuple(sorted(paths))
        self.functions = functions
        self._tests = test.tests if isinstance(test, All) else (test,)

    def matches(self, columns: EventColumns) -> NDArray[np.int64]:
        """Return the positions of the events in a chunk for which the condition is true, sorted.

        Where a value that decides is missing, the condition is unknown, and its event does not match.

        Args:
            columns: The chunk.
        """
        chunk = Chunk(columns)
        true = np.ones(chunk.count, np.bool_)
        with np.errstate(all="ignore"):
            for test in self._tests:
                if not true.any():
                    break
                true &= test.evaluate(chunk).true
        return np.flatnonzero(true).astype(np.int64, copy=False)

    def found(self, columns: EventColumns, *, reverse: bool = False) -> list[int]:
        """Return the numbers, in the trace, of the events in a chunk for which the condition is true.

        Args:
            columns: The chunk.
            reverse: The last one first.
        """
        numbers: list[int] = (self.matches(columns) + columns.first).tolist()
        return numbers[::-1] if reverse else numbers

    def __repr__(self) -> str:
        """Return the text."""
        return f"parse({self.text!r})"


def any_of(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that holds where one of several does; there has to be one."""
    test = Some([All(condition._tests) for condition in conditions])
    paths = frozenset(path for condition in conditions for path in condition.paths)
    text = " or ".join(f"({condition.text})" for condition in conditions)
    return Condition(text, test, paths, frozenset().union(*(condition.functions for condition in conditions)))


def written(column: str, keys: Keys) -> Condition:
    """Return the condition for the events that have a value among their changes, each write at one event.

    ``changed(...)`` holds for the event before it, too, where something was written between the two.

    Args:
        column: The path of the changes.
        keys: What of the value is meant, see `Trace.column`.
    """
    return Condition(changes(column), Written(Pattern(column), keys), frozenset(), frozenset(("changed",)))


def parse(text: str, framework: Framework = DEFAULT) -> Condition:
    """Read a condition; ``docs/conditions.md`` describes the language.

    Nothing of it is ever run as Python: the syntax tree is read node by node, and what is not known is refused.

    Args:
        text: Any text.
        framework: Of the trace; messages of errors are in its words, nothing else depends on it.

    Raises:
        ConditionError: It is no condition; this is all that can be raised, whatever the text.
    """
    try:
        found = words(text)
        check_order(text, found)
        builder = Builder(Places(text, found[0].start, Hints(framework)))
        test = builder.build(_tree(text, found[0].start))
    except (RecursionError, MemoryError):
        raise ConditionError("the condition is nested too deeply", text, 0) from None
    return Condition(text, test, frozenset(builder.paths), frozenset(builder.functions))


def _tree(text: str, start: int) -> ast.expr:
    """Return Python's syntax tree of a text without its leading blanks, which would be an indentation."""
    line = text[start:].translate(_BLANKS)
    try:
        return ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError) as error:
        place = getattr(error, "offset", None)
        offset = start + place - 1 if type(place) is int and 0 < place <= len(line) else start
        raise ConditionError("this is no expression", text, offset) from None
