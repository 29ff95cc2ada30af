"""A clock that goes back, stands still, or jumps ahead costs no event, and no time goes back in a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.interrupting import Training
from support.stage import Stage
from tracetui.recorder import TraceRecorder, clock
from tracetui.recorder.hooks import doors
from tracetui.recorder.session import fast_path as routine
from tracetui.replay import Trace

YEAR: int = 365 * 86_400 * 10**9


def ticking(steps: list[int]) -> Iterator[int]:
    """Give what a clock says that moves by these steps in turn, in nanoseconds."""
    now = 10**15
    while True:
        for step in steps:
            now += step
            yield now


@pytest.mark.parametrize(
    "steps",
    [
        [1_000, -900],
        [0],
        [-1_000],
        [1_000] * 50 + [-(10**13)] + [1_000] * 50,
        [1_000] * 50 + [80 * YEAR] + [1_000] * 50 + [-80 * YEAR],
        [1_000] * 7 + [-5_000],
    ],
    ids=["to and fro", "still", "backwards", "back once", "far ahead and back", "back at odd places"],
)
def test_no_event_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[int]) -> None:
    """All events are there, undamaged; times never go back, durations are never below zero."""
    times = ticking(steps)
    for module in (clock, doors, routine):
        monkeypatch.setattr(module, "perf_counter_ns", lambda: next(times))
    trainer = Training(tmp_path)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        trainer.train()
        for _ in range(100):
            trainer._step()
    trace = Trace.open(recorder.path)
    assert (trace.damage, trace.gaps) == ((), ())
    assert sum(event.name == "on_step_end" for event in trace) == 103
    begins = [event.time for event in trace]
    assert begins == sorted(begins)
    assert all(event.duration >= 0 and all(call.duration >= 0 for call in event.calls) for event in trace)


def test_a_call_on_the_fast_path_lasts_no_less_than_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So do the calls of transformers' own hooks in a usual step, where the clock goes back in the middle of them."""
    times = ticking([9_000] * 6 + [-20_000])
    for module in (clock, doors, routine):
        monkeypatch.setattr(module, "perf_counter_ns", lambda: next(times))
    stage = Stage()
    with TraceRecorder(tmp_path / "trace.mpk").attach(stage) as recorder:
        stage.step(20)
    durations = [call.duration for event in Trace.open(recorder.path) for call in event.calls]
    assert len(durations) == 40 and min(durations) == 0 < max(durations)
