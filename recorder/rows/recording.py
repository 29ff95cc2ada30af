"""What the parts of one recording share: the file, the watched values, and the events that are open."""

from __future__ import annotations

import weakref
from _thread import get_ident
from collections.abc import Callable, Sequence
from typing import Any

from ...trace.transformers import HOT_NAMES, TRANSFORMERS
from ..hooks.describe import labels
from ..journal import Journal
from ..open_event import OpenEvent
from ..probes import Probe
from ..threads import Threads
from ..turn import Turn
from ..values.plain import Plainer
from ..values.watch import NOTHING
from ..values.watches import Watches
from .callback_states import CallbackStates
from .faults import Faults
from .nones import Nones
from .probing import Probing
from .raised import Raised


class Recording:
    """The state of one recording.

    Args:
        journal: The open file.
        handler: The Trainer's callback handler; held weakly.
        plain: Turns any value into a plain one.
        probes: What is called at events of the user's choice.

    Attributes:
        writer: Appends rows to the file.
        turn: Whose turn it is to touch all this.
        clock: Tells the time since the start of the recording.
        open_events: Those that are open, of all threads, in the order in which they began.
        waiting: What has to be told with the next event; see `Pending`.
        control: The control object that the Trainer got from the last event.
        given: Args, state and control that an event was called with, the latest that is known.
        states: What callbacks keep of themselves.
        nones: Which arguments were None.
        raised: The exceptions that leave hooks.
        trainer_calls: Calls of the Trainer that are running (train, evaluate, ...).
        by_trainer, by_handler: Numbers of the causes that are the Trainer and its handler.
        handler: Returns the handler whose events are recorded now, None if it is gone; see `Cast.use`.
    """

    def __init__(self, journal: Journal, handler: Any, plain: Plainer, probes: Sequence[Probe]) -> None:
        self.journal = journal
        self.writer = journal.writer
        self.plain = plain
        for name in (*HOT_NAMES, *labels(handler.callbacks)):
            self.writer.name(name)
        self.faults = Faults(journal, plain)
        self.watches = Watches(journal.writer, plain)
        self.states = CallbackStates(self.writer.name, self.writer.stored, plain, lambda: journal.writer.events)
        self.raised = Raised(plain)
        self.probing = Probing(probes, handler, self.writer.name, plain)
        self.open_events: list[OpenEvent] = []
        self.turn = journal.turn = Turn()
        self.threads = Threads(self.turn.owner, journal.writer.name)
        self.waiting: list[tuple[str, str, str] | tuple[()]] = []
        self.control: object = None
        self.given: tuple[Any, Any, Any] = (None, None, None)
        self.trainer_calls = 0
        self.by_trainer = self.writer.name(TRANSFORMERS.loop)
        self.by_handler = self.writer.name(TRANSFORMERS.handler)
        self.clock = journal.clock
        self.handler: Callable[[], Any] = weakref.ref(handler)
        self.nones = Nones(self.writer.name, lambda: self.handler())

    def new_event(self, name: str) -> OpenEvent:
        """Begin an event of this thread now."""
        clock, begun = self.clock, self.writer.begun
        if begun > clock.last:  # events on the fast path do not tell the clock
            clock.last = begun
        return OpenEvent(name, clock.now(), self.trainer_calls, get_ident())

    def may_touch(self) -> bool:
        """Take the turn; if it can't be had, or this is a forked process, what is to be recorded is lost."""
        closed = self.journal.closed
        if closed or not self.turn.take():
            if not closed:
                self.faults.turned_away()
            return False
        if self.journal.closed:  # by another thread, meanwhile
            self.turn.give()
            return False
        return True

    def innermost(self) -> OpenEvent | None:
        """Return the innermost event of this thread that is open, None if there is none."""
        if not self.turn.shared:
            return self.open_events[-1] if self.open_events else None
        me = get_ident()
        return next((event for event in reversed(self.open_events) if event.thread == me), None)

    def push(self, event: OpenEvent) -> None:
        """An event is open from now on."""
        if self.turn.shared and any(other.thread != event.thread for other in self.open_events):
            for each in (*self.open_events, event):
                each.tangled = True
        self.open_events.append(event)

    def cause(self, label: int) -> int:
        """Return the cause of what was found to have changed in this thread.

        Args:
            label: The cause, if no other thread was inside an event; otherwise the cause is unknown.
        """
        return self.threads.cause(label, self.open_events) if self.turn.shared else label

    def look_rates(self) -> list[Any]:
        """Return the learning rates, as pairs, if one changed since the last look."""
        handler = self.handler()
        return NOTHING if handler is None else self.watches.look_rates(handler.optimizer)
