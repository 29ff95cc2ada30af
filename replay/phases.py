"""Phases of a run, from the names of its events alone: train > epoch > step, and evaluations wherever they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TRAIN: Final = 1
EPOCH: Final = 2
STEP: Final = 4
EVALUATION: Final = 8

NAMES: Final = {TRAIN: "train", EPOCH: "epoch", STEP: "step", EVALUATION: "evaluation"}
"""Phases in the order of their nesting; a phase of an event is a sum of these."""

_OPENS: Final = {"on_train_begin": TRAIN, "on_epoch_begin": EPOCH, "on_step_begin": STEP}
_CLOSES: Final = {"on_train_end": TRAIN, "on_epoch_end": EPOCH, "on_step_end": STEP}
_INNER: Final = {TRAIN: EPOCH | STEP | EVALUATION, EPOCH: STEP | EVALUATION, STEP: EVALUATION, EVALUATION: 0}


class Phases:
    """Follows the phases from event to event.

    An evaluation has no event at its begin: it is taken to begin with its first `on_prediction_step`. A phase
    that begins again without having ended (a retry after an error) ends what was open inside it.
    """

    def __init__(self, opened: int = 0) -> None:
        """Begin inside of some phases, a sum of them."""
        self._open = opened

    def follow(self, name: str) -> tuple[int, int]:
        """Take the next event; return its depth and the phases it belongs to.

        Args:
            name: Event name.

        Returns:
            Levels of phases around the event (a phase's first and last event stand at the level of the phase
            itself), and the sum of its phases.
        """
        if name in _OPENS:
            return self._begin(_OPENS[name])
        if name in _CLOSES:
            return self._end(_CLOSES[name])
        if name == "on_prediction_step":
            self._open |= EVALUATION
        elif name in ("on_evaluate", "on_predict"):
            return self._end(EVALUATION)
        return self._open.bit_count(), self._open

    def _begin(self, phase: int) -> tuple[int, int]:
        self._open &= ~(phase | _INNER[phase])
        depth = self._open.bit_count()
        self._open |= phase
        return depth, self._open

    def _end(self, phase: int) -> tuple[int, int]:
        self._open &= ~_INNER[phase]
        belongs = self._open | phase
        self._open &= ~phase
        return self._open.bit_count(), belongs


def open_phases(latest: Mapping[str, int]) -> int:
    """Return the sum of the phases that are open after some events.

    Args:
        latest: For each event name the number of the latest event of this name; other names may be missing.

    Returns:
        What following all those events would have led to: a phase is open if it began after whatever ends it.
    """
    ends = {phase: max(latest.get(name, -1) for name in names) for phase, names in _ENDED_BY.items()}
    begun = {phase: latest.get(name, -1) for phase, name in _BEGUN_BY.items()}
    return sum(phase for phase in NAMES if begun[phase] > ends[phase])


_BEGUN_BY: Final = {phase: name for name, phase in _OPENS.items()} | {EVALUATION: "on_prediction_step"}
_ENDED_BY: Final = {
    phase: [
        *(name for name, closed in _CLOSES.items() if closed == phase or _INNER[closed] & phase),
        *(name for name, opened in _OPENS.items() if _INNER[opened] & phase),
        *(("on_evaluate", "on_predict") if phase == EVALUATION else ()),
    ]
    for phase in NAMES
}


def phase_names(phases: int) -> tuple[str, ...]:
    """Return the names of the phases in a sum of them, the outermost first."""
    return tuple(name for phase, name in NAMES.items() if phases & phase)
