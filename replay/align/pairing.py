"""Pairs the events of two traces: each with the event at the same moment of the other, in the order of both."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.limits import BLOCK_RECORDS

if TYPE_CHECKING:
    from ..trace import Trace

Numbers = NDArray[np.int64]

Pairs = tuple[Numbers, Numbers]
"""Numbers of events of the one trace and of the other, both ascending: events at one place are a pair."""

MOST_SORTED: Final = 1 << 20
"""Pairs out of order among which the longest run in order is looked for, a microsecond each; of more the first are."""


def pairs(one: Trace, other: Trace) -> Iterator[Pairs]:
    """Give the pairs of two traces, some thousands at a time.

    Two events are a pair if they have the same phases, step and name, and as many of these came before each. As long
    as two traces go in step, nothing else is looked at: the events of the one are those of the other.

    Args:
        one, other: The traces.
    """
    keys = _Keys(one, other)
    place, size = 0, int(BLOCK_RECORDS)
    most = min(len(one), len(other))
    while place < most:
        end = min(place + size, most)
        first, second = keys.of(one, place, end), keys.of(other, place, end)
        parts = np.flatnonzero((first[0] != second[0]) | (first[1] != second[1]))
        same = int(parts[0]) if len(parts) else end - place
        if same:
            numbers = np.arange(place, place + same)
            yield numbers, numbers
        place += same
        if len(parts):
            yield from _cut(_matched(keys.of(one, place, len(one)), keys.of(other, place, len(other))), place, size)
            return


def _cut(found: Pairs, place: int, size: int) -> Iterator[Pairs]:
    for start in range(0, len(found[0]), size):
        yield found[0][start : start + size] + place, found[1][start : start + size] + place


class _Keys:
    """What events of two traces are paired by: step, and a number for name and phases that is the same in both."""

    def __init__(self, one: Trace, other: Trace) -> None:
        self._names: dict[str, int] = {}
        self._phases: dict[str, int] = {}
        self._codes = {id(trace): self._of_trace(trace) for trace in (one, other)}

    def _of_trace(self, trace: Trace) -> tuple[Numbers, Numbers]:
        """Return the code of each name, and of each sum of phases."""
        names = [self._names.setdefault(name, len(self._names)) for name in trace.columns.names]
        bits = [1 << self._phases.setdefault(phase.name, len(self._phases)) for phase in trace.framework.phases]
        sums = [sum(bit for place, bit in enumerate(bits) if phases >> place & 1) for phases in range(256)]
        return np.array(names, np.int64), np.array(sums, np.int64)

    def of(self, trace: Trace, start: int, stop: int) -> tuple[Numbers, Numbers]:
        """Return step, and name and phases, of some events."""
        names, phases = self._codes[id(trace)]
        columns = trace.columns
        codes = names[columns.name[start:stop]] << 16 | phases[columns.phases[start:stop]]  # of two times eight phases
        return columns.step[start:stop], codes


def _matched(one: tuple[Numbers, Numbers], other: tuple[Numbers, Numbers]) -> Pairs:
    """Pair events by their keys, each occurrence with the same one of the other trace, and leave the order whole."""
    count = len(one[0])
    codes = _codes(*(np.concatenate(parts) for parts in zip(one, other, strict=True)))
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sizes = np.diff(begins, append=len(codes))
    ours = np.add.reduceat(order < count, begins, dtype=np.int64) if len(begins) else sizes
    both = np.minimum(ours, sizes - ours)  # of each key so many occurrences are in both: the first ones
    ranks = np.arange(int(both.sum())) - np.repeat(np.cumsum(both) - both, both)
    firsts = np.repeat(begins, both) + ranks
    partner = np.full(count, -1, np.int64)
    partner[order[firsts]] = order[firsts + np.repeat(ours, both)] - count
    found = np.flatnonzero(partner >= 0)
    kept = in_order(partner[found])
    return found[kept], partner[found][kept]


def _codes(steps: Numbers, kinds: Numbers) -> Numbers:
    """Return one number for each pair of two, ordered by the first: sorting what is nearly sorted is quick."""
    count = int(kinds.max(initial=0)) + 1
    low, high = int(steps.min(initial=0)), int(steps.max(initial=0))
    if (high - low + 1) * count >= 1 << 63:  # steps that no training takes
        steps, low = np.unique(steps, return_inverse=True)[1].reshape(-1), 0
    return (steps - low) * count + kinds


def in_order(numbers: Numbers) -> Numbers:
    """Return the places of numbers, all different, that ascend from each to the next: as many as can be.

    Where nothing is out of order that is all of them: what stands between two places that are right for all others
    is looked at alone.
    """
    if not len(numbers):
        return np.empty(0, np.int64)
    highest = np.maximum.accumulate(numbers)
    lowest = np.minimum.accumulate(numbers[::-1])[::-1]
    right = (numbers == highest) & (numbers == lowest)
    kept = right.copy()
    wrong = np.flatnonzero(~right)
    if len(wrong) > MOST_SORTED:
        return np.flatnonzero(numbers == highest)
    for run in np.split(wrong, np.flatnonzero(np.diff(wrong) > 1) + 1):
        kept[[run[place] for place in _longest(numbers[run].tolist())]] = True
    return np.flatnonzero(kept)


def _longest(numbers: list[int]) -> list[int]:
    """Return the places of the longest ascending sequence (patience sorting)."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tails, number)
        before.append(at[pile - 1] if pile else -1)
        tails[pile : pile + 1], at[pile : pile + 1] = [number], [place]
    found, place = [], at[-1] if at else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found[::-1]
