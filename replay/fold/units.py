"""What the events of a trace are folded by: its steps, the phases in them, and events that repeat themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.framework import Framework
from ..columns.columns import Columns
from .level import before, narrow
from .window import MOST_TOLD, OPENED, OUTER, STEPPED, TOLD, Before, Found, Window
from .words import Words

WINDOW: Final = 1 << 15
"""Events that are looked at in one go."""

UNSURE: Final = 2
"""Windows at the end of a trace that grows which are looked at again: an event that was open may have ended."""

REPEATED: Final = 3
"""Events of one name in a row from which on they are one line."""


@dataclass(frozen=True)
class Units:
    """What a trace is made of. Every event is in one unit: a step with all that follows it, or what is outside.

    Attributes:
        start: First event of each unit.
        bits: What happened in each: the marks of its events, `STEPPED`, `OUTER`, `TRAINED`, `OPENED`, and `told`.
        number: The step at the end of each, -1 if it is not known.
        inner: First events of the phases inside units, and the events after their last.
        repeats: The same of `REPEATED` or more equal events in a row.
        told: Names of events, by the place of their bit after `TOLD`.
        length: Events in all.
    """

    start: NDArray[Any]
    bits: NDArray[np.uint32]
    number: NDArray[Any]
    inner: tuple[NDArray[Any], NDArray[Any]]
    repeats: tuple[NDArray[Any], NDArray[Any]]
    told: tuple[str, ...]
    length: int

    def between(self, start: int, stop: int) -> slice:
        """Return the places of the units of some events."""
        return slice(before(self.start, start) - 1, before(self.start, stop - 1))


@dataclass
class Scan:
    """Finds the units of a trace, and those of what is appended to it.

    Args:
        framework: What the trace's framework calls things.
    """

    framework: Framework
    words: Words = field(init=False)
    _told: dict[str, int] = field(init=False, default_factory=dict)
    _windows: list[Found] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.words = Words.of(self.framework)

    def units(self, columns: Columns) -> Units:
        """Return the units of a trace; what was looked at before is not looked at again.

        Args:
            columns: Those of the same trace at every call, which may have grown meanwhile.
        """
        length = len(columns)
        del self._windows[max(0, len(self._windows) - UNSURE) :]
        for start in range(len(self._windows) * WINDOW, length, WINDOW):
            known = self._windows[-1].after if self._windows else Before()
            part = slice(start, min(start + WINDOW, length))
            self._windows.append(Window(columns, part, self.words, self._table(columns.names), known).found())
        return self._joined(columns)

    def _joined(self, columns: Columns) -> Units:
        found, length = self._windows, len(columns)
        bits = np.concatenate([np.empty(0, np.uint32), *(window.bits for window in found)])
        begins = np.cumsum([0, *(len(window.bits) for window in found)])
        for window, begin in zip(found, begins.tolist(), strict=False):
            if begin:
                bits[begin - 1] |= window.head
        ended = np.concatenate([np.empty(0, np.int64), *(window.ended for window in found)])
        last = [int(columns.step[length - 1])] if length else []
        spans = [self._spans([getattr(window, name) for window in found], length) for name in ("inner", "repeats")]
        long = spans[1][1] - spans[1][0] >= REPEATED
        return Units(
            start=narrow(np.concatenate([np.empty(0, np.int64), *(window.starts for window in found)])),
            bits=bits,
            number=narrow(np.append(ended, last)),
            inner=spans[0],
            repeats=(spans[1][0][long], spans[1][1][long]),
            told=tuple(self._told),
            length=length,
        )

    @staticmethod
    def _spans(
        parts: list[tuple[NDArray[np.int64], NDArray[np.int64]]], length: int
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        nothing = np.empty(0, np.int64)
        starts, stops = (np.concatenate([nothing, *(part[place] for part in parts)]) for place in (0, 1))
        if len(stops) < len(starts):  # the last one is still going on
            stops = np.append(stops, length)
        return narrow(starts), narrow(stops)

    def _table(self, names: list[str]) -> NDArray[np.uint32]:
        """Return for each event name the bits that such an event gives to its unit."""
        words = self.words
        bits = np.zeros(len(names), np.uint32)
        outer = {phase.begin for phase in words.outer}
        for place, name in enumerate(names):
            if words.step is not None and name == words.step.begin:
                bits[place] = STEPPED
            elif words.training is not None and name == words.training.begin:
                bits[place] = OPENED
            elif name in outer:
                bits[place] = OUTER
            elif name not in words.dull:
                told = self._told.setdefault(name, min(len(self._told), MOST_TOLD))
                bits[place] = 1 << TOLD + told if told < MOST_TOLD else 0
        return bits
