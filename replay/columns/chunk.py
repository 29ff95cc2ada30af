"""The events of one packed block as columns; each is made when it is asked for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.framework import Framework
from ...trace.journal.open_events import FIRST_THREAD, UNKNOWN, OpenEvents
from ...trace.journal.records import Keyframe
from ...trace.layout import EXITS
from ...trace.names import UNKNOWN_NAME, Names
from ...trace.packed.block import PackedBlock
from ...trace.packed.summary import nesting
from ...trace.packed.template import DURATION_HOLE
from ...trace.values import ABSENT, Plain
from ..rows.row_layout import Shape, shape_of
from ..rows.stored import StoredValues
from ..rows.values import Keys, as_step
from ..rows.writes import INSIDE, ROW, Written, places_in_row, written
from .followers import Followers
from .marks import EXCEPTION, GAP, row_marks
from .phases import Phases

LOST_NAME: Final = "(lost)"
"""Name of an event that was in a damaged block."""


@dataclass(frozen=True, slots=True)
class EndRow:
    """The record that ends an event: its duration in microseconds, the flags after it, and its marks."""

    duration: int
    flags: int
    marks: int


@dataclass(frozen=True, slots=True)
class Begin:
    """What is known of a block before it is decoded.

    Attributes:
        event: Number of its first event.
        phases: Phases that are open at its begin, by the number of the thread's name.
        opened: The events that are open there.
        name_ids: For the number of an event's name its place in the list of all event names.
        thread_place: Returns for the number of a thread's name its place in the list of all threads.
        far_ends: For events in it that end in a later block: number of that block, and position of the record.
        end_row: Reads such a record.
        exceptions, gaps: Numbers of events after which an exception came, or before which something is missing.
        stored: The large values.
        framework: What the trace's framework calls things.
        known_phases: Its phases.
    """

    event: int
    phases: Mapping[int, int]
    opened: OpenEvents
    name_ids: Mapping[int, int]
    thread_place: Callable[[int], int]
    far_ends: Mapping[int, tuple[int, int]]
    end_row: Callable[[int, int], EndRow]
    exceptions: Set[int]
    gaps: Set[int]
    stored: StoredValues
    framework: Framework
    known_phases: Phases


class Chunk:
    """The columns of a block, arrays of one item per event; `Columns` says what they hold.

    Args:
        load: Returns the block, which is kept by whoever made it.
        begin: What is known at its begin.
        names: The trace's names.

    Raises:
        BadRecord: The block is damaged.
    """

    def __init__(self, load: Callable[[], PackedBlock], begin: Begin, names: Names) -> None:
        self._load = load
        self.begin = begin
        self.names = names
        block = load()
        self.shapes: list[Shape] = [shape_of(template) for template in block.templates]
        self.events: NDArray[np.int64] = np.flatnonzero(self.of_shape([shape.is_event for shape in self.shapes]))

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.events)

    @property
    def block(self) -> PackedBlock:
        """The block."""
        return self._load()

    def of_shape(self, values: list[Any]) -> NDArray[Any]:
        """Return for each record what is said of its shape."""
        return np.array(values)[self.block.ids]

    # -- what a list of events shows

    @cached_property
    def name(self) -> NDArray[np.uint32]:
        """See `Columns`."""
        if any(shape.is_event and shape.name not in self.begin.name_ids for shape in self.shapes):
            raise BadRecord("an event whose name the index does not have")
        ids = [self.begin.name_ids.get(shape.name, 0) for shape in self.shapes]
        return self.of_shape(ids)[self.events].astype(np.uint32)

    @cached_property
    def time(self) -> NDArray[np.float64]:
        """See `Columns`."""
        block = self.block
        bases = np.zeros(block.records, np.int64)
        for number, template in enumerate(block.templates):
            if template.kind == Keyframe.TYPE:
                bases[block.positions(number)] = block.numbers(number, template["time"])
        lengths = np.diff(np.append(block.segments, block.records))
        times = np.repeat(bases[block.segments], lengths).astype(np.uint64) + block.times.astype(np.uint64)
        found: NDArray[np.float64] = times[self.events] / 1e6
        return found

    @cached_property
    def durations(self) -> NDArray[np.int64]:
        """For each record its duration in microseconds, 0 where it has none."""
        durations = np.zeros(self.block.records, np.int64)
        for number, shape in enumerate(self.shapes):
            if shape.is_event:
                durations[self.block.positions(number)] = self.block.stream(number, DURATION_HOLE)
            elif shape.is_exit:
                part = self.block.templates[number]["duration"]
                durations[self.block.positions(number)] = self.block.numbers(number, part)
        if durations.min(initial=0) < 0:
            raise BadRecord("a duration below zero")
        return durations

    @cached_property
    def duration(self) -> NDArray[np.float64]:
        """See `Columns`."""
        durations = self.durations[self.events].astype(np.uint64)  # two of 63 bits have room
        for local, position in self.ends.items():
            durations[local] += np.uint64(self.durations[position])
        for local, row in self.far_rows.items():
            durations[local] += np.uint64(row.duration)
        found: NDArray[np.float64] = durations / 1e6
        return found

    @cached_property
    def far_rows(self) -> dict[int, EndRow]:
        """For an event that ends in a later block the record that ends it."""
        begin = self.begin
        return {event - begin.event: begin.end_row(*place) for event, place in begin.far_ends.items()}

    def end_row(self, position: int) -> EndRow:
        """Return what an earlier block needs of the record that ends one of its events; raises BadRecord."""
        if not 0 <= position < len(self.durations):
            raise BadRecord("the index tells of an end that is not there")
        return EndRow(int(self.durations[position]), int(self._row_flags[position]), int(self.row_marks[position]))

    @cached_property
    def _row_flags(self) -> NDArray[np.uint8]:
        """For each record the flags after it."""
        return self._flags_at(np.arange(self.block.records, dtype=np.int64) * ROW + ROW - 1)

    def _flags_at(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        flags = np.zeros(len(places), np.uint8)
        for bit, flag in enumerate(self.begin.framework.flags):
            flags |= self.is_on(flag.path, places).astype(np.uint8) << bit
        return flags

    @cached_property
    def step(self) -> NDArray[np.int64]:
        """See `Columns`."""
        found = self.written(self.begin.framework.step).at(self.before)
        steps = np.array([as_step(value) for value in found.values.tolist()], np.int64)
        return np.where(found.present, steps[found.codes], -1)

    @cached_property
    def epoch(self) -> NDArray[np.float64]:
        """See `Columns`."""
        found = self.written(self.begin.framework.epoch).at(self.before)
        epochs = np.array([_as_float(value) for value in found.values.tolist()], np.float64)
        return np.where(found.present, epochs[found.codes], math.nan)

    @cached_property
    def flags(self) -> NDArray[np.uint8]:
        """See `Columns`."""
        flags = self._flags_at(self.after)
        for local, row in self.far_rows.items():
            flags[local] = row.flags
        return flags

    def is_on(self, path: str, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether a flag is on at each of some places."""
        found = self.written(path).at(places)
        on = np.array([value is True for value in found.values.tolist()], np.bool_)
        return on[found.codes] & found.present

    @cached_property
    def _levels(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        names = [self.names.text(shape.name) if shape.is_event else "" for shape in self.shapes]
        codes = self.block.ids[self.events]
        if self.is_single:
            depths, phases = self.begin.known_phases.follow(names, codes, self.begin.phases.get(FIRST_THREAD, 0))
        else:
            depths, phases = self.begin.known_phases.follow_threads(names, codes, self.threads, self.begin.phases)
        return np.minimum(depths + self._opened_before, 255).astype(np.uint8), phases

    @property
    def depth(self) -> NDArray[np.uint8]:
        """See `Columns`."""
        return self._levels[0]

    @property
    def phases(self) -> NDArray[np.uint8]:
        """See `Columns`."""
        return self._levels[1]

    @cached_property
    def marks(self) -> NDArray[np.uint8]:
        """See `Columns`."""
        marks = self.row_marks[self.events]
        for local, position in self.ends.items():
            marks[local] |= self.row_marks[position]
        for local, row in self.far_rows.items():
            marks[local] |= row.marks
        for mark, events in ((EXCEPTION, self.begin.exceptions), (GAP, self.begin.gaps)):
            for event in events:
                marks[event - self.begin.event] |= mark
        return marks

    @cached_property
    def row_marks(self) -> NDArray[np.uint8]:
        """For each record the marks of what stands in it."""
        return row_marks(self.block, self.shapes, self.names, self.begin.framework)

    @cached_property
    def followers(self) -> Followers:
        """Which event ended directly before which."""
        return Followers(self, self.begin.event, self.begin.gaps)

    # -- which record is whose

    @cached_property
    def event_of(self) -> NDArray[np.int64]:
        """For each record the event that it belongs to, counted from the first of this chunk.

        An EXIT belongs to the event that it ends; below 0 it begins before this block. Where that is not known,
        and for records that are no rows, it is the event before.
        """
        places = np.cumsum(self.of_shape([shape.is_event for shape in self.shapes])) - 1
        for number, position in self.exits:
            if number != UNKNOWN:
                places[position] = number - self.begin.event
        return places

    def owners(self, template: int) -> NDArray[np.int64]:
        """Return the events that a template's rows are part of, counted from the first of this chunk.

        Below 0 are events of earlier blocks; for an end whose begin was lost it is `UNKNOWN` counted from there.
        """
        positions = self.block.positions(template)
        if not self.shapes[template].is_exit:
            return self.event_of[positions]
        numbers = {position: number for number, position in self.exits}
        return np.array([numbers.get(place, UNKNOWN) for place in positions.tolist()], np.int64) - self.begin.event

    def numbers_of(self, template: int) -> NDArray[np.int64]:
        """Return the numbers of the events that a template's rows belong to; those before this block, too."""
        shape = self.shapes[template]
        if not shape.is_event and not shape.inside:
            return np.empty(0, np.int64)
        numbers = self.event_of[self.block.positions(template)] + self.begin.event
        return numbers[numbers >= 0]

    @cached_property
    def exits(self) -> list[tuple[int, int]]:
        """Number of the event, and position of the record, for each EXIT; `UNKNOWN` if its begin was lost."""
        return self._nesting[0] if any(shape.is_exit for shape in self.shapes) else []

    @property
    def _opened_before(self) -> NDArray[np.int64]:
        """For each event how many of its thread are open around it."""
        return self._nesting[1]

    @cached_property
    def _nesting(self) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
        opened, exits = self.begin.opened.copy(), list[tuple[int, int]]()
        levels, since = np.zeros(len(self), np.int64), 0
        numbers = self.begin.event + np.cumsum(self.of_shape([shape.is_event for shape in self.shapes])) - 1
        for kind, position, said in nesting(self.block):
            after = int(numbers[position]) + 1 - self.begin.event
            self._count(opened, levels, since, after)
            since = after
            ended = opened.take(kind, said, int(numbers[position]))
            if kind in EXITS:
                exits.append((ended, position))
        self._count(opened, levels, since, len(self))
        return exits, levels

    def _count(self, opened: OpenEvents, levels: NDArray[np.int64], start: int, stop: int) -> None:
        """Note how many events are open around some events, between which none begins or ends that is."""
        if not opened.numbers or start == stop:
            return
        counts = Counter(opened.threads)
        if FIRST_THREAD in counts and len(counts) == 1 and self.is_single:
            levels[start:stop] = len(opened)
        else:
            levels[start:stop] = [counts[thread] for thread in self.threads[start:stop].tolist()]

    @cached_property
    def threads(self) -> NDArray[np.int64]:
        """For each event the number of its thread's name, or `FIRST_THREAD`."""
        return self.of_shape([shape.thread for shape in self.shapes])[self.events]

    @property
    def is_single(self) -> bool:
        """Whether all events are of the first thread."""
        return all(shape.thread == FIRST_THREAD for shape in self.shapes)

    @cached_property
    def thread(self) -> NDArray[np.uint32]:
        """See `Columns`."""
        places = [self.begin.thread_place(shape.thread) for shape in self.shapes]
        return self.of_shape(places)[self.events].astype(np.uint32)

    @cached_property
    def ends(self) -> dict[int, int]:
        """For an event with nested events: the position of the record that ends it, if that is in this block."""
        first = self.begin.event
        return {number - first: position for number, position in self.exits if number >= first}

    @cached_property
    def before(self) -> NDArray[np.int64]:
        """For each event the place of what the loop handed in, see `writes.ROW`."""
        return self.events * ROW + INSIDE - 1

    @cached_property
    def after(self) -> NDArray[np.int64]:
        """For each event the place of what was there after all callbacks, so far as this block has it."""
        rows = self.events.copy()
        for local, position in self.ends.items():
            rows[local] = position
        return rows * ROW + ROW - 1

    def written(
        self,
        path: str,
        value_of: Callable[[Plain], Plain] | None = None,
        missing: Plain = ABSENT,
        keys: Keys = (),
    ) -> Written:
        """Return all writes of a path in this block; the other arguments are those of `writes.written`."""
        value_of = self.begin.stored.bounded(apart=False) if value_of is None else value_of
        return written(self.block, self.shapes, self.numbers(path), value_of, missing, keys)

    def numbers(self, path: str) -> set[int]:
        """Return the numbers of a path's name, of one that is lost, too; none for "": the framework may not know it."""
        if not path:
            return set()
        if not path.startswith(UNKNOWN_NAME):
            return self.names.numbers(path)
        here = {number for shape in self.shapes for _, number, _ in places_in_row(shape)}
        return {number for number in here if self.names.text(number) == path}


def _as_float(value: Any) -> float:
    if type(value) is float:
        return value
    return float(value) if type(value) is int and abs(value) < 1 << 1000 else math.nan
