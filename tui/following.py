"""Follows a run while it trains: reads beside the keys what has come, and tells how it goes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from ..replay.trace import Trace
from ..trace.errors import Replaced, TraceError
from ..trace.reading.directory import Directory
from .messages import Followed

INTERVAL: Final = 0.25
"""Seconds between two looks at the file. A look takes up to 80 ms in the thread: the last block is made anew."""

REST: Final = 3
"""How much longer than a look took there is none: where other processes leave little time, keys come first."""

LONGEST: Final = 3.0
"""Seconds between two looks, at most."""

QUIET: Final = 30.0
"""Seconds without a new event after which that is told: the run may have been killed, or hang."""

ENDED: Final = "the recording has ended"


class Following:
    """Reads a trace that grows, in a thread; what was read is taken where keys are handled.

    Args:
        screen: Whose worker it is; it is posted `Followed`.
        trace: The trace. Following reads all of it first, and so checks what was not checked.
        grown: Called there with a directory to take, and the number of the first event that may look otherwise.
        replaced: Called there if another file has taken the place of this one: it has to be opened anew.
    """

    def __init__(
        self,
        screen: Screen[None],
        trace: Trace,
        grown: Callable[[Directory, int], None],
        replaced: Callable[[], None],
    ) -> None:
        self._screen = screen
        self._trace = trace
        self._grown = grown
        self._replaced = replaced
        self._told = ""
        self._taken = threading.Event()
        self.wanted = False

    @property
    def possible(self) -> bool:
        """Whether there can be anything to come: a file whose recording has not ended, as far as is known."""
        return (self._trace.end is None or self._trace.checked < 1) and os.path.isfile(self._trace.path)

    def begin(self) -> None:
        """Follow, if that is wanted; anew if the screen was away meanwhile."""
        if self.wanted:
            self._told = ""
            self._tell("follow")
            self._screen.run_worker(self._work, group="follow", thread=True, exclusive=True)

    def end(self) -> None:
        """Follow no longer."""
        self.wanted = False
        self._screen.workers.cancel_group(self._screen, "follow")
        self._tell("")

    def _work(self) -> None:
        worker = get_current_worker()
        try:
            self._read_on(worker)
        except InterruptedError:
            return
        except Replaced:
            self._screen.call_later(self._unless, worker, self._replaced)
        except (OSError, TraceError) as error:
            self._screen.call_later(self._unless, worker, self._tell, str(error))

    def _read_on(self, worker: Worker[None]) -> None:
        def progress(*_: int) -> None:
            if worker.is_cancelled:
                raise InterruptedError

        latest, first = self._written(), 0
        directory = self._trace.growing(progress)
        self._hand_over(worker, directory, first)
        pause = INTERVAL
        while not directory.ended:
            resume = time.monotonic() + pause
            while (left := resume - time.monotonic()) > 0:
                time.sleep(min(left, INTERVAL))
                progress()
            begin = time.monotonic()
            first = directory.settled
            if directory.poll():
                latest = time.time()
                self._hand_over(worker, directory, first)
            pause = min(LONGEST, max(INTERVAL, REST * (time.monotonic() - begin)))
            self._screen.call_later(self._unless, worker, self._tell, since(time.time() - latest))
        self._screen.call_later(self._unless, worker, self._tell, ENDED)

    def _written(self) -> float:
        """Return when the file was last written to."""
        with suppress(OSError):
            return os.stat(self._trace.path).st_mtime
        return time.time()

    def _hand_over(self, worker: Worker[None], directory: Directory, first: int) -> None:
        """Have taken what is known now, and wait until it is: else looks would queue up before a busy screen."""
        self._taken.clear()
        self._screen.call_later(self._take, worker, directory.apart(), first)
        while not self._taken.wait(INTERVAL):
            if worker.is_cancelled:
                raise InterruptedError

    def _take(self, worker: Worker[None], directory: Directory, first: int) -> None:
        self._unless(worker, self._grown, directory, first)
        self._taken.set()

    def _unless(self, worker: Worker[None], what: Callable[..., None], *arguments: object) -> None:
        """Do something, unless it was given up meanwhile."""
        if not worker.is_cancelled and self.wanted:
            what(*arguments)

    def _tell(self, state: str) -> None:
        if state != self._told:
            self._told = state
            self._screen.post_message(Followed(state))


def since(seconds: float) -> str:
    """Return how following goes when nothing has come for so long; the same for a while, since each is a line sent."""
    if seconds < QUIET:
        return "follow"
    if seconds < 120:
        return f"follow: no new event for {seconds // 10 * 10:.0f} s"
    if seconds < 7200:
        return f"follow: no new event for {seconds // 60:.0f} min"
    return f"follow: no new event for {seconds // 3600:.0f} h"
