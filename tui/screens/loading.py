"""The first screen: there at once, while the trace is read by a worker."""

from __future__ import annotations

import os
import time
from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import ProgressBar, Static
from textual.worker import get_current_worker

from ...replay.trace import Trace
from ...trace.errors import NotATrace, TraceError
from ...trace.reading.reader import Progress
from ..following import INTERVAL
from ..safe_text import plain_text
from ..source import Source

LATE: Final = 0.15
"""Seconds after which there is a bar: a packed trace is open before, and to make the bar would take longer."""


class LoadingScreen(Screen[None]):
    """Shows how far the reading has come; posts `Loaded` or `Failed` to the app.

    Args:
        source: The trace.
    """

    DEFAULT_CSS = """
    LoadingScreen { align: center middle; }
    LoadingScreen Vertical { width: 60; max-width: 90%; height: auto; }
    LoadingScreen ProgressBar { width: 100%; }
    LoadingScreen Bar { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape", "app.quit", "Quit")]

    class Loaded(Message):
        """The trace is open."""

        def __init__(self, source: Source, trace: Trace) -> None:
            super().__init__()
            self.source = source
            self.trace = trace

    class Failed(Message):
        """The trace can't be opened."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._bar: ProgressBar | None = None

    def on_mount(self) -> None:
        """Begin to read."""
        self._read()
        self.set_timer(LATE, self._bring_bar)

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        worker = get_current_worker()

        def progress(done: int, total: int) -> None:
            if worker.is_cancelled:
                raise InterruptedError
            if total:
                self.app.call_from_thread(self._show, done, total)

        try:
            trace = self._load(progress)
        except InterruptedError:
            return
        except OSError as error:
            self.app.post_message(self.Failed(f"{self._source.name}: {error.strerror or error}"))
        except TraceError as error:
            self.app.post_message(self.Failed(str(error)))
        else:
            self.app.post_message(self.Loaded(self._source, trace))

    def _load(self, progress: Progress) -> Trace:
        """Read the trace; one that is followed may not be there yet, or have no header yet."""
        while True:
            try:
                return self._source.load(progress)
            except (FileNotFoundError, NotATrace):
                if not self._source.follow or self._begun():
                    raise
            self.app.call_from_thread(self._wait)
            time.sleep(INTERVAL)
            progress(0, 0)

    def _begun(self) -> bool:
        """Tell whether something stands in the file."""
        try:
            return os.path.getsize(self._source.name) > 0
        except OSError:
            return False

    def _wait(self) -> None:
        if self.is_mounted and not self.query(Static):
            self.mount(Vertical(Static(plain_text(f"waiting for {self._source.name}"))))

    def _bring_bar(self) -> None:
        if self.is_mounted and self._bar is None and not self.query(Static):
            self._bar = ProgressBar(show_eta=False)
            self.mount(Vertical(Static(plain_text(f"reading {self._source.name}")), self._bar))

    def _show(self, done: int, total: int) -> None:
        self._bring_bar()
        if self._bar is not None:
            self._bar.update(total=total, progress=done)
