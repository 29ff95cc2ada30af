"""How a run ended, and who ended it: answered once, for the command, the browser and whatever reports on a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from ...trace.framework import TRAINING
from ...trace.paths import TRIAL
from ..events.event import ExceptionRecord
from ..text.display import brief
from ..text.safe import visible
from ..text.told import MOST_EARLIER, Ending
from .attempts import Attempt, attempts
from .closing import about, last_known
from .doing import doing
from .raising import raised

if TYPE_CHECKING:
    from ..trace import Trace

__all__ = ["Ending", "ending"]

_KNOWN: Final[WeakKeyDictionary[Trace, tuple[int, Ending]]] = WeakKeyDictionary()


def ending(trace: Trace) -> Ending:
    """Return how the run of a trace ended, of any trace, damaged and foreign ones, too. The answer is kept."""
    known = _KNOWN.get(trace)
    if known is None or known[0] != trace.size:  # it may have grown
        known = _KNOWN[trace] = trace.size, _found_out(trace)
    return known[1]


def _found_out(trace: Trace) -> Ending:
    found = attempts(trace)
    if not found:
        return _untrained(trace)
    *before, last = found
    told, then = about(trace, last, final=True), _afterwards(trace, last)
    return replace(
        told,
        sentence=(_name(trace, last) if before else "") + told.sentence + (f"; {then}" if then else ""),
        then=then,
        trainings=len(found),
        earlier=tuple(_name(trace, one) + about(trace, one, final=False).sentence for one in before[-MOST_EARLIER:]),
    )


def _name(trace: Trace, attempt: Attempt) -> str:
    """Return what tells a training from the others of a trace."""
    known, begin = trace.framework.behaviour, trace[attempt.begin].before
    if begin.value(known.searching) is not True:
        return f"training {attempt.number}: "
    told = trace[attempt.last].after.other.get(TRIAL.name)
    trial = told if isinstance(told, Mapping) else {}
    names = (begin.value(path) for path in known.trial_names)
    name = next(filter(None, names), None) or trial.get("number", attempt.number)
    objective = trial.get("objective")
    return f"trial {brief(name, 60)}{'' if objective is None else f' (objective {brief(objective)})'}: "


def _afterwards(trace: Trace, attempt: Attempt) -> str | None:
    """Describe what came after a training's end: an evaluation that raised, or one without an end."""
    if attempt.end is None:
        return None
    later = [error for error in trace.exceptions if error.index >= attempt.end and error is not attempt.error]
    left = [error for error in later if error.ended and error.ended[-1] in trace.framework.calls]
    if left:
        return f"then {_raised(trace, left[-1])}"
    last = len(trace) - 1
    if trace.end is not None or attempt.error is not None:
        return None
    activity = doing(trace, last)
    quiet = activity in ("", trace.framework.behaviour.outside)
    return "no end record: the process still runs, or was killed" + ("" if quiet else f" while {activity}")


def _raised(trace: Trace, error: ExceptionRecord) -> str:
    found = raised(trace, error)
    return f"{found.what} {found.where} ended {visible(error.ended[-1])}(){found.message}"


def _untrained(trace: Trace) -> Ending:
    """Tell of a trace without a training: evaluations and predictions, or nothing at all."""
    if not len(trace):
        return Ending("no events", "no event was recorded" + ("" if trace.end else ", and there is no end record"))
    errors = [error for error in trace.exceptions if error.ended]
    if errors:
        found = raised(trace, errors[-1])
        said = f"{_untold(trace)}; {_raised(trace, errors[-1])}"
        return Ending(found.kind, said, found.by, found.at, errors[-1].index)
    last, event = last_known(trace, 0, len(trace))
    if trace.end is not None:
        return Ending("no training", _done(trace), event=last)
    activity = doing(trace, last)
    known = f", {activity}" if activity not in ("", trace.framework.behaviour.outside) else ""
    words = f"no end record: still running, or killed, or hung, after {visible(event.name)} (event {last}){known}"
    return Ending("open", f"{_done(trace)}; {words}", event=last, doing=activity)


def _untold(trace: Trace) -> str:
    """Tell that a trace holds no training, or does not tell what one is."""
    known = trace.framework.phase(TRAINING) is not None
    return "no training" if known else "the trace does not tell which events begin and end a training"


def _done(trace: Trace) -> str:
    """Tell what a trace holds in place of a training."""
    ended, counts = trace.framework.ended_by, trace.columns.counts()
    found = [
        f"{counts[name]:,} {visible(what)}{'' if counts[name] == 1 else 's'}"
        for name, what in ended.items()
        if counts.get(name)
    ]
    none = " and ".join(f"no {visible(what)}" for what in dict.fromkeys(ended.values()))
    return "; ".join([_untold(trace), *([" and ".join(found) or f"{none} came to an end"] if ended else [])])
