"""Brings a recording in order after a failure of its own, or an interruption, stopped it in the middle of anything."""

from __future__ import annotations

from collections.abc import Callable

from ...trace.values import Plain
from ..open_event import OpenEvent
from ..rows.calls import Calls
from ..rows.recording import Recording
from .callbacks import Cast
from .event_rows import EventRows


class Repair:
    """What an event needs whose recording broke off.

    Args:
        recording: What is shared.
        cast: Who takes part.
        rows: Writes the rows.
        calls: The Trainer's calls that are running.
        follow_list: Takes up the callback list anew; returns it and the callbacks' states as pairs.
    """

    def __init__(
        self,
        recording: Recording,
        cast: Cast,
        rows: EventRows,
        calls: Calls,
        follow_list: Callable[[], list[Plain]],
    ) -> None:
        self._recording = recording
        self._cast = cast
        self._rows = rows
        self._calls = calls
        self._follow_list = follow_list

    def begin_anew(self, event: OpenEvent) -> None:
        """Bring the file back to whole records, and look at everything as if for the first time.

        Args:
            event: It has args, state and control, if it is known what it was given.
        """
        recording = self._recording
        writer = recording.writer
        recording.journal.cut(writer.size)
        if event.control is None:
            event.args, event.state, event.control = recording.given
        recording.given = event.args, event.state, event.control
        pairs = recording.watches.again(*recording.given, recording.clock.now())
        self._cast.stale = True
        for part in (recording.states, recording.nones, self._calls):
            part.forget()
        pairs += [*recording.look_rates(), *self._follow_list(), *self._calls.look(), *recording.nones.look({})]
        writer.restate(pairs, sum(other.written for other in recording.open_events))
        recording.faults.stale = False

    def end_bare(self, event: OpenEvent) -> None:
        """Write the row of an interrupted event, or its end, without what it might have found out.

        The events inside it end with it, since their own ends will not be seen.
        """
        recording, events = self._recording, self._recording.open_events
        if event not in events:
            recording.push(event)
        inner = [other for other in events[events.index(event) :] if other.thread == event.thread]
        for each in reversed(inner):
            each.forget_changes()
            if not self._is_over(each) and (each.written or not each.lost):
                self.begin_anew(event)
                recording.faults.tell(each.start)
                self._rows.write(each, recording.clock.now() - each.start)
            events.remove(each)

    def end_lost(self, event: OpenEvent) -> None:
        """Write at least the end of an event of which nothing more can be recorded, if its begin is in the file."""
        faults = self._recording.faults
        faults.stale = True
        if not event.written:
            return
        if not faults.rest:
            try:
                event.forget_changes()
                self.begin_anew(event)
                self._rows.write(event, self._recording.clock.now() - event.start)
                return
            except BaseException as error:
                if not faults.contained(error, event):
                    raise
        self._rows.abandon(event)

    def _is_over(self, event: OpenEvent) -> bool:
        """Tell whether all of an event is in the file, though an interruption kept the recorder from taking note."""
        writer, events = self._recording.writer, self._recording.open_events
        written = sum(other.written for other in events)
        begun = next((other for other in events if not other.written and other.start == writer.begun), None)
        if begun is not None and writer.open > written:  # the row of one that stays open
            begun.restart()
        elif begun is event:
            return True
        return event.written and writer.open < written
