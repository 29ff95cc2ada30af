"""What a list of events shows, as columns over the whole trace: only the blocks that are looked at are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.journal.open_events import FIRST_THREAD
from ...trace.limits import BLOCK_RECORDS
from ...trace.packed.summary import Summary
from ..rows.row_layout import Shape
from .chunk import LOST_NAME
from .chunks import Chunks
from .marks import CHANGED, EXCEPTION, FLIPPED, GAP, LOGGED, MESSAGE, NONFINITE, PROBED
from .postings import Postings

__all__ = [
    "CHANGED",
    "EXCEPTION",
    "FLIPPED",
    "GAP",
    "LOGGED",
    "LOST_NAME",
    "MESSAGE",
    "NONFINITE",
    "PROBED",
    "Column",
    "Columns",
]

_T = TypeVar("_T", bound=np.generic)


class Column(Generic[_T]):
    """One column: a sequence of numbers that is read block by block.

    Args:
        chunks: Of the trace.
        name: The chunk's attribute.
        lost: What stands for an event that was lost.
    """

    def __init__(self, chunks: Chunks, name: str, lost: _T) -> None:
        self._chunks = chunks
        self._name = name
        self._lost = lost

    def __len__(self) -> int:
        """Return the number of events."""
        return self._chunks.length

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
        for number in range(-1, len(self._chunks.directory.blocks)):
            stop = self._chunks.stop(number)
            while start < stop:
                end = min(stop, start + BLOCK_RECORDS)
                yield self._between(start, end)
                start = end

    def _between(self, start: int, stop: int) -> NDArray[_T]:
        parts = []
        while start < stop:
            number = self._chunks.directory.find(start)
            first = self._chunks.directory.blocks[number].event if number >= 0 else 0
            end = min(stop, self._chunks.stop(number))
            parts.append(self._of_block(number)[start - first : end - first])
            parts.append(np.full(end - start - len(parts[-1]), self._lost, type(self._lost)))
            start = end
        return parts[0] if len(parts) == 2 and not len(parts[1]) else self._joined(parts)

    def _joined(self, parts: list[NDArray[_T]]) -> NDArray[_T]:
        return np.concatenate(parts) if parts else np.empty(0, type(self._lost))

    def _of_block(self, number: int) -> NDArray[_T]:
        try:
            chunk = self._chunks.chunk(number) if number >= 0 else None
            return getattr(chunk, self._name) if chunk is not None else np.empty(0, type(self._lost))
        except BadRecord as error:
            self._chunks.directory.report(number, str(error))
            return np.empty(0, type(self._lost))


class Columns:
    """The columns of a trace, sequences of length n.

    Args:
        chunks: Of the trace.

    Attributes:
        chunks: As given.
        names: Event names; `name` holds indices into them.
        step: What stands at the framework's path of it, -1 where it is no integer of 64 bits.
        epoch: What stands at the framework's path of it, NaN where there is none.
        time, duration: Seconds.
        depth: Indentation: phases around the event, and events that it happened inside of.
        phases: Sum of a bit for each of the framework's phases, the outermost the lowest, of the event's own thread.
        thread: Index into `threads`.
        threads: Names of the threads of the events that were looked at, the first is the one that began the recording.
        flags: Control after the event, a bit for each of the framework's flags, in their order from the lowest.
        marks: Sum of those in `marks`.
        changed: By path, the events in or before which it changed.
        caused: By cause, the events of which it changed something.
        keys: By key of logs or metrics, the events that carry it.
        texts: By all of these and the events' names.
    """

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks
        self.names, self.threads = chunks.names, chunks.threads
        self.name = Column(chunks, "name", np.uint32(self.names.index(LOST_NAME)))
        self.step = Column(chunks, "step", np.int64(-1))
        self.epoch = Column(chunks, "epoch", np.float64(np.nan))
        self.time = Column(chunks, "time", np.float64(np.nan))
        self.duration = Column(chunks, "duration", np.float64(0))
        self.depth = Column(chunks, "depth", np.uint8(0))
        self.phases = Column(chunks, "phases", np.uint8(0))
        self.thread = Column(chunks, "thread", np.uint32(0))
        self.flags = Column(chunks, "flags", np.uint8(0))
        self.marks = Column(chunks, "marks", np.uint8(GAP))
        text = chunks.directory.names.text
        self.changed = Postings(chunks, lambda shape: set(map(text, shape.changed())))
        self.caused = Postings(chunks, self._causes)
        self.keys = Postings(chunks, self._keys)
        self.texts = Postings(chunks, self._all_texts)

    def __len__(self) -> int:
        """Return the number of events."""
        return self.chunks.length

    def name_of(self, index: int) -> str:
        """Return an event's name."""
        return self.names[int(self.name[index])]

    def thread_of(self, index: int) -> str:
        """Return the name of the thread that an event happened in."""
        return self.threads[int(self.thread[index])]

    def counts(self) -> dict[str, int]:
        """Return how many events there are of each name, in the order of their first."""
        counts = dict.fromkeys(self.names, 0)
        for summary in self.chunks.directory.blocks:
            for name, count, _ in summary.names:
                counts[self.names[self.chunks.name_ids[name]]] += count
        return {name: count for name, count in counts.items() if count}

    def places(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of the events of a name, sorted; only the blocks that have one are decoded."""
        blocks = self.chunks.directory.blocks
        having = [number for number, summary in enumerate(blocks) if name in self._names_in(summary)]
        found = [self._places_in(number, self.names.index(name)) for number in having]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def _names_in(self, summary: Summary) -> set[str]:
        return {self.names[self.chunks.name_ids[name]] for name, _, _ in summary.names}

    def _places_in(self, number: int, code: int) -> NDArray[np.int64]:
        first = self.chunks.directory.blocks[number].event
        return first + np.flatnonzero(self.name[first : self.chunks.stop(number)] == code).astype(np.int64)

    def _all_texts(self, shape: Shape) -> set[str]:
        text = self.chunks.directory.names.text
        name = {text(shape.name)} if shape.is_event else set()
        name |= {text(shape.thread)} if shape.thread != FIRST_THREAD else set()
        return name | set(map(text, shape.changed())) | self._causes(shape) | self._keys(shape)

    def _causes(self, shape: Shape) -> set[str]:
        text = self.chunks.directory.names.text
        return {self.chunks.framework.loop if cause is None else text(cause) for cause in shape.causes()}

    def _keys(self, shape: Shape) -> set[str]:
        found: set[str] = set()
        for _, part in shape.inputs:
            if type(part.skeleton) is list and part.skeleton and type(part.skeleton[0]) is int:
                found.update(self.chunks.directory.names.shape(part.skeleton[0]) or ())
        return found
