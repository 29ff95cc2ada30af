"""Looks at some events in a row, all at once: where units begin, what happened in each, what repeats itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..columns.columns import Columns
from .level import narrow
from .words import Words

STEPPED: Final = 1 << 8
"""A step begins in the unit. Below this bit are the marks of the events, see `Columns`."""
OUTER: Final = 1 << 9
"""What lies around steps, as an epoch, begins in it."""
TRAINED: Final = 1 << 10
"""It is part of a training."""
OPENED: Final = 1 << 11
"""A training begins with it."""
TOLD: Final = 12
"""The bits from this one on are those of `Units.told`."""
MOST_TOLD: Final = 19

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Before:
    """What is known of the event before a window; the defaults are for the first one.

    Attributes:
        exists: There is one.
        training: A training is open after it.
        trained: It was part of one.
        closed: It ended one.
        outer: It began what lies around steps.
        owner: Thread whose phases count, -1: that of the first event.
        inner: It was in a phase inside a unit.
        ended: It ended that.
        step: Its step.
        alike: Its name, thread, flags, and whether it had a mark.
        repeats: It was as the event before it.
    """

    exists: bool = False
    training: bool = False
    trained: bool = False
    closed: bool = False
    outer: bool = False
    owner: int = -1
    inner: bool = False
    ended: bool = False
    step: int = -1
    alike: tuple[int, int, int, int] = (-1, -1, -1, 1)
    repeats: bool = False


@dataclass(frozen=True)
class Found:
    """What is found in a window. All are numbers of events, but the bits.

    Attributes:
        starts: Where units begin.
        bits: Of those units, as far as they reach into the window.
        head: Of the unit that began before it.
        ended: The step before each begin of a unit.
        inner, repeats: Where such ranges begin, and where they end.
        after: What is known of its last event.
    """

    starts: NDArray[Any]
    bits: NDArray[np.uint32]
    head: int
    ended: NDArray[Any]
    inner: tuple[NDArray[np.int64], NDArray[np.int64]]
    repeats: tuple[NDArray[np.int64], NDArray[np.int64]]
    after: Before


class Window:
    """Some events in a row.

    Args:
        columns: Of the trace.
        part: Which events; at least one.
        words: What phases and events are.
        table: For each event name the bits that it gives to a unit.
        before: What is known of the event before them.
    """

    def __init__(self, columns: Columns, part: slice, words: Words, table: NDArray[np.uint32], before: Before) -> None:
        self._first = part.start
        self._words, self._before = words, before
        self._names = list(columns.names)
        self._code, self._thread = columns.name[part], columns.thread[part]
        self._marks, self._flags = columns.marks[part], columns.flags[part]
        self._phases, self._step = columns.phases[part], columns.step[part]
        self._bits = table[self._code]

    def found(self) -> Found:
        """Return what there is in it."""
        before = self._before
        training = self._words.training
        opens = self._are([training.begin] if training is not None else [])
        closes = self._are(training.ends if training is not None else [])
        trained, training_after = self._trained(opens, closes)
        owner = self._held(self._bits & (STEPPED | OPENED) != 0, self._thread, self._owner_before())
        inner, ended, edges = self._inner(owner == self._thread)
        starts = self._starts(trained, closes, ~inner | edges)
        edges |= starts & inner
        repeats = self._repeats(inner) & ~starts & ~edges
        after = replace(
            before,
            exists=True,
            training=training_after,
            trained=bool(trained[-1]),
            closed=bool(closes[-1]),
            outer=bool(self._bits[-1] & OUTER),
            owner=int(owner[-1]),
            inner=bool(inner[-1]),
            ended=bool(ended[-1]),
            step=int(self._step[-1]),
            alike=(int(self._code[-1]), int(self._thread[-1]), int(self._flags[-1]), int(self._marks[-1])),
            repeats=bool(repeats[-1]),
        )
        return self._found(starts, self._unit_bits(trained, starts, inner, ended), edges, inner, repeats, after)

    def _are(self, names: Iterable[str]) -> Flags:
        wanted = frozenset(names)
        return np.array([name in wanted for name in self._names], np.bool_)[self._code]

    @staticmethod
    def _held(decides: Flags, values: NDArray[Any], before: Any) -> NDArray[Any]:
        """Return for each event the value of the latest one that decides; until there is one, that of before."""
        latest = np.maximum.accumulate(np.where(decides, np.arange(len(decides)), -1))
        return np.where(latest < 0, before, values[latest])

    def _trained(self, opens: Flags, closes: Flags) -> tuple[Flags, bool]:
        """Tell which events are part of a training, from its begin to its end, and whether one is open at last."""
        if self._words.training is None:
            known = self._step >= 0 if self._words.step is None else np.ones(len(self._code), np.bool_)
            return known, False
        opens = opens | (self._bits & (STEPPED | OUTER) != 0)  # of a recording that began later the begin is not told
        after = self._held(opens | closes, opens, self._before.training)
        return _shifted(after, self._before.training) | opens, bool(after[-1])

    def _owner_before(self) -> int:
        return int(self._thread[0]) if self._before.owner < 0 else self._before.owner

    def _inner(self, own: Flags) -> tuple[Flags, Flags, Flags]:
        """Tell which events are in a phase inside a unit, which of them end it, and with which it begins.

        Args:
            own: Events of the thread whose phases count: those of others are where this one is.
        """
        before, phases = self._before, self._phases & self._words.inner_bits
        outermost = phases & (~phases + np.uint8(1))
        inner = self._held(own, phases != 0, before.inner).astype(np.bool_)
        begun, ended = (own & (outermost & table[self._code] != 0) for table in self._words.edges(self._names))
        going = _shifted(inner, before.inner) & ~_shifted(ended, before.ended) & ~begun
        return inner, ended, inner & ~going

    def _starts(self, trained: Flags, closes: Flags, apart: Flags) -> Flags:
        """Tell with which events a unit begins; `apart`: outside a training one begins there."""
        bits, before = self._bits, self._before
        if self._words.step is None:
            steps = self._step != _shifted(self._step, before.step)
        else:
            steps = (bits & STEPPED != 0) & ~_shifted(bits & OUTER != 0, before.outer)
        steps |= (bits & (OUTER | OPENED) != 0) | closes | _shifted(closes, before.closed)
        starts = np.where(trained, steps, apart) | (trained != _shifted(trained, before.trained))
        starts[0] |= not before.exists
        found: Flags = starts
        return found

    def _repeats(self, inner: Flags) -> Flags:
        """Tell which events are as the one before."""
        code, thread, flags, marks = self._before.alike
        same = (self._marks == 0) & (_shifted(self._marks, marks) == 0) & (inner == _shifted(inner, self._before.inner))
        for values, before in ((self._code, code), (self._thread, thread), (self._flags, flags)):
            same &= values == _shifted(values.astype(np.int64), before)
        found: Flags = same
        return found

    def _unit_bits(self, trained: Flags, starts: Flags, inner: Flags, ended: Flags) -> NDArray[np.uint32]:
        """Return what each event gives to its unit: of a phase inside it the end is told, and trouble."""
        bits = np.where(inner & ~ended, np.uint32(0), self._bits) | self._marks
        bits |= np.where(trained, np.uint32(TRAINED), np.uint32(0))
        if self._words.step is None:
            bits |= np.where(trained & starts, np.uint32(STEPPED), np.uint32(0))
        found: NDArray[np.uint32] = bits
        return found

    def _found(
        self, starts: Flags, bits: NDArray[np.uint32], edges: Flags, inner: Flags, repeats: Flags, after: Before
    ) -> Found:
        first, before = self._first, self._before
        places = np.flatnonzero(starts)
        head = bits[: places[0]] if len(places) else bits
        was_inner, repeated = _shifted(inner, before.inner), _shifted(repeats, before.repeats)
        return Found(
            starts=narrow(places + first),
            bits=np.bitwise_or.reduceat(bits, places) if len(places) else np.empty(0, np.uint32),
            head=int(np.bitwise_or.reduce(head, initial=0)),
            ended=narrow(_shifted(self._step, before.step)[places][0 if before.exists else 1 :]),
            inner=(np.flatnonzero(edges) + first, np.flatnonzero(was_inner & (~inner | edges)) + first),
            repeats=(np.flatnonzero(repeats & ~repeated) + first - 1, np.flatnonzero(repeated & ~repeats) + first),
            after=after,
        )


def _shifted(values: NDArray[Any], first: Any) -> NDArray[Any]:
    """Return for each event the value of the one before."""
    return np.concatenate([np.array([first], values.dtype), values[:-1]])
