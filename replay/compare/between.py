"""What was done between two places of one trace: who wrote which value, how often; and what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.framework import SAVE
from ...trace.paths import GIVEN
from ..columns.columns import EXCEPTION, GAP, MESSAGE, NONFINITE
from ..columns.selector import as_column
from ..rows.pattern import Pattern
from ..rows.values import Changes, EventColumns
from ..text.safe import visible

if TYPE_CHECKING:
    from ..trace import Trace

_ALL: Final = Pattern("*")

_TROUBLE: Final = (
    (NONFINITE, "NaN or infinity", "NaN or infinity"),
    (EXCEPTION, "exception", "exceptions"),
    (MESSAGE, "warning", "warnings"),
    (GAP, "gap", "gaps"),
)
"""Marks, and what one and several of them are called."""


@dataclass(slots=True)
class Writers:
    """Who wrote a value between two places.

    Attributes:
        by: How often each cause did.
        last: The latest cause; empty: nobody wrote it.
        event: Number of the event among whose changes that is, or that was given the value; -1 if there is none.
    """

    by: Counter[str] = field(default_factory=Counter)
    last: str = ""
    event: int = -1
    _place: int = -1

    @property
    def count(self) -> int:
        """How often it was written."""
        return sum(self.by.values())

    def take(self, by: str, events: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Count some writes of one cause, by numbers of their events and their places in the block."""
        self.by[by] += len(events)
        latest = int(np.lexsort((places, events))[-1])
        found = int(events[latest]), int(places[latest])
        if found > (self.event, self._place):
            self.last, (self.event, self._place) = by, found


@dataclass(slots=True)
class Between:
    """What was done after one event, up to the end of a later one.

    Attributes:
        writers: By path, for the paths that were asked for and were written.
        events: Number of events by name.
        asked: Who asked for saves, and how often.
        marked: Number of events with each mark of `columns.NONFINITE`, `EXCEPTION`, `MESSAGE`, `GAP`.
        first: Number of the first event with each of these marks.
        lost: Number of events of which nothing can be read.
    """

    writers: dict[str, Writers] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    marked: Counter[int] = field(default_factory=Counter)
    first: dict[int, int] = field(default_factory=dict)
    lost: int = 0


def between(trace: Trace, start: int, stop: int, paths: Collection[str] = ()) -> Between:
    """Return what was done after an event, up to the end of a later one; blocks outside are not read.

    Args:
        trace: The trace.
        start, stop: Numbers of the events.
        paths: Paths of which one wants to know who wrote them.
    """
    found = Between()
    wanted = set(paths)
    seen = 0
    for columns in trace.query(start + 1):
        if columns.first > stop:
            break
        here = np.arange(len(columns)) + columns.first
        here = np.flatnonzero((here > start) & (here <= stop))
        if len(here):
            try:
                _count(found, trace, columns, here)
                _writers(found.writers, columns, here, wanted, trace.framework.loop)
                _askers(found.asked, trace, columns, here)
                seen += len(here)
            except BadRecord:  # which is reported when an event of that block is asked for
                continue
    found.lost = max(0, stop - start) - seen
    return found


def _count(found: Between, trace: Trace, columns: EventColumns, here: NDArray[np.int64]) -> None:
    numbers = slice(columns.first + int(here[0]), columns.first + int(here[-1]) + 1)
    for code, count in zip(*np.unique(trace.columns.name[numbers], return_counts=True), strict=True):
        found.events[trace.columns.names[int(code)]] += int(count)
    marks = trace.columns.marks[numbers]
    for mark in (NONFINITE, EXCEPTION, MESSAGE, GAP):
        places = np.flatnonzero(marks & mark)
        if len(places):
            found.marked[mark] += len(places)
            found.first.setdefault(mark, numbers.start + int(places[0]))


def _writers(
    found: dict[str, Writers], columns: EventColumns, here: NDArray[np.int64], wanted: Collection[str], loop: str
) -> None:
    for change in columns.changes(_ALL, None, old=False, new=False):
        if change.path in wanted:
            _take(found, change.path, change, columns.first, here)
    for path in wanted:
        if path.partition(".")[0] in GIVEN:
            given = np.flatnonzero(columns.value(as_column(path), False).present)
            _take(found, path, Changes(given, by=loop), columns.first, here)


def _take(found: dict[str, Writers], path: str, change: Changes, first: int, here: NDArray[np.int64]) -> None:
    inside = (change.events >= here[0]) & (change.events <= here[-1])
    if inside.any():
        places = change.places if change.places is not None else np.full(len(change.events), -1, np.int64)
        found.setdefault(path, Writers()).take(change.by, change.events[inside] + first, places[inside])


def _askers(asked: Counter[str], trace: Trace, columns: EventColumns, here: NDArray[np.int64]) -> None:
    flag = trace.framework.flag(SAVE)
    for change in columns.changes(Pattern(flag.path), None, old=False, new=True) if flag is not None else ():
        inside = (change.events >= here[0]) & (change.events <= here[-1])
        values = change.new.plain() if change.new is not None else []
        count = sum(1 for value, wanted in zip(values, inside.tolist(), strict=True) if wanted and value is True)
        asked.update({change.by: count} if count else {})


def told(trace: Trace, found: Between) -> list[str]:
    """Return what happened, in a few words each: evaluations, saves and who asked for them, trouble.

    Args:
        trace: The trace.
        found: What was done in it.
    """
    return [*_ended(trace, found), *_saved(trace, found), *_trouble(found)]


def _ended(trace: Trace, found: Between) -> Iterator[str]:
    for name, what in trace.framework.ended_by.items():
        if found.events[name]:
            yield f"{found.events[name]:,} {visible(what)}{'s' * (found.events[name] != 1)}"


def _saved(trace: Trace, found: Between) -> Iterator[str]:
    count = found.events[trace.framework.saving.event] if trace.framework.saving.event else 0
    if count:
        asked, several = found.asked.most_common(), len(found.asked) > 1
        by = ", ".join(f"{number:,} by {visible(who)}" if several else visible(who) for who, number in asked)
        yield f"{count:,} save{'s' * (count != 1)}" + (f" (asked by {by})" if by else "")


def _trouble(found: Between) -> Iterator[str]:
    for mark, one, several in _TROUBLE:
        count, first = found.marked[mark], found.first.get(mark)
        if count:
            yield f"{one} at #{first}" if count == 1 else f"{count:,} {several}, the first at #{first}"
    if found.lost:
        yield f"{found.lost:,} events can't be read"
