"""The second door: a callback's hook is called inside an event; what it changed is put down to it."""

from __future__ import annotations

from typing import Any

from ...trace.journal.records import Rare
from ...trace.values import Plain
from ..observer import Call
from ..open_event import OpenEvent, split_call
from ..rows.recording import Recording
from ..values.watch import NOTHING
from .callbacks import Cast
from .event_rows import EventRows


class HookCalls:
    """Looks before and after each hook.

    Args:
        recording: What is shared.
        cast: Who takes part.
        rows: Begins the events that no method of the handler announced.
    """

    def __init__(self, recording: Recording, cast: Cast, rows: EventRows) -> None:
        self._recording = recording
        self._watches = recording.watches
        self._look_control = recording.watches.look_control
        self._cast = cast
        self._rows = rows

    def begin(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Look before a hook: the handler made the changes since the last look."""
        if len(args) < 3:
            _, call.state, call.control, _ = split_call(args, kwargs, ())
        if call.event is None or call.event.name != call.door.name:
            call.event = self._rows.implied(call.door, args, kwargs)
            if call.event is not None:
                self._recording.push(call.event)
        event = call.event
        if event is not None and not event.lost:
            # Between two hooks transformers' handler does nothing: what it resets, it resets before the first.
            if not event.calls or self._cast.foreign_handler:
                self._note_changes(event, self._recording.by_handler, call)
            if call.door.stateful:
                self._recording.states.look_before(event, call.door.label)
            event.running = call.door.label

    def end(self, call: Call, event: OpenEvent, microseconds: int, result: Any, raised: Any) -> None:
        """Look after a hook: its callback made the changes since the last look.

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

    def look_at_mappings(self, event: OpenEvent, label: int) -> None:
        """Look what a hook that is known to leave control alone did to logs or metrics."""
        writer, plain = self._recording.writer, self._recording.plain.field
        for mapping in event.mappings:
            changes = mapping.look(writer, plain)
            if changes:
                event.inside += (label, changes)

    def note_reset(self, event: OpenEvent) -> None:
        """Put down to the handler what changed in control before the first hook was called."""
        changes = self._look_control(event.control)
        if changes:
            event.inside += (self._recording.cause(self._recording.by_handler), changes)

    def _note_changes(self, event: OpenEvent, cause: int, call: Call) -> None:
        door = call.door
        closely = not door.ours or self._cast.foreign_handler
        changes = self._look_everywhere(event, call) if closely else self._watches.look_control(call.control)
        if door.stateful and cause == door.label:
            changes = changes + self._recording.states.look(door.label, event.name)
        edits = self._edits(event) if event.mappings else NOTHING  # its own: no other thread has them
        known = self._recording.cause(cause) if changes else cause
        if known != cause:
            event.inside += (known, changes)
            changes = NOTHING
        changes = changes + edits if edits else changes
        if changes and cause == self._recording.by_handler:
            event.inside += self._cast.unwatched.shares(event.name, event.calls, changes, cause, door.label)
        elif changes:
            event.inside += (cause, changes)

    def _edits(self, event: OpenEvent) -> list[Plain]:
        names, plain = self._recording.writer, self._recording.plain.field
        return [item for mapping in event.mappings for item in mapping.look(names, plain)]

    def _look_everywhere(self, event: OpenEvent, call: Call) -> list[Plain]:
        changes = self._watches.look(call.state, call.control, event.start)
        return changes + self._watches.look_args(event.args) + self._recording.look_rates()
