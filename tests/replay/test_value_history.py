"""The history of a value: all that changed it, near a place."""

from __future__ import annotations

import pytest

from support.browsed import hostile_trace, sample, threads_trace
from tracetui.replay.value_history import Turn, value_history
from tracetui.trace.values import ABSENT


def test_a_flag() -> None:
    """It tells the same changes as the events themselves, in order, whatever the place that one looks from."""
    trace = sample("why_did_it_stop")
    path = "control.should_save"
    told = [(event.index, *change) for event in trace for change in _changes(event, path)]
    for around in (0, 42, len(trace) - 1):
        found = value_history(trace, path, around)
        assert [(turn.event, turn.old, turn.new, turn.by) for turn in found.turns] == told
        assert not found.earlier and not found.later
    assert found.turns[found.place(90)].event == 88 and found.place(0) == 0


def _changes(event: object, path: str) -> list[tuple[object, object, str]]:
    return [(change.old, change.new, change.by) for change in event.changes if change.path == path]


def test_what_events_are_given() -> None:
    """A logged number is no change of anything: each is told with the one before it, and whose loop it was."""
    trace = sample("why_did_it_stop")
    series = trace.series("logs.loss")
    turns = value_history(trace, "logs.loss", 0).turns
    assert [turn.new for turn in turns] == list(series.exact) and turns[0].old is ABSENT
    assert [turn.old for turn in turns[1:]] == [turn.new for turn in turns[:-1]]
    assert {turn.by for turn in turns} == {trace.framework.loop} and turns[1].step == 20
    probed = value_history(threads_trace(), "probes.gradient_norm", 3).turns
    assert [turn.event for turn in probed] == [0, 1, 2, 3] and {turn.by for turn in probed} == {""}


@pytest.mark.parametrize("path", ["state.global_step", "logs.loss", "control.should_log"])
def test_only_what_is_near(path: str) -> None:
    """A value of a million changes is told in part, and it says of which side there are more."""
    trace = sample("why_did_it_stop")
    whole = value_history(trace, path, 0).turns
    middle = whole[1].event
    found = value_history(trace, path, middle, most=1)
    assert list(found.turns) == list(whole[1:3]) and found.earlier and found.later == (len(whole) > 3)
    assert found.turns[found.place(middle)] == whole[1]


def test_paths_that_nobody_wrote() -> None:
    """A path without a change has an empty history; one with a hostile name has that which it has."""
    assert value_history(sample("why_did_it_stop"), "state.nothing", 5).turns == ()
    found = value_history(hostile_trace(), "state.[/INST]", 0)
    assert found.turns and isinstance(found.turns[0], Turn)
