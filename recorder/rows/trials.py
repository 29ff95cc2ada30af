"""The trial of a hyperparameter search that a training is, and its objective so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...trace.paths import TRIAL
from ...trace.values import ABSENT, Plain
from ..interruptions import interrupts
from ..values.plain import Plainer
from ..values.static import instance_fields
from ..values.watch import NOTHING, same


class Trials:
    """The trials of one Trainer.

    Args:
        number: Gives a name its number in the trace.
        plain: Turns any value into a plain one.
        trainer: Returns the Trainer, or None.
    """

    def __init__(self, number: Callable[[str], int], plain: Plainer, trainer: Callable[[], Any]) -> None:
        self._number = number
        self._plain = plain
        self._trainer = trainer
        self._last: Plain = ABSENT

    def look(self) -> list[Plain]:
        """Return the trial as a pair, if it changed since the last look."""
        found = trial_of(self._trainer())
        if found is None and self._last is ABSENT:
            return NOTHING
        new = ABSENT if found is None else self._plain(found)
        if self._last is not ABSENT and new is not ABSENT and same(self._last, new):
            return NOTHING
        self._last = new
        return [self._number(TRIAL.name), new]


def trial_of(trainer: Any) -> dict[str, Any] | None:
    """Return ``number``, ``params`` and ``objective`` of the trial that a Trainer trains for, None outside a search."""
    fields = instance_fields(trainer) or {}
    trial = fields.get("_trial")
    if trial is None or fields.get("hp_search_backend") is None:
        return None
    objective = fields.get("objective")
    if isinstance(trial, Mapping):  # Ray, Sigopt and W&B give the parameters
        return {"number": None, "params": dict(trial), "objective": objective}
    try:
        return {"number": trial.number, "params": dict(trial.params), "objective": objective}
    except Exception as error:  # a storage that is gone
        if interrupts(error):
            raise
        return {"number": None, "params": None, "objective": objective}
