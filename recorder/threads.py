"""The threads of a recording: their names in the trace, and which changes each of them can have made."""

from __future__ import annotations

import threading
from _thread import get_ident
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from .open_event import OpenEvent

UNKNOWN: Final = "unknown"
"""The cause of a change that may have been made by one of several threads."""


class Threads:
    """What is known of the threads that fire events.

    Args:
        first: Ident of the one that began the recording: its events need no mark.
        number: Gives a name its number in the trace.
    """

    def __init__(self, first: int, number: Callable[[str], int]) -> None:
        self._number = number
        self._labels: dict[tuple[int, str], str] = {(first, name_of(first)): name_of(first)}
        self._count = Counter([name_of(first)])
        self._open: set[int] = set()  # threads with an open event when somebody last looked

    def mark(self, ident: int) -> int:
        """Return the number of a thread's label."""
        return self._number(self._label(ident))

    def _label(self, ident: int) -> str:
        name = name_of(ident)
        label = self._labels.get((ident, name))
        if label is None:
            self._count[name] += 1
            label = name if self._count[name] == 1 else f"{name}#{self._count[name]}"
            self._labels[ident, name] = label
        return label

    def cause(self, label: int, open_events: Sequence[OpenEvent]) -> int:
        """Return a cause, or the number of `UNKNOWN` where another thread was inside an event since the last look."""
        me = get_ident()
        now = {event.thread for event in open_events}
        others = (now | self._open) - {me}
        self._open = now
        return self._number(UNKNOWN) if others else label

    def left(self, ident: int, open_events: Sequence[OpenEvent]) -> None:
        """Note that an event of a thread has ended: without another open event, later changes are not the thread's."""
        if all(event.thread != ident for event in open_events):
            self._open.discard(ident)


def name_of(ident: int) -> str:
    """Return the name of a thread; no lock is taken, as `threading.enumerate` takes one: a signal handler may ask."""
    thread = getattr(threading, "_active", {}).get(ident)
    name = getattr(thread, "_name", None)
    return name if type(name) is str else f"thread {ident}"
