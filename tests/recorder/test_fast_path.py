"""The fast path is taken wherever nothing is out of the ordinary; whatever is, the trace is that of the slow path."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.both_ways import both_ways, disagreements
from support.happenings import HAPPENINGS
from support.stage import Stage
from tracetui.recorder import TraceRecorder
from tracetui.recorder.doors import HookDoor
from tracetui.recorder.routine import RoutineDoor
from tracetui.recorder.session import Session
from tracetui.recorder.watch import Watch
from tracetui.recorder.watches import Watches
from tracetui.replay import Trace
from tracetui.trace.writer import TraceWriter


def trace_of(name: str, path: Path, patch: pytest.MonkeyPatch) -> tuple[Trace, list[Any]]:
    """Record a run in which something happens; return the trace, and what the training saw."""
    path.unlink(missing_ok=True)
    stage = Stage()
    with TraceRecorder(path, pack=False).attach(stage):
        stage.step(3)
        HAPPENINGS[name](stage, patch)
        stage.step(3)
        stage.fire("on_epoch_end")
    return Trace.open(path), stage.seen


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_is_out_of_the_ordinary_is_recorded_as_on_the_slow_path(name: str, tmp_path: Path) -> None:
    """The trace, and what the training gets, are the same on both ways, whatever happens; the trace is sound."""
    seen: list[list[Any]] = []

    def record() -> Trace:
        with pytest.MonkeyPatch.context() as patch:
            trace, found = trace_of(name, tmp_path / "trace.mpk", patch)
            seen.append(found)
            return trace

    fast, slow = both_ways(record)
    assert seen[0] == seen[1]
    assert disagreements(fast, slow) == []
    assert fast.damage == ()


COUNTED: tuple[tuple[type, str], ...] = (
    (HookDoor, "_call_watched"),
    (RoutineDoor, "call"),
    (Session, "after_unusual_call"),
    (Session, "end_routine_call"),
    (Session, "look_at_mappings"),
    (TraceWriter, "event"),
    (TraceWriter, "moment"),
    (Watch, "compare"),
    (Watch, "look"),
    (Watches, "look"),
    (Watches, "look_rates"),
)
STEP = {
    "Session.end_routine_call": 1,  # of DefaultFlowCallback
    "TraceWriter.event": 1,
    "TraceWriter.moment": 3,
    "Watch.compare": 1,  # step and epoch
    "Watch.look": 2,  # for what the handler resets, and after DefaultFlowCallback
    "Watches.look_rates": 2,
}
FLAG = {**STEP, "Watch.compare": 3, "TraceWriter.event": 2, "TraceWriter.moment": 2}
LOG = {
    "Session.look_at_mappings": 1,
    "TraceWriter.event": 1,
    "Watch.look": 4,  # state, control, args; control after all
    "Watches.look": 1,
    "Watches.look_rates": 1,
}


def test_usual_events_take_the_fast_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps in which nothing is out of the ordinary pay for no more than they need, and the hook of a log neither."""
    counts: Counter[str] = Counter()

    def count(kind: type, name: str) -> None:
        function: Callable[..., Any] = vars(kind)[name]

        def counting(*args: Any, **kwargs: Any) -> Any:
            counts[f"{kind.__name__}.{name}"] += 1
            return function(*args, **kwargs)

        monkeypatch.setattr(kind, name, counting)

    def costs(work: Callable[[], object]) -> dict[str, int]:
        counts.clear()
        work()
        return dict(counts)

    for place in COUNTED:
        count(*place)
    stage = Stage()
    with TraceRecorder(tmp_path / "trace.mpk", pack=False).attach(stage):
        stage.step(2)
        assert costs(stage.step) == STEP
        stage.log(loss=1.0)
        assert costs(lambda: stage.log(loss=2.0)) == LOG
        assert costs(stage.step) == STEP
        stage.control.should_save = True
        assert costs(stage.step) == FLAG


def test_an_event_waits_for_the_turn_of_another_thread(tmp_path: Path) -> None:
    """While another thread is writing, no event of the fast path writes as well."""
    stage, began, order = Stage(), threading.Event(), []
    with TraceRecorder(tmp_path / "trace.mpk", pack=False).attach(stage) as recorder:
        stage.step(2)
        turn = recorder._sessions[0][1].turn

        def write() -> None:
            assert turn.take()
            began.set()
            time.sleep(0.1)
            order.append("written")
            turn.give()

        thread = threading.Thread(target=write)
        thread.start()
        assert began.wait(10)
        stage.fire("on_step_begin")
        order.append("fired")
        thread.join()
    assert order == ["written", "fired"]
