"""What goes wrong in the recorder itself: contained, counted, told once to the user and always to the trace."""

from __future__ import annotations

import logging

from ..trace.records import Note
from .events import OpenEvent
from .journal import Journal
from .plain import Plainer

logger = logging.getLogger("tracetui.recorder")


class Faults:
    """The failures of one recording.

    Args:
        journal: The file, in which the gaps are noted.
        plain: Turns any value into a plain one.
    """

    def __init__(self, journal: Journal, plain: Plainer) -> None:
        """Begin without a fault."""
        self._journal = journal
        self._plain = plain
        self._lost = 0
        self._why = ""
        self._warned = False

    def contain(self, error: Exception, event: OpenEvent | None = None) -> None:
        """Count a failure, warn the first time, and let the file start afresh with a keyframe.

        Args:
            error: What happened.
            event: The event that is lost by it, if it is one.
        """
        if event is None or not event.lost:
            self._lost += 1
        if event is not None:
            event.lost = True
        self._why = f"{type(error).__name__}: {text_of(error)}"
        self._journal.writer.restart_block()
        if not self._warned:
            self._warned = True
            text = "tracetui could not record an event (%s); training goes on, and %s will note the gap"
            logger.warning(text, self._why, self._journal.path)

    def tell(self) -> None:
        """Note in the trace what is missing, if anything; raises OSError if that can't be written either."""
        if self._lost:
            fields = {"count": self._lost, "reason": self._plain(self._why)}
            self._journal.writer.note(Note.GAP, fields, time=self._journal.now())
            self._lost = 0


def text_of(error: BaseException) -> str:
    """Return an exception's message, whatever its ``__str__`` does."""
    try:
        return str(error)
    except Exception:
        return "(its message could not be read)"
