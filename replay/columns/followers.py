"""Which event ended directly before another: the loop's changes between the two came directly after the first.

A row says what changed since the record before it. If that record is the end of an event, and the row is of its
thread, or the event of the thread that began the recording (there the loop writes), the changes are that event's
`written after`. Where the record before is the begin of an event, they happened inside it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...trace.journal.open_events import FIRST_THREAD, UNKNOWN
from ...trace.journal.records import EventRow
from ...trace.layout import EVENTS, EXITS
from ...trace.packed.block import PackedBlock
from ..rows.row_layout import Shape


class Rows(Protocol):
    """What is asked of a chunk: see `chunk.Chunk`."""

    @property
    def block(self) -> PackedBlock:
        """The block."""
        ...

    @property
    def shapes(self) -> Sequence[Shape]:
        """Those of its templates."""
        ...

    @property
    def events(self) -> NDArray[np.int64]:
        """Positions of the events among the records."""
        ...

    @property
    def exits(self) -> Sequence[tuple[int, int]]:
        """Number of the event, and position of the record, for each end."""
        ...

    @property
    def is_single(self) -> bool:
        """Whether all events are of the first thread."""
        ...

    @property
    def threads(self) -> NDArray[np.int64]:
        """For each event the number of its thread's name."""
        ...


class Followers:
    """The rows of a chunk, and which of them ends which event.

    Args:
        chunk: The chunk.
        first: Number of its first event.
        gaps: Numbers of the events before which something is missing.
    """

    def __init__(self, chunk: Rows, first: int, gaps: Set[int]) -> None:
        self._chunk = chunk
        self._first = first
        self._gaps = gaps
        self._plain = all(not shape.is_exit and shape.kind != EventRow.OPEN_TYPE for shape in chunk.shapes)

    @cached_property
    def _rows(self) -> NDArray[np.int64]:
        """Positions of the records that are rows."""
        chunk = self._chunk
        return chunk.events if self._plain else np.flatnonzero(chunk.block.are(*EVENTS, *EXITS))

    @cached_property
    def _ended(self) -> NDArray[np.int64]:
        """For each row the number of the event that it ends, or `UNKNOWN`."""
        chunk = self._chunk
        ended = np.full(chunk.block.records, UNKNOWN, np.int64)
        events = np.flatnonzero(chunk.block.are(EventRow.TYPE)[chunk.events])
        ended[chunk.events[events]] = self._first + events
        for number, position in chunk.exits:
            ended[position] = number
        return ended[self._rows]

    @property
    def last(self) -> int:
        """Number of the event whose end is the last row; `UNKNOWN` if it is none."""
        if self._plain:
            return self._first + len(self._chunk.events) - 1 if len(self._chunk.events) else UNKNOWN
        return int(self._ended[-1]) if len(self._ended) else UNKNOWN

    def before(self) -> NDArray[np.int64]:
        """Return for each event the place, in the chunk, of the event that ended directly before it, or -1."""
        chunk = self._chunk
        places = np.arange(-1, len(chunk.events) - 1) if self._plain else self._places_before()
        if not chunk.is_single:
            threads = chunk.threads[np.maximum(places, 0)]
            places[(threads != chunk.threads) & (threads != FIRST_THREAD)] = -1
        places[[event - self._first for event in self._gaps]] = -1
        return places

    def _places_before(self) -> NDArray[np.int64]:
        begins = np.searchsorted(self._rows, self._chunk.events)
        ended = np.append(UNKNOWN, self._ended)[begins]  # by the row before
        return np.where(ended == UNKNOWN, -1, np.maximum(ended - self._first, -1))

    def next(self, position: int) -> int | None:
        """Return the number of the event whose row is the next after a record; `UNKNOWN` if an end is next.

        Returns:
            None if no row follows in this chunk.
        """
        chunk = self._chunk
        place = int(np.searchsorted(self._rows, position, "right"))
        if place >= len(self._rows):
            return None
        local = int(np.searchsorted(chunk.events, position, "right"))
        is_next = local < len(chunk.events) and chunk.events[local] == self._rows[place]
        return self._first + local if is_next else UNKNOWN
