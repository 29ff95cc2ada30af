"""A witness: plain callbacks, independent of the recorder, that write down what every event looked like.

A callback sees what its place in the list lets it see. The witness therefore stands at both ends: `first`
sees an event before all others, `last` after all others. It changes nothing, and knows nothing of traces. Warnings
reach it as they reach anybody: by a handler of logging.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transformers import Trainer, TrainerCallback

EVENTS = sorted(name for name in vars(TrainerCallback) if name.startswith("on_"))


@dataclass
class Sight:
    """What one end of the list saw of an event."""

    state: dict[str, Any]
    control: dict[str, Any]
    logs: dict[str, Any] | None
    metrics: dict[str, Any] | None
    rates: list[float] | None


@dataclass
class Row:
    """One event: `before` and `after` all other callbacks; None where that end was not reached.

    Attributes:
        messages: Level, logger and text of the warnings while it was open, and of those since the event before.
        probed: Name and value of what the user asks at this event.
    """

    name: str
    before: Sight | None = None
    after: Sight | None = None
    messages: list[tuple[str, str, str]] = field(default_factory=list)
    probed: list[tuple[str, Any]] = field(default_factory=list)


def everything(thing: Any) -> dict[str, Any]:
    """Return a deep copy of every field and attribute of an object."""
    names = [field.name for field in dataclasses.fields(thing)] if dataclasses.is_dataclass(thing) else []
    return copy.deepcopy({name: getattr(thing, name) for name in names} | vars(thing))


def look(state: Any, control: Any, inputs: dict[str, Any]) -> Sight:
    """Return a deep copy of what an event hands to its callbacks."""
    logs, metrics = copy.deepcopy((inputs.get("logs"), inputs.get("metrics")))
    optimizer = inputs.get("optimizer")
    rates = None if optimizer is None else [group["lr"] for group in optimizer.param_groups]
    return Sight(everything(state), everything(control), logs, metrics, rates)


class FirstCallback(TrainerCallback):
    """Opens a row of its witness at each event."""


class LastCallback(TrainerCallback):
    """Closes a row of its witness at each event."""


class Listener(logging.Handler):
    """Hands on what is logged.

    Args:
        hear: Takes level, logger and text.
    """

    def __init__(self, hear: Callable[[tuple[str, str, str]], None]) -> None:
        super().__init__(logging.WARNING)
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a message on."""
        self._hear((record.levelname, record.name, record.getMessage()))


@dataclass
class Witness:
    """The rows of all events, in the order in which the events began.

    Attributes:
        asked: Functions that are called at events, by the event's name; what they return is written down.
    """

    asked: dict[str, Callable[..., Any]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    opened: list[Row] = field(default_factory=list)  # the innermost last
    heard: list[tuple[str, str, str]] = field(default_factory=list)  # since the last event
    first: TrainerCallback = field(init=False)
    last: TrainerCallback = field(init=False)

    def __post_init__(self) -> None:
        """Make the two callbacks, each with its own hook for every event."""
        self.listener = Listener(self._hear)
        self.first, self.last = FirstCallback(), LastCallback()
        for name in EVENTS:
            vars(self.first)[name] = self._opener(name)
            vars(self.last)[name] = self._closer(name)

    def install(self, trainer: Trainer) -> None:
        """Stand at both ends of the list, also after a resumed run has appended the callbacks it restored."""
        logging.getLogger("transformers").addHandler(self.listener)
        restore = trainer._load_callback_state

        def restore_and_stand() -> None:
            restore()
            self._stand(trainer)

        trainer._load_callback_state = restore_and_stand
        self._stand(trainer)

    def leave(self) -> None:
        """Listen no more."""
        logging.getLogger("transformers").removeHandler(self.listener)

    def _hear(self, message: tuple[str, str, str]) -> None:
        (self.opened[-1].messages if self.opened else self.heard).append(message)

    def _stand(self, trainer: Trainer) -> None:
        listed = trainer.callback_handler.callbacks
        others = [callback for callback in listed if callback not in (self.first, self.last)]
        listed[:] = [self.first, *others, self.last]

    def _opener(self, name: str) -> Any:
        def opening(args: Any, state: Any, control: Any, **inputs: Any) -> None:
            row = Row(name, before=look(state, control, inputs), messages=self.heard)
            self.heard = []
            self.rows.append(row)
            self.opened.append(row)
            if name in self.asked:
                probe = self.asked[name]
                row.probed.append((probe.__name__, probe(args=args, state=state, control=control, **inputs)))

        return opening

    def _closer(self, name: str) -> Any:
        def closing(args: Any, state: Any, control: Any, **inputs: Any) -> None:
            unfinished = [row for row in self.rows if row.name == name and row.after is None]
            if not unfinished:  # `on_init_end` comes before anyone can stand first
                self.rows.append(Row(name))
                unfinished = self.rows[-1:]
            row = unfinished[-1]
            row.after = look(state, control, inputs)
            self.opened = [other for other in self.opened if other is not row]

        return closing
