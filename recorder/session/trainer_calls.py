"""The third door: calls of the Trainer begin, end, and end abnormally."""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable
from typing import Any

from ...trace.values import Plain
from ..hooks.find import is_inside_door
from ..open_event import OpenEvent
from ..rows import origin
from ..rows.endings import Endings
from ..rows.messages import MessageTap
from ..rows.pending import Pending
from ..rows.recording import Recording
from ..rows.resumed import resumed_from
from ..rows.run_notes import RunNotes
from ..tracebacks import on_the_way_out
from .callbacks import Cast


class TrainerCalls:
    """Follows the calls of one Trainer; see `observer.CallObserver`.

    Args:
        recording: What is shared.
        cast: Who takes part.
        pending: Is told of the calls that are running.
        notes: The run's header.
        tap: Listens to warnings.
        see_to: Ends an event whose own end was lost.
    """

    def __init__(
        self,
        recording: Recording,
        cast: Cast,
        pending: Pending,
        notes: RunNotes,
        tap: MessageTap,
        see_to: Callable[[OpenEvent, BaseException], None],
    ) -> None:
        self._recording = recording
        self._faults, self._turn = recording.faults, recording.turn
        self._cast = cast
        self._calls = pending.calls
        self._notes = notes
        self._tap = tap
        self._see_to = see_to
        self._endings = Endings(recording.journal, recording.plain)

    def standing(self) -> tuple[int, bool]:
        """Return how many calls of the Trainer are running, and whether this thread has the turn."""
        return self._recording.trainer_calls, self._turn.mine()

    def call_begins(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """A call of the Trainer begins; returns what `call_ends` has to be given."""
        recording = self._recording
        if name == "train" and recording.journal.closed:
            self._train_on()
        if not is_inside_door():
            self._sweep()
        depth, recording.trainer_calls = recording.trainer_calls, recording.trainer_calls + 1
        if not recording.may_touch():
            return depth
        try:
            with self._faults.containing():
                self._look(name, args, kwargs)
        except BaseException:
            recording.trainer_calls = depth
            raise
        finally:
            self._turn.give()
        return depth

    def _look(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._calls.begins(name, self._caller())
        self._endings.call_begins()
        self._cast.use(self._cast.handler_of_trainer())
        self._notes.changed(origin.of_call(self._recording, self._notes.run, name, args, kwargs))
        self._tap.install()
        if name in ("train", "_inner_training_loop"):
            asked = kwargs.get("resume_from_checkpoint", args[0] if args and name == "train" else None)
            checkpoint = resumed_from(asked, getattr(self._cast.trainer(), "args", None))
            self._notes.changed({"resumed_from": self._recording.plain(checkpoint)})

    def _train_on(self) -> None:
        """A training begins in a forked process: it gets a file of its own, if it can."""
        with self._faults.containing():
            if self._recording.journal.train_on():
                self._recording.open_events.clear()  # they go on in the parent
                self._faults.stale = True

    def call_ends(self, depth: int) -> None:
        """A call of the Trainer has ended, in whatever way."""
        self._recording.trainer_calls = depth
        self._calls.ends(depth)

    def _caller(self) -> str | None:
        """Return the callback whose hook calls the Trainer just now, if one does."""
        event = self._recording.innermost()
        if event is None or event.running is None or event.trainer_calls + 1 != self._recording.trainer_calls:
            return None
        return self._cast.label_texts.get(event.running)

    def free_turn(self, error: BaseException) -> None:
        """An exception is about to leave a call's door: if it came up in the recorder's turn, nobody is to wait for it.

        It costs other threads `turn.PATIENCE` at each event.
        """
        if self._turn.mine():
            self._faults.interrupted(error)
            self._turn.give()

    def call_raised(self, name: str, error: BaseException) -> None:
        """An exception leaves a call of the Trainer."""
        on_the_way_out(error)
        event = self._recording.innermost()
        state = event.state if event is not None else self._cast.state()
        self.record_ending(name, error, state, inside=event is not None, depth=self._recording.trainer_calls)

    def record_ending(self, name: str, error: BaseException, state: Any, *, inside: bool, depth: int) -> None:
        """Record an exception that ends a call; see `Endings.record`."""
        if not self._recording.may_touch():
            return
        try:
            with self._faults.containing():
                self._endings.record(name, error, state, inside, depth, self._origin(error))
        finally:
            self._turn.give()

    def _origin(self, error: BaseException) -> dict[str, Plain]:
        """Return which callback an exception came from, and its line, as fields of its record."""
        origin = self._recording.raised.origin(error)
        if origin is None:
            return {}
        return {"callback": self._cast.label_texts.get(origin[0]), "at": origin[1]}

    def _sweep(self) -> None:
        """No call of the Trainer runs in this thread, and no event: end those whose end was lost, if there are any.

        Two exceptions at once can do that: one from a signal handler, while the recorder was seeing to another.
        """
        lost = RuntimeError("its end was lost")
        self.free_turn(lost)
        if not self._turn.shared:
            self._recording.trainer_calls = 0
        event = next((event for event in self._recording.open_events if event.thread == get_ident()), None)
        if event is not None:
            self._see_to(event, lost)
