"""The first door: an event begins and ends at the handler, and becomes a row."""

from __future__ import annotations

from typing import Any

from ...trace.journal.records import Rare
from ...trace.paths import INPUTS, SHAPED
from ...trace.transformers import FREQUENT, RATES_UNCHANGED_AT, ROUTINE
from ..observer import HookPlace
from ..open_event import HEAVY, OpenEvent, split_call
from ..rows.callback_states import RARE
from ..rows.checkpoints import Checkpoints
from ..rows.recording import Recording
from ..rows.trials import Trials
from ..values.watch import MappingWatch
from .callbacks import Cast


class EventRows:
    """Turns the begins and ends of events into rows.

    Args:
        recording: What is shared.
        cast: Who takes part.
    """

    def __init__(self, recording: Recording, cast: Cast) -> None:
        self._recording = recording
        self._watches = recording.watches
        self._writer = recording.writer
        self._cast = cast
        self._checkpoints = Checkpoints(self._writer.name, recording.plain, cast.trainer)
        self._trials = Trials(self._writer.name, recording.plain, cast.trainer)
        self._names: dict[str, int] = {}

    def begin(self, event: OpenEvent, rest: dict[str, Any]) -> None:
        """Collect what changed before an event, and what it was given.

        Args:
            event: Just made, with args, state and control.
            rest: Its other arguments.
        """
        recording, name, outer = self._recording, event.name, None
        if recording.open_events:
            self._write_begun()
            outer = recording.innermost()
        closely = name not in FREQUENT or self._cast.foreign(name)
        # Each look's find is kept at once: it will not be found a second time should the next look fail.
        if changes := self._watches.look(event.state, event.control, event.start, closely=closely):
            event.add_between(changes)
        if name not in RATES_UNCHANGED_AT and (changes := recording.look_rates()):
            event.add_between(changes)
        if closely and (changes := self._watches.look_args(event.args)):
            event.add_between(changes)
        if name not in FREQUENT and (changes := recording.nones.look(rest)):
            event.add_between(changes)
        if name not in ROUTINE:
            event.add_between(self._checkpoints.look(event))
            event.add_between(self._trials.look())
        if outer is not None or recording.control is not event.control or recording.turn.shared:
            self._note_origin(event, outer)
        for key, value in rest.items():
            if key not in HEAVY:
                self._add_input(event, key, value)
        if name in recording.probing.by_event:
            recording.probing.look(event, rest)
            event.start = recording.clock.now()  # what the probes took is theirs, not the event's

    def end(self, event: OpenEvent, result: Any) -> None:
        """Collect what changed after the last hook, and write the row.

        Args:
            event: The event.
            result: The control that the Trainer gets; None if an exception leaves the event.
        """
        recording = self._recording
        now = recording.clock.now()
        control = event.control if result is None else result
        foreign = self._cast.foreign(event.name)
        changes = self._watches.look(event.state, control, now) if foreign else self._watches.look_control(control)
        if changes:
            cause = recording.cause(recording.by_handler)
            event.inside += self._cast.unwatched.shares(event.name, event.calls, changes, cause)
        if event.name in RARE:
            event.inside += tuple(recording.states.catch_up())
        recording.control = control
        self.write(event, now - event.start)

    def join(self, event: OpenEvent, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Begin an event that is running already: the recorder joins it in its own hook, without an event door."""
        event.args, event.state, event.control, rest = split_call(args, kwargs, ())
        self.begin(event, rest)
        event.rare = {**(event.rare or {}), Rare.JOINED: self._cast.place_of_recorder()}
        event.last = self._cast.last_door_after_recorder(event.name)

    def implied(self, door: HookPlace, args: tuple[Any, ...], kwargs: dict[str, Any]) -> OpenEvent | None:
        """Begin an event that no method of the handler announced: `call_event` was called with its name.

        Returns:
            The event; None if this is not the call of the event's first hook with the arguments of an event:
            then a callback calls a method of its own, or of another's.
        """
        given, state, control, rest = split_call(args, kwargs, ())
        if door is not self._cast.first_door(door.name) or not hasattr(control, "should_training_stop"):
            return None
        event = self._recording.new_event(door.name)
        event.args, event.state, event.control = given, state, control
        self.begin(event, rest)
        event.last = self._cast.last_hook(door.name)
        return event

    def write(self, event: OpenEvent, duration: int, *, opens: bool = False) -> None:
        """Write the row of an event, or, if that is in the file already, its end."""
        if event.written:
            self._write_end(event, duration)
            return
        name = self._names.get(event.name)
        if name is None:
            name = self._names[event.name] = self._writer.name(event.name)
        if event.thread != self._recording.turn.owner:
            event.rare = {**(event.rare or {}), Rare.THREAD: self._recording.threads.mark(event.thread)}
        between, inside, calls, rare = event.between, event.inside, event.calls, event.rare
        self._writer.event(name, event.start, duration, between, inside, calls, rare, opens=opens)
        if opens:
            event.number = self._writer.events - 1
            event.restart()

    def abandon(self, event: OpenEvent) -> None:
        """Give up an event whose row is in the file, and whose end can't be written."""
        self._writer.abandon(self._above(event))

    def _write_end(self, event: OpenEvent, duration: int) -> None:
        self._write_begun(but=event)
        back = self._above(event) if event.tangled else None
        end = event.start + duration
        self._writer.exit(duration, event.inside, event.calls, event.rare, time=end, back=back)

    def _above(self, event: OpenEvent) -> int:
        """Return how many events that are open in the file began after this one."""
        events = self._recording.open_events
        return sum(other.written for other in events[events.index(event) + 1 :])

    def _write_begun(self, but: OpenEvent | None = None) -> None:
        """Write the row of the event that began last, before anything that comes after its begin."""
        events = self._recording.open_events
        last = events[-1] if events else None
        if last is not None and last is not but and not last.written and not last.lost:
            self._writer.check_room()
            self.write(last, 0, opens=True)

    def _note_origin(self, event: OpenEvent, outer: OpenEvent | None) -> None:
        """Note who stands behind what changed before this event, where that is not plainly the Trainer."""
        recording = self._recording
        cause = recording.by_trainer
        if outer is not None and outer.running is not None and outer.trainer_calls == recording.trainer_calls:
            cause = outer.running
        if recording.control is not None and recording.control is not event.control:
            event.note_list(Rare.REPLACED).append(cause)
        if event.between:
            cause = recording.cause(cause)
            if cause != recording.by_trainer:
                event.rare = {**(event.rare or {}), Rare.BETWEEN_CAUSE: cause}

    def _add_input(self, event: OpenEvent, key: str, value: Any) -> None:
        shaped = key in SHAPED and value is not None
        inputs = event.note(Rare.INPUTS)
        plain = self._recording.plain
        inputs[self._writer.name(key)] = self._watches.shaped(value) if shaped else plain.field(key, value)
        if isinstance(value, dict):
            event.mappings += (MappingWatch(key if shaped else INPUTS.path(key), value),)
