"""Which steps were saved, which was the best, and whether the best one was among them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...trace.framework import SAVE, Saving
from ...trace.paths import BEST_MODEL, CHECKPOINTS
from ...trace.values import Plain
from ..events.event import Snapshot
from ..origin.requests import Asked, requests
from .closing import last_known

if TYPE_CHECKING:
    from ..trace import Trace


@dataclass(frozen=True, slots=True)
class Saves:
    """The saves of a run, and the best of its evaluations.

    Attributes:
        steps: Steps at which a save came, in order; the latest `requests.MOST`.
        askers: Who asked for them, and how often.
        asked_at: File and line of the hooks that did, as far as the trace tells.
        there: Steps of the checkpoints that were there at the end, the newest; None where the trace does not tell.
        older: How many more there were.
        metric: Key that picks the best model, or None.
        best: Its best value, or None.
        best_step: Step of that, or None.
        checkpoint: Where the best model was saved, or None.
        lower: The lower, the better; None where that is not known.
        loaded: Whether the best model was loaded at the end, or why not, in the recorder's words; or None.
        first: Step at which the recording began.
    """

    steps: tuple[int, ...]
    askers: dict[str, int]
    asked_at: dict[str, str]
    there: tuple[int, ...] | None
    older: int
    metric: str | None
    best: Plain
    best_step: int | None
    checkpoint: str | None
    lower: bool | None
    loaded: str | None
    first: int

    def missed(self, saving: Saving) -> bool:
        """Tell whether the best step was not saved, though others were, or should have been."""
        saved = self.best_step in self.steps or saving.step_of(self.checkpoint) == self.best_step
        return self.best_step is not None and not saved and self.best_step > self.first


def saves(trace: Trace, asked: Sequence[Asked] | None = None) -> Saves:
    """Return what a trace tells of its saves.

    Args:
        trace: The trace.
        asked: Who asked for them, where that is known already.
    """
    saving = trace.framework.saving
    found = _asked(trace) if asked is None else asked
    served = sorted(pair for one in found for pair in zip(one.events, one.steps, strict=True))
    last = last_known(trace, 0, len(trace))[1].after if len(trace) else Snapshot()
    best, step = last.value(saving.best), last.value(saving.best_step)
    if type(best) is float and math.isinf(best):  # what it begins with from 4.47 on
        best = None
    greater = last.value(saving.greater)
    checkpoint = _text(last.value(saving.checkpoint))
    return Saves(
        steps=tuple(step for _, step in served),
        askers={one.by or "(not known)": len(one.events) for one in found},
        asked_at={one.by: one.at for one in found if one.by is not None and one.at},
        there=_there(last),
        older=_older(last),
        metric=saving.monitored(last.value(saving.metric)),
        best=best,
        best_step=None if best is None else step if type(step) is int else saving.step_of(checkpoint),
        checkpoint=checkpoint,
        lower=None if type(greater) is not bool else not greater,
        loaded=_text(last.other.get(BEST_MODEL.name)),
        first=max(0, int(trace.columns.step[0])) if len(trace) else 0,
    )


def _asked(trace: Trace) -> list[Asked]:
    flag = trace.framework.flag(SAVE)
    return requests(trace, flag) if flag is not None else []


def _there(last: Snapshot) -> tuple[int, ...] | None:
    told = last.other.get(CHECKPOINTS.name)
    found = told.get("steps") if isinstance(told, Mapping) else None
    return tuple(step for step in found if type(step) is int) if isinstance(found, (list, tuple)) else None


def _older(last: Snapshot) -> int:
    told = last.other.get(CHECKPOINTS.name)
    found = told.get("more") if isinstance(told, Mapping) else None
    return found if type(found) is int and 0 < found < 1 << 63 else 0


def _text(value: Plain) -> str | None:
    return value if isinstance(value, str) and value else None
