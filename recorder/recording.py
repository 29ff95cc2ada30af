"""What the parts of one recording share: the file, the watched values, and the events that are open."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from time import perf_counter_ns
from typing import Any, Final

from .callback_states import CallbackStates
from .events import OpenEvent
from .faults import Faults
from .journal import Journal
from .nones import Nones
from .plain import Plainer
from .probes import Probe
from .probing import Probing
from .raised import Raised
from .roster import labels
from .watch import NOTHING
from .watches import Watches

RATES_UNCHANGED_AT: Final = frozenset({"on_step_begin", "on_substep_end", "on_optimizer_step", "on_prediction_step"})
"""Events before which no scheduler steps: what changes a rate there is seen at the next event of the step."""

FREQUENT: Final = RATES_UNCHANGED_AT | {"on_pre_optimizer_step", "on_step_end"}
"""Events of every step. At their begin args are looked at only if a foreign callback follows."""

HOT_NAMES: Final = (
    *sorted(FREQUENT),
    "on_log",
    "Trainer",
    "CallbackHandler",
    *("state.global_step", "state.epoch", "lr", "logs", "state.log_history", "state.total_flos"),
    *("control.should_log", "control.should_evaluate", "control.should_save"),
)
"""What stands in most rows: as the first names of a trace they take one byte there, as later ones two."""


class Recording:
    """The state of one recording.

    Args:
        journal: The open file.
        handler: The Trainer's callback handler; held weakly.
        plain: Turns any value into a plain one.
        probes: What is called at events of the user's choice.

    Attributes:
        writer: Appends rows to the file.
        stack: Events that are open, the innermost last.
        control: The control object that the Trainer got from the last event.
        states: What callbacks keep of themselves.
        nones: Which arguments were None.
        raised: The exceptions that leave hooks.
        trainer_calls: Calls of the Trainer that are running (train, evaluate, ...).
        by_trainer, by_handler: Numbers of the causes ``Trainer`` and ``CallbackHandler``.
    """

    def __init__(self, journal: Journal, handler: Any, plain: Plainer, probes: Sequence[Probe]) -> None:
        """Begin with nothing open."""
        self.journal = journal
        self.writer = journal.writer
        self.plain = plain
        for name in (*HOT_NAMES, *labels(handler.callbacks)):
            self.writer.name(name)
        self.faults = Faults(journal, plain)
        self.watches = Watches(journal.writer, plain)
        self.states = CallbackStates(self.writer.name, plain, lambda: journal.writer.events)
        self.raised = Raised(plain)
        self.probing = Probing(probes, handler, self.writer.name, plain)
        self.stack: list[OpenEvent] = []
        self.control: object = None
        self.trainer_calls = 0
        self.by_trainer = self.writer.name("Trainer")
        self.by_handler = self.writer.name("CallbackHandler")
        self._handler = weakref.ref(handler)
        self.nones = Nones(self.writer.name, self._handler)
        self._begin = journal.begin

    def now(self) -> int:
        """Return microseconds since the start of the recording."""
        return (perf_counter_ns() - self._begin) // 1000

    def new_event(self, name: str) -> OpenEvent:
        """Begin an event now."""
        return OpenEvent(name, (perf_counter_ns() - self._begin) // 1000, self.trainer_calls)

    def catch_up(self, event: OpenEvent) -> None:
        """Take what changed since the last recorded event for the chain: after a gap nobody knows whose it is."""
        for position in range(0, len(event.between), 2):
            self.writer.set_chain(event.between[position], event.between[position + 1])
        event.between = NOTHING
        self.writer.restart_block()  # new entries of the history may have begun one, with the chain as it was
        self.faults.stale = False

    def look_rates(self) -> list[Any]:
        """Return the learning rates, as pairs, if one changed since the last look."""
        handler = self._handler()
        return NOTHING if handler is None else self.watches.look_rates(handler.optimizer)
