"""What the whole run is like, found out beside the keys a stretch at a time: what is where, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from textual.message import Message

from ..replay.signs import signs
from ..replay.text.told import Ending
from ..replay.trace import Trace
from .background import Background
from .messages import Ended, Surveyed

STRETCH: Final = 1 << 18
"""Events that are looked at before what was found is told: about a tenth of a second."""


class Survey:
    """Looks at all events of a trace, once each, and tells what it finds.

    Args:
        trace: The trace.
        background: Does what takes long.
        post: Takes what is told: `Surveyed`, `Ended`.
    """

    def __init__(self, trace: Trace, background: Background, post: Callable[[Message], object]) -> None:
        self._trace = trace
        self._background = background
        self._post = post
        self._signs: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._asked = -1
        """Events that the trace had when it was last looked at."""

    def begin(self) -> None:
        """Begin, or go on after the screen was away; new panels are told what is known."""
        self._asked = -1
        if len(self._signs):
            self._post(Surveyed(self._signs))
        self.look()

    def look(self) -> None:
        """Look at what has come since; of a trace that has not grown there is nothing to do."""
        if len(self._trace) not in (0, self._asked):
            self._asked = len(self._trace)
            self._background.run("ending", _ending, self._found_ending)
            self._go_on()

    def anew(self) -> None:
        """Forget what is known: events may have other numbers now."""
        self._signs = self._signs[:0]
        self.begin()

    def _found_ending(self, found: Ending) -> None:
        self._post(Ended(found))

    def _go_on(self) -> None:
        if len(self._signs) < len(self._trace):
            self._background.run("signs", partial(_stretch, start=len(self._signs)), self._found)

    def _found(self, found: NDArray[np.uint8]) -> None:
        self._signs = np.concatenate([self._signs, found])
        self._post(Surveyed(self._signs))
        if len(found):
            self._go_on()


def _stretch(trace: Trace, start: int) -> NDArray[np.uint8]:
    return signs(trace, start, min(start + STRETCH, len(trace)))


def _ending(trace: Trace) -> Ending:
    from ..replay.ending.ending import ending  # the first screen comes before

    return ending(trace)
