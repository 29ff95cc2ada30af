"""One Trainer being recorded: what its doors report goes to the part that turns it into records.

Nothing that goes wrong in here reaches training: every method that a door calls hands its failures to `Faults`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, Final

from ..trace.records import Note
from ..trace.values import ABSENT, Plain
from .cast import OWN_HOOK, Cast
from .doors import EventDoor, HookDoor
from .endings import Endings
from .event_rows import EventRows
from .events import OpenEvent, split_call
from .hook_calls import Call, HookCalls
from .journal import Journal
from .messages import TEXT_LIMIT, MessageTap
from .plain import Plainer
from .probes import Probe
from .recording import Recording

MAX_PENDING_MESSAGES: Final = 20
"""Warnings kept between two events."""


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
        events: Those that are open, the innermost last.
        pending: Warnings that were logged since the last event.
        recording: What its parts share.
        end_routine_call, look_at_mappings: Look after a hook of an event on the short way, see `HookCalls`.
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
        self._describe = describe
        self._run: dict[str, Plain] = {}
        self._header_due = True
        self._came_late = False
        self.pending: list[tuple[str, str, str]] = []
        self.recording = Recording(journal, handler, plain, probes)
        self._stack = self.events = self.recording.stack
        self._faults = self.recording.faults
        self._cast = Cast(self, handler, trainer, recorder)
        self._rows = EventRows(self.recording, self._cast)
        self._calls = HookCalls(self.recording, self._cast, self._rows)
        self.end_routine_call, self.look_at_mappings = self._calls.end_routine, self._calls.look_at_mappings
        self._endings = Endings(journal, plain)
        self._tap = MessageTap(_weak_listener(self))

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
        recording = self.recording
        self._run = run
        self._set_chain(recording.watches.begin(args, state, control) + recording.look_rates())
        recording.control = control
        recording.trainer_calls = len(set(running) & {"train", "evaluate", "predict"})
        self._came_late = bool(running)
        self._cast.open(running)
        self._set_chain(self._follow_list())
        self._run_changed({"callbacks": self._cast.descriptions})
        self._tap.install()

    def close(self, reason: str | None) -> None:
        """Take all doors away and end the file."""
        self._cast.close()
        self._tap.remove()
        self.journal.end(reason)

    # -- the handler's door

    def passes(self, name: str) -> bool:
        """The recorder's own hook was called: tell whether its event is open already; end it if this was its last."""
        if not self._stack or self._stack[-1].name != name:
            return False
        if self._stack[-1].last is OWN_HOOK:
            self.leave(self._stack[-1], None)
        return True

    def enter(self, door: EventDoor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> OpenEvent:
        """An event begins; returns it, also when it could not be recorded."""
        event = self.recording.new_event(door.name)
        try:
            self._end_stale_event()
            if not self._faults.resting(event):
                event.args, event.state, event.control, rest = split_call(args, kwargs, door.positional)
                self._before_event(event)
                self._rows.begin(event, rest)
                event.routine = self._cast.quiet(door)
        except Exception as error:
            self._faults.contain(error, event)
        self._stack.append(event)
        return event

    def leave(self, event: OpenEvent, result: Any) -> None:
        """An event ends; `result` is the control that the Trainer gets, None if an exception leaves it."""
        try:
            if not event.lost:
                self._update_header(event)
                self._faults.tell()
                self._rows.end(event, result)
        except Exception as error:
            self._faults.contain(error, event)
        if event.lost:
            self._faults.stale = True
        stack = self._stack
        if stack and stack[-1] is event:
            stack.pop()
        elif event in stack:
            del stack[stack.index(event) :]

    def leave_raising(self, event: OpenEvent, error: BaseException) -> None:
        """An exception leaves an event. Where no door stands at what it ends next, it is recorded here."""
        outermost = len(self._stack) == 1
        self.leave(event, None)
        if self._came_late and outermost:
            self._record_ending(event.name, error, event.state, inside=True, depth=self.recording.trainer_calls + 1)

    def join(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The recorder's own hook was called, and no door had opened: begin the event in its middle."""
        event = self.recording.new_event(name)
        try:
            self._end_stale_event()
            self._before_event(event)
            self._rows.join(event, args, kwargs)
        except Exception as error:
            self._faults.contain(error, event)
        self._stack.append(event)
        if event.last is None:
            self.leave(event, None)

    def _end_stale_event(self) -> None:
        """End an event that was joined in the middle and whose last hook was never called.

        Between the hooks of an event no other can begin: it must be over.
        """
        if self._stack and self._stack[-1].last is not None and self._stack[-1].running is None:
            self.leave(self._stack[-1], None)

    def _before_event(self, event: OpenEvent) -> None:
        if self._cast.changed():
            event.add_between(self._follow_list())
            self._run_changed({"callbacks": self._cast.descriptions})
        for message in self.pending:
            event.add_message(self.recording.by_trainer, *message)
        self.pending.clear()

    # -- the callbacks' doors

    def before_call(self, door: HookDoor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """A callback's hook is about to be called."""
        state, control = args[1:3] if len(args) > 2 else (None, None)
        call = Call(door, self._stack[-1] if self._stack else None, state, control)
        try:
            self._calls.begin(call, args, kwargs)
        except Exception as error:
            self._faults.contain(error, call.event)
        return call

    def after_call(self, call: Call, nanoseconds: int, result: Any, raised: BaseException | None) -> None:
        """A callback's hook has returned `result`, or `raised`."""
        event = call.event
        if event is None:
            return
        if not event.lost:
            try:
                self._calls.end(call, event, nanoseconds // 1000, result, raised)
            except Exception as error:
                self._faults.contain(error, event)
        if event.last is call.door:
            self.leave(event, event.control)

    def after_unusual_call(
        self, event: OpenEvent, door: HookDoor, nanoseconds: int, result: Any, raised: BaseException | None
    ) -> None:
        """A hook of an event on the short way has raised, or returned another control: go on on the long way."""
        event.running = None
        try:
            if door.quiet and not event.lost:
                self._calls.note_reset(event)
        except Exception as failure:
            self._faults.contain(failure, event)
        self.after_call(Call(door, event, event.state, event.control), nanoseconds, result, raised)

    # -- the Trainer's doors

    def call_begins(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A call of the Trainer begins."""
        self.recording.trainer_calls += 1
        try:
            self._endings.call_begins()
            if name in ("train", "_inner_training_loop"):
                resumed_from = kwargs.get("resume_from_checkpoint", args[0] if args and name == "train" else None)
                self._run_changed({"resumed_from": self.recording.plain(resumed_from)})
        except Exception as error:
            self._faults.contain(error)

    def call_ends(self) -> None:
        """A call of the Trainer has ended, in whatever way."""
        self.recording.trainer_calls -= 1

    def call_raised(self, name: str, error: BaseException) -> None:
        """An exception leaves a call of the Trainer."""
        state = self._stack[-1].state if self._stack else self._cast.state()
        self._record_ending(name, error, state, inside=bool(self._stack), depth=self.recording.trainer_calls)

    def _record_ending(self, name: str, error: BaseException, state: Any, *, inside: bool, depth: int) -> None:
        try:
            self._endings.record(name, error, state, inside, depth)
        except Exception as failure:
            self._faults.contain(failure)

    # -- warnings, header, callback list

    def message(self, level: str, source: str, text: str) -> None:
        """A warning was logged by one of the libraries."""
        try:
            text = self.recording.plain.beginning(text, TEXT_LIMIT)
            event = self._stack[-1] if self._stack else None
            if event is None:
                self.pending.append((level, source, text))
                del self.pending[MAX_PENDING_MESSAGES:]
            else:
                cause = self.recording.by_handler if event.running is None else event.running
                event.add_message(cause, level, source, text)
        except Exception as error:
            self._faults.contain(error)

    def _update_header(self, event: OpenEvent) -> None:
        # The Trainer is not complete in on_init_end; and what train() sets up is there when it begins.
        if event.name == "on_train_begin" or (self._header_due and event.name != "on_init_end"):
            self._header_due = False
            self._learn_routine()
            self._run_changed(self._describe())

    def _learn_routine(self) -> None:
        if not self._header_due:
            self._cast.learn_routine(self.recording.probing.by_event)

    def _run_changed(self, run: dict[str, Plain]) -> None:
        """Write the parts of the run's header that are not what they were."""
        new = {key: value for key, value in run.items() if key not in self._run or self._run[key] != value}
        if new:
            self._run.update(new)
            self.journal.writer.note(Note.RUN, {"run": new}, time=self.recording.now())

    def _follow_list(self) -> list[Plain]:
        """Take up the callback list as it is now: set doors, and return it and the callbacks' states as pairs."""
        number, watches = self.journal.writer.name, self.recording.watches
        self._cast.refresh(number)
        self._learn_routine()
        pairs: list[Plain] = [number("roster"), list(self._cast.labels)]
        for label in watches.forget_stateful(set(self._cast.stateful)):
            pairs += (number(f"callbacks.{label}"), ABSENT)
        for label, callback in self._cast.stateful.items():
            pairs += watches.look_stateful(label, callback)
        return pairs

    def _set_chain(self, pairs: list[Plain]) -> None:
        for position in range(0, len(pairs), 2):
            self.journal.writer.set_chain(pairs[position], pairs[position + 1])


def _weak_listener(session: Session) -> Callable[[str, str, str], None]:
    """Pass messages on to a session without keeping it alive: loggers live as long as the process."""
    reference = weakref.ref(session)

    def listen(level: str, source: str, text: str) -> None:
        target = reference()
        if target is not None:
            target.message(level, source, text)

    return listen
