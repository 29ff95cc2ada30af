"""Which events a strip or a plot shows: all, or a part that one has zoomed into. Knows nothing of any display."""

from __future__ import annotations

from typing import Final

from ...replay.span import Span

FEWEST: Final = 8
"""Events beyond which one can't zoom."""


class View:
    """A window on the events of a trace.

    Args:
        total: Events of the trace.

    Attributes:
        total: The same; it may grow. Where all was seen, all is seen then.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._level = 0
        self._begin = 0

    @property
    def begin(self) -> int:
        """Number of the first event that is seen."""
        return min(self._begin, self.total - self.seen) if self._level else 0

    @property
    def seen(self) -> int:
        """How many events are seen, at least 1."""
        return max(1, min(self.total, max(FEWEST, -(-self.total >> self._level))))

    def span(self, cells: int) -> Span:
        """Return what is seen in so many cells."""
        return Span(self.begin, self.begin + self.seen, cells)

    def cell(self, event: int, cells: int) -> int:
        """Return the cell of an event; of one that is not seen the one at that end."""
        return self.span(cells).cell(event)

    def zoom(self, steps: int, around: int) -> bool:
        """See half as much per step, or twice as much if it is below zero; 0: all. Returns whether anything changed.

        Args:
            steps: How often.
            around: Number of the event that stays where it is.
        """
        before = (self.begin, self.seen)
        part = (around - self.begin) / self.seen
        deepest = max(0, (max(1, self.total) // FEWEST).bit_length() - 1)
        self._level = max(0, min(self._level + steps, deepest)) if steps else 0
        begin = max(around - self.seen + 1, min(round(around - part * self.seen), around))
        self._begin = max(0, min(begin, self.total - self.seen))
        return before != (self.begin, self.seen)

    def follow(self, event: int) -> bool:
        """Move so far that an event is seen, in the middle; returns whether that was needed."""
        if self.begin <= event < self.begin + self.seen:
            return False
        self._begin = max(0, min(event - self.seen // 2, self.total - self.seen))
        return True

    @property
    def text(self) -> str:
        """What part of the run is seen; empty for all of it."""
        return f"×{1 << self._level:,}" if self._level else ""
