"""The places one has been: back and forward, as in a web browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

MOST: Final = 200
"""Places that are remembered."""


class Visited:
    """Where one jumped from and to. Single steps count for nothing: going back leads to where they had led.

    Args:
        index: The event to begin at.
    """

    def __init__(self, index: int = 0) -> None:
        self._places = [index]
        self._at = 0

    @property
    def places(self) -> tuple[int, ...]:
        """Numbers of the events, the oldest first."""
        return tuple(self._places)

    def jumped(self, here: int, there: int) -> None:
        """Note a jump; what lay ahead is forgotten.

        Args:
            here: Number of the event that one was at.
            there: Of the one that one is at.
        """
        if here != there:
            self._places[self._at :] = [here, there]
            del self._places[:-MOST]
            self._at = len(self._places) - 1

    def renumber(self, number_now: Callable[[int], int]) -> None:
        """Give the places other numbers: where all of a trace was read, and something in it is damaged."""
        self._places = [number_now(place) for place in self._places]

    def back(self, here: int) -> int | None:
        """Return the event that one jumped from last, None if there is none; `here` is where one is."""
        return self._go(here, -1)

    def forward(self, here: int) -> int | None:
        """Return the event that one went back from last, None if there is none."""
        return self._go(here, 1)

    def _go(self, here: int, by: int) -> int | None:
        """Go over places that are where one is anyway."""
        self._places[self._at] = here
        at = self._at + by
        while 0 <= at < len(self._places) and self._places[at] == here:
            at += by
        if not 0 <= at < len(self._places):
            return None
        self._at = at
        return self._places[at]
