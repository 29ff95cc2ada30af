"""Where one is among the lines: which folds are open, which line the cursor is on, what a filter leaves."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .folds import Folds
from .level import Level
from .runs import EVENTS
from .view import Line, View


class Chosen:
    """The lines of some events alone.

    Args:
        events: Their numbers, sorted.
    """

    def __init__(self, events: NDArray[np.int64]) -> None:
        self._events = events

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self._events)

    def __getitem__(self, number: int) -> Line:
        """Return a line."""
        event = int(self._events[number])
        return Line(EVENTS, event, event + 1)

    def line_of(self, event: int) -> int:
        """Return the line of an event, or of the one before it that is there."""
        return max(0, int(np.searchsorted(self._events, event, "right")) - 1)


Lines: TypeAlias = View | Chosen


class Outline:
    """The lines of a trace, and the one that the cursor is on. What opens when the cursor comes closes when it leaves.

    Args:
        length: Events of the trace.

    Attributes:
        folds: The trace's folds; None: they are not known, each event is a line.
        lines: What is seen.
        line: Number of the line that the cursor is on.
        depth: Which of `Folds.depths` is shown.
    """

    def __init__(self, length: int) -> None:
        self.folds: Folds | None = None
        self.depth = 0
        self.line = 0
        self._base = _flat(length)
        self._revealed: Line | None = None
        self.lines: Lines = self._base

    @property
    def length(self) -> int:
        """Events that the lines are of."""
        return self._base.length

    @property
    def here(self) -> Line:
        """The line that the cursor is on; raises IndexError if there is none."""
        return self.lines[self.line]

    @property
    def is_filtered(self) -> bool:
        """Whether the lines are those that a filter leaves."""
        return isinstance(self.lines, Chosen)

    def fold(self, folds: Folds | None, length: int) -> None:
        """Take other folds, or other lengths: what was open stays open where it is still there.

        Args:
            folds: The folds; None: each event is a line.
            length: Events of the trace.
        """
        opened, chosen = list(self._base.heads()), self.lines
        self.folds = folds
        self.depth = min(self.depth, len(folds.depths) - 1) if folds is not None else self.depth
        self._base = folds.view(self.depth, length) if folds is not None else _flat(length)
        for head in opened:
            line = self._base[self._base.line_of(head.start)] if head.start < length else None
            if line is not None and line.start == head.start and line.is_fold:
                self._base.open(line)
        self._show_base()
        self.lines = chosen if isinstance(chosen, Chosen) else self._base

    def filter(self, events: NDArray[np.int64] | None) -> None:
        """Show some events alone, given by their sorted numbers; None: all of them."""
        event = self.here.start if len(self.lines) else 0
        self._show_base()
        self.line = -1
        self.look_at(event)
        if events is not None:
            self.lines = Chosen(events)
            self.line = self.lines.line_of(event)

    def look_at(self, event: int) -> None:
        """Be on the line that begins with an event: what is closed around it is opened until the cursor leaves it."""
        event = min(event, self.length - 1)  # of a trace that was cut by what was found damaged
        if not len(self.lines) or (0 <= self.line < len(self.lines) and self.here.start == event):
            return
        if isinstance(self.lines, View):
            revealed = self._revealed
            if revealed is None or not revealed.start <= event < revealed.stop:
                self._show_base()
            if self.lines[self.lines.line_of(event)].start != event:
                self._reveal(event)
        self.line = self.lines.line_of(event)

    def _reveal(self, event: int) -> None:
        lines = self._base.copy()
        self._revealed = lines.reveal(event)
        self.lines = lines

    def _show_base(self) -> None:
        self.lines, self._revealed = self._base, None

    def step(self, lines: int) -> int | None:
        """Go some lines on, or back; return the event there, None if there is no further line."""
        target = max(0, min(self.line + lines, len(self.lines) - 1))
        if target == self.line:
            return None
        self.line = target
        return self.here.start

    # -- opening and closing

    def open(self) -> int | None:
        """Open the fold here, or go into it if it is open; return the event where one is, None if there is none."""
        if not isinstance(self.lines, View) or not len(self.lines) or not self.here.is_fold:
            return None
        if self.here.is_open:
            return self.step(1)
        lines = self._own()
        lines.open(self.here)  # its head takes the place of its line
        return self.here.start

    def out(self) -> int | None:
        """Close the fold here, or go to the line that heads the one around; None if there is none."""
        if not isinstance(self.lines, View) or not len(self.lines):
            return None
        if self.here.is_open:
            return self._close(self.here)
        depth, line = self.here.depth, self.line
        while line and self.lines[line].depth >= depth:
            line -= 1
            if self.lines[line].depth < depth and self.lines[line].is_open:
                self.line = line
                return self.here.start
        return None

    def toggle(self) -> int | None:
        """Open the fold here, or close the one that is open here or around; None if there is nothing to fold."""
        if not isinstance(self.lines, View) or not len(self.lines):
            return None
        here = self.here
        if here.is_fold and not here.is_open:
            return self.open()
        around = here if here.is_open else self.lines.around(here)
        return self._close(around) if around is not None else None

    def deeper(self) -> None:
        """Show the next of the depths, all folds closed; after the deepest the first."""
        if self.folds is None or self.is_filtered or not len(self.lines):
            return
        event = self.here.start
        self.depth = (self.depth + 1) % len(self.folds.depths)
        self._base = self.folds.view(self.depth, self.length)
        self._show_base()
        self.line = -1
        self.look_at(event)

    def _close(self, fold: Line) -> int:
        lines = self._own()
        lines.close(fold)
        self.line = lines.line_of(fold.start)
        return fold.start

    def _own(self) -> View:
        """Keep what is seen, as the user folds it by hand; return the lines, which are new."""
        assert isinstance(self.lines, View)
        self._base = self.lines.copy()
        self._show_base()
        return self._base


def _flat(length: int) -> View:
    return View([Level([], [], length)], 0, length)
