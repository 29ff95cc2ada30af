"""The turn: one thread at a time touches a recording, and no thread waits for long.

Nearly always one thread alone fires events. It pays two stores and no lock: it says that it is busy, and then looks
whether the recording is shared; another thread says that the recording is shared, and then looks whether the first is
busy. One of the two sees the other (Dekker's algorithm; CPython's attributes are sequentially consistent).

No code of the user's runs in a turn but what the recorder itself calls (`state()`, probes), so it is short. It never
is a reason to hang: a signal handler, or anything else that comes in the middle of a turn in the same thread, is
turned away at once, and another thread after `PATIENCE`. Its event is lost, and counted.
"""

from __future__ import annotations

import os
import weakref
from _thread import LockType, allocate_lock, get_ident
from collections import deque
from time import sleep
from typing import Final

PATIENCE: Final = 1.0
"""Seconds after which a thread gives up."""

PAUSE: Final = 0.0005
"""Seconds between two looks whether the owner is still busy."""

_SEAT: Final = "holder"


class Turn:
    """The turn of one recording.

    Attributes:
        owner: Ident of the thread that began the recording.
        busy: It is the owner's turn, taken without a lock.
        shared: Another thread has come: from then on all go the slow way.
    """

    __slots__ = ("__weakref__", "_queue", "_seat", "busy", "owner", "shared")

    def __init__(self) -> None:
        self.owner = get_ident()
        self.busy = self.shared = False
        # Who holds a shared turn. A dict's `setdefault` is a lock that knows its holder, set in one instruction.
        self._seat: dict[str, int] = {}
        # Those who wait, in order. Whoever gives the turn back hands it to the first: left to themselves they would
        # wait for ever, as the holder lets others run only while it writes, which is in its turn.
        self._queue: deque[tuple[int, LockType]] = deque()
        _all.add(self)

    def take(self) -> bool:
        """Take the turn; return False if this thread has it already, or another one keeps it for too long."""
        me = get_ident()
        if me == self.owner:
            if self.busy:
                return False
            self.busy = True
            if not self.shared:
                return True
            self.busy = False
        self.shared = True
        return self._take_seat(me)

    def give(self) -> None:
        """Give the turn back, if this thread has it."""
        if not self.shared:
            self.busy = False
            return
        me = get_ident()
        if self._seat.get(_SEAT) == me:
            self._give_seat(me)
        elif me == self.owner:
            self.busy = False

    def mine(self) -> bool:
        """Tell whether this thread has the turn."""
        me = get_ident()
        return self._seat.get(_SEAT) == me or (me == self.owner and self.busy)

    def _take_seat(self, me: int) -> bool:
        if self._seat.get(_SEAT) == me:
            return False
        if (self._queue or self._seat.setdefault(_SEAT, me) != me) and not self._wait(me):
            return False
        for _ in range(round(PATIENCE / PAUSE)):
            if not self.busy:
                return True
            sleep(PAUSE)
        self._give_seat(me)
        return False

    def _wait(self, me: int) -> bool:
        bell = allocate_lock()
        bell.acquire()
        place = me, bell
        try:
            self._queue.append(place)
            if self._seat.setdefault(_SEAT, me) != me:  # whoever had it may have left before this one stood in line
                bell.acquire(timeout=PATIENCE)
        finally:
            if place in self._queue:
                self._queue.remove(place)
            elif self._seat.get(_SEAT) != me:  # the turn is just being handed over
                bell.acquire(timeout=PATIENCE)
        return self._seat.get(_SEAT) == me

    def _give_seat(self, me: int) -> None:
        while self._seat.get(_SEAT) == me:
            try:
                self._seat[_SEAT], bell = self._queue.popleft()
                bell.release()
            except IndexError:
                del self._seat[_SEAT]
                if not self._queue or self._seat.setdefault(_SEAT, me) != me:
                    return

    def start_afresh(self) -> None:
        """Free the turn in a forked process: the thread that had it does not exist there."""
        self._seat.clear()
        self._queue.clear()
        self.busy = False


_all: weakref.WeakSet[Turn] = weakref.WeakSet()


def _start_afresh() -> None:
    for turn in list(_all):
        turn.start_afresh()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
