"""Several traces side by side: the same moment in each, and the places where they part."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .ignored import Ignored, Rules, ignored_in
from .moments import Moments
from .partings import Apart, order_of, partings, place_of

if TYPE_CHECKING:
    from ..trace import Trace


@dataclass(frozen=True, slots=True)
class Parting:
    """A place where several traces part.

    Attributes:
        events: Number of the event in each trace; None where it has none at this moment.
        places: The same, and where there is none the last event before; -1 before the first.
        alone: How many events in a row, from there on, each trace has that not all have; all 0 where all have the
            event, and values differ.
        paths: Values that begin to differ there: flags first, then logs, state and what else there is.
        parted: Which traces are not as the first one there.
    """

    events: tuple[int | None, ...]
    places: tuple[int, ...]
    alone: tuple[int, ...]
    paths: tuple[str, ...]
    parted: tuple[bool, ...]


class Alignment:
    """Several traces: ranks of one run, two runs, or a resumed run and its first part.

    Two events are at the same moment if they have the same phases, step and name, and as many of these came before.

    Args:
        traces: The traces, two or more; they are asked in the thread that asks this.
        ignored: What is not compared; None: `ignored.ignored_in` the framework of the first.

    Attributes:
        traces: As given.
        ignored: What is not compared.
        both: For each trace how many events it shares with the first one, as far as `partings` has come.
    """

    def __init__(self, traces: Sequence[Trace], ignored: Sequence[Ignored] | None = None) -> None:
        self.traces = tuple(traces)
        self.ignored = ignored_in(self.traces[0].framework) if ignored is None else tuple(ignored)
        self.both = [len(self.traces[0]), *(0 for _ in self.traces[1:])]
        self._moments = [Moments(trace) for trace in self.traces]

    def same_moment(self, index: int, other: int, one: int = 0) -> int | None:
        """Return the event of one trace at the moment of an event of another.

        Args:
            index: Number of the event.
            other: The trace in which it is looked for, by its place among `traces`.
            one: The trace that the event is of.

        Returns:
            Its number; None if that trace has no such moment.

        Raises:
            IndexError: There is no such event.
        """
        return index if one == other else self._moments[other].find(self._moments[one].of(index))

    def nearest(self, index: int, other: int, one: int = 0) -> int:
        """Return the event of one trace at the moment of an event of another, or near it.

        Arguments and errors are those of `same_moment`. Where there is no such moment, the last event of that name
        and step stands for it, then the last of that step or of the one before; -1 in a trace without events.
        """
        return index if one == other else self._moments[other].nearest(self._moments[one].of(index))

    def about(self, events: NDArray[np.int64], other: int, one: int = 0) -> NDArray[np.int64]:
        """Return about where some events of one trace are in another, by their steps alone: for drawing.

        Args:
            events: Numbers of events.
            other, one: As for `same_moment`.

        Returns:
            Numbers of events; that of the one behind the last where the other trace has ended before.
        """
        return events if one == other else self._moments[other].at(*self._moments[one].places(events))

    def partings(self, progress: Callable[[float], None] = lambda done: None) -> Iterator[Parting]:
        """Give the places where traces part from the first one, in its order, each as soon as it is known.

        A value that goes on being different is told of once, where that begins.

        Args:
            progress: Called now and then with the part of the first trace that has been compared, 0.0 to 1.0.
        """
        streams = [partings(self.traces[0], other, Rules(self.ignored)) for other in self.traces[1:]]
        reached = [0] * len(streams)
        found: list[deque[Apart]] = [deque() for _ in streams]
        going = set(range(len(streams)))
        while going:
            number = min(going, key=reached.__getitem__)
            step = next(streams[number], None)
            if step is None:
                going.discard(number)
            else:
                reached[number], self.both[number + 1] = step.stop, step.both
                found[number].extend(step.found)
            stop = min((reached[each] for each in going), default=None)
            progress(1.0 if stop is None else stop / max(1, len(self.traces[0])))
            yield from self._up_to(found, stop)

    def _up_to(self, found: list[deque[Apart]], stop: int | None) -> Iterator[Parting]:
        """Give and forget what was found before an event of the first trace; None: all of it."""
        while True:
            nexts = [place_of(each[0]) for each in found if each]
            if not nexts or (stop is not None and min(nexts)[0] >= stop):
                return
            first = min(nexts)
            yield self._together([each.popleft() if each and place_of(each[0]) == first else None for each in found])

    def _together(self, here: list[Apart | None]) -> Parting:
        """Return what was found at one place, of all traces: those of which nothing was are as the first one."""
        known = next(apart for apart in here if apart is not None)
        parts = any(apart is not None and any(apart.alone) for apart in here)
        ours = known.one if known.alone[0] or not parts else None
        events: list[int | None] = [ours]
        places, alone = [known.one], [max(apart.alone[0] for apart in here if apart is not None)]
        for number, apart in enumerate(here, 1):
            if apart is not None:
                events.append(apart.other if apart.alone[1] or not parts else None)
                places.append(apart.other)
                alone.append(apart.alone[1])
            else:
                place = -1 if known.one < 0 else self.nearest(known.one, number)
                events.append(place if ours is not None else None)
                places.append(place)
                alone.append(alone[0])
        paths = {path for apart in here if apart is not None for path in apart.paths}
        parted = (False, *(apart is not None for apart in here))
        return Parting(tuple(events), tuple(places), tuple(alone), tuple(sorted(paths, key=order_of)), parted)
