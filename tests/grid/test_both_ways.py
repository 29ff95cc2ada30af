"""The fast path of the recorder and the slow one: what they record of one run is the same, to the bit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import transformers
from packaging.version import Version

from generate import Training
from support.agree import differences
from support.cases import cases
from support.runs import fresh, run
from support.training_clock import set_clock
from tracetui.recorder import TraceRecorder
from tracetui.recorder.routine import SWITCH
from tracetui.replay import Trace
from tracetui.replay.event import Event
from tracetui.replay.history import HistoryView
from tracetui.trace.limits import BLOCK_EVENTS
from tracetui.trace.writer import TraceWriter

LATEST = 3
"""Entries of the history that are compared at each event: all of them are only in the end."""


def both_ways(record: Callable[[], Trace]) -> tuple[Trace, Trace]:
    """Return the trace of a run that is recorded on the fast path, and that of the same run on the slow one."""
    traces = []
    for switch in ("1", "0"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(SWITCH, switch)
            set_clock(patch)
            traces.append(record())
    return traces[0], traces[1]


def disagreements(one: Trace, other: Trace) -> list[str]:
    """Return in what two traces differ, times and durations included: up to 20 lines."""
    if len(one) != len(other):
        return [f"{len(one)} and {len(other)} events"]
    found: list[str] = []
    for left, right in zip(map(story, one), map(story, other), strict=True):
        if repr(left) != repr(right):  # which is exact for plain values, and fast
            found += differences(left, right, f"{left['index']} {left['name']}")
    last = [list(trace[-1].after.state["log_history"]) for trace in (one, other)]
    return [*found, *differences(*last, "history"), *differences(*map(rest, (one, other)))][:20]


def story(event: Event) -> dict[str, Any]:
    """Return all fields of an event."""
    told = {field.name: getattr(event, field.name) for field in fields(event)}
    for name in ("before", "after"):
        told[name] = replace(told[name], state={key: shown(value) for key, value in told[name].state.items()})
    told["changes"] = [replace(change, old=shown(change.old), new=shown(change.new)) for change in event.changes]
    return told


def shown(value: Any) -> Any:
    """Return a value; of a log history its length and its end."""
    return (len(value), *value[-LATEST:]) if isinstance(value, HistoryView) else value


def rest(trace: Trace) -> dict[str, Any]:
    """Return what a trace says beside its events."""
    return {"exceptions": trace.exceptions, "gaps": trace.gaps, "damage": trace.damage, "end": trace.end}


@pytest.mark.parametrize("name", [case.name for case in cases()])
def test_real_runs_are_recorded_the_same(name: str, tmp_path: Path) -> None:
    """Every event of a real run is the same on both ways, in all that the trace tells of it."""
    if Version(transformers.__version__) < Version(fresh(name).since):
        pytest.skip(f"transformers {transformers.__version__} has no such option")

    def record() -> Trace:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        (tmp_path / "trace.mpk").unlink(missing_ok=True)
        return run(fresh(name), tmp_path, watched=False).trace

    fast, slow = both_ways(record)
    assert disagreements(fast, slow) == []


def test_a_long_run_is_recorded_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a run of thousands of events, with keyframes, evaluations, saves and epochs; most of it goes the fast way.

    What is written as a mere moment went the fast way.
    """
    moments: list[int] = []
    moment = TraceWriter.moment
    monkeypatch.setattr(TraceWriter, "moment", lambda self, *row: (moments.append(self.events), moment(self, *row)))

    def record() -> Trace:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.mpk"
        training = Training(seed=1)
        training.state.eval_steps, training.state.save_steps = 200, 300
        with TraceRecorder(path, pack=False).attach(training):
            training.run(500)
        return Trace.open(path)

    fast, slow = both_ways(record)
    assert len(fast) > 8 * BLOCK_EVENTS
    assert len(moments) > len(fast) / 3  # all in one of the two recordings: no event twice
    assert len({*moments}) == len(moments)
    assert disagreements(fast, slow) == []
