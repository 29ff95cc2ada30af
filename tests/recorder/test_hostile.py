"""Values and objects that fail at whatever is asked of them: training goes on, and the trace says what is missing."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from transformers import DefaultFlowCallback, PrinterCallback, TrainerCallback
from transformers.trainer_callback import ExportableState

from support.recorded import named, warnings_of
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace
from tracetui.trace.values import Described, Shortened

LOG = {"logging_strategy": "steps", "logging_steps": 1}


asked: list[Any] = []


class Hostile:
    """Raises, sleeps or recurses, whatever is asked of it."""

    def _bad(self, *args: Any) -> Any:
        asked.append(args)
        time.sleep(5)
        return repr(self)

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = keys = state = _bad


class Spoils(TrainerCallback, ExportableState):
    """Puts hostile values wherever something is recorded."""

    broken = False

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Into state, control and args, new ones at each step."""
        self.broken = True
        cycle: list[Any] = [Hostile()]
        cycle.append(cycle)
        state.hostile, control.hostile, args.hostile = Hostile(), {"deep": [Hostile()]}, cycle
        state.huge = 1 << 5_000

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Into the logs, with 100 MB of text."""
        logs[Hostile] = "a class for a key"
        logs["hostile"] = Hostile()
        logs["long"] = "x" * 100_000_000

    def state(self) -> Any:
        """Fail, once training has begun: before, the Trainer itself asks for it."""
        if self.broken:
            raise RuntimeError("no state")
        return {"args": {}, "attributes": {}}


def record(tmp_path: Path, *callbacks: Any, **options: Any) -> tuple[Any, Trace]:
    """Train for three steps; return the trainer and its trace."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[*callbacks, recorder], max_steps=3, **options)
    trainer.remove_callback(PrinterCallback)  # it prints all logs, and with them what is hostile
    trainer.train()
    recorder.detach()
    return trainer, Trace.open(tmp_path / "trace.mpk")


def test_hostile_values_are_described(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """None of a value's code runs, no event is lost, and the file stays small."""
    asked.clear()
    trainer, trace = record(tmp_path, Spoils(), **LOG)
    assert trainer.state.global_step == 3
    assert not asked
    assert trace.gaps == () == trace.damage
    assert not warnings_of(caplog)
    assert trace.size < 300_000
    log = named(trace, "on_log")[0]
    assert isinstance(log.after.logs["long"], Shortened)
    assert log.after.logs["long"].length == 100_000_000
    assert isinstance(log.after.logs["hostile"], Described)
    step = named(trace, "on_step_end")[0]
    assert {change.path for change in step.changes if change.by == "Spoils"} >= {
        "state.hostile",
        "control.hostile",
        "args.hostile",
    }


def recurse() -> Any:
    """End in a RecursionError."""
    return recurse()


@pytest.mark.parametrize(("act", "told"), [(lambda: 1 / 0, "ZeroDivisionError"), (recurse, "RecursionError")])
def test_a_state_that_can_not_be_read(tmp_path: Path, act: Any, told: str) -> None:
    """Where `state()` fails, no event is lost, and what it raised stands in its place."""

    class Exports(TrainerCallback, ExportableState):
        begun = False

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.begun = True

        def state(self) -> Any:
            return act() if self.begun else {"args": {}, "attributes": {}}

    _, trace = record(tmp_path, Exports(), **LOG)
    assert trace.gaps == () == trace.damage
    assert named(trace, "on_step_end")[0].after.callbacks["Exports"] == {"state() raised": told}


def test_a_huge_text_in_the_history(tmp_path: Path) -> None:
    """An entry of the log history with 100 MB of text is read once, not at every event that follows."""

    class Listens(TrainerCallback):
        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            pass

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[Listens(), recorder])
    trainer.remove_callback(PrinterCallback)
    handler = trainer.callback_handler
    trainer.log({"long": "x" * 100_000_000, "loss": 1.0})
    start = time.process_time()
    for _ in range(100):
        handler.on_step_end(trainer.args, trainer.state, trainer.control)
    assert time.process_time() - start < 1
    trainer.state.log_history[-1]["loss"] = 2.0
    handler.on_step_end(trainer.args, trainer.state, trainer.control)
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace.gaps == ()
    assert isinstance(trace[-2].after.state["log_history"][-1]["long"], Shortened)
    assert [event.before.state["log_history"][-1]["loss"] for event in (trace[-2], trace[-1])] == [1.0, 2.0]


class HostileLogs(dict[str, Any]):
    """Logs all of whose methods fail."""

    def _fail(self, *args: Any) -> Any:
        raise RuntimeError("the logs' own code ran")

    __iter__ = __len__ = items = keys = values = get = __eq__ = __repr__ = _fail  # type: ignore[assignment]


def test_logs_whose_methods_fail(tmp_path: Path) -> None:
    """Logs of the user's own class, whose `keys()` and `items()` raise, are recorded, with what is changed in them."""

    class Adds(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            logs["added"] = 2

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[Adds(), recorder])
    trainer.remove_callback(PrinterCallback)
    trainer.callback_handler.on_log(trainer.args, trainer.state, trainer.control, HostileLogs(loss=1.0))
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace.gaps == ()
    assert trace[-1].before.logs == {"loss": 1.0}
    assert trace[-1].after.logs == {"loss": 1.0, "added": 2}


class Broken:
    """Args, or a state, that has no fields to read."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        """Stand in for another object."""
        object.__setattr__(self, "inner", inner)

    def __getattr__(self, name: str) -> Any:
        """Be that object, in attributes alone."""
        return getattr(object.__getattribute__(self, "inner"), name)

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        """Fail."""
        raise RuntimeError("no fields")


def test_foreign_args(tmp_path: Path) -> None:
    """Args that are no `TrainingArguments`, as SetFit passes its own: training and recording go on."""

    class Own:
        device, own = "cpu", [1]

        def __init__(self) -> None:
            self.learning_rate = 0.5

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder])
    trainer.remove_callback(DefaultFlowCallback)  # it asks for fields of its own
    handler = trainer.callback_handler
    for name in ("on_train_begin", "on_step_begin", "on_step_end", "on_train_end"):
        trainer.control = getattr(handler, name)(Own(), trainer.state, trainer.control)
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    assert [event.name for event in trace][-2:] == ["on_step_end", "on_train_end"]
    assert trace[-1].before.args == {"learning_rate": 0.5}
    assert trace.gaps == ()


def test_args_without_fields(tmp_path: Path) -> None:
    """Args that have slots instead of fields, or nothing at all, end neither training nor recording."""

    class Slotted:
        __slots__ = ("learning_rate", "unset")

        def __init__(self) -> None:
            self.learning_rate = 0.25

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out")
    trainer.remove_callback(DefaultFlowCallback)
    seen = []
    for args in (Slotted(), None, 3):
        trainer.args = args
        with recorder.attach(trainer):
            trainer.callback_handler.on_step_end(args, trainer.state, trainer.control)
            trainer.callback_handler.on_evaluate(args, trainer.state, trainer.control, {})
        trace = Trace.open(recorder.path)
        assert trace.gaps == ()
        assert [event.name for event in trace] == ["on_step_end", "on_evaluate"]
        seen.append(dict(trace[-1].before.args))
    assert seen == [{"learning_rate": 0.25}, {}, {}]


def test_what_can_not_be_read_is_a_gap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where the recorder itself fails, one warning is given, and the trace counts what it lacks."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder])
    handler = trainer.callback_handler
    state = trainer.state
    for number in range(1, 31):
        given = Broken(state) if 10 <= number < 15 else state
        state.global_step = number
        handler.on_step_begin(trainer.args, given, trainer.control)
    recorder.detach()
    (warning,) = warnings_of(caplog)
    assert "RuntimeError: no fields" in warning
    trace = Trace.open(tmp_path / "trace.mpk")
    steps = [event.before.state["global_step"] for event in named(trace, "on_step_begin")]
    assert steps[:9] == list(range(1, 10))
    assert steps[9] > 14
    assert steps[9:] == list(range(steps[9], 31))
    (gap,) = trace.gaps
    assert gap.count == 30 - len(steps)
    assert "no fields" in gap.reason


def test_a_lost_event_around_another(tmp_path: Path) -> None:
    """When the end of an event that holds others can't be recorded, what follows stands at its right depth."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")

    class Nests(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == 2:
                trainer.callback_handler.on_substep_end(args, state, control)

    class Fails(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            session = recorder._sessions[0][1]
            if state.global_step == 2:
                session._rows.end = fail

    def fail(event: Any, result: Any) -> None:
        del recorder._sessions[0][1]._rows.end
        raise RuntimeError("the end can't be written")

    trainer = make_trainer(tmp_path / "out", callbacks=[Nests(), Fails(), recorder], max_steps=4)
    trainer.train()
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace.damage == ()
    depths = {event.name: event.depth for event in trace if event.before.state["global_step"] >= 3}
    assert depths["on_step_end"] == depths["on_step_begin"] == 2
    assert depths["on_train_end"] == 0
    assert sum(gap.count for gap in trace.gaps) == 1


def test_logs_that_another_thread_writes(tmp_path: Path) -> None:
    """Logs that a thread changes while they are recorded cost no event."""
    over = threading.Event()

    class Shares(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            def disturb() -> None:
                number = 0
                while not over.is_set():
                    number += 1
                    logs[f"key {number % 500}"] = number
                    logs.pop(f"key {number * 7 % 500}", None)

            threading.Thread(target=disturb).start()

    try:
        trainer, trace = record(tmp_path, Shares(), **LOG)
    finally:
        over.set()
    assert trainer.state.global_step == 3
    assert trace.gaps == ()


class Unbound(TrainerCallback):
    """Has hooks that are no plain functions."""

    @staticmethod
    def on_step_begin(args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Without the callback."""
        asked.append("static")

    @classmethod
    def on_step_end(cls, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """With its class."""
        asked.append(cls)

    on_train_end = partial(lambda name, args, state, control, **kwargs: asked.append(name), "partial")


def test_hooks_that_are_no_plain_functions_are_called_as_ever(tmp_path: Path) -> None:
    """A static method, a class method or a partial gets the arguments that it would get unrecorded."""
    asked.clear()
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[Unbound(), recorder], max_steps=1)
    trainer.train()
    recorder.detach()
    assert asked == ["static", Unbound, "partial"]
    trace = Trace.open(tmp_path / "trace.mpk")
    assert [event.name for event in trace if "Unbound" in [call.callback for call in event.calls]] == [
        "on_step_begin",
        "on_step_end",
        "on_train_end",
    ]
