"""The events of every step, where nothing is called inside but transformers' own hooks: the fast path.

Four of five events are of this kind, and of most of them there is nothing to tell but when they were: this is
what a training pays for a recorder. The rows are the same as on the slow path (`Session`, `EventRows`,
`HookCalls`). Only questions whose answers are known beforehand are left out, and whatever is out of the
ordinary takes the slow path, at the latest when its event ends.
"""

from __future__ import annotations

import os
from _thread import get_ident
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

from ...trace.transformers import RATES_UNCHANGED_AT, RESETTING
from ..hooks.describe import VOCABULARY
from ..hooks.doors import EventDoor
from ..hooks.find import DOOR_CALLS
from ..interruptions import interrupts
from ..observer import Observer
from ..open_event import OpenEvent
from ..rows.recording import Recording
from ..tracebacks import on_the_way_out

_MISSING: Final = object()

SWITCH: Final = "TRACETUI_FAST_PATH"
"""Environment variable that closes the fast path, if it is ``0``, to the recordings that begin from then on."""


def is_open() -> bool:
    """Tell whether a recording that begins now may use the fast path; the trace is the same without."""
    return os.environ.get(SWITCH) != "0"


class RoutineDoor(EventDoor):
    """A method of the handler that is called in every step, with all at hand that its event needs.

    Attributes:
        usual: The fast path is open.
    """

    __slots__ = (
        "_callbacks",
        "_clock",
        "_event",
        "_faults",
        "_look",
        "_look_control",
        "_look_rates",
        "_method",
        "_number",
        "_open_events",
        "_pending",
        "_rates",
        "_recording",
        "_resets",
        "_turn",
        "_words",
        "_write",
        "_write_moment",
        "usual",
    )

    def __init__(self, observer: Observer, owner: Any, name: str, recording: Recording) -> None:
        super().__init__(observer, owner, name)
        self._recording = recording
        self._clock, self._turn, self._faults = recording.clock, recording.turn, recording.faults
        self._open_events = recording.open_events
        self._look, self._look_control = recording.watches.look_briefly, recording.watches.look_control
        self._look_rates = recording.watches.look_rates
        self._write, self._write_moment = recording.writer.event, recording.writer.moment
        self._rates, self._resets = name not in RATES_UNCHANGED_AT, name == RESETTING
        self._pending, self._number = recording.waiting, -1
        self._event = self._new_event()
        self.usual = False

    def learn(self, usual: bool, callbacks: list[Any]) -> None:
        """Open or close the fast path.

        Args:
            usual: Nothing is called in this event but transformers' own.
            callbacks: The callback list as it is now, which the fast path is good for.
        """
        # A list is compared by identity as long as no element says otherwise: in C, at a fifth of the price.
        self.usual = usual and all(getattr(type(callback), "__eq__", None) is object.__eq__ for callback in callbacks)
        # Held strongly, but by nothing that lives longer than the handler, which holds them, too.
        self._callbacks = callbacks
        self._method: Callable[..., Any] = getattr(type(self.owner()), self.name, self.original)
        self._words = len(VOCABULARY)
        if self._number < 0:
            self._number = self._recording.writer.name(self.name)

    def close(self) -> None:
        """Only pass through from now on."""
        super().close()
        self.usual = False

    def _new_event(self) -> OpenEvent:
        event = OpenEvent(self.name, 0, 0, self._turn.owner)
        event.routine = True
        return event

    # The first three by position and by name: a tuple of them would be made only to be taken apart, for 40 ns.
    def __call__(  # noqa: C901
        self, given: Any = _MISSING, state: Any = _MISSING, control: Any = _MISSING, /, *more: Any, **kwargs: Any
    ) -> Any:
        """Call the handler's method, with a look before and after; in one piece, as each call inside costs."""
        events, turn = self._open_events, self._turn
        if (
            not self.usual
            or events
            or turn.busy
            or get_ident() != turn.owner
            or self._pending
            or self._faults.stale
            or more
            or kwargs
            or control is _MISSING
        ):
            args = *(one for one in (given, state, control) if one is not _MISSING), *more
            return self.call(args, kwargs)
        recording, handler = self._recording, self.owner()
        try:
            known = (
                control is recording.control
                and self._callbacks == handler.callbacks
                and getattr(type(handler), self.name) is self._method
                and not (self._resets and len(VOCABULARY) != self._words)  # once a step is enough
            )
        except Exception as error:  # an `__eq__` of a callback that is new in the list
            if interrupts(error):
                raise
            known = False
        if not known:
            return self.call((given, state, control), kwargs)
        observer: Any = self.observer  # not None: a closed door is not usual
        event, begin = self._event, self._clock.begin
        try:
            event.start = start = (perf_counter_ns() - begin) // 1000
            event.state, event.control, event.trainer_calls = state, control, recording.trainer_calls
            turn.busy = True
            if turn.shared:
                turn.busy = False
                return self.call((given, state, control), kwargs)
            try:
                event.between = self._look(state, control, start)
                if self._rates:
                    rates = self._look_rates(handler.optimizer)
                    if rates:
                        event.between = [*event.between, *rates]
            except BaseException as error:
                if not self._faults.contained(error, event):
                    raise
            events.append(event)
            turn.busy = False
            try:
                result = self._method(handler, given, state, control)
            except BaseException as error:
                self._event = self._new_event()
                observer.leave_raising(event, error)
                raise
            turn.busy = True
            if result is control and event.routine and events[-1] is event:
                try:
                    if self._resets:
                        changes = self._look_control(control)
                        if changes:
                            event.inside = (recording.by_handler, changes)
                    duration = (perf_counter_ns() - begin) // 1000 - start
                    between, inside, calls = event.between, event.inside, event.calls
                    if between or inside or calls:
                        self._write(self._number, start, duration, between, inside, calls)
                        event.inside = event.calls = ()
                    else:
                        self._write_moment(self._number, start, duration)
                except BaseException as error:
                    self._event = self._new_event()
                    if not self._faults.contained(error, event):
                        raise
                events.pop()
                turn.busy = False
            else:
                turn.busy = False
                self._event = self._new_event()
                observer.leave(event, result)
        except BaseException as error:
            self._event = self._new_event()
            observer.see_to(event, error)
            on_the_way_out(error)
            raise
        return result

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Take the slow path."""
        try:
            return super().__call__(*args, **kwargs)
        except BaseException as error:
            on_the_way_out(error)
            raise


DOOR_CALLS.add(RoutineDoor.__call__.__code__)
