"""Goes on by itself, line by line, until somebody stops it or there is no further line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

from .messages import Playing

SPEEDS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Lines in a second; a screen is not painted more often."""

FIRST: Final = 2
"""Which of them it begins with."""


class Player:
    """Plays.

    Args:
        pump: Has the timer; there is none while nothing is played.
        go_on: Goes one line on; returns whether there was one.
        post: Takes what is told.
    """

    def __init__(self, pump: MessagePump, go_on: Callable[[], bool], post: Callable[[Message], object]) -> None:
        self._pump, self._go_on, self._post = pump, go_on, post
        self._speed = FIRST
        self._timer: Timer | None = None

    def toggle(self) -> None:
        """Play, or pause."""
        if self._timer is None:
            self._start()
        else:
            self.stop()

    def faster(self, by: int) -> None:
        """Play at another speed, so many of `SPEEDS` further; begin if it stands still."""
        self._speed = max(0, min(self._speed + by, len(SPEEDS) - 1))
        self._start()

    def stop(self) -> None:
        """Stand still."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._post(Playing(0))

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._pump.set_interval(1 / SPEEDS[self._speed], self._tick)
        self._post(Playing(SPEEDS[self._speed]))

    def _tick(self) -> None:
        if not self._go_on():
            self.stop()
