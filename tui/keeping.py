"""Writes what is kept of a trace: beside the keys, one time after the other; and at the end at once."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from ..replay.kept.kept import Kept


class Keeping:
    """Saves what has changed.

    Args:
        screen: Whose worker it is.
        kept: What is kept.
        tell: Called with why nothing is kept, when that is new.
    """

    def __init__(self, screen: Screen[None], kept: Kept, tell: Callable[[str], None]) -> None:
        self._screen = screen
        self._kept = kept
        self._tell = tell
        self._told = ""
        self._busy = False

    def save(self) -> None:
        """Write what has changed, soon."""
        if not self._busy and (job := self._kept.changed()) is not None:
            self._busy = True
            self._screen.run_worker(lambda: self._work(job), group="keep", thread=True)
        self.tell()

    def tell(self) -> None:
        """Tell once why nothing is kept, if that is so."""
        if self._kept.trouble != self._told:
            self._told = self._kept.trouble
            self._tell(self._told)

    def end(self) -> None:
        """Write everything now."""
        self._kept.save()

    def _work(self, job: Callable[[], None]) -> None:
        job()
        self._screen.call_later(self._done)

    def _done(self) -> None:
        self._busy = False
        self.save()  # what has changed meanwhile
