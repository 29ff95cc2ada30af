"""What goes wrong in the recorder itself: contained, counted, told once to the user and always to the trace."""

from __future__ import annotations

from typing import Final

from ...trace.journal.records import Note
from ..file.trace_file import Changed
from ..interruptions import interrupts
from ..journal import Journal
from ..open_event import OpenEvent
from ..values.plain import Plainer

MAX_REST: Final = 1_000
"""Events that are left out at most between two attempts."""


class Faults:
    """The failures of one recording.

    Args:
        journal: The file, in which the gaps are noted.
        plain: Turns any value into a plain one.

    Attributes:
        stale: Something may have changed since the last recorded event, and the recorder has not looked yet.
        lost: Events that are lost and not yet told of in the trace.
        rest: Events that will be left out, because those before them failed.
    """

    def __init__(self, journal: Journal, plain: Plainer) -> None:
        self.stale = False
        self._journal = journal
        self._plain = plain
        self.lost = 0
        self._in_a_row = 0
        self.rest = 0
        self._why = self._interruption = ""
        journal.last_words = self.tell

    def resting(self, event: OpenEvent) -> bool:
        """Tell whether to leave an event out, because events before it failed: it is lost, and counted.

        What fails again and again (a full disk) is tried at ever longer distances: it costs time, too.
        """
        if not self.rest:
            return False
        self.rest -= 1
        self.lost += 1
        event.lost = self.stale = True
        return True

    def turned_away(self) -> None:
        """Count an event, or a part of one, that came where the recording could not be touched; see `turn`."""
        self.lost += 1
        self.stale = True
        self._why = "it came in the middle of recording another one"

    def interrupted(self, error: BaseException) -> None:
        """An exception interrupted the recorder and goes on: say in the trace that it left something out."""
        self.stale = True
        self._interruption = f"{type(error).__name__} interrupted the recorder"
        self._journal.writer.restart_block()

    def contained(self, error: BaseException, event: OpenEvent | None = None) -> bool:
        """Count a failure, warn the first time, and let the file start afresh with a keyframe.

        Args:
            error: What happened; it was caught in the recorder.
            event: The event that is lost by it, if it is one.

        Returns:
            False if it is no failure but an interruption: then the caller has to raise it again.
        """
        self.stale = True
        if interrupts(error):
            self.interrupted(error)
            return False
        if self._journal.closed:
            if event is not None:
                event.lost, event.routine = True, False
            return True
        if isinstance(error, Changed):
            self.lost += error.events
        if event is None:
            self.lost += 1
        elif not event.lost:
            self._lose(event)
        self._why = f"{type(error).__name__}: {text_of(error)}"
        self._journal.writer.restart_block()
        text = "tracetui could not record an event (%s); training goes on, and %s will note the gap"
        self._journal.warn(text, self._why, self._journal.path)
        return True

    def containing(self, event: OpenEvent | None = None) -> Containing:
        """Return a context that contains what its block raises, as `contained` does, and passes interruptions on.

        It costs a microsecond: what runs at every event catches for itself.
        """
        return Containing(self, event)

    def tell(self, time: int | None = None) -> None:
        """Note in the trace what is missing, if anything; raises OSError if that can't be written either.

        Args:
            time: When the event began before which it is missing, in microseconds since the start of the recording: a
                block begins here, and the times in it count from this one. None: there is no such event.
        """
        if not self._interruption and not self.lost:
            return
        time = self._journal.clock.now() if time is None else time
        if self._interruption:
            self._journal.note(Note.GAP, {"count": 0, "reason": self._interruption}, time=time)
            self._interruption = ""
        if self.lost:
            fields = {"count": self.lost, "reason": self._plain(self._why)}
            self._journal.note(Note.GAP, fields, time=time)
            self.lost = self._in_a_row = 0

    def _lose(self, event: OpenEvent) -> None:
        """Count an event as lost."""
        event.lost, event.routine = True, False
        self.lost += 1
        self.rest = min(self._in_a_row, MAX_REST)
        self._in_a_row = 2 * self._in_a_row + 1


class Containing:
    """See `Faults.containing`."""

    def __init__(self, faults: Faults, event: OpenEvent | None) -> None:
        self._faults, self._event = faults, event

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Tell whether what was raised is contained."""
        return error is not None and self._faults.contained(error, self._event)


def text_of(error: BaseException) -> str:
    """Return an exception's message, whatever its ``__str__`` does."""
    try:
        return str(error)
    except Exception as failure:
        if interrupts(failure):
            raise
        return "(its message could not be read)"
