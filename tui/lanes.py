"""Several traces at once: reads the others beside the keys, finds the same moment in each, and where they part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from textual.app import App
from textual.worker import Worker, get_current_worker

from ..replay.align.names import names_of
from ..replay.signs import signs
from ..replay.span import Span, each
from ..replay.text.safe import visible
from ..replay.trace import Trace
from ..trace.errors import TraceError
from .source import Source

if TYPE_CHECKING:
    from ..replay.align.alignment import Alignment, Parting

MOST_PARTINGS: Final = 10_000
"""Places where traces part that are remembered."""

_Result = TypeVar("_Result")


class _Left(Exception):
    """The app is being left."""


@dataclass(slots=True)
class Lane:
    """One of the traces.

    Attributes:
        source: What the user opened.
        name: What it is called, safe: ``rank 0``, or its file.
        trace: The trace; None while it is not read.
        failed: Why it can't be read; or empty.
    """

    source: Source
    name: str
    trace: Trace | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """A lane over the cells of a screen.

    Attributes:
        signs: For each cell the signs of the lane's events at the moments of the cell, see `replay.signs`.
        filled: Whether the lane has events there.
        more: Events of the lane that come after the last cell.
    """

    signs: NDArray[np.uint8]
    filled: NDArray[np.bool_]
    more: int


@dataclass(frozen=True, slots=True)
class Told:
    """A place where the traces part.

    Attributes:
        number: Which of the places it is, from 1.
        places: Number of the event in each lane, or of the last before; -1 where there is none.
        lines: What parts there, safe.
    """

    number: int
    places: tuple[int, ...]
    lines: tuple[str, ...]


class Lanes:
    """The traces that were opened.

    Args:
        app: Whose workers read and compare.
        sources: The traces.
        changed: Called where keys are handled when more is known of them.

    Attributes:
        lanes: The traces, in the order in which they were given.
        current: Which of them is seen.
        mark: The place A: which lane, and number of the event; None: none is marked.
        partings: Where they part, as far as that was asked for.
        all_found: There are no more of these.
        comparing: They are being compared.
        percent: How much of them has been.
    """

    def __init__(self, app: App[Any], sources: Sequence[Source], changed: Callable[[], None]) -> None:
        self.lanes = [Lane(source, visible(source.name.replace("\\", "/").rpartition("/")[2])) for source in sources]
        self.current = 0
        self.mark: tuple[int, int] | None = None
        self.partings: list[Told] = []
        self.all_found = False
        self.comparing = False
        self.percent = 0
        self._app = app
        self._changed = changed
        self._near: _Track | None = None
        self._far: _Track | None = None
        self._found: Iterator[Parting] | None = None
        self._reading = False
        self._signs: dict[int, NDArray[np.uint8]] = {}

    # -- reading

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return len(self.lanes) > 1

    @property
    def readable(self) -> list[int]:
        """Places of the lanes that were read."""
        return [place for place, lane in enumerate(self.lanes) if lane.trace is not None]

    @property
    def ready(self) -> bool:
        """Whether all that can be read are read, and checked."""
        traces = [lane.trace for lane in self.lanes if not lane.failed]
        return len(traces) > 1 and all(trace is not None and trace.checked >= 1 for trace in traces)

    @property
    def here(self) -> Lane:
        """The lane that is seen."""
        return self.lanes[self.current]

    def take(self, place: int, trace: Trace) -> None:
        """Take a trace that was read."""
        self.lanes[place].trace = trace
        self._name()

    def read_others(self) -> None:
        """Read those that are not read, one after the other, beside the keys."""
        missing = [place for place, lane in enumerate(self.lanes) if lane.trace is None and not lane.failed]
        if missing and not self._reading:
            self._reading = True
            self._run(partial(self._read, missing), self._all_read)

    def _read(self, places: Sequence[int]) -> None:
        for place in places:
            lane = self.lanes[place]
            try:
                trace = lane.source.load(_progress)
                trace.check(_progress)
            except OSError as error:
                lane.failed = visible(str(error.strerror or error))
            except TraceError as error:
                lane.failed = visible(str(error))
            else:
                self._app.call_later(self._one_read, place, trace)

    def _one_read(self, place: int, trace: Trace) -> None:
        if self.lanes[place].trace is None:
            self.take(place, trace)
        self._changed()

    def _all_read(self, _: None) -> None:
        self._reading = False
        self._name()
        if self.ready:
            self._track_near().run("warm", _warm, lambda _: None)
        self._changed()

    def _name(self) -> None:
        known = [lane for lane in self.lanes if lane.trace is not None]
        for lane, name in zip(known, names_of([lane.trace for lane in known if lane.trace is not None]), strict=True):
            lane.name = name

    # -- the same moment

    def shares(self, lane: int) -> bool:
        """Tell whether a lane can have a moment of the current one: runs of two frameworks have none in common."""
        one, other = self.here.trace, self.lanes[lane].trace
        return one is not None and other is not None and bool(set(one.columns.names) & set(other.columns.names))

    def moments(self, index: int, then: Callable[[list[tuple[int, bool]]], None], lane: int | None = None) -> None:
        """Find the moment of an event in all lanes.

        Args:
            index: Number of the event.
            then: Called where keys are handled, with the event of each lane, -1 where there is none, and whether it
                is at that very moment.
            lane: Whose event it is; None: of the current one.
        """
        if self.ready:
            one = self._place(self.current if lane is None else lane)
            self._track_near().run("moments", partial(_moments, index=index, one=one), self._spread(then))

    def cells(self, span: Span, then: Callable[[list[Cells | None]], None]) -> None:
        """Find what each lane has at the moments of events of the current one.

        Args:
            span: The events, in cells of a screen.
            then: Called where keys are handled, with the cells of each lane; None for one that can't be read.
        """
        if self.ready:
            track = self._track_near()
            job = partial(_cells, self._signs, span, self._place(self.current))
            track.run("cells", job, partial(self._found_cells, span, then))

    def _found_cells(self, span: Span, then: Callable[[list[Cells | None]], None], found: list[Cells | None]) -> None:
        """Tell what is known; of each lane of which that is too little, find out more first."""
        self._spread(then, None)(found)
        if len(self._signs) < len(self.readable):
            job = partial(_signs_of_next, self._signs)
            self._track_near().run("signs", job, lambda _: self.cells(span, then))

    def _spread(self, then: Callable[[list[Any]], None], nothing: Any = (-1, False)) -> Callable[[list[Any]], None]:
        """Return what puts the answers for the lanes that could be read in the places of these among all."""
        places = self.readable

        def answer(found: list[Any]) -> None:
            known = dict(zip(places, found, strict=True))
            then([known.get(place, nothing) for place in range(len(self.lanes))])

        return answer

    def _place(self, lane: int) -> int:
        return self.readable.index(lane)

    def _track_near(self) -> _Track:
        if self._near is None or self._near.lengths != self._lengths:
            self._near, self._signs = _Track(self._run, self._traces()), {}
        return self._near

    @property
    def _lengths(self) -> list[int]:
        return [len(lane.trace) for lane in self.lanes if lane.trace is not None]

    @property
    def outgrown(self) -> bool:
        """Whether traces have grown since all of them was compared."""
        return self.all_found and self._far is not None and self._far.lengths != self._lengths

    def _traces(self) -> list[Trace]:
        return [lane.trace.apart(_end_if_left) for lane in self.lanes if lane.trace is not None]

    def forget(self) -> None:
        """Forget what was found: events may have other numbers now."""
        self._near = self._far = self._found = None
        self._signs = {}
        self.partings, self.all_found, self.comparing, self.percent = [], False, False, 0
        self._changed()

    # -- where they part

    def look_further(self) -> None:
        """Find the next place where they part; `changed` is called when it is known."""
        if not self.ready or self.all_found or self.comparing:
            return
        if self._far is None or self._found is None:
            self._far = _Track(self._run, self._traces())
            self._found = self._far.aligned.partings(self._compared_to)
        self.comparing = True
        self._far.run("partings", partial(self._next, self._found, len(self.partings)), self._arrived)

    def _next(self, found: Iterator[Parting], count: int, aligned: Alignment) -> Told | None:
        from ..replay.align.told import told

        parting = next(found, None) if count < MOST_PARTINGS else None
        if parting is None:
            return None
        lines = told(aligned, parting, names_of(aligned.traces), first=not count)
        known = dict(zip(self.readable, parting.places, strict=True))
        return Told(count + 1, tuple(known.get(place, -1) for place in range(len(self.lanes))), tuple(lines))

    def _compared_to(self, done: float) -> None:
        percent = int(100 * done)
        if percent > self.percent:
            self.percent = percent
            self._app.call_later(self._changed)

    def _arrived(self, found: Told | None) -> None:
        self.comparing = False
        if found is None:
            self.all_found = True
        else:
            self.partings.append(found)
        self._changed()

    @property
    def shared(self) -> list[int]:
        """How many events each lane was found to share with the first, as far as they were compared."""
        known = dict(zip(self.readable, self._far.aligned.both, strict=True)) if self._far is not None else {}
        return [known.get(place, 0) for place in range(len(self.lanes))]

    # -- threads

    def _run(self, job: Callable[[], _Result], then: Callable[[_Result], None]) -> None:
        self._app.run_worker(partial(self._work, job, then), group="lanes", thread=True)

    def _work(self, job: Callable[[], _Result], then: Callable[[_Result], None]) -> None:
        try:
            found = job()
        except _Left:
            return
        self._app.call_later(then, found)


class _Track:
    """Traces of a thread's own, and the jobs that are done on them one after the other; of each kind the latest waits.

    Args:
        run: Runs something in a thread, and something with its result where keys are handled.
        traces: The traces.
    """

    def __init__(self, run: Callable[..., None], traces: Sequence[Trace]) -> None:
        from ..replay.align.alignment import Alignment  # most are one trace

        self.aligned = Alignment(traces)
        self.lengths = list(map(len, traces))
        self._run = run
        self._busy = False
        self._waiting: dict[str, Callable[[], None]] = {}

    def run(self, kind: str, job: Callable[..., _Result], then: Callable[[_Result], None]) -> None:
        """Do a job with the alignment, when the one before is done, in place of the one of its kind that waits."""
        if self._busy:
            self._waiting[kind] = partial(self.run, kind, job, then)
            return
        self._busy = True
        self._run(partial(job, aligned=self.aligned), partial(self._done, then))

    def _done(self, then: Callable[[Any], None], found: Any) -> None:
        self._busy = False
        kind = min(self._waiting, key=_URGENT.index, default=None)
        if kind is not None:
            self._waiting.pop(kind)()
        then(found)


_URGENT: Final = ("moments", "cells", "partings", "signs", "warm")
"""Kinds of jobs, the most urgent first."""


def _moments(index: int, one: int, aligned: Alignment) -> list[tuple[int, bool]]:
    found = []
    for other in range(len(aligned.traces)):
        same = aligned.same_moment(index, other, one)
        found.append((aligned.nearest(index, other, one), False) if same is None else (same, True))
    return found


def _cells(known: dict[int, NDArray[np.uint8]], span: Span, one: int, aligned: Alignment) -> list[Cells]:
    """Return what each lane has in the cells of one of them, as far as its signs are known."""
    found = []
    for other, trace in enumerate(aligned.traces):
        starts = np.maximum.accumulate(np.clip(aligned.about(span.edges, other, one), 0, len(trace)))
        if other == one:
            starts = np.minimum(span.edges, len(trace))
        elif span.end >= len(aligned.traces[one]):
            starts[-1] = max(starts[-1], int(aligned.about(span.edges[-1:] - 1, other, one)[0]) + 1)
            starts[-1] = min(starts[-1], len(trace))
        own = np.diff(span.edges) > 0  # a cell without an event of the lane that is seen is as the one before
        filled = (np.diff(starts) > 0)[np.maximum.accumulate(np.where(own, np.arange(span.cells), 0))]
        marks = known.get(other, np.zeros(0, np.uint8))
        found.append(
            Cells(each(np.bitwise_or, marks, np.minimum(starts, len(marks)), 0), filled, len(trace) - int(starts[-1]))
        )
    return found


def _signs_of_next(known: dict[int, NDArray[np.uint8]], aligned: Alignment) -> None:
    """Find out the signs of one more lane."""
    place = next((place for place in range(len(aligned.traces)) if place not in known), None)
    if place is not None:
        known[place] = signs(aligned.traces[place])


def _warm(aligned: Alignment) -> None:
    """Walk the steps of all traces, which the first question would do."""
    for place in range(1, len(aligned.traces)):
        aligned.about(np.zeros(1, np.int64), place)


def _progress(*_: int) -> None:
    _end_if_left()


def _end_if_left() -> None:
    worker: Worker[Any] = get_current_worker()
    if worker.is_cancelled:
        raise _Left
