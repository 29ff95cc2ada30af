"""A witness: plain callbacks, independent of the recorder, that write down what every event looked like.

A callback sees what its place in the list lets it see. The witness therefore stands at both ends: `first`
sees an event before all others, `last` after all others. It changes nothing, and knows nothing of traces.
"""

from __future__ import annotations

import copy
import dataclasses
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


@dataclass
class Row:
    """One event: `before` and `after` all other callbacks; None where that end was not reached."""

    name: str
    before: Sight | None = None
    after: Sight | None = None


def everything(thing: Any) -> dict[str, Any]:
    """Return a deep copy of every field and attribute of an object."""
    names = [field.name for field in dataclasses.fields(thing)] if dataclasses.is_dataclass(thing) else []
    return copy.deepcopy({name: getattr(thing, name) for name in names} | vars(thing))


def look(state: Any, control: Any, inputs: dict[str, Any]) -> Sight:
    """Return a deep copy of what an event hands to its callbacks."""
    logs, metrics = copy.deepcopy((inputs.get("logs"), inputs.get("metrics")))
    return Sight(everything(state), everything(control), logs, metrics)


class FirstCallback(TrainerCallback):
    """Opens a row of its witness at each event."""


class LastCallback(TrainerCallback):
    """Closes a row of its witness at each event."""


@dataclass
class Witness:
    """The rows of all events, in the order in which the events began."""

    rows: list[Row] = field(default_factory=list)
    first: TrainerCallback = field(init=False)
    last: TrainerCallback = field(init=False)

    def __post_init__(self) -> None:
        """Make the two callbacks, each with its own hook for every event."""
        self.first, self.last = FirstCallback(), LastCallback()
        for name in EVENTS:
            vars(self.first)[name] = self._opener(name)
            vars(self.last)[name] = self._closer(name)

    def install(self, trainer: Trainer) -> None:
        """Stand at both ends of the list, also after a resumed run has appended the callbacks it restored."""
        restore = trainer._load_callback_state

        def restore_and_stand() -> None:
            restore()
            self._stand(trainer)

        trainer._load_callback_state = restore_and_stand
        self._stand(trainer)

    def _stand(self, trainer: Trainer) -> None:
        listed = trainer.callback_handler.callbacks
        others = [callback for callback in listed if callback not in (self.first, self.last)]
        listed[:] = [self.first, *others, self.last]

    def _opener(self, name: str) -> Any:
        def opening(args: Any, state: Any, control: Any, **inputs: Any) -> None:
            self.rows.append(Row(name, before=look(state, control, inputs)))

        return opening

    def _closer(self, name: str) -> Any:
        def closing(args: Any, state: Any, control: Any, **inputs: Any) -> None:
            unfinished = [row for row in self.rows if row.name == name and row.after is None]
            if not unfinished:  # `on_init_end` comes before anyone can stand first
                self.rows.append(Row(name))
                unfinished = self.rows[-1:]
            unfinished[-1].after = look(state, control, inputs)

        return closing
