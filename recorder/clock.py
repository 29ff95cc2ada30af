"""The clock: the one place where the recorder reads the system's.

The doors alone read it where they stand (`doors.HookDoor`, `routine.RoutineDoor`): a call more for each reading would
cost a usual event 0.1 us.
"""

from __future__ import annotations

from time import perf_counter_ns


def ticks() -> int:
    """Return what the system's clock says, in nanoseconds: only differences mean anything, see `since`."""
    return perf_counter_ns()


def since(start: int) -> int:
    """Return nanoseconds since `ticks` was `start`, never below zero: clocks may be turned back."""
    return max(0, perf_counter_ns() - start)


class Clock:
    """The time of a recording, in microseconds since its start, which never goes back.

    A program may set the clock back under its own feet (`freezegun` for a few steps of a test): time then stands still
    for a moment, and goes on from there.

    Attributes:
        begin: What the system's clock said at the start, in nanoseconds; moved when that clock goes back.
        last: The latest time that was read, in microseconds since the start.
    """

    __slots__ = ("begin", "last")

    def __init__(self) -> None:
        self.begin = perf_counter_ns()
        self.last = 0

    def now(self) -> int:
        """Return microseconds since the start."""
        read = perf_counter_ns()
        now = (read - self.begin) // 1000
        if now < self.last:
            now = self.last
            self.begin = read - now * 1000
        self.last = now
        return now
