"""The folds of a trace, and what is said of each: its name, its steps, what happened in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.framework import Framework
from ..columns.columns import EXCEPTION, FLIPPED, GAP, MESSAGE, NONFINITE, Columns
from ..text.safe import visible
from ..text.what import Said
from .level import before
from .runs import EVENTS, STEPS, STRETCHES, TRAININGS, levels_of
from .units import Scan, Units
from .view import Line, View
from .window import OPENED, STEPPED, TOLD, TRAINED
from .words import Words

TROUBLES: Final = (
    (EXCEPTION, "error", "exception", "exceptions in {count:,} steps"),
    (GAP, "error", "a gap", "gaps before {count:,} steps"),
    (NONFINITE, "warning", "NaN", "NaN in {count:,} steps"),
    (MESSAGE, "warning", "a warning", "warnings in {count:,} steps"),
    (FLIPPED, "flag", "flag changed", "flags changed in {count:,} steps"),
)
"""What is said of the marks of units, the gravest first: of one, and of several."""

NAMED: Final = 3
"""Steps in which something happened that are named; more are counted."""

MANY: Final = 3
"""Trainings from which on each of them is one line at first."""


class Folds:
    """The folds of a trace as it was when they were looked for.

    It is made in any thread, and then asked with the columns of whoever asks.

    Args:
        units: What it is made of.
        framework: What its framework calls things.
        words: What its phases are for folding.

    Attributes:
        units: As given.
        depths: Levels that a view may begin at: the fewest lines, a line for each step, one for each event.
    """

    def __init__(self, units: Units, framework: Framework, words: Words) -> None:
        self.units = units
        self._framework, self._words = framework, words
        self._levels = levels_of(units, (framework.saving.event, *framework.ended_by))
        trainings = int(np.count_nonzero(units.bits & OPENED))
        self.depths = (TRAININGS if trainings > MANY else STRETCHES, STEPS, EVENTS)

    @classmethod
    def of(cls, columns: Columns, framework: Framework, scan: Scan | None = None) -> Folds:
        """Find the folds of a trace.

        Args:
            columns: Its columns.
            framework: What its framework calls things.
            scan: What has looked at the same trace before.
        """
        scan = scan or Scan(framework)
        return cls(scan.units(columns), framework, scan.words)

    def view(self, depth: int = 0, length: int = 0) -> View:
        """Return the lines of a depth, all folds closed.

        Args:
            depth: Which of `depths`.
            length: Events that there are by now; those that came since are lines of their own.
        """
        return View(self._levels, self.depths[depth], max(length, self.units.length))

    # -- what is said of a fold

    def title(self, columns: Columns | None, line: Line) -> str:
        """Return what a fold is called: ``steps 51-100``, ``evaluation``, ``on_prediction_step ×4``.

        Args:
            columns: The trace's columns; None: what they would have to be asked for is left out.
            line: The fold.
        """
        steps = self._steps(line)
        if line.level == TRAININGS and len(steps) and self._units(line, TRAINED)[0]:
            return next((phase.name for phase in self._framework.phases if not phase.inside), "training")
        if len(steps):
            first, last = int(steps[0]), int(steps[-1])
            return f"{self._step} {first:,}" if len(steps) == 1 else f"{self._step}s {first:,}-{last:,}"
        if columns is None:
            return "…"
        bits = int(columns.phases[line.start])
        inner = next((phase.name for bit, phase in self._words.inner.items() if bits & bit), None)
        if inner is not None and self._begins(line, self.units.inner):
            return visible(inner)
        name = visible(columns.name_of(line.start))
        return f"{name} {'×' + format(line.stop - line.start, ',') if self._repeats(line) else '…'}"

    def step(self, line: Line) -> int | None:
        """Return the step that a line begins with; None where it begins none."""
        place = before(self.units.start, line.start, "left")
        if place < len(self.units.start) and self.units.start[place] == line.start and line.start < self.units.length:
            steps = self._numbers(slice(place, place + 1))
            return int(steps[0]) if len(steps) else None
        return None

    def marks(self, columns: Columns, line: Line) -> int:
        """Return the sum of the marks of the events in a fold."""
        if line.level <= STEPS:
            return int(np.bitwise_or.reduce(self.units.bits[self.units.between(line.start, line.stop)])) & 0xFF
        return int(np.bitwise_or.reduce(columns.marks[line.start : line.stop]))

    def told(self, line: Line) -> list[Said]:
        """Return what happened in a fold, the gravest first."""
        if line.level > STEPS:
            return list(self._counted(line))
        told, steps = [*self._troubles(line), *self._told(line)], len(self._steps(line))
        counted = steps > 1 and (line.level == TRAININGS or not told)  # else its name tells
        return [Said(f"{steps:,} {self._step}s", "count"), *told] if counted else told

    def flips(self, columns: Columns, line: Line) -> NDArray[Any]:
        """Return the numbers of the events in a fold in which somebody changed a flag; looks at all its events."""
        return line.start + np.flatnonzero(columns.marks[line.start : line.stop] & FLIPPED)

    # -- of units

    @property
    def _step(self) -> str:
        step = self._words.step
        return visible(step.name) if step is not None else "step"

    def _units(self, line: Line, bit: int) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.units.bits[self.units.between(line.start, line.stop)] & np.uint32(bit) != 0
        return found

    def _steps(self, line: Line) -> NDArray[Any]:
        """Return the numbers of the steps in a line of a level of units."""
        return self._numbers(self.units.between(line.start, line.stop)) if line.level <= STEPS else np.empty(0)

    def _numbers(self, part: slice) -> NDArray[Any]:
        """Return the numbers of the steps among some units; a step that was never ended has the next number."""
        units = self.units
        begin = max(0, part.start - 1)
        stepped = units.bits[begin : part.stop] & np.uint32(STEPPED) != 0
        number = units.number[begin : part.stop].astype(np.int64)
        number[1:] += stepped[1:] & stepped[:-1] & (number[1:] == number[:-1])
        here = part.start - begin
        found: NDArray[Any] = number[here:][stepped[here:]]
        return found

    def _begins(self, line: Line, ranges: tuple[NDArray[Any], NDArray[Any]]) -> bool:
        place = before(ranges[0], line.start, "left")
        return place < len(ranges[0]) and int(ranges[0][place]) == line.start and int(ranges[1][place]) == line.stop

    def _repeats(self, line: Line) -> bool:
        return self._begins(line, self.units.repeats)

    def _troubles(self, line: Line) -> Iterator[Said]:
        steps = self._steps(line)
        for mark, kind, one, several in TROUBLES:
            count = int(np.count_nonzero(self._units(line, mark)))
            if count:
                at = f" at {self._at(line, mark)}" if count == 1 < len(steps) else ""
                yield Said(one + at if count == 1 else several.format(count=count), kind)

    def _told(self, line: Line) -> Iterator[Said]:
        steps, units = self._steps(line), self.units
        for place, name in enumerate(units.told):
            found = self._units(line, 1 << TOLD + place)
            count = int(np.count_nonzero(found))
            if count:
                word = visible(self._framework.done(name))
                last = count == 1 and bool(found[-1])
                yield Said(word if last else f"{word} {self._often(line, place, count, len(steps))}", "done")

    def _often(self, line: Line, place: int, count: int, steps: int) -> str:
        if count == steps > 1:
            return f"at each {self._step}"
        return f"at {self._at(line, 1 << TOLD + place)}" if count <= NAMED else f"{count:,} ×"

    def _at(self, line: Line, bit: int) -> str:
        part = self.units.between(line.start, line.stop)
        places = part.start + np.flatnonzero(self.units.bits[part] & np.uint32(bit))
        return " ".join(f"{int(self.units.number[place]):,}" for place in places.tolist())

    def _counted(self, line: Line) -> Iterator[Said]:
        if not self._repeats(line):
            yield Said(f"{line.stop - line.start:,} events", "count")
