"""The checkpoints of a run: who asked for each, and what became of the best one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ...trace.framework import SAVE, Flag
from ..ending.saves import Saves, saves
from ..origin.requests import Asked, requests
from ..text.numbers import is_number, rounded
from ..text.safe import visible
from .fact import GRAVE, NORMAL, NOTABLE, Fact, Section

if TYPE_CHECKING:
    from ..trace import Trace

STEPS: Final = 8
"""Steps that are named of each who asked."""


def checkpoints(trace: Trace) -> Section:
    """Return who asked for the saves of a run; about a second where millions of events have hundreds of saves."""
    flag, saving = trace.framework.flag(SAVE), trace.framework.saving
    count = trace.columns.counts().get(saving.event, 0)
    if flag is None or not saving.event:
        return Section("Checkpoints", "the trace does not tell which event is a save")
    asked = requests(trace, flag) if count else []
    facts = (*(_asker(trace, flag, one) for one in asked), *_best(trace, saves(trace, asked)))
    return Section("Checkpoints", f"{count:,}" if count else "none", facts)


def _asker(trace: Trace, flag: Flag, one: Asked) -> Fact:
    first = one.events[0] if one.first is None else one.first.event
    rule = every(trace, flag, one.by)
    who = "nobody, as far as the trace tells" if one.by is None else visible(one.by)
    text = ", ".join(filter(None, (who, rule or one.at)))
    aside = (*_listed(one.steps), *([one.at] if rule and one.at else []))
    return Fact(text, first, int(trace.columns.step[first]), flag.letter, NORMAL, aside)


def every(trace: Trace, flag: Flag, by: str | None) -> str:
    """Return how often the framework itself turns a flag on, as its arguments say: ``every 50 steps``; or empty."""
    if by not in trace.framework.behaviour.flow or not flag.strategy:
        return ""
    last = trace[len(trace) - 1].before
    strategy, steps = last.value(flag.strategy), last.value(flag.interval)
    if strategy == "steps" and type(steps) is int:
        return f"every {steps:,} steps" if steps != 1 else "every step"
    return f"every {visible(strategy)}" if strategy in ("epoch", "best") and isinstance(strategy, str) else ""


def _listed(steps: Sequence[int]) -> Iterator[str]:
    """Give how many steps there are, and which; those in the middle are left out where they are many."""
    shown = [f"{step:,}" for step in steps]
    if len(steps) > STEPS:
        yield f"{len(steps):,} times"
        shown = [*shown[: STEPS // 2], "…", shown[-1]]
    yield f"step{'s' * (len(steps) != 1)} {' '.join(shown)}"


def _best(trace: Trace, found: Saves) -> Iterator[Fact]:
    """Tell of the best value, and whether there is a checkpoint of it."""
    saving = trace.framework.saving
    if found.best is None or not is_number(found.best):
        return
    written = trace.last_write(saving.best)
    at = f" at step {found.best_step:,}" if found.best_step is not None else ""
    text = f"best {visible(found.metric or saving.best.rpartition('.')[2])} {rounded(found.best)}{at}"
    if found.missed(saving):
        text, weight = f"{text} was NOT SAVED", GRAVE
    elif found.checkpoint:
        text, weight = f"{text}, saved as {visible(found.checkpoint.replace(chr(92), '/').rpartition('/')[2])}", NORMAL
    else:
        weight = NOTABLE
    place = None if written is None else written.event
    step = -1 if place is None else int(trace.columns.step[place])
    yield Fact(text, place, step, weight=weight, aside=(visible(found.loaded),) if found.loaded else ())
