"""One Trainer being recorded: what its doors report goes to the part that turns it into records.

Nothing that goes wrong in here reaches training: every method that a door calls hands its failures to `Faults`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ...trace.paths import ROSTER
from ...trace.transformers import ROUTINE
from ...trace.values import Plain
from ..journal import Journal
from ..observer import Call, EventPlace, HookPlace
from ..open_event import OpenEvent, split_call
from ..probes import Probe
from ..rows.messages import MessageTap
from ..rows.pending import Pending
from ..rows.recording import Recording
from ..rows.run_notes import RunNotes
from ..tracebacks import on_the_way_out
from ..values.plain import Plainer
from .callbacks import OWN_HOOK, Cast
from .event_rows import EventRows
from .hook_calls import HookCalls
from .repair import Repair
from .trainer_calls import TrainerCalls


class Session:
    """The recording of one Trainer, from its doors to its file.

    Args:
        journal: The open file.
        handler: The Trainer's callback handler.
        trainer: The Trainer, or None where only a handler was found.
        plain: Turns any value into a plain one.
        describe: Gives the run's header as it is now.
        recorder: The `TraceRecorder`, which is in the callback list but no part of what is observed.
        probes: What is called at events of the user's choice.

    Attributes:
        open_events: Those that are open, of all threads, in the order in which they began.
        turn: Whose turn it is to touch the recording.
        pending: What has to be told with the next event.
        recording: What its parts share.
    """

    def __init__(
        self,
        journal: Journal,
        handler: Any,
        trainer: Any,
        plain: Plainer,
        describe: Callable[[], dict[str, Plain]],
        recorder: object,
        probes: Sequence[Probe] = (),
    ) -> None:
        """Put the parts together; no door is set yet."""
        self.journal = journal
        self._came_late = False
        self._notes = RunNotes(journal, describe)
        recording = self.recording = Recording(journal, handler, plain, probes)
        self.open_events, self.turn = recording.open_events, recording.turn
        self.new_event, self._may_touch = recording.new_event, recording.may_touch
        self.pending = Pending(recording)
        self._faults, self._look_control = recording.faults, recording.watches.look_control
        self._cast = Cast(self, recording, handler, trainer, recorder)
        self._rows = EventRows(recording, self._cast)
        self._calls = HookCalls(recording, self._cast, self._rows)
        self._repair = Repair(recording, self._cast, self._rows, self.pending.calls, self._follow_list)
        self._tap = MessageTap(weakref.WeakMethod(self.message))
        self._trainer_calls = TrainerCalls(recording, self._cast, self.pending, self._notes, self._tap, self.see_to)

    def open(
        self,
        args: object,
        state: object,
        control: object,
        run: dict[str, Plain],
        running: tuple[str, ...] = (),
    ) -> None:
        """Take the values as they are for the beginning of the chain, and set all doors.

        Args:
            args, state, control: The Trainer's.
            run: The run's header as it was written.
            running: Methods of the Trainer that are running already.
        """
        self._notes.run = run
        self.turn.take()  # another thread may come through the first door as soon as it is there
        try:
            self._open(args, state, control, running)
        except BaseException:
            self.close("could not begin")
            raise
        finally:
            self.turn.give()
        _open_sessions.add(self)

    def _open(self, args: object, state: object, control: object, running: tuple[str, ...]) -> None:
        recording = self.recording
        self._set_chain(recording.watches.begin(args, state, control) + recording.look_rates())
        recording.control, recording.given = control, (args, state, control)
        recording.trainer_calls = len(set(running) & {"train", "evaluate", "predict"})
        self._came_late = bool(running)
        self._cast.open(self._trainer_calls, running)
        self._set_chain(self._follow_list())
        self.pending.calls.were_running(running)
        self._notes.changed({"callbacks": self._cast.descriptions})
        self._tap.install()

    def serves(self, handler: Any, trainer: Any) -> bool:
        """Tell whether this records that handler, or that Trainer, whose handler may be another one by now."""
        return self._cast.knows(handler) or self._cast.serves(trainer)

    def close(self, reason: str | None) -> None:
        """Take all doors away and end the file."""
        _open_sessions.discard(self)
        taken = self.turn.take()  # another thread may be in the middle of an event, or about to set doors
        try:
            self._cast.close()
            self._tap.remove()
            self.journal.end(reason)
        finally:
            if taken:
                self.turn.give()

    # -- the handler's door

    def passes(self, name: str) -> bool:
        """The recorder's own hook was called: tell whether its event is open already; end it if this was its last."""
        event = self.recording.innermost()
        if event is None or event.name != name:
            return False
        if event.last is OWN_HOOK:
            self.leave(event, None)
        return True

    def enter(self, event: OpenEvent, door: EventPlace, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """An event begins; it is open from now on, also when it could not be recorded."""
        event.missed = not self._may_touch()
        if event.missed:
            return
        try:
            self._cast.use(door.owner())
            if self.open_events:
                self._end_stale_event()
            if not self._faults.rest or not self._faults.resting(event):
                event.args, event.state, event.control, rest = split_call(args, kwargs, door.positional)
                self._begin(event, rest)
                event.routine = not self.turn.shared and self._cast.quiet(door)
        except BaseException as error:
            if not self._faults.contained(error, event):
                raise
        self.recording.push(event)
        self.turn.give()

    def leave(self, event: OpenEvent, result: Any) -> None:
        """An event ends; `result` is the control that the Trainer gets, None if an exception leaves it."""
        if event not in self.open_events:
            return
        if not self._may_touch():
            event.lost = self._faults.stale = True
            self._close(event)
            return
        self._end(event, result)
        self.turn.give()

    def _end(self, event: OpenEvent, result: Any) -> None:
        try:
            if event.torn:
                self._repair.end_bare(event)
            elif not event.lost:
                self._update_header(event)
                self._faults.tell(event.start)
                self._rows.end(event, result)
        except BaseException as error:
            if not self._faults.contained(error, event):
                raise
        if event.lost:
            self._repair.end_lost(event)
        self._close(event)

    def _close(self, event: OpenEvent) -> None:
        """End an event, and the events inside it whose own ends were not seen."""
        events = self.open_events
        if events and events[-1] is event:
            events.pop()
        elif event in events:
            for other in [other for other in events[events.index(event) :] if other.thread == event.thread]:
                events.remove(other)
        if self.turn.shared:
            self.recording.threads.left(event.thread, events)

    def leave_raising(self, event: OpenEvent, error: BaseException) -> None:
        """An exception leaves an event. Where no door stands at what it ends next, it is recorded here."""
        on_the_way_out(error)
        outermost = len(self.open_events) == 1
        self.leave(event, None)
        if self._came_late and outermost:
            depth = self.recording.trainer_calls + 1
            self._trainer_calls.record_ending(event.name, error, event.state, inside=True, depth=depth)

    def join(self, handler: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The recorder's own hook was called, and no door had opened: begin the event in its middle."""
        event = self.recording.new_event(name)
        if not self._may_touch():
            return
        try:
            with self._faults.containing(event):
                self._cast.use(handler)
                self._end_stale_event()
                self._before_event(event)
                self._rows.join(event, args, kwargs)
            self.recording.push(event)
            if event.last is None:
                self._end(event, None)
            self.turn.give()
        except BaseException as error:
            self.see_to(event, error)
            raise

    def see_to(self, event: OpenEvent, error: BaseException) -> None:
        """An exception is about to leave an event's door: if it came up in the recorder itself, put that in order.

        The turn is free afterwards, the event has ended, and the next one begins with everything as it then is.
        """
        if event.missed:
            return
        if self.turn.mine():  # which a second exception leaves so, for `_sweep` to see
            self._faults.interrupted(error)
            self.turn.give()
        elif event in self.open_events:
            self._faults.interrupted(error)
        else:
            return
        if not self._may_touch():
            return
        try:
            with self._faults.containing(event):
                self._repair.end_bare(event)
        finally:
            self.turn.give()

    def _begin(self, event: OpenEvent, rest: dict[str, Any]) -> None:
        self._before_event(event)
        if self._faults.stale:
            self._repair.begin_anew(event)
        self.recording.given = event.args, event.state, event.control
        self._rows.begin(event, rest)

    def _end_stale_event(self) -> None:
        """End an event that was joined in the middle and whose last hook was never called.

        Between the hooks of an event no other can begin: it must be over.
        """
        event = self.recording.innermost()
        if event is not None and event.last is not None and event.running is None:
            self._end(event, None)

    def _before_event(self, event: OpenEvent) -> None:
        if self._cast.changed():
            event.add_between(self._follow_list())
            self._notes.changed({"callbacks": self._cast.descriptions})
        if self.pending.waiting:
            self.pending.tell(event)
        if event.name not in ROUTINE:
            self._tap.keep()

    # -- the callbacks' doors

    def before_call(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A callback's hook is about to be called."""
        call.missed = not self._may_touch()
        if call.missed:
            return
        call.event = self.recording.innermost()
        call.outer = call.event.running if call.event is not None else None
        try:
            self._calls.begin(call, args, kwargs)
        except BaseException as error:
            if not self._faults.contained(error, call.event):
                raise
        self.turn.give()

    def after_call(self, call: Call, nanoseconds: int, result: Any, raised: BaseException | None) -> None:
        """A callback's hook has returned `result`, or `raised`."""
        event = call.event
        if event is None or call.missed or not self._may_touch():
            return
        if not event.lost:
            try:
                self._calls.end(call, event, max(0, nanoseconds) // 1000, result, raised)
            except BaseException as error:
                if not self._faults.contained(error, event):
                    raise
        if event.last is call.door:
            self._end(event, event.control)
        self.turn.give()

    def after_unusual_call(
        self, event: OpenEvent, door: HookPlace, nanoseconds: int, result: Any, raised: BaseException | None
    ) -> None:
        """A hook of an event on the fast path has raised, or returned another control: go on on the slow path."""
        event.running = None
        if not self._may_touch():
            return
        with self._faults.containing(event):
            if door.quiet and not event.lost:
                self._calls.note_reset(event)
        self.turn.give()
        call = Call(door, event.state, event.control)
        call.event = event
        self.after_call(call, nanoseconds, result, raised)

    def end_routine_call(self, event: OpenEvent, label: int, nanoseconds: int) -> None:
        """Look after a hook of an event on the fast path, in which nothing was out of the ordinary."""
        event.running = None
        turn = self.turn
        turn.busy = True
        if turn.shared:
            turn.busy = False
            if not self._may_touch():
                return
        try:
            changes = self._look_control(event.control)
            if changes:
                event.inside += (self.recording.cause(label), changes)
            event.calls += (label, nanoseconds // 1000 if nanoseconds > 0 else 0)
        except BaseException as error:
            if not self._faults.contained(error, event):
                raise
        if turn.shared:
            turn.give()
        else:
            turn.busy = False

    def look_at_mappings(self, event: OpenEvent, label: int) -> None:
        """Look what a hook that is known to leave control alone did to logs or metrics."""
        try:
            self._calls.look_at_mappings(event, label)
        except BaseException as error:
            if not self._faults.contained(error, event):
                raise

    def see_to_call(self, event: OpenEvent | None, error: BaseException) -> None:
        """An exception is about to leave a hook's door: if it came up in the recorder itself, put that in order."""
        unfinished = event is not None and event.routine and event.running is not None
        mine = self.turn.mine()
        if unfinished or mine:
            self._faults.interrupted(error)
            if event is not None:
                event.torn = True
        if mine:
            self.turn.give()

    # -- warnings, header, callback list

    def message(self, level: str, source: str, text: str) -> None:
        """A warning was logged by one of the libraries."""
        with self._faults.containing():
            self.pending.message(level, source, text)

    def _update_header(self, event: OpenEvent) -> None:
        # The Trainer is not complete in on_init_end; and what train() sets up is there when it begins.
        if event.name == "on_train_begin" or (self._notes.due and event.name != "on_init_end"):
            self._notes.due = False
            self._learn_routine()
            self._notes.look()

    def _learn_routine(self) -> None:
        if not self._notes.due:
            self._cast.learn_routine(self.recording.probing.by_event)

    def _follow_list(self) -> list[Plain]:
        """Take up the callback list as it is now: set doors, and return it and the callbacks' states as pairs."""
        number = self.journal.writer.name
        self._cast.refresh(number)
        self._learn_routine()
        states = self.recording.states.follow(self._cast.observed, self._cast.exporting)
        roster = number(ROSTER.name)
        return [roster, self.journal.writer.stored(roster, list(self._cast.labels)), *states]

    def _set_chain(self, pairs: list[Plain]) -> None:
        for position in range(0, len(pairs), 2):
            self.journal.writer.set_chain(pairs[position], pairs[position + 1])


_open_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def open_sessions() -> list[Session]:
    """Return what is recorded in this process now."""
    return list(_open_sessions)
