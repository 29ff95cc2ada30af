"""Events that transformers does not know: a library adds them to `TrainerCallback`, or calls a hook by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.recorded import changed, named
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace


def do_nothing(self: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
    """Stand in `TrainerCallback` for an event of a library."""


class Stops(TrainerCallback):
    """Stops the training at the library's event."""

    def on_weird(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Stop."""
        control.should_training_stop = True
        return control


@pytest.fixture
def late_event() -> Iterator[Any]:
    """Return a function that adds the event, as a library does that is imported late; it is gone after the test."""
    yield lambda: setattr(TrainerCallback, "on_weird", do_nothing)
    if "on_weird" in vars(TrainerCallback):
        delattr(TrainerCallback, "on_weird")


def call(trainer: Any) -> None:
    """Fire the event as library code does: by its name, at the handler."""
    trainer.control = trainer.callback_handler.call_event("on_weird", trainer.args, trainer.state, trainer.control)


@pytest.mark.parametrize("when", ["before the recorder", "after on_init_end", "in training"])
@pytest.mark.parametrize("stops", [True, False], ids=["with a hook", "without a hook"])
def test_an_added_event_is_recorded(tmp_path: Path, late_event: Any, when: str, stops: bool) -> None:
    """An event added at any time is a row of its own, and its change is put down to the callback that made it."""

    class Library(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == 1:
                late_event()
                if stops:
                    trainer.add_callback(Stops())
            if state.global_step == 2:
                call(trainer)

    if when == "before the recorder":
        late_event()
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=3)
    if when == "in training":
        trainer.add_callback(Library())
        trainer.train()
    else:
        late_event()
        trainer.add_callback(Stops() if stops else TrainerCallback())
        trainer.evaluate()
        call(trainer)
    recorder.detach()
    (event,) = named(Trace.open(tmp_path / "trace.mpk"), "on_weird")
    assert changed(event, "control.should_training_stop", "Stops") == ([(False, True)] if stops else [])
    assert [call.callback for call in event.calls] == (["Stops"] if stops else [])
    assert event.after.control["should_training_stop"] is stops


def test_a_handler_that_writes_between_the_hooks(tmp_path: Path) -> None:
    """What a library's own `call_event` changes between two hooks is put down to the handler, not to a callback."""

    class Quiet(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            pass

    class Second(Quiet):
        pass

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[Quiet(), Second(), recorder])
    handler = trainer.callback_handler

    def call_event(event: str, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        for callback in handler.callbacks:
            getattr(callback, event)(args, state, control, **kwargs)
            control.should_log = type(callback) is Quiet or control.should_log
        return control

    handler.call_event = call_event
    recorder.detach()
    with TraceRecorder(tmp_path / "second.mpk").attach(trainer) as recorder:
        handler.on_step_end(trainer.args, trainer.state, trainer.control)
    event = Trace.open(recorder.path)[-1]
    assert changed(event, "control.should_log", "CallbackHandler") == [(False, True)]
    assert {call.callback for call in event.calls} >= {"Quiet", "Second"}


def test_a_hook_without_an_event_in_the_base_class(tmp_path: Path) -> None:
    """Where every callback has a hook of its own that `TrainerCallback` lacks, the event is recorded too."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder])
    trainer.callback_handler.callbacks[:] = [Stops(), recorder]
    trainer.evaluate()
    call(trainer)
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    (event,) = named(trace, "on_weird")
    assert changed(event, "control.should_training_stop", "Stops") == [(False, True)]
    assert "on_weird" in trace.run["callbacks"][0]["unknown"]
