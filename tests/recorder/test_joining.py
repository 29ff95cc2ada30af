"""A recorder that comes late: added or attached while training runs."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.recorded import named
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.open_event import HEAVY
from tracetui.replay import Trace


class Late(TrainerCallback):
    """Calls a function at the second step's end."""

    def __init__(self, act: Any) -> None:
        """Take the function."""
        self.act = act

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Act at step 2; raise at step 4."""
        if state.global_step == 2:
            self.act()
        if state.global_step == 4:
            raise RuntimeError("step 4")


def run(tmp_path: Path, how: str) -> Trace:
    """Add or attach a recorder at step 2 of a run that fails at step 4."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    act = {
        "add_callback": lambda: trainer.add_callback(recorder),
        "attach": lambda: recorder.attach(trainer),
    }[how]
    trainer = make_trainer(tmp_path / "out", callbacks=[Late(act)], max_steps=6)
    with pytest.raises(RuntimeError, match="step 4"):
        trainer.train()
    recorder.detach()
    return Trace.open(tmp_path / "trace.mpk")


def test_added_in_the_middle_of_an_event(tmp_path: Path) -> None:
    """The event in whose middle the recorder is called first is recorded, and says how much of it was missed."""
    trace = run(tmp_path, "add_callback")
    first = trace[0]
    assert first.name == "on_step_end"
    assert first.joined is not None
    assert first.joined > 0
    assert first.before.state["global_step"] == 2
    assert [event.before.state["global_step"] for event in named(trace, "on_step_begin")] == [2, 3]
    assert [event.joined for event in trace].count(None) == len(trace) - 1


def test_attached_in_the_middle_of_an_event(tmp_path: Path) -> None:
    """Attached from a callback, the recorder begins with the next event."""
    trace = run(tmp_path, "attach")
    assert trace[0].before.state["global_step"] == 2
    assert [event.before.state["global_step"] for event in named(trace, "on_step_begin")] == [2, 3]


@pytest.mark.parametrize("how", ["add_callback", "attach"])
def test_the_exception_is_recorded_all_the_same(tmp_path: Path, how: str) -> None:
    """train() was running before the recorder came; what ended it is in the trace."""
    trace = run(tmp_path, how)
    (error,) = trace.exceptions
    assert (error.type, error.message) == ("RuntimeError", "step 4")
    assert trace[error.index].name == "on_step_end"
    assert trace[-1].calls[-1].exception == "RuntimeError: step 4"


def test_the_hooks_name_all_that_the_handler_gives() -> None:
    """The recorder's own hooks take the handler's arguments by name: none of them is collected in a dict."""
    parameters = inspect.signature(TraceRecorder.on_log).parameters.values()  # type: ignore[attr-defined]
    assert {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY} == HEAVY
