"""What a list of events shows, as columns over the whole trace: only the blocks that are looked at are decoded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, ClassVar, Final, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from ..trace.cache import Cache
from ..trace.directory import Directory
from ..trace.errors import BadRecord
from ..trace.framework import FLAGS
from ..trace.limits import BLOCK_RECORDS
from ..trace.open_events import FIRST_THREAD, UNKNOWN, OpenEvents
from ..trace.packed import PackedBlock
from ..trace.records import EventRow
from ..trace.summary import Summary
from .chunk import CHANGED, EXCEPTION, GAP, LOST_NAME, MESSAGE, NONFINITE, Begin, Chunk, EndRow
from .event import MAIN_THREAD
from .notes import Notes
from .phases import open_phases
from .postings import Postings
from .shape import Shape
from .stored import StoredValues

__all__ = ["CHANGED", "EXCEPTION", "FLAGS", "GAP", "LOST_NAME", "MESSAGE", "NONFINITE", "Column", "Columns"]

FEW_EVENTS: Final = 1 << 11
"""As many events as a chunk costs that has none."""

CACHED_EVENTS: Final = 1 << 18
"""Events of the chunks that are kept: what was looked at of a chunk takes 0.1 to 0.4 MB for its 8,192."""

_T = TypeVar("_T", bound=np.generic)


class Column(Generic[_T]):
    """One column: a sequence of numbers that is read block by block.

    Args:
        columns: Of the trace.
        name: The chunk's attribute.
        lost: What stands for an event that was lost.
    """

    def __init__(self, columns: Columns, name: str, lost: _T) -> None:
        """Read nothing yet."""
        self._columns = columns
        self._name = name
        self._lost = lost

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._columns)

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> NDArray[_T]: ...
    def __getitem__(self, index: Any) -> Any:
        """Return the value of one event (raises IndexError), or those of a slice as an array."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return self._between(start, max(start, stop))[::step] if step > 0 else self._between(0, len(self))[index]
        position = int(index) + len(self) if index < 0 else int(index)
        if not 0 <= position < len(self):
            raise IndexError(f"no event {index}: the trace has {len(self):,}")
        return self._between(position, position + 1)[0]

    def __iter__(self) -> Iterator[_T]:
        """Give all values."""
        for part in self.parts():
            yield from part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all values: where a trace is known to be small."""
        return np.asarray(self._between(0, len(self)), dtype)

    def parts(self) -> Iterator[NDArray[_T]]:
        """Give all values, a block at a time; those of events that are lost in parts of that size, too."""
        start = 0
        for number in range(-1, len(self._columns.directory.blocks)):
            stop = self._columns.stop(number)
            while start < stop:
                end = min(stop, start + BLOCK_RECORDS)
                yield self._between(start, end)
                start = end

    def _between(self, start: int, stop: int) -> NDArray[_T]:
        parts = []
        while start < stop:
            number = self._columns.directory.find(start)
            first = self._columns.directory.blocks[number].event if number >= 0 else 0
            end = min(stop, self._columns.stop(number))
            parts.append(self._of_block(number)[start - first : end - first])
            parts.append(np.full(end - start - len(parts[-1]), self._lost, type(self._lost)))
            start = end
        return parts[0] if len(parts) == 2 and not len(parts[1]) else self._joined(parts)

    def _joined(self, parts: list[NDArray[_T]]) -> NDArray[_T]:
        return np.concatenate(parts) if parts else np.empty(0, type(self._lost))

    def _of_block(self, number: int) -> NDArray[_T]:
        try:
            chunk = self._columns.chunk(number) if number >= 0 else None
            return getattr(chunk, self._name) if chunk is not None else np.empty(0, type(self._lost))
        except BadRecord as error:
            self._columns.directory.report(number, str(error))
            return np.empty(0, type(self._lost))


class Columns:
    """The columns of a trace, sequences of length n.

    Args:
        directory: The trace's blocks.
        notes: Its exceptions and gaps.
        stored: Its large values.
        pause: Called before each block is decoded, and now and then in a search; it may raise to end the search.

    Attributes:
        names: Event names; `name` holds indices into them.
        step: ``state.global_step``, -1 where it is no integer of 64 bits.
        epoch: ``state.epoch``, NaN where there is none.
        time, duration: Seconds.
        depth: Indentation: phases around the event, and events that it happened inside of.
        phases: Sum of `phases.TRAIN` and so on, of the event's own thread.
        thread: Index into `threads`.
        threads: Names of the threads of the events that were looked at, the first is the one that began the recording.
        flags: Control after the event, bits in the order of `FLAGS`.
        marks: Sum of `CHANGED`, `EXCEPTION`, `NONFINITE`, `MESSAGE`, `GAP`.
        changed: By path, the events in or before which it changed.
        caused: By cause, the events of which it changed something.
        keys: By key of logs or metrics, the events that carry it.
        texts: By all of these and the events' names.
    """

    FLAGS: ClassVar[tuple[str, ...]] = FLAGS

    def __init__(
        self,
        directory: Directory,
        notes: Notes,
        stored: StoredValues,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        """Decode nothing yet."""
        first = notes.run.get("thread")
        self.threads: list[str] = [first if type(first) is str else MAIN_THREAD]
        self._thread_places = {self.threads[0]: 0}
        self.directory = directory
        self.stored = stored
        self.pause = pause
        self._exception_events = sorted(notes.exception_events)
        self._gap_events = sorted(notes.gap_events)
        self._length = len(directory)
        self.names, self._name_ids = self._event_names()
        self.name = Column(self, "name", np.uint32(self.names.index(LOST_NAME)))
        self.step = Column(self, "step", np.int64(-1))
        self.epoch = Column(self, "epoch", np.float64(np.nan))
        self.time = Column(self, "time", np.float64(np.nan))
        self.duration = Column(self, "duration", np.float64(0))
        self.depth = Column(self, "depth", np.uint8(0))
        self.phases = Column(self, "phases", np.uint8(0))
        self.thread = Column(self, "thread", np.uint32(0))
        self.flags = Column(self, "flags", np.uint8(0))
        self.marks = Column(self, "marks", np.uint8(GAP))
        text = directory.names.text
        self.changed = Postings(self, lambda shape: set(map(text, shape.changed())))
        self.caused = Postings(self, self._causes)
        self.keys = Postings(self, self._keys)
        self.texts = Postings(self, self._all_texts)
        self.chunk = Cache(self._load, lambda chunk: FEW_EVENTS + (len(chunk) if chunk else 0), CACHED_EVENTS)

    def __len__(self) -> int:
        """Return the number of events."""
        return self._length

    def name_of(self, index: int) -> str:
        """Return an event's name."""
        return self.names[int(self.name[index])]

    def thread_of(self, index: int) -> str:
        """Return the name of the thread that an event happened in."""
        return self.threads[int(self.thread[index])]

    def _thread_place(self, number: int) -> int:
        """Return the place of a thread among `threads`, by the number of its name."""
        text = self.threads[0] if number == FIRST_THREAD else self.directory.names.text(number)
        if text not in self._thread_places:
            self._thread_places[text] = len(self.threads)
            self.threads.append(text)
        return self._thread_places[text]

    def row_after(self, index: int) -> int | None:
        """Return the event before which stands what was written directly after another; None if there is none.

        Raises:
            BadRecord: A block is damaged.
        """
        number = self.directory.find(index)
        chunk = self.chunk(number) if number >= 0 else None
        local = index - self.directory.blocks[number].event
        if chunk is None or local >= len(chunk):
            return None
        end = chunk.ends.get(local)
        place = self.far_ends.get(index) if end is None else (number, end)
        if place is None and chunk.shapes[chunk.block.ids[chunk.events[local]]].kind == EventRow.TYPE:
            place = number, int(chunk.events[local])
        found = self._next_row(*place) if place is not None else None
        follows = found is not None and self.thread[index] in (0, self.thread[found])
        return found if follows and found not in self._gap_events else None

    def _next_row(self, number: int, position: int) -> int | None:
        """Return the event whose row is the next after a record; None if an end is next, or that is not known."""
        chunk = self.chunk(number)
        while chunk is not None:
            found = chunk.followers.next(position)
            if found is not None:
                return found if found != UNKNOWN else None
            number, position = number + 1, -1
            chunk = self.chunk(number) if number < len(self.directory.blocks) else None
        return None

    def changed_before(self, index: int) -> tuple[set[str], str]:
        """Return the paths that changed between an event and the record before it, and the cause; raises BadRecord."""
        chunk = self.chunk(self.directory.find(index))
        if chunk is None:
            return set(), ""
        shape, text = chunk.shapes[chunk.block.ids[chunk.events[index - chunk.begin.event]]], self.directory.names.text
        cause = "Trainer" if shape.between_cause is None else text(shape.between_cause)
        return {text(path) for path, _ in shape.between}, cause

    def stop(self, number: int) -> int:
        """Return the number of the event after a block (-1: before the first), and after what was lost behind it."""
        blocks = self.directory.blocks
        return blocks[number + 1].event if number + 1 < len(blocks) else len(self)

    def counts(self) -> dict[str, int]:
        """Return how many events there are of each name, in the order of their first."""
        counts = dict.fromkeys(self.names, 0)
        for summary in self.directory.blocks:
            for name, count, _ in summary.names:
                counts[self.names[self._name_ids[name]]] += count
        return {name: count for name, count in counts.items() if count}

    def places(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of the events of a name, sorted; only the blocks that have one are decoded."""
        blocks = self.directory.blocks
        having = [number for number, summary in enumerate(blocks) if name in self._names_in(summary)]
        found = [self._places_in(number, self.names.index(name)) for number in having]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def _names_in(self, summary: Summary) -> set[str]:
        return {self.names[self._name_ids[name]] for name, _, _ in summary.names}

    def _places_in(self, number: int, code: int) -> NDArray[np.int64]:
        first = self.directory.blocks[number].event
        return first + np.flatnonzero(self.name[first : self.stop(number)] == code).astype(np.int64)

    def _event_names(self) -> tuple[list[str], dict[int, int]]:
        texts: dict[str, int] = {}
        ids: dict[int, int] = {}
        for summary in self.directory.blocks:
            for name, _, _ in summary.names:
                if name not in ids:
                    ids[name] = texts.setdefault(self.directory.names.text(name), len(texts))
        texts.setdefault(LOST_NAME, len(texts))
        return list(texts), ids

    def _load(self, number: int) -> Chunk | None:
        self.pause()
        try:
            if self.directory.block(number) is None:
                return None
            return Chunk(lambda: self._block(number), self._begin(number), self.directory.names)
        except BadRecord as error:
            self.directory.report(number, str(error))
            return None

    def _block(self, number: int) -> PackedBlock:
        block = self.directory.block(number)
        if block is None:
            raise BadRecord("a damage")
        return block

    def _begin(self, number: int) -> Begin:
        summary = self.directory.blocks[number]
        return Begin(
            event=summary.event,
            phases=self._phases[number],
            opened=OpenEvents(summary.open, summary.open_threads),
            name_ids=self._name_ids,
            thread_place=self._thread_place,
            far_ends={event: self.far_ends[event] for event in _inside(self._far_events, summary)},
            end_row=self._end_row,
            exceptions=set(_inside(self._exception_events, summary)),
            gaps=set(_inside(self._gap_events, summary)),
            stored=self.stored,
        )

    def _end_row(self, number: int, position: int) -> EndRow:
        chunk = self.chunk(number)
        try:
            return chunk.end_row(position) if chunk is not None else EndRow(0, 0, GAP)
        except BadRecord as error:
            self.directory.report(number, str(error))
            return EndRow(0, 0, GAP)

    @cached_property
    def far_ends(self) -> dict[int, tuple[int, int]]:
        """For each event that ends in another block than it begins in: number of that block, position of the record."""
        return {
            event: (number, position)
            for number, summary in enumerate(self.directory.blocks)
            for event, position in summary.exits
        }

    @cached_property
    def _far_events(self) -> list[int]:
        return sorted(self.far_ends)

    @cached_property
    def _phases(self) -> list[dict[int, int]]:
        """For each block the phases that are open at its begin, by thread; of the threads in it, and the first."""
        latest: dict[int, dict[str, int]] = {FIRST_THREAD: {}}
        found = []
        for summary in self.directory.blocks:
            rows = summary.threads or [[FIRST_THREAD, name, last] for name, _, last in summary.names]
            here = {FIRST_THREAD, *(thread for thread, _, _ in rows)}
            found.append({thread: open_phases(latest.setdefault(thread, {})) for thread in here})
            for thread, name, last in rows:
                text = self.directory.names.text(name)
                latest[thread][text] = max(last, latest[thread].get(text, -1))
        return found

    def _all_texts(self, shape: Shape) -> set[str]:
        text = self.directory.names.text
        name = {text(shape.name)} if shape.is_event else set()
        name |= {text(shape.thread)} if shape.thread != FIRST_THREAD else set()
        return name | set(map(text, shape.changed())) | self._causes(shape) | self._keys(shape)

    def _causes(self, shape: Shape) -> set[str]:
        text = self.directory.names.text
        return {"Trainer" if cause is None else text(cause) for cause in shape.causes()}

    def _keys(self, shape: Shape) -> set[str]:
        found: set[str] = set()
        for _, part in shape.inputs:
            if type(part.skeleton) is list and part.skeleton and type(part.skeleton[0]) is int:
                found.update(self.directory.names.shape(part.skeleton[0]) or ())
        return found


def _inside(events: list[int], summary: Summary) -> list[int]:
    """Return those of some sorted events that begin in a block."""
    return events[bisect_left(events, summary.event) : bisect_left(events, summary.event + summary.events)]
