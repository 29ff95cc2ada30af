"""A place in a trace as a user writes it: ``837``, ``-1``, ``s200``, ``ep3``, ``t1.5``, ``50%``."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..trace import Trace


class NoPlace(ValueError):
    """A text that names no place, or one that the trace does not have; says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place.

    Attributes:
        unit: ``event``, ``step``, ``epoch``, ``time`` in seconds, ``percent`` of the events.
        number: Which of them.
    """

    unit: str
    number: float

    @property
    def near(self) -> bool:
        """Whether it is known without a look at the events."""
        return self.unit in ("event", "percent")

    def find(self, trace: Trace, here: int = 0) -> int:
        """Return the number of the event.

        Of a step that several trainings have it is the next one after `here`.

        Args:
            trace: The trace.
            here: Number of the event where one is.

        Raises:
            NoPlace: There is none.
        """
        if not len(trace):
            raise NoPlace("the trace has no event")
        match self.unit:
            case "event":
                return _event(trace, self.number)
            case "percent":
                return round(self.number / 100 * (len(trace) - 1))
            case "time":
                return _time(trace, self.number)
            case "epoch":
                return _epoch(trace, self.number)
        return _step(trace, int(self.number), here)


_TEXT: Final = re.compile(
    r"(?P<unit>event|step|epoch|time|ep|s|t)?\s*(?P<number>-?\d{1,18}(?:\.\d{0,9})?|-?\.\d{1,9})\s*(?P<after>%|s)?"
)
_UNITS: Final = {"": "event", "event": "event", "s": "step", "step": "step", "ep": "epoch", "epoch": "epoch"}
_UNITS_OF_TIME: Final = {"t": "time", "time": "time"}


def place(text: str) -> Place | None:
    """Return the place that a text names; None if it is none by its form. Raises NoPlace where only a part is."""
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        return None
    unit, after, number = found["unit"] or "", found["after"], float(found["number"])
    if after == "%":
        if unit or not 0 <= number <= 100:
            raise NoPlace("a part of the run is written 50%, from 0 to 100")
        return Place("percent", number)
    if unit in _UNITS_OF_TIME or (after == "s" and not unit):
        return Place("time", number)
    if after:
        return None
    if _UNITS[unit] != "epoch" and not number.is_integer():
        raise NoPlace(f"{found['number']} is no number of {'a step' if _UNITS[unit] == 'step' else 'an event'}")
    return Place(_UNITS[unit], number)


def _event(trace: Trace, number: float) -> int:
    index = int(number) + len(trace) if number < 0 else int(number)
    if not 0 <= index < len(trace):
        raise NoPlace(f"there is no event {int(number):,}: the last is {len(trace) - 1:,}")
    return index


def _time(trace: Trace, number: float) -> int:
    times = trace.columns.time
    index = bisect_left(times, number)
    if index >= len(trace):
        raise NoPlace(f"nothing happened {number:g} s after the start: the last event is at {float(times[-1]):,.3f} s")
    return index


def _step(trace: Trace, wanted: int, here: int) -> int:
    steps = trace.columns.step
    index = bisect_left(steps, wanted)  # they ascend, unless there are several trainings
    if index < len(trace) and steps[index] == wanted and steps[here] != wanted:
        return index
    found = _first(trace, f"step == {wanted}", here)
    if found is None:
        raise NoPlace(f"no event of this trace is of step {wanted:,}; the last one is of step {int(steps[-1]):,}")
    return found


def _epoch(trace: Trace, number: float) -> int:
    from ..condition import parse

    found = next(trace.matching(parse(f"epoch >= {number!r}")), None)
    if found is None:
        raise NoPlace(f"the run did not get to epoch {number:g}: it ended in {float(trace.columns.epoch[-1]):.4g}")
    return found


def _first(trace: Trace, text: str, here: int) -> int | None:
    """Return the first event after one that a condition holds for, without a break from here; else the first of all."""
    from ..condition import parse

    condition, last = parse(text), here
    for index in trace.matching(condition, start=here + 1):
        if index > last + 1:
            return index
        last = index
    return next(trace.matching(condition), None)
