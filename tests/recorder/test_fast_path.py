"""The fast path is taken wherever nothing is out of the ordinary; whatever is, the trace is that of the slow path."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.both_ways import both_ways, disagreements
from support.happenings import HAPPENINGS
from support.stage import Stage
from tracetui.recorder import TraceRecorder
from tracetui.recorder.hooks.doors import HookDoor
from tracetui.recorder.session.fast_path import RoutineDoor
from tracetui.recorder.session.session import Session
from tracetui.recorder.values.watch import Watch
from tracetui.recorder.values.watches import Watches
from tracetui.replay import Trace
from tracetui.trace.journal.writer import TraceWriter


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
    assert fast.trace.damage == ()


def test_an_event_that_was_added_is_told_at_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that a library adds to `TrainerCallback` is known from the next step on, with the hooks that it has."""
    stage, user = Stage(), TrainerCallback()
    user.on_invented = lambda *_, **__: None
    stage.callback_handler.callbacks.append(user)
    with TraceRecorder(tmp_path / "trace.mpk", pack=False).attach(stage) as recorder:

        def described() -> Any:
            callbacks: Any = Trace.open(recorder.path).run["callbacks"]
            return {key: callbacks[2].get(key) for key in ("hooks", "unknown", "odd")}

        stage.step(2)
        assert described() == {"hooks": [], "unknown": ["on_invented"], "odd": None}
        monkeypatch.setattr(TrainerCallback, "on_invented", lambda *_, **__: None, raising=False)
        stage.fire("on_step_begin")
        assert described() == {"hooks": ["on_invented"], "unknown": [], "odd": None}


def test_an_interruption_while_callbacks_are_compared_goes_on(tmp_path: Path) -> None:
    """What a signal handler raises while the fast path compares the callback list is the user's."""

    class Compared(TrainerCallback):
        def __eq__(self, other: object) -> bool:
            signal.raise_signal(signal.SIGUSR1)
            return False

        __hash__ = TrainerCallback.__hash__

    def time_up(number: int, frame: Any) -> None:
        raise TimeoutError("time is up")

    stage = Stage()
    before = signal.signal(signal.SIGUSR1, time_up)
    try:
        with TraceRecorder(tmp_path / "trace.mpk", pack=False).attach(stage):
            stage.step(2)
            stage.callback_handler.callbacks[0:1] = [Compared()]
            stage.fire("on_step_begin")
            stage.callback_handler.callbacks[0:1] = [stage.flow]
            stage.step(2)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [seen for seen in stage.seen if isinstance(seen, str)] == ["TimeoutError('time is up')"]
    assert Trace.open(tmp_path / "trace.mpk").damage == ()


def test_a_door_of_a_recording_that_has_ended_passes_calls_on(tmp_path: Path) -> None:
    """Whoever holds a hook, or a method of the handler, that was watched calls what stands behind it."""
    stage = Stage()
    with TraceRecorder(tmp_path / "trace.mpk", pack=False).attach(stage):
        stage.step(2)
        held = [stage.flow.on_step_end, stage.callback_handler.on_step_begin, stage.callback_handler.on_log]
    for method in held:
        assert method(stage.args, stage.state, stage.control, *([{}] if method is held[-1] else [])) is stage.control


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
