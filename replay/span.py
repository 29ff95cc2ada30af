"""Events side by side in the cells of a screen: which event is in which cell, and what the events of a cell have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Span:
    """Events side by side in cells.

    Attributes:
        begin, end: Number of the first event, and of the one after the last; at least one event.
        cells: How many cells there are, at least 1. There may be more of them than events: then some are empty.
    """

    begin: int
    end: int
    cells: int

    @property
    def edges(self) -> NDArray[np.int64]:
        """For each cell the number of its first event, and behind the last cell `end`; `cells` + 1 numbers."""
        return self.begin - (np.arange(self.cells + 1) * (self.begin - self.end)) // self.cells

    def cell(self, event: int) -> int:
        """Return the cell of an event; of one that is outside the cell at that end."""
        place = (event - self.begin) * self.cells // (self.end - self.begin)
        return max(0, min(place, self.cells - 1))

    def event(self, cell: int) -> int:
        """Return the first event that is not left of a cell; of a cell that is outside the one at that end."""
        place = self.begin - (cell * (self.begin - self.end)) // self.cells
        return max(self.begin, min(place, self.end - 1))


def signed(signs: NDArray[np.uint8], span: Span) -> NDArray[np.uint8]:
    """Return for each cell the bits that any of its events has.

    Args:
        signs: A sum of bits for each event of the trace, or for those that are known so far.
        span: The cells.
    """
    return each(np.bitwise_or, signs, np.minimum(span.edges, len(signs)), 0)


def each(work: np.ufunc, values: NDArray[Any], starts: NDArray[np.int64], empty: float) -> NDArray[Any]:
    """Reduce the values from each start to the next one; what lies before the first or behind the last counts not."""
    found = np.full(len(starts) - 1, empty, values.dtype)
    filled = starts[1:] > starts[:-1]
    if filled.any():
        found[filled] = work.reduceat(values[: starts[-1]], starts[:-1][filled])
    return found
