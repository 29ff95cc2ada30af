"""What a run was doing after an event: between two events only the first of them, the flags and the calls tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.framework import TRAINING, Then
from ...trace.paths import CALL
from ..events.event import Event

if TYPE_CHECKING:
    from ..trace import Trace

MOST_COUNTED: Final = 1 << 20
"""Events of one name in a row that are counted: a longer evaluation is said to have more."""


def doing(trace: Trace, index: int) -> str:
    """Return what ran after an event and before the next one, or before the end of the trace.

    The hook of a next event may have begun: an event is in a trace once its callbacks have returned.

    Args:
        trace: The trace.
        index: Number of the event.

    Returns:
        Such as ``in the forward/backward pass of step 13``; empty where nothing is known.
    """
    event = trace[index]
    if event.lost:
        return ""
    trains = _trains(trace, event)
    for then in trace.framework.behaviour.after.get(event.name, ()):
        if (trains or then.anywhere) and _holds(then, trace, event):
            return _filled(then.text, trace, event)
    return "" if trains else _outside(trace, event)


def calls(event: Event) -> list[str]:
    """Return the calls of the loop around an event, the outermost first; none where the trace does not tell."""
    found = event.after.other.get(CALL.name)
    return [call for call in found if isinstance(call, str)] if isinstance(found, (list, tuple)) else []


def _trains(trace: Trace, event: Event) -> bool:
    """Tell whether a training went on after an event."""
    framework, phases = trace.framework, int(trace.columns.phases[event.index])
    training = framework.phase(TRAINING)
    over = training is not None and event.name in training.ends
    return not over and (event.name in framework.training_events or bool(phases & framework.around(TRAINING)))


def _holds(then: Then, trace: Trace, event: Event) -> bool:
    inner = calls(event)[-1:]
    around = int(trace.columns.phases[event.index])
    return (
        (then.flag is None or event.after.control.get(then.flag) is True)
        and (then.phase is None or bool(around & trace.framework.around(then.phase)))
        and (then.log is None or then.log in (event.logs or {}))
        and (then.call is None or any(call.startswith(then.call) for call in inner))
        and not (then.uncalled and inner)
    )


def _outside(trace: Trace, event: Event) -> str:
    """Return what goes on where no training is: a call that began and has had no event yet, or nothing known."""
    inner = calls(event)[-1:]
    return f"in {inner[0].partition(' ')[0]}()" if inner else trace.framework.behaviour.outside


def _in_a_row(trace: Trace, index: int) -> int:
    """Return how many events of this name came one after the other, up to this one."""
    names, start, window = trace.columns.name, index, 256
    code = names[index]
    while start > 0 and index - start < MOST_COUNTED:
        first = max(0, start - window)
        others = np.flatnonzero(names[first:start] != code)
        if len(others):
            return index - first - int(others[-1])
        start, window = first, window * 4
    return index - start + 1


def _filled(text: str, trace: Trace, event: Event) -> str:
    count = _in_a_row(trace, event.index) if "{count}" in text else 0
    said = {"count": f"{count:,}", "steps": "step" if count == 1 else "steps"}
    step = event.after.value(trace.framework.step)
    if type(step) is not int or abs(step) >= 1 << 63:
        return text.replace("step {step}", "a step").replace("step {next}", "a step").format(**said)
    return text.format(**said, step=f"{step:,}", next=f"{step + 1:,}")
