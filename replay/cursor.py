"""The cursor: where one is in a trace, and all the ways to go on from there. Knows nothing of any display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..trace.framework import EPOCH
from .columns.columns import EXCEPTION, FLIPPED, GAP, MESSAGE, NONFINITE, Column
from .columns.reach import TooFar as TooFar
from .events.event import Event

if TYPE_CHECKING:
    from .trace import Trace

_Test: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]

WINDOW: Final = 4096
"""Events looked at in the first try of a search nearby; each further one looks at four times as many."""

WIDEST: Final = 1 << 16
"""But at no more than this: what lies behind the event that is found need not be decoded."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a cursor is.

    Attributes:
        phases: Names of the phases around the event, the outermost first.
        index: Number of the event.
        total: Number of events.
        step: Global step, -1 if unknown.
        epoch: Epoch, NaN if unknown.
    """

    phases: tuple[str, ...]
    index: int
    total: int
    step: int
    epoch: float


class Cursor:
    """A position in a trace. Every move returns whether it moved; one that cannot leaves the cursor in place.

    Args:
        trace: The trace, with at least one event for any move to succeed.
        index: Where to begin.
        reach: About how many events a move may look at before it raises `TooFar`; None: all there are.

    Attributes:
        trace, index: As given, the index as it is now.
        reach: As given; all there are as their number.
    """

    def __init__(self, trace: Trace, index: int = 0, reach: int | None = None) -> None:
        """Begin at `index`, or as near to it as there are events."""
        self.trace = trace
        self.reach = len(trace) if reach is None else reach
        self.index = max(0, min(index, len(trace) - 1))

    @property
    def reaches_all(self) -> bool:
        """Whether a move may look at every event there is; other moves than the cursor's own ask before they do."""
        return self.reach >= len(self.trace)

    @property
    def event(self) -> Event:
        """The event here; raises IndexError if the trace is empty."""
        return self.trace[self.index]

    def where(self) -> Position:
        """Return the position in words and numbers; raises IndexError if the trace is empty."""
        columns = self.trace.columns
        phases = self.trace.framework.within(int(columns.phases[self.index]))
        step, epoch = int(columns.step[self.index]), float(columns.epoch[self.index])
        return Position(phases, self.index, len(self.trace), step, epoch)

    def jump(self, index: int) -> bool:
        """Go to an event by its number."""
        if not 0 <= index < len(self.trace) or index == self.index:
            return False
        self.index = index
        return True

    def forward(self, count: int = 1) -> bool:
        """Go on by so many events, or to the last."""
        return self.jump(min(self.index + count, len(self.trace) - 1))

    def back(self, count: int = 1) -> bool:
        """Go back by so many events, or to the first."""
        return self.jump(max(self.index - count, 0))

    def first(self) -> bool:
        """Go to the first event."""
        return self.jump(0)

    def last(self) -> bool:
        """Go to the last event."""
        return self.jump(len(self.trace) - 1)

    def next_same(self) -> bool:
        """Go to the next event of the same name."""
        return self._next(self.trace.columns.name, equal=True)

    def previous_same(self) -> bool:
        """Go to the previous event of the same name."""
        return self._previous(self.trace.columns.name, equal=True)

    def next_step(self) -> bool:
        """Go to the first event of the next step."""
        return self._next(self.trace.columns.step, equal=False)

    def previous_step(self) -> bool:
        """Go to the first event of the previous step."""
        return self._previous_group(self.trace.columns.step)

    def next_epoch(self) -> bool:
        """Go to the next begin of an epoch."""
        return self._to_epoch(forward=True)

    def previous_epoch(self) -> bool:
        """Go to the previous begin of an epoch."""
        return self._to_epoch(forward=False)

    def into(self) -> bool:
        """Go into the phase that begins here, or later on this level."""
        depth = self.trace.columns.depth
        target = self._search_forward(lambda part: part != depth[self.index])
        return target is not None and bool(depth[target] > depth[self.index]) and self.jump(target)

    def out(self) -> bool:
        """Go to the event that opened the phase around this one."""
        depth = self.trace.columns.depth
        if not len(depth) or not depth[self.index]:
            return False
        target = self._search_backward(lambda part: part < depth[self.index])
        return target is not None and self.jump(target)

    def over(self) -> bool:
        """Go to the next event that is no deeper than this one: over the phase that begins here."""
        depth = self.trace.columns.depth
        target = self._search_forward(lambda part: part <= depth[self.index])
        return target is not None and self.jump(target)

    def back_over(self) -> bool:
        """Go to the previous event that is no deeper than this one."""
        depth = self.trace.columns.depth
        target = self._search_backward(lambda part: part <= depth[self.index])
        return target is not None and self.jump(target)

    def next_of(self, found: NDArray[np.int64]) -> bool:
        """Go to the next of some events, given by their numbers in order, from the last on to the first."""
        if not len(found):
            return False
        place = int(np.searchsorted(found, self.index, "right"))
        return self.jump(int(found[place % len(found)]))

    def previous_of(self, found: NDArray[np.int64]) -> bool:
        """Go to the previous of some events, given by their numbers in order, from the first back to the last."""
        if not len(found):
            return False
        place = int(np.searchsorted(found, self.index, "left"))
        return self.jump(int(found[place - 1]))

    def next_mark(self) -> bool:
        """Go to the next event with an exception, a NaN, an infinity, a probe that raised, or something missing."""
        return self._to_marked(EXCEPTION | NONFINITE | GAP, forward=True)

    def previous_mark(self) -> bool:
        """Go to the previous such event."""
        return self._to_marked(EXCEPTION | NONFINITE | GAP, forward=False)

    def next_notable(self) -> bool:
        """Go to the next event with a warning, or at which somebody else than the framework itself changed a flag."""
        return self._to_marked(MESSAGE | FLIPPED, forward=True)

    def previous_notable(self) -> bool:
        """Go to the previous such event."""
        return self._to_marked(MESSAGE | FLIPPED, forward=False)

    def _to_marked(self, mark: int, *, forward: bool) -> bool:
        search = self._search_forward if forward else self._search_backward
        target = search(lambda part: part & mark != 0, self.trace.columns.marks)
        return target is not None and self.jump(target)

    def _next(self, column: Column[Any], *, equal: bool) -> bool:
        if not len(column):
            return False
        here = column[self.index]
        target = self._search_forward(lambda part: (part == here) == equal, column)
        return target is not None and self.jump(target)

    def _previous(self, column: Column[Any], *, equal: bool) -> bool:
        if not len(column):
            return False
        here = column[self.index]
        target = self._search_backward(lambda part: (part == here) == equal, column)
        return target is not None and self.jump(target)

    def _previous_group(self, column: Column[Any]) -> bool:
        """Go to the first event of the group before this one, a group being events with one value in a row."""
        begin = self.index
        if not self._previous(column, equal=False):
            return False
        try:
            further = self._previous(column, equal=False)
        except TooFar:
            self.index = begin
            raise
        if not further:
            self.index = 0
            return begin != 0
        self.index += 1
        return True

    def _to_epoch(self, *, forward: bool) -> bool:
        columns, epoch = self.trace.columns, self.trace.framework.phase(EPOCH)
        if epoch is None or epoch.begin not in columns.names:
            return False
        number = columns.names.index(epoch.begin)
        search = self._search_forward if forward else self._search_backward
        target = search(lambda part: part == number, columns.name)
        return target is not None and self.jump(target)

    def _search_forward(self, test: _Test, column: Column[Any] | None = None) -> int | None:
        values = self.trace.columns.depth if column is None else column
        start, width = self.index + 1, int(WINDOW)
        while start < len(values):
            self._check(start - self.index)
            found = np.flatnonzero(test(values[start : start + width]))
            if len(found):
                return start + int(found[0])
            start, width = start + width, min(width * 4, WIDEST)
        return None

    def _search_backward(self, test: _Test, column: Column[Any] | None = None) -> int | None:
        values = self.trace.columns.depth if column is None else column
        stop, width = self.index, int(WINDOW)
        while stop > 0:
            self._check(self.index - stop)
            start = max(0, stop - width)
            found = np.flatnonzero(test(values[start:stop]))
            if len(found):
                return start + int(found[-1])
            stop, width = start, min(width * 4, WIDEST)
        return None

    def _check(self, looked: int) -> None:
        if looked > self.reach:
            raise TooFar
