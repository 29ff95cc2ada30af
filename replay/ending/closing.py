"""How one training ended: by its steps, by a flag, by an exception, or by nothing that the trace holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.framework import STOP, STOP_EPOCH, Flag
from ...trace.jobs.recover import RECOVERED
from ...trace.values import Plain
from ..events.event import Change, Event
from ..text.display import brief
from ..text.safe import visible
from ..text.told import Ending
from ..text.where import of_hook, short
from .attempts import Attempt, flag_set, last_set, left_call
from .doing import doing
from .raising import raised
from .reasons import reason

if TYPE_CHECKING:
    from ..trace import Trace

MOST_LOST: Final = 4096
"""Events at the end of a training that are passed over because they are lost."""

MOST_CHANGES: Final = 1_000
"""Changes of a flag that are looked at one by one."""

WORDS: Final = {
    "detached": "the recorder was detached",
    "recorder deleted": "the recorder was deleted with its {loop}",
}
"""Ends of a recording that are no end of the training."""


def about(trace: Trace, attempt: Attempt, *, final: bool) -> Ending:
    """Tell how a training ended.

    Args:
        trace: The trace.
        attempt: The training.
        final: It is the last one of the trace.
    """
    if attempt.error is not None:
        return _raised(trace, attempt)
    if attempt.end is None:
        return _unended(trace, attempt, final)
    stop = trace.framework.flag(STOP)
    found = flag_set(trace, stop, attempt.begin, attempt.end) if stop is not None else None
    return _ran_out(trace, attempt, attempt.end) if found is None else _stopped(trace, *found)


def last_known(trace: Trace, begin: int, stop: int) -> tuple[int, Event]:
    """Return the last event before `stop` that is not lost, and its number; the last one, if all are."""
    for index in range(stop - 1, max(begin, stop - MOST_LOST) - 1, -1):
        event = trace[index]
        if not event.lost:
            return index, event
    return stop - 1, trace[stop - 1]


# -- ends that an event tells of


def _stopped(trace: Trace, place: int, change: Change | None) -> Ending:
    """Tell of a training that ended because the flag that stops it was on."""
    event = trace[place]
    step, of = _steps(trace, event)
    by = change.by if change is not None else None
    if step is not None and of is not None and step >= of > 0:
        return _done(trace, event, place, step, of, by)
    starved = trace.framework.behaviour.starved
    if starved and change is not None and change.by == trace.framework.loop and not change.inside:
        return _no_data(place, step, of, change.by, starved)
    who = f"by {visible(by)}" if by else "by whom the trace does not tell"
    at = of_hook(trace.run, by, event.name) if by else None
    where = f" ({visible(event.name)}, event {place}{', ' + short(at) if at else ''})"
    why = reason(event, by, trace.framework) if by else None
    said = f"stopped at {_of(step, of)} {who}{where}"
    return Ending("stopped", said, by, at, place, step, of, why)


def _done(trace: Trace, event: Event, place: int, step: int, of: int, by: str | None) -> Ending:
    """Tell of a training that did all its steps."""
    how = f"all {of:,} {'step' if of == 1 else 'steps'}{_planned(trace, event)}"
    beyond = f", and ran on to step {step:,}" if step > of else ""
    return Ending("finished", f"finished {how}{beyond}", by, None, place, step, of)


def _planned(trace: Trace, event: Event) -> str:
    """Tell where the number of the steps comes from: they were asked for, or make so many epochs."""
    known = trace.framework.behaviour
    asked = _integer(event.after.value(known.most_steps))
    if asked is not None and asked > 0:
        return f" ({known.most_steps.rpartition('.')[2]})"
    epochs = event.after.value(known.most_epochs)
    return f" ({brief(epochs)} {'epoch' if epochs == 1 else 'epochs'})" if known.most_epochs else ""


def _no_data(place: int, step: int | None, of: int | None, loop: str, why: str) -> Ending:
    """Tell of a training whose data gave not one batch in an epoch."""
    said = f"stopped by the {visible(loop)} at {_of(step, of)}: {why} (event {place})"
    return Ending("no data", said, loop, None, place, step, of)


def _ran_out(trace: Trace, attempt: Attempt, end: int) -> Ending:
    """Tell of a training that ended with nobody's stop."""
    event = trace[end]
    step, of = _steps(trace, event)
    first, _ = _steps(trace, trace[attempt.begin])
    if step is not None and of is not None and step == first and step >= of:
        return Ending("nothing to do", f"nothing to do: it began at {_of(step, of)}", None, None, end, step, of)
    stop = trace.framework.flag(STOP)
    lost = _lost_stop(trace, attempt, end, stop) if stop is not None else None
    if lost is not None:
        return _taken_back(trace, end, *lost)
    if step is not None and step == of:
        return _done(trace, event, end, step, of, None)
    kind, over = _over(trace)
    nobody = ": nobody asked to stop" if stop is not None else ""
    said = f"{over} at {_of(step, of)}{nobody}{_epoch_cut(trace, attempt, end)}"
    return Ending(kind, said, None, None, end, step, of)


def _over(trace: Trace) -> tuple[str, str]:
    """Return the kind of an end with nobody's stop, and the words for it."""
    over = trace.framework.behaviour.ran_out
    return ("finished", over) if over else ("ended", "ended")


def _taken_back(trace: Trace, end: int, place: int, asked: str, by: str) -> Ending:
    """Tell of a training that went on to the end of its epochs, because a stop was taken back."""
    (step, of), event = _steps(trace, trace[end]), trace[place]
    kind, over = _over(trace)
    at = of_hook(trace.run, by, event.name)
    taken = f"the stop that {visible(asked)} asked for was taken back by {visible(by)}"
    where = f" ({visible(event.name)}, event {place}{', ' + short(at) if at else ''})"
    return Ending(kind, f"{over} at {_of(step, of)}: {taken}{where}", by, at, place, step, of)


def _lost_stop(trace: Trace, attempt: Attempt, end: int, stop: Flag) -> tuple[int, str, str] | None:
    """Find the first stop of a training that was taken back: number of the event, who asked, who took it back."""
    for place in _changing(trace, stop.path, attempt.begin, end):
        event = trace[place]
        taken = next((one for one in event.changes if one.path == stop.path and one.old is True and one.inside), None)
        if taken is None or taken.new is True:
            continue
        before = flag_set(trace, stop, attempt.begin, place - 1)  # asked for in an earlier event?
        asked = before[1] if before is not None else last_set(event, stop)
        if asked is not None:
            return place, asked.by, taken.by
    return None


def _epoch_cut(trace: Trace, attempt: Attempt, end: int) -> str:
    """Return a clause about who cut an epoch short; empty if no epoch was cut."""
    flag = trace.framework.flag(STOP_EPOCH)
    if flag is None:
        return ""
    for index in _changing(trace, flag.path, attempt.begin, end):
        change = last_set(trace[index], flag)
        if change is not None:
            return f"; {visible(change.by)} ended an epoch early (event {index})"
    return ""


def _changing(trace: Trace, path: str, begin: int, end: int) -> list[int]:
    """Return the events of a training that change a path, its begin aside; the first of them, where they are many."""
    found = np.asarray(trace.columns.changed.get(path, ()), np.int64)
    return list(map(int, found[(begin < found) & (found <= end)][:MOST_CHANGES]))


# -- ends that no event tells of


def _raised(trace: Trace, attempt: Attempt) -> Ending:
    """Tell of a training that an exception left."""
    error = attempt.error
    assert error is not None
    event, found = trace[error.index], raised(trace, error)
    known, of = _steps(trace, event)
    step = _integer(error.step) if _integer(error.step) is not None else known
    if not left_call(error, trace.framework):
        what, path = trace.framework.behaviour.retried
        why = f"after {found.what} {found.where}{found.message}"
        said = f"given up at {_of(step, of)} {why}; begun anew ({what} was {brief(event.after.value(path))})"
        return Ending("retried", said, found.by, found.at, error.index, step, of)
    if attempt.end is not None and error.type.endswith("TrialPruned"):
        return Ending("pruned", f"pruned at {_of(step, of)} ({found.what})", found.by, found.at, error.index, step, of)
    verb = {"interrupted": "interrupted", "exit": "left"}.get(found.kind, "ended")
    said = f"{verb} at {_of(step, of)} by {found.what} {found.where}{found.message}"
    return Ending(found.kind, said, found.by, found.at, error.index, step, of)


def _unended(trace: Trace, attempt: Attempt, final: bool) -> Ending:
    """Tell of a training with neither an end nor an exception."""
    index, event = last_known(trace, attempt.begin, attempt.stop)
    step, of = _steps(trace, event)
    activity = doing(trace, index)
    after = f"after {visible(event.name)} (event {index})" + (f", {activity}" if activity else "")
    if not final:
        return Ending(
            "left",
            f"left at {_of(step, of)} {after}; the trace does not tell why",
            None,
            None,
            index,
            step,
            of,
            None,
            activity,
        )
    if trace.end is None:
        said = f"no end record at {_of(step, of)}: still running, or killed, or hung, {after}"
        return Ending("open", said, None, None, index, step, of, None, activity)
    words = WORDS.get(trace.end.reason, "").format(loop=visible(trace.framework.loop))
    if words:
        kind = "detached" if trace.end.reason == "detached" else "deleted"
        return Ending(
            kind,
            f"{words} at {_of(step, of)}; what came then is not recorded",
            None,
            None,
            index,
            step,
            of,
            None,
            activity,
        )
    said = f"the recording ended ({visible(trace.end.reason)}) at {_of(step, of)} {after}"
    if trace.end.reason == RECOVERED:
        said = f"no end record at {_of(step, of)} when it was recovered: killed, or hung, {after}"
    return Ending("left", said, None, None, index, step, of, None, activity)


def _steps(trace: Trace, event: Event) -> tuple[int | None, int | None]:
    """Return the step after an event, and how many there should be."""
    known, framework = event.after if event.after.state else event.before, trace.framework
    return _integer(known.value(framework.step)), _integer(known.value(framework.steps))


def _of(step: int | None, of: int | None) -> str:
    if step is None:
        return "an unknown step"
    return f"step {step:,} of {of:,}" if of is not None and of > 0 else f"step {step:,}"


def _integer(value: Plain) -> int | None:
    return value if type(value) is int and abs(value) < 1 << 63 else None
