"""The events of every step, where nothing is called inside but transformers' own hooks: the short way.

Four of five events are of this kind, and of most of them there is nothing to tell but when they were: this is
what a training pays for a recorder. The rows are the same as on the long way (`Session`, `EventRows`,
`HookCalls`). Only questions whose answers are known beforehand are left out, and whatever is out of the
ordinary goes the long way, at the latest when its event ends.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from .cast import RESETTING, Cast
from .doors import EventDoor, HookDoor
from .events import OpenEvent
from .recording import FREQUENT, RATES_UNCHANGED_AT, Recording
from .roster import VOCABULARY

if TYPE_CHECKING:
    from .session import Session


class Routine:
    """The short ways of one recording.

    Args:
        session: The long way.
        recording: What is shared.
        cast: Who takes part.
    """

    def __init__(self, session: Session, recording: Recording, cast: Cast) -> None:
        """Know no event yet."""
        self._session = session
        self._recording = recording
        self._cast = cast
        self._faults = recording.faults
        self._look_control = recording.watches.look_control

    def learn(self) -> None:
        """Open a short way for each event that can go it with the callbacks as they are now, close all others."""
        for door in self._cast.event_doors:
            handler = door.owner()
            routine = door.name in FREQUENT and door.name not in self._recording.probing.by_event
            usual = routine and self._cast.is_own(door.name)
            if usual and handler is not None:
                door.short = ShortWay(self._session, self._recording, self._cast, door, handler).call
            else:
                door.short = None

    def end_call(self, event: OpenEvent, door: HookDoor, nanoseconds: int, result: Any) -> bool:
        """Look after a hook of an event on the short way; tell whether nothing was out of the ordinary.

        Args:
            event: The event.
            door: The hook's.
            nanoseconds: How long it took.
            result: What it returned; ordinarily control as it was, or nothing.
        """
        control = event.control
        if (result is not control and result is not None) or event.lost:
            return False
        event.running = None
        try:
            changes = self._look_control(control)
            if changes:
                event.inside += (door.label, changes)
            event.calls += (door.label, nanoseconds // 1000)
        except Exception as error:
            self._faults.contain(error, event)
        return True


class ShortWay:
    """The short way of one event: `call` stands in for the handler's method, and has all it needs at hand.

    Args:
        session, recording, cast: See `Routine`.
        door: The event's door.
        handler: The callback handler.
    """

    __slots__ = (
        "_begin",
        "_cast",
        "_door",
        "_event",
        "_events",
        "_faults",
        "_look",
        "_look_control",
        "_method",
        "_name",
        "_number",
        "_order",
        "_pending",
        "_rates",
        "_recording",
        "_resets",
        "_session",
        "_words",
        "_write",
        "_write_moment",
    )

    def __init__(self, session: Session, recording: Recording, cast: Cast, door: EventDoor, handler: Any) -> None:
        """Take note of what must not have changed when the event is called."""
        self._session, self._recording, self._cast, self._door = session, recording, cast, door
        self._faults, self._events, self._pending = recording.faults, recording.stack, session.pending
        self._look, self._look_control = recording.watches.look_briefly, recording.watches.look_control
        self._write, self._write_moment = recording.writer.event, recording.writer.moment
        self._begin = recording.journal.begin
        self._method: Callable[..., Any] = getattr(type(handler), door.name)
        self._order, self._words = list(map(id, handler.callbacks)), len(VOCABULARY)
        self._rates, self._resets = door.name not in RATES_UNCHANGED_AT, door.name == RESETTING
        self._name, self._number = door.name, -1
        self._event = self._new_event()

    def _new_event(self) -> OpenEvent:
        event = OpenEvent(self._name, 0, 0)
        event.routine = True
        return event

    def call(self, args: Any, state: Any, control: Any) -> Any:
        """Call the handler's method, with a look before and after."""
        handler, recording, events, event = self._door.owner(), self._recording, self._events, self._event
        if (
            events
            or self._pending
            or self._faults.stale
            or control is not recording.control
            or getattr(type(handler), self._name, None) is not self._method
            or [*map(id, handler.callbacks)] != self._order
            or len(VOCABULARY) != self._words
            or self._cast.stale
        ):
            return self._door.call((args, state, control), {})
        event.start = start = (perf_counter_ns() - self._begin) // 1000
        event.state, event.control, event.trainer_calls = state, control, recording.trainer_calls
        try:
            event.between = self._look(state, control, start)
            if self._rates:
                rates = recording.look_rates()
                if rates:
                    event.between = [*event.between, *rates]
        except Exception as error:
            self._faults.contain(error, event)
        events.append(event)
        try:
            result = self._method(handler, args, state, control)
        except BaseException as error:
            self._event = self._new_event()
            self._session.leave_raising(event, error)
            raise
        if result is not control or event.rare is not None or event.written or event.lost or events[-1] is not event:
            self._event = self._new_event()
            self._session.leave(event, result)
            return result
        try:
            if self._resets:
                changes = self._look_control(control)
                if changes:
                    event.inside = (recording.by_handler, changes)
            if self._number < 0:
                self._number = recording.writer.name(self._name)
            duration = (perf_counter_ns() - self._begin) // 1000 - start
            if event.between or event.inside or event.calls:
                self._write(self._number, start, duration, event.between, event.inside, event.calls)
            else:
                self._write_moment(self._number, start, duration)
        except Exception as error:
            self._faults.contain(error, event)
            self._event = self._new_event()
        events.pop()
        event.inside = event.calls = ()
        return result
