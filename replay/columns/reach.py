"""How far a look may go: what is asked for at a key press is answered at once, or not here."""

from __future__ import annotations


class TooFar(Exception):
    """What was looked for is not within reach."""


class Reach:
    """Events that may still be looked at.

    Args:
        events: How many; None: all there are.
    """

    def __init__(self, events: int | None) -> None:
        self._left = events

    def take(self, events: int) -> None:
        """Look at some more events; raises TooFar if that was too much before."""
        if self._left is None:
            return
        if self._left <= 0:
            raise TooFar
        self._left -= events
