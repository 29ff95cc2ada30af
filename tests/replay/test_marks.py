"""What the marks FLIPPED and LOGGED tell of an event, and that they are those that the event itself tells of."""

from __future__ import annotations

import pytest

from support.browsed import SAMPLES, sample
from support.invented import whole_ride
from tracetui.replay import Trace
from tracetui.replay.columns.columns import FLIPPED, LOGGED


def flipped(trace: Trace) -> list[int]:
    """Return the events in which somebody changed a flag who is neither of the framework's own."""
    known = {trace.framework.loop, trace.framework.handler, *trace.framework.behaviour.flow}
    flags = {flag.path for flag in trace.framework.flags}
    changes = ((event.index, change) for event in trace for change in event.changes if change.inside)
    return sorted({index for index, change in changes if change.path in flags and change.by not in known})


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.mpk")))
def test_marks_of_real_runs(name: str) -> None:
    """Flags that others than the default flow set, and logs, are marked in the columns as the events have them."""
    trace = sample(name)
    marks = trace.columns.marks[:]
    assert [index for index in range(len(trace)) if marks[index] & FLIPPED] == flipped(trace)
    assert [index for index in range(len(trace)) if marks[index] & LOGGED] == [
        event.index for event in trace if event.logs is not None
    ]


def test_marks_of_an_invented_framework() -> None:
    """Where nobody is known to belong to the framework, what each callback does to a flag counts."""
    trace = Trace.from_bytes(whole_ride())
    marks = trace.columns.marks[:]
    assert [index for index in range(len(trace)) if marks[index] & FLIPPED] == flipped(trace) == [5, 18]
    assert [index for index in range(len(trace)) if marks[index] & LOGGED] == [14]
