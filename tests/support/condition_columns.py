"""Events in memory as the columns that conditions are evaluated over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.replay.rows.pattern import Pattern
from tracetui.replay.rows.values import Changes, Keys, Path, Use, Values
from tracetui.trace.values import ABSENT

Change = tuple[str, Any, Any, str]
"""Path, old, new, cause."""


@dataclass
class Row:
    """One event: values before it and after it by path, changes, called hooks, types of exceptions."""

    before: dict[Path, Any]
    after: dict[Path, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)


class Rows:
    """Rows as columns.

    Args:
        rows: The events.
        coded: Whether columns of objects come as a table with codes.
    """

    def __init__(self, rows: list[Row], coded: bool = False) -> None:
        self.rows = rows
        self.coded = coded
        self.asked: list[tuple[Path, bool]] = []

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def first(self) -> int:
        """They are the first of their trace."""
        return 0

    def value(self, path: Path, after: bool, keys: Keys = (), at: NDArray[np.int64] | None = None) -> Values:
        """Return a column, once."""
        assert not keys and at is None
        assert (path, after) not in self.asked, "a column is asked for once"
        self.asked.append((path, after))
        return column([(row.after if after else row.before).get(path, ABSENT) for row in self.rows], self.coded)

    def changes(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterator[Changes]:
        """Return the changes, those of every other: the others come directly after."""
        return self._changes(path, by, 0, old, new)

    def changes_after(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterator[Changes]:
        """Return the others."""
        return self._changes(path, by, 1, old, new)

    def _changes(self, path: Pattern, by: Pattern | None, begin: int, old: bool, new: bool) -> Iterator[Changes]:
        found = [
            (index, values)
            for index, row in enumerate(self.rows)
            for name, *values, cause in row.changes
            if path.matches(name) and (by is None or by.matches(cause))
        ][begin::2]
        wanted = (old, 0), (new, 1)
        events = np.array([index for index, _ in found], np.int64)
        columns = (
            column([values[place] for _, values in found], self.coded) if asked else None for asked, place in wanted
        )
        yield Changes(events, *columns)

    def paths(self) -> dict[str, Use]:
        """No condition asks for them."""
        raise NotImplementedError

    def called(self, callback: Pattern) -> NDArray[np.bool_]:
        """Return which events called a hook."""
        return _mask(any(map(callback.matches, row.called)) for row in self.rows)

    def raised(self, kind: Pattern | None) -> NDArray[np.bool_]:
        """Return which events raised."""
        return _mask(any(_is_kind(kind, name) for name in row.raised) for row in self.rows)


def _is_kind(kind: Pattern | None, name: str) -> bool:
    return kind is None or kind.matches(name) or kind.matches(name.rpartition(".")[2])


def _mask(answers: Iterable[bool]) -> NDArray[np.bool_]:
    return np.fromiter(answers, np.bool_)


def column(values: list[Any], coded: bool = False) -> Values:
    """Return values as the narrowest column; what is absent is filled with what would give wrong answers."""
    present = np.array([value is not ABSENT for value in values], np.bool_)
    kinds = {type(value) for value in values if value is not ABSENT}
    for kind, dtype, filler in ((bool, np.bool_, True), (int, np.int64, 3), (float, np.float64, 3.0)):
        if kinds == {kind} and (kind is not int or all(-(1 << 63) <= v < 1 << 63 for v in values if v is not ABSENT)):
            return Values(np.array([filler if v is ABSENT else v for v in values], dtype), present)
    if not coded:
        return Values(_objects(["on_log" if value is ABSENT else value for value in values]), present)
    table = [value for value in values if value is not ABSENT]
    codes = np.cumsum(present) - 1
    return Values(_objects(table), present, np.where(present, codes, 1 << 20))


def _objects(values: list[Any]) -> NDArray[Any]:
    return np.fromiter(values, object, len(values))
