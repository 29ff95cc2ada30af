"""Who is inside whom: the one rule of which event a record ends.

Events of several threads stand in a trace in the order in which they begin. EXIT ends the innermost event that is
open, whatever its thread; EXIT OF ends the one that has so many open events above it. An event is nested in the
open events of its own thread alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..errors import BadRecord
from ..layout import EXITS
from ..limits import MAX_OPEN
from .records import EventRow, Exit, Keyframe, Record

UNKNOWN: Final = -1
"""Number of an event that is open, and whose begin was lost."""

FIRST_THREAD: Final = -1
"""In the place of the number of a thread's name: the thread that began the recording, whose rows say nothing."""


NESTING: Final = (Keyframe.TYPE, EventRow.OPEN_TYPE, *EXITS)
"""Types of the records that change which events are open."""


def check_room(count: int) -> None:
    """Raise BadRecord if so many events are open that no other may begin inside them."""
    if count >= MAX_OPEN:
        raise BadRecord("more events inside each other than there may be")


class OpenEvents:
    """The events that are open at one place of a trace, of all threads, in the order in which they began.

    Args:
        numbers: Those that are open at first, the innermost last.
        threads: For each of them the number of its thread's name; nothing: all are of the first thread.

    Attributes:
        numbers: Their numbers, `UNKNOWN` for one whose begin is not known.
        threads: For each the number of its thread's name; one whose begin is not known counts as of the first thread.
    """

    __slots__ = ("numbers", "threads")

    def __init__(self, numbers: Iterable[int] = (), threads: Iterable[int] = ()) -> None:
        self.numbers = list(numbers)
        self.threads = list(threads) or [FIRST_THREAD] * len(self.numbers)

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self.numbers)

    def copy(self) -> OpenEvents:
        """Return the same, which may go another way."""
        return OpenEvents(self.numbers, self.threads)

    def follow(self, record: Record) -> None:
        """Follow a record of whatever type, where nobody asks for the numbers of the events; raises as `enter`."""
        if isinstance(record, EventRow):
            if record.opens:
                self.enter()
        elif isinstance(record, Exit):
            self.exit(record.back or 0)
        elif isinstance(record, Keyframe):
            self.keyframe(record.open)

    def take(self, kind: int, said: int, begins: int = UNKNOWN) -> int:
        """Follow a record that is known by what it says.

        Args:
            kind: Its type, one of `NESTING`.
            said: KEYFRAME: how many events are open; ENTER: the number of its thread's name, see `threads`; an end: how
                many open events are above the one that ends.
            begins: Number of the event that begins with an ENTER.

        Returns:
            Number of the event that ends with it, `UNKNOWN` if none does, or its begin was lost.
        """
        if kind == EventRow.OPEN_TYPE:
            self.enter(begins, said)
        elif kind == Keyframe.TYPE:
            self.keyframe(said)
        else:
            return self.exit(said)
        return UNKNOWN

    def keyframe(self, count: int) -> None:
        """Follow a keyframe, which says how many events are open.

        If more are known, the innermost of them have no end. If fewer are, the begin of none of them is known.
        """
        count = min(count, MAX_OPEN)
        if count > len(self.numbers):
            self.numbers, self.threads = [UNKNOWN] * count, [FIRST_THREAD] * count
        del self.numbers[count:], self.threads[count:]

    def enter(self, number: int = UNKNOWN, thread: int = FIRST_THREAD) -> None:
        """An event begins; raises BadRecord if more are open than there may be."""
        check_room(len(self.numbers))
        self.numbers.append(number)
        self.threads.append(thread)

    def exit(self, back: int = 0) -> int:
        """Return the number of the event that ends: the one with `back` open events above it.

        If there is none, `UNKNOWN`, and all stay open.
        """
        if back >= len(self.numbers):
            return UNKNOWN
        del self.threads[-1 - back]
        return self.numbers.pop(-1 - back)
