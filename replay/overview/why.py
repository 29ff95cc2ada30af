"""Why a run ended: who ended it and on what grounds, or where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...trace.framework import STOP
from ..ending.attempts import attempts
from ..ending.closing import about
from ..ending.ending import ending
from ..text.safe import visible
from ..text.told import Ending
from ..text.where import short
from .fact import GRAVE, NORMAL, NOTABLE, Fact, Section

if TYPE_CHECKING:
    from ..trace import Trace

MOST: Final = 3
"""Trainings before the last one that are told of, the latest."""

TITLES: Final = {"open": "Where it stands", "no training": "What it holds", "no events": "What it holds"}

WEIGHTS: Final = {
    **dict.fromkeys(("exception", "interrupted", "exit", "no data"), GRAVE),
    **dict.fromkeys(("stopped", "retried", "left", "open", "nothing to do", "deleted", "detached"), NOTABLE),
}


def why(trace: Trace) -> Section:
    """Return how the run of a trace ended; seconds where it ran to its end over millions of events."""
    told = ending(trace)
    return Section(TITLES.get(told.kind, "Why it ended"), facts=(_fact(trace, told), *_earlier(trace)))


def _fact(trace: Trace, told: Ending) -> Fact:
    flag, event, weight = trace.framework.flag(STOP), told.event, WEIGHTS.get(told.kind, NORMAL)
    if told.kind != "stopped" or told.by is None or flag is None:
        sign = "✗" if weight == GRAVE else ""
        return Fact(_without_event(told), event, _step(trace, event), sign, weight, because=told.reason or "")
    text = f"{visible(flag.name)} set by {visible(told.by)}"
    because = "; ".join(filter(None, (short(told.at), told.reason, told.then)))
    return Fact(text, event, _step(trace, event), flag.letter, weight, because=because)


def _earlier(trace: Trace) -> tuple[Fact, ...]:
    """Tell of the trainings before the last one, the latest first."""
    before = attempts(trace)[:-1]
    told = [(one, about(trace, one, final=False)) for one in before[: -MOST - 1 : -1]]
    facts = [
        Fact(f"training {one.number}: {_without_event(found)}", found.event, _step(trace, found.event))
        for one, found in told
    ]
    more = len(before) - len(facts)
    return (*facts, *([Fact(f"and {more:,} training{'s' * (more != 1)} before")] if more > 0 else []))


def _without_event(told: Ending) -> str:
    """Return the sentence without the number of the event that the fact leads to."""
    number = re.escape(str(told.event))
    return re.sub(rf" \(event {number}\)|, event {number}(?=[,)])", "", told.sentence)


def _step(trace: Trace, event: int | None) -> int:
    return -1 if event is None or not 0 <= event < len(trace) else int(trace.columns.step[event])
