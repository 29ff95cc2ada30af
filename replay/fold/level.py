"""A level of folding: some ranges of events are one line each, every other event is a line of its own."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST: Final = (1 << 31) - 1
"""Numbers up to this take half the room."""


def narrow(numbers: ArrayLike) -> NDArray[Any]:
    """Return numbers of events, or of lines, in as few bytes as they need."""
    found = np.asarray(numbers, np.int64)
    return found.astype(np.int32) if int(found.max(initial=0)) <= MOST else found


def before(numbers: NDArray[Any], number: int, side: Literal["left", "right"] = "right") -> int:
    """Return how many of some sorted numbers come before another one, itself included if `side` is ``right``."""
    # As a number of the same type: NumPy would make all of the others wider first, a millisecond for a million.
    return int(numbers.searchsorted(numbers.dtype.type(min(number, np.iinfo(numbers.dtype).max)), side))


class Level:
    """Ranges of events, each of at least two.

    Args:
        starts, stops: First event of each range, and the event after its last; sorted, none overlaps another.
        length: Events in all. Those behind the last range are lines of their own.

    Attributes:
        starts, stops: As given.
    """

    def __init__(self, starts: ArrayLike, stops: ArrayLike, length: int) -> None:
        self.starts, self.stops = narrow(starts), narrow(stops)
        self._length = length

    def __len__(self) -> int:
        """Return the number of lines."""
        return self.line_of(self._length)

    @cached_property
    def _hidden(self) -> NDArray[Any]:
        """Events that have no line, before each range and after all."""
        hidden = np.zeros(len(self.starts) + 1, self.starts.dtype)
        np.cumsum(self.stops - self.starts - 1, out=hidden[1:])
        return hidden

    @cached_property
    def _lines(self) -> NDArray[Any]:
        """The line of each range."""
        lines: NDArray[Any] = self.starts - self._hidden[:-1]
        return lines

    def line_of(self, event: int) -> int:
        """Return the line that an event is in."""
        start, _ = self.range_of(event)
        return start - int(self._hidden[before(self.starts, start, "left")])

    def event_of(self, line: int) -> int:
        """Return the first event of a line."""
        place = before(self._lines, line)
        if place and self._lines[place - 1] == line:
            return int(self.starts[place - 1])
        return line + int(self._hidden[place])

    def range_of(self, event: int) -> tuple[int, int]:
        """Return the first event of the line that an event is in, and the event after its last."""
        place = before(self.starts, event) - 1
        if place >= 0 and event < self.stops[place]:
            return int(self.starts[place]), int(self.stops[place])
        return event, event + 1
