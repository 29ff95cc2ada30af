"""The trainings of a trace: from each event that begins one to its end, or to the next one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.framework import TRAINING, Flag, Framework
from ..events.event import Change, Event, ExceptionRecord

if TYPE_CHECKING:
    from ..trace import Trace

WINDOW: Final = 4096
"""Events of the first look back for a flag; each further look takes four times as many, so that a block is one look."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One training; one that was begun again after an error is another.

    Attributes:
        number: Counted from 1.
        begin: Number of the event that begins it; of the first event where recording began later.
        end: Number of the event that ends it; None if there is none.
        stop: Number after its last event; what follows its end belongs to it up to the next training.
        error: The exception that ended it, if one did.
    """

    number: int
    begin: int
    end: int | None
    stop: int
    error: ExceptionRecord | None

    @property
    def last(self) -> int:
        """Number of the last event of the training itself."""
        return self.stop - 1 if self.end is None else self.end


def attempts(trace: Trace) -> list[Attempt]:
    """Return the trainings of a trace, in order; none where its framework does not tell what a training is."""
    phase = trace.framework.phase(TRAINING)
    if phase is None:
        return []
    begins = trace.columns.places(phase.begin).tolist()
    ends = sorted(place for name in set(phase.ends) for place in trace.columns.places(name).tolist())
    if _joined_late(trace, begins):
        begins = [0, *begins]
    errors: dict[int, ExceptionRecord] = {}
    for error in trace.exceptions:
        if error.index < len(trace) and ended_training(
            error, trace.framework
        ):  # a damaged index may know of fewer events
            errors.setdefault(bisect_right(begins, error.index), error)
    return [
        Attempt(number, begin, _first(ends, begin, stop), stop, errors.get(number))
        for number, (begin, stop) in enumerate(zip(begins, [*begins[1:], len(trace)], strict=False), 1)
    ]


def _joined_late(trace: Trace, begins: list[int]) -> bool:
    """Tell whether recording began inside a training: then events of a training come before any begin."""
    telling = trace.framework.training_events
    if not begins:
        return not telling.isdisjoint(trace.columns.counts())
    early = np.unique(trace.columns.name[: min(begins[0], WINDOW)])
    return not telling.isdisjoint(trace.columns.names[int(code)] for code in early)


def _first(places: list[int], begin: int, stop: int) -> int | None:
    """Return the first of some sorted numbers that lies between two others; None if there is none."""
    position = bisect_left(places, begin)
    return places[position] if position < len(places) and places[position] < stop else None


def ended_training(error: ExceptionRecord, framework: Framework) -> bool:
    """Tell whether an exception left a training; it may have been begun again."""
    return left_call(error, framework) or not set(error.ended).isdisjoint(framework.behaviour.inner_calls)


def left_call(error: ExceptionRecord, framework: Framework) -> bool:
    """Tell whether an exception left the call that trains, which has the name of the phase."""
    phase = framework.phase(TRAINING)
    return phase is not None and phase.name in error.ended


def flag_set(trace: Trace, flag: Flag, begin: int, last: int) -> tuple[int, Change | None] | None:
    """Find the event that set a flag which is on after a later event.

    Args:
        trace: The trace.
        flag: The flag, one of the framework's.
        begin: Number of the first event to look at.
        last: Number of the event after which the flag may be on.

    Returns:
        Number of the event, and the change that set it (None where that was not seen); None if the flag is off.
    """
    bit, flags = trace.framework.flags.index(flag), trace.columns.flags
    if not int(flags[last]) >> bit & 1:
        return None
    stop, window, place = last + 1, WINDOW, begin
    while stop > begin:
        first = max(begin, stop - window)
        off = np.flatnonzero(~(flags[first:stop] >> bit & 1).astype(np.bool_))
        if len(off):
            place = first + int(off[-1]) + 1
            break
        stop, window = first, window * 4
    return place, last_set(trace[place], flag)


def last_set(event: Event, flag: Flag) -> Change | None:
    """Return the last change of an event that set a flag."""
    return next((change for change in reversed(event.changes) if sets(change, flag)), None)


def sets(change: Change, flag: Flag) -> bool:
    """Tell whether a change set a flag."""
    return change.path == flag.path and change.new is True
