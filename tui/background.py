"""Does what takes long while keys are answered: in a thread, on the same trace with caches of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from time import sleep
from typing import Any, Final, TypeVar

from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from ..replay.trace import Trace

PATIENCE: Final = 0.05
"""Seconds after which a job that waits looks whether it was dropped."""

_Result = TypeVar("_Result")


class _Dropped(Exception):
    """The result is not needed any more."""


class Background:
    """Runs jobs one after the other; of each kind the latest alone.

    Args:
        screen: Whose worker they are: what it has called with a result sees the screen as a key does.
        trace: The trace; jobs get another one on the same file. While not all of it is checked, they wait for that.
        few: Events up to which a trace is so small that a job is done at once.
    """

    def __init__(self, screen: Screen[Any], trace: Trace, few: int = 0) -> None:
        self._screen = screen
        self._trace = trace
        self._few = few
        self._turn = threading.Lock()  # a job that was dropped goes on to its next block
        self._pressing: set[object] = set()
        self._workers: dict[str, Worker[None]] = {}
        self._waiting: dict[str, Callable[[], None]] = {}

    def run(
        self, kind: str, job: Callable[[Trace], _Result], then: Callable[[_Result], None], *, soon: bool = False
    ) -> None:
        """Do a job instead of the one of this kind that was not done yet.

        Args:
            kind: What it is.
            job: Called in the thread; ended at the next block that it decodes when it is dropped. Of a trace of few
                events it is called where keys are handled.
            then: Called with its result where keys are handled, unless it was dropped.
            soon: Somebody waits for it: it comes before all jobs of which that is not said.
        """
        if self._trace.checked < 1:
            self._waiting[kind] = partial(self.run, kind, job, then, soon=soon)
            return
        if len(self._trace) <= self._few:
            then(job(self._trace))
            return
        trace = self._apart  # made here: the trace belongs to this thread
        work = partial(self._work, trace, job, partial(self._arrived, kind, then), soon=soon)
        self._workers[kind] = self._screen.run_worker(work, group=kind, thread=True, exclusive=True)

    def drop(self, kind: str) -> None:
        """Forget the job of this kind, if there is one."""
        self._waiting.pop(kind, None)
        worker = self._workers.pop(kind, None)
        if worker is not None:
            worker.cancel()

    def forget_trace(self) -> None:
        """Do jobs from now on with the trace as it is now: it has grown."""
        self.__dict__.pop("_apart", None)

    def all_checked(self) -> None:
        """Do what has waited for that."""
        waiting, self._waiting = self._waiting, {}
        for begin in waiting.values():
            begin()

    @cached_property
    def _apart(self) -> Trace:
        return self._trace.apart(_end_if_dropped)

    def _work(self, trace: Trace, job: Callable[[Trace], _Result], done: Callable[..., None], *, soon: bool) -> None:
        try:
            with self._in_turn(soon):
                found = job(trace)
        except _Dropped:
            return
        self._screen.call_later(done, get_current_worker(), found)

    @contextmanager
    def _in_turn(self, soon: bool) -> Iterator[None]:
        """Wait for the job before; no longer than anyone waits for this one: threads are few."""
        token = object()
        if soon:
            self._pressing.add(token)
        try:
            while not self._begin(soon):
                _end_if_dropped()
        finally:
            self._pressing.discard(token)
        try:
            _end_if_dropped()
            yield
        finally:
            self._turn.release()

    def _begin(self, soon: bool) -> bool:
        """Take the turn, or wait a moment; returns whether it was taken."""
        if self._pressing and not soon:
            sleep(PATIENCE)
            return False
        return self._turn.acquire(timeout=PATIENCE)

    def _arrived(self, kind: str, then: Callable[[_Result], None], worker: Worker[None], found: _Result) -> None:
        if self._workers.get(kind) is worker:
            del self._workers[kind]
            then(found)


def _end_if_dropped() -> None:
    if get_current_worker().is_cancelled:
        raise _Dropped
