"""Checks beside the keys what has not been checked of a trace that was opened at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from ..replay.trace import Trace
from ..trace.reading.directory import Directory
from .messages import Checked


class Checking:
    """Reads the whole trace in a thread, and tells how far it has come.

    Args:
        screen: Whose worker it is; it is posted `Checked`.
        trace: The trace, which is changed where keys are handled.
        then: Called there when all is checked, with what leads from an event's number to its number now.
        failed: Called there with the reason if it cannot be read.
    """

    def __init__(
        self,
        screen: Screen[None],
        trace: Trace,
        then: Callable[[Callable[[int], int]], None],
        failed: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._trace = trace
        self._then = then
        self._failed = failed
        self._told = 0

    def begin(self) -> None:
        """Begin, anew if the screen was away meanwhile; where all is checked there is nothing to do."""
        if self._trace.checked < 1:
            self._screen.run_worker(self._work, group="check", thread=True, exclusive=True)

    def _work(self) -> None:
        worker = get_current_worker()
        try:
            found = self._trace.read_all(partial(self._progress, worker))
        except InterruptedError:
            return
        except OSError as error:
            self._screen.call_later(self._failed, f"{self._trace.path}: {error.strerror or error}")
            return
        self._screen.call_later(self._done, worker, found)

    def _progress(self, worker: Worker[None], done: int, size: int) -> None:
        if worker.is_cancelled:
            raise InterruptedError
        percent = 100 * done // max(1, size)
        if percent != self._told:
            self._told = percent
            self._screen.post_message(Checked(False))

    def _done(self, worker: Worker[None], found: Directory) -> None:
        if not worker.is_cancelled and self._trace.checked < 1:
            self._then(self._trace.take(found))
