"""The second door: a callback's hook is called inside an event; what it changed is put down to it."""

from __future__ import annotations

from typing import Any

from ..trace.records import Rare
from ..trace.values import Plain
from .cast import Cast
from .doors import HookDoor
from .event_rows import EventRows
from .events import OpenEvent, split_call
from .recording import Recording


class Call:
    """A hook that is being called.

    Attributes:
        door: Its door.
        event: The event that it is a part of, None if it is none.
        state, control: What it was called with.
        outer: The callback whose hook was running before, if a hook calls another.
    """

    __slots__ = ("control", "door", "event", "outer", "state")

    def __init__(self, door: HookDoor, event: OpenEvent | None, state: Any, control: Any) -> None:
        """Begin the call."""
        self.door = door
        self.event = event
        self.state = state
        self.control = control
        self.outer = event.running if event is not None else None


class HookCalls:
    """Looks before and after each hook.

    Args:
        recording: What is shared.
        cast: Who takes part.
        rows: Begins the events that no method of the handler announced.
    """

    def __init__(self, recording: Recording, cast: Cast, rows: EventRows) -> None:
        """Begin without a call."""
        self._recording = recording
        self._watches = recording.watches
        self._look_control = recording.watches.look_control
        self._cast = cast
        self._rows = rows

    def begin(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Look before a hook: what changed since the last look was the handler."""
        if len(args) < 3:
            _, call.state, call.control, _ = split_call(args, kwargs, ())
        if call.event is None or call.event.name != call.door.name:
            call.event = self._rows.implied(call.door, args, kwargs)
            if call.event is not None:
                self._recording.stack.append(call.event)
        event = call.event
        if event is not None and not event.lost:
            # Between two hooks transformers' handler does nothing: what it resets, it resets before the first.
            if not event.calls or self._cast.foreign_handler:
                self._note_changes(event, self._recording.by_handler, call)
            if call.door.stateful:
                self._recording.states.look_before(event, call.door.label)
            event.running = call.door.label

    def end(self, call: Call, event: OpenEvent, microseconds: int, result: Any, raised: Any) -> None:
        """Look after a hook: what changed since the last look was its callback.

        Args:
            call: The call.
            event: Its event.
            microseconds: How long it took.
            result: What it returned.
            raised: The exception that left it, or None.
        """
        label = call.door.label
        event.running = call.outer
        if result is not None and result is not call.control:
            event.note_list(Rare.REPLACED).append(label)
            call.control = result
        event.control = call.control
        self._note_changes(event, label, call)
        if raised is not None:
            self._recording.raised.note(event, label, raised, call.door.owner())
        event.calls += (label, microseconds)

    def end_routine(self, event: OpenEvent, label: int, nanoseconds: int) -> None:
        """Look after a hook of an event on the short way, in which nothing was out of the ordinary.

        Args:
            event: The event.
            label: Number of the callback.
            nanoseconds: How long the hook took.
        """
        event.running = None
        try:
            changes = self._look_control(event.control)
            if changes:
                event.inside += (label, changes)
            event.calls += (label, nanoseconds // 1000)
        except Exception as error:
            self._recording.faults.contain(error, event)

    def look_at_mappings(self, event: OpenEvent, label: int) -> None:
        """Look what a hook that is known to leave control alone did to logs or metrics."""
        try:
            changes = self._edits(event)
            if changes:
                event.inside += (label, changes)
        except Exception as error:
            self._recording.faults.contain(error, event)

    def note_reset(self, event: OpenEvent) -> None:
        """Look what the handler itself changed in control, where nobody did before the first hook."""
        changes = self._look_control(event.control)
        if changes:
            event.inside += (self._recording.by_handler, changes)

    def _note_changes(self, event: OpenEvent, cause: int, call: Call) -> None:
        door = call.door
        closely = not door.ours or self._cast.unwatched
        changes = self._look_everywhere(event, call) if closely else self._watches.look_control(call.control)
        if door.stateful and cause == door.label:
            changes = changes + self._recording.states.look(door.label, event.name)
        if event.mappings:
            changes = changes + self._edits(event)
        if changes and cause == self._recording.by_handler:
            event.inside += self._cast.unwatched.shares(event.name, event.calls, changes, cause, door.label)
        elif changes:
            event.inside += (cause, changes)

    def _edits(self, event: OpenEvent) -> list[Plain]:
        name, plain = self._recording.writer.name, self._recording.plain.field
        return [item for mapping in event.mappings for item in mapping.look(name, plain)]

    def _look_everywhere(self, event: OpenEvent, call: Call) -> list[Plain]:
        changes = self._watches.look(call.state, call.control, event.start)
        return changes + self._watches.look_args(event.args) + self._recording.look_rates()
