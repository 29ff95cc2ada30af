"""Phases of a run, from the names of its events alone: each lasts from the event that begins it to one that ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...trace.framework import Phase

Levels: TypeAlias = NDArray[np.uint8]


class Phases:
    """The phases of a framework.

    A phase that begins again without having ended (a retry after an error) ends what was open inside it; so does its
    end.

    Args:
        phases: The outermost first, at most eight: the phases of an event are a sum of bits, the outermost the lowest.
    """

    def __init__(self, phases: Sequence[Phase]) -> None:
        self._begins = [phase.begin for phase in phases]
        outer = [phases[:place] for place in range(len(phases))]
        self._ends = [
            frozenset(name for each in (*around, phase) for name in each.ends) | {each.begin for each in around}
            for phase, around in zip(phases, outer, strict=True)
        ]
        self._own: dict[str, int] = {}
        for place, phase in enumerate(phases):
            for name in phase.ends:
                self._own[name] = self._own.get(name, 0) | 1 << place
        self._opens = frozenset(phase.begin for phase in phases if not phase.inside)

    def follow(
        self,
        names: Sequence[str],
        codes: NDArray[np.integer[Any]],
        opened: int | Levels,
        starts: int | NDArray[np.int64] = 0,
    ) -> tuple[Levels, Levels]:
        """Follow the phases from event to event.

        Args:
            names: Event names.
            codes: For each event the place of its name among them.
            opened: Sum of the phases that are open before the first event; or for each event before the first one of
                its thread.
            starts: Place of the first event; or for each event that of its thread, whose events stand in a row.

        Returns:
            For each event the levels of phases around it (a phase's first and last event stand at the level of the
            phase itself), and the sum of its phases.
        """
        after = np.zeros(len(codes), np.uint8)
        depths = np.zeros(len(codes), np.uint8)
        for place in range(len(self._begins)):
            is_open = self._is_open(place, names, codes, np.bool_(opened & 1 << place), starts)
            after |= is_open * np.uint8(1 << place)
            depths += is_open
        own = np.array([self._own.get(name, 0) for name in names], np.uint8)
        first = np.array([name in self._opens for name in names], np.uint8)
        return depths - first[codes], after | own[codes]

    def _is_open(
        self,
        place: int,
        names: Sequence[str],
        codes: NDArray[np.integer[Any]],
        opened: Any,
        starts: int | NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Tell for each event whether a phase is open after it: the latest event that begins or ends it says so."""
        begins = np.array([name == self._begins[place] for name in names], np.bool_)
        decides = np.array([name in self._ends[place] for name in names], np.bool_) | begins
        latest = np.maximum.accumulate(np.where(decides[codes], np.arange(len(codes)), -1))
        found: NDArray[np.bool_] = np.where(latest < starts, opened, begins[codes][latest])
        return found

    def follow_threads(
        self,
        names: Sequence[str],
        codes: NDArray[np.integer[Any]],
        threads: NDArray[np.int64],
        opened: Mapping[int, int],
    ) -> tuple[Levels, Levels]:
        """Follow the phases from event to event, those of each thread on their own.

        Args:
            names, codes: As for `follow`.
            threads: For each event a number of its thread.
            opened: For each thread what `follow` calls so; one that is not there has no phase open.

        Returns:
            As `follow`.
        """
        order = np.argsort(threads, kind="stable")
        known, starts = np.unique(threads[order], return_index=True)
        begins = np.array([opened.get(thread, 0) for thread in known.tolist()], np.uint8)
        place = np.repeat(np.arange(len(known)), np.diff([*starts.tolist(), len(order)]))
        depths, phases = self.follow(names, codes[order], begins[place], starts[place])
        back = np.argsort(order, kind="stable")
        return depths[back], phases[back]

    def after(self, latest: Mapping[str, int]) -> int:
        """Return the sum of the phases that are open after some events.

        Args:
            latest: For each event name the number of the latest event of this name; other names may be missing.

        Returns:
            What following all those events would have led to: a phase is open if it began after whatever ends it.
        """
        ended = [max((latest.get(name, -1) for name in names), default=-1) for names in self._ends]
        begun = [latest.get(name, -1) for name in self._begins]
        return sum(1 << place for place, (begin, end) in enumerate(zip(begun, ended, strict=True)) if begin > end)
