"""Which event ended directly before another: what was written between the two was written directly after the first.

A row says what changed since the record before it. If that record is the end of an event, and the row is of its
thread, or the event of the thread that began the recording (there the Trainer writes), the changes are that event's
`written after`. Where the record before is the begin of an event, they happened inside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..trace.open_events import FIRST_THREAD, UNKNOWN
from ..trace.records import EventRow

if TYPE_CHECKING:
    from .chunk import Chunk


class Followers:
    """The rows of a chunk, and which of them ends which event.

    Args:
        chunk: The chunk.
    """

    def __init__(self, chunk: Chunk) -> None:
        """Find the rows; raises BadRecord."""
        self._chunk = chunk
        begins, plain, ends = (
            chunk.of_shape(found)
            for found in (
                [shape.is_event for shape in chunk.shapes],
                [shape.kind == EventRow.TYPE for shape in chunk.shapes],
                [shape.is_exit for shape in chunk.shapes],
            )
        )
        self._rows: NDArray[np.int64] = np.flatnonzero(begins | ends)
        numbers = chunk.begin.event + np.cumsum(begins) - 1
        ended = np.where(plain, numbers, UNKNOWN)
        for number, position in chunk.exits:
            ended[position] = number
        self._ended: NDArray[np.int64] = ended[self._rows]
        self._numbers: NDArray[np.int64] = np.where(begins, numbers, UNKNOWN)[self._rows]

    @property
    def last(self) -> int:
        """Number of the event whose end is the last row; `UNKNOWN` if it is none."""
        return int(self._ended[-1]) if len(self._ended) else UNKNOWN

    def before(self) -> NDArray[np.int64]:
        """Return for each event the place, in the chunk, of the one that ended directly before it; -1 if none did."""
        chunk, here = self._chunk, self._numbers != UNKNOWN
        ended = np.concatenate(([UNKNOWN], self._ended[:-1]))[here]
        places = np.where(ended == UNKNOWN, -1, ended - chunk.begin.event)
        threads = chunk.threads[np.maximum(places, 0)]
        follows = (places >= 0) & ((threads == chunk.threads) | (threads == FIRST_THREAD))
        follows[[event - chunk.begin.event for event in chunk.begin.gaps]] = False
        return np.where(follows, places, -1)

    def next(self, position: int) -> int | None:
        """Return the number of the event whose row is the next after a record; `UNKNOWN` if an end is next.

        Returns:
            None if no row follows in this chunk.
        """
        place = int(np.searchsorted(self._rows, position, "right"))
        return int(self._numbers[place]) if place < len(self._rows) else None
