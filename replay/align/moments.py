"""Moments of a run: what names an event in any trace of it, and the way from the name to the event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..trace import Trace


@dataclass(frozen=True, slots=True)
class Moment:
    """What an event is called in every trace of a run.

    Attributes:
        phases: Names of the phases around it, the outermost first.
        step: Step before it, -1 if unknown.
        name: Its name.
        occurrence: How many events of the same phases, step and name came before it.
    """

    phases: tuple[str, ...]
    step: int
    name: str
    occurrence: int


class Moments:
    """The moments of one trace. The first question walks all steps, about a second for four million events.

    Args:
        trace: The trace; it is asked in the thread that asks this.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def of(self, index: int) -> Moment:
        """Return the moment of an event; raises IndexError."""
        columns = self._trace.columns
        name, phases, step = (int(column[index]) for column in (columns.name, columns.phases, columns.step))
        before = 0
        for start, stop in self._runs(step):
            stop = min(stop, index)
            if start < stop:
                before += int(np.count_nonzero(self._are(name, phases, start, stop)))
        within = self._trace.framework.within(int(phases))
        return Moment(within, step, columns.names[int(name)], before)

    def find(self, moment: Moment) -> int | None:
        """Return the number of the event at a moment; None if there is none."""
        left = moment.occurrence
        for found in self._alike(moment):
            if left < len(found):
                return int(found[left])
            left -= len(found)
        return None

    def nearest(self, moment: Moment) -> int:
        """Return the number of the event at a moment, or of one near it; -1 in a trace without events.

        Where there is no such moment, the last event of that name and step stands for it, then the last event of
        that step, or of the step before.
        """
        found = self.find(moment)
        if found is not None:
            return found
        alike = [each for each in self._alike(moment) if len(each)]
        return int(alike[-1][-1]) if alike else self._last_of_step(moment.step)

    def places(self, events: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each of some events its step, and how many events of that step came before it in a row."""
        starts, steps = self._steps
        runs = np.clip(np.searchsorted(starts, events, "right") - 1, 0, max(0, len(steps) - 1))
        return (steps[runs], events - starts[runs]) if len(steps) else (np.full(len(events), -1), events)

    def at(self, steps: NDArray[np.int64], within: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return about where `places` of another trace are in this one: no event is looked at but for its step.

        Args:
            steps: Steps. One that is not there is taken for the end of the greatest before it.
            within: How many events of the step come before.
        """
        starts, known = self._steps
        order = np.argsort(known, kind="stable")
        places = np.searchsorted(known[order], steps, "right") - 1
        runs = order[np.maximum(places, 0)] if len(order) else np.zeros(len(steps), np.int64)
        if not len(known):
            return np.zeros(len(steps), np.int64)
        length = starts[runs + 1] - starts[runs]
        offset = np.where(known[runs] == steps, np.minimum(within, length), length)
        return np.where(places < 0, 0, starts[runs] + offset)

    def _last_of_step(self, step: int) -> int:
        """Return the last event of the greatest step up to one."""
        starts, steps = self._steps
        earlier = np.flatnonzero(steps <= step)
        if not len(earlier):
            return min(0, len(self._trace) - 1)
        run = int(earlier[steps[earlier] == steps[earlier].max()][-1])
        return int(starts[run + 1]) - 1

    def _alike(self, moment: Moment) -> Iterator[NDArray[np.int64]]:
        """Give the numbers of the events of a moment's phases, step and name, for each run of its step."""
        columns, framework = self._trace.columns, self._trace.framework
        known = {phase.name: 1 << place for place, phase in enumerate(framework.phases)}
        if moment.name not in columns.names or not known.keys() >= set(moment.phases):
            return
        name, phases = columns.names.index(moment.name), sum(known[phase] for phase in moment.phases)
        for start, stop in self._runs(moment.step):
            yield start + np.flatnonzero(self._are(name, phases, start, stop))

    def _are(self, name: int, phases: int, start: int, stop: int) -> NDArray[np.bool_]:
        columns = self._trace.columns
        found: NDArray[np.bool_] = (columns.name[start:stop] == name) & (columns.phases[start:stop] == phases)
        return found

    def _runs(self, step: int) -> Iterator[tuple[int, int]]:
        """Give begin and end of each run of events of a step."""
        starts, steps = self._steps
        for run in np.flatnonzero(steps == step).tolist():
            yield int(starts[run]), int(starts[run + 1])

    @cached_property
    def _steps(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where each run of events of one step begins, and at the end the number of events; the step of each run."""
        starts, steps = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        place, last = 0, np.empty(0, np.int64)
        for part in self._trace.columns.step.parts():
            known = np.concatenate([last, part])
            new = np.flatnonzero(known[1:] != known[:-1]) + 1 - len(last)
            new = new if len(last) else np.append(0, new)
            starts.append(new + place)
            steps.append(part[new])
            place, last = place + len(part), part[-1:]
        return np.append(np.concatenate(starts), place), np.concatenate(steps)
