"""What a run was doing after an event: between two events only the first of them, the flags and the calls tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ..trace import framework
from ..trace.paths import CALL
from .event import Event
from .phases import EVALUATION, TRAIN

if TYPE_CHECKING:
    from .trace import Trace

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
    name, phases = event.name, int(trace.columns.phases[index])
    if event.lost:
        return ""
    if name == "on_push_begin":
        return framework.PUSHING
    if name == "on_prediction_step":
        return _predicting(event, _in_a_row(trace, index))
    if name == "on_log" and phases & EVALUATION:
        return framework.EVALUATED
    if (name not in framework.TRAINING and not phases & TRAIN) or name == "on_train_end":
        return _outside(event)
    if name == "on_log" and framework.SUMMED_UP in (event.logs or {}):
        return framework.ENDING
    return _filled(_next(event), event, _in_a_row(trace, index) if name == "on_substep_end" else 0)


def calls(event: Event) -> list[str]:
    """Return the calls of the Trainer around an event, the outermost first; none where the trace does not tell."""
    found = event.after.other.get(CALL.name)
    return [call for call in found if isinstance(call, str)] if isinstance(found, (list, tuple)) else []


def _predicting(event: Event, count: int) -> str:
    verb = "predicting" if any(call.startswith("predict") for call in calls(event)[-1:]) else "evaluating"
    return framework.PREDICTING.format(verb=verb, count=f"{count:,}", steps="step" if count == 1 else "steps")


def _next(event: Event) -> str:
    """Return the text for the first flag that is on."""
    control = event.after.control
    choices: Sequence[tuple[str | None, str]] = framework.AFTER.get(event.name, ())
    return next((text for flag, text in choices if flag is None or control.get(flag) is True), "")


def _outside(event: Event) -> str:
    """Return what goes on where no training is: a call that began and has had no event yet, or nothing known."""
    inner = calls(event)[-1:]
    if event.name == "on_init_end" and not inner:
        return framework.AFTER["on_init_end"][0][1]
    if event.name == "on_train_end" and inner and inner[0].startswith("train"):
        return framework.OUTSIDE  # its last event: nothing tells when train() returned
    return f"in {inner[0].partition(' ')[0]}()" if inner else framework.OUTSIDE


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


def _filled(text: str, event: Event, count: int) -> str:
    step = event.after.state.get("global_step")
    if type(step) is not int or abs(step) >= 1 << 63:
        return text.replace("step {step}", "a step").replace("step {next}", "a step").format(count=count)
    return text.format(step=f"{step:,}", next=f"{step + 1:,}", count=f"{count:,}")
