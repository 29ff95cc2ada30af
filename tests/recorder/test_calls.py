"""Which call an event belongs to, and who asked for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import Trainer, TrainerCallback

from support.recorded import checked, named, record
from support.tiny import TinyData, TinyModel, make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

EACH_STEP = {"max_steps": 2, "eval_strategy": "steps", "eval_steps": 1}


class Asks(TrainerCallback):
    """Evaluates by itself, and trains on, as it likes."""

    trainer: Any = None

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Evaluate once."""
        trainer, self.trainer = self.trainer, None
        if trainer is not None:
            trainer.evaluate()


class Evaluates(Trainer):
    """Evaluates in the middle of a step."""

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate first."""
        self.evaluate()
        return super().training_step(*args, **kwargs)


def calls(trace: Trace, name: str = "on_evaluate") -> list[Any]:
    """Return the calls around each event of a name."""
    return [event.before.other.get("call") for event in named(trace, name)]


def test_flag_start_and_user(tmp_path: Path) -> None:
    """Evaluations that a flag, `eval_on_start` and the user asked for are told apart; what follows is in no call."""

    def drive(trainer: Trainer) -> None:
        trainer.evaluate()
        trainer.train()
        trainer.predict(trainer.eval_dataset)
        trainer.log({"mine": 1.0})

    trace = record(tmp_path, drive=drive, eval_on_start=True, **EACH_STEP)
    flag = ["train by user", "evaluate by control.should_evaluate"]
    assert calls(trace) == [["evaluate by user"], ["train by user", "evaluate by eval_on_start"], flag, flag]
    assert calls(trace, "on_predict") == [["predict by user"]]
    assert calls(trace, "on_init_end") == [None]
    assert calls(trace, "on_log")[-1] is None
    assert {tuple(found) for found in calls(trace, "on_step_end")} == {("train by user",)}
    inside = {tuple(found) for found in calls(trace, "on_prediction_step")}
    assert inside == {*map(tuple, calls(trace)), ("predict by user",)}


def test_a_callback(tmp_path: Path) -> None:
    """A callback that evaluates in its hook is named, by its label."""
    asks = [Asks(), Asks()]

    def drive(trainer: Trainer) -> None:
        asks[1].trainer = trainer
        trainer.train()

    trace = record(tmp_path, callbacks=asks, drive=drive, max_steps=2, logging_strategy="steps", logging_steps=1)
    assert calls(trace) == [["train by user", "evaluate by callback Asks#2"]]
    assert calls(trace, "on_train_end") == [["train by user"]]


def test_several_data_sets_and_a_method_of_a_subclass(tmp_path: Path) -> None:
    """`evaluate` that calls itself, and a method of the user's own Trainer inside training, are named."""
    both = {"a": TinyData(8), "b": TinyData(8)}
    trace = record(tmp_path, evaluation=both, drive=lambda trainer: trainer.evaluate())
    assert calls(trace) == [["evaluate by user", "evaluate by evaluate"]] * 2
    trace = record(tmp_path / "own", trainer_class=Evaluates, max_steps=1)
    assert [found[0] for found in calls(trace)] == ["train by user"]
    assert [found[1].endswith("training_step") for found in calls(trace)] == [True]


def test_a_call_that_raised_is_over(tmp_path: Path) -> None:
    """What follows an exception is in no call; and a call that began before the recording has no known asker."""

    class Fails(TrainerCallback):
        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            raise ValueError

    def drive(trainer: Trainer) -> None:
        with pytest.raises(ValueError):
            trainer.train()
        trainer.evaluate()
        trainer.log({"mine": 1.0})

    trace = record(tmp_path, callbacks=[Fails()], drive=drive, max_steps=1)
    assert calls(trace) == [["evaluate by user"]]
    assert calls(trace, "on_log")[-1] is None


def test_a_recording_that_begins_inside_training(tmp_path: Path) -> None:
    """The call that was running is told of without an asker, and is over when the next one begins."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")

    class Attaches(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            recorder.attach(trainer)

    trainer = make_trainer(tmp_path, callbacks=[Attaches()], **EACH_STEP)
    trainer.train()
    trainer.evaluate()
    recorder.detach()
    trace = checked(Trace.open(tmp_path / "trace.mpk"))
    flag = ["train by unknown", "evaluate by control.should_evaluate"]
    assert calls(trace) == [flag, flag, ["evaluate by user"]]


def test_hyperparameter_search(tmp_path: Path) -> None:
    """Training that a search asked for says so."""
    pytest.importorskip("optuna")
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path, callbacks=[recorder], max_steps=1)
    trainer.model_init = lambda trial=None: TinyModel()
    trainer.hyperparameter_search(
        hp_space=lambda trial: {"seed": trial.suggest_int("seed", 1, 5)}, n_trials=2, direction="minimize"
    )
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    assert calls(trace, "on_train_begin") == [["train by hyperparameter_search"]] * 2
    assert calls(trace) == [["evaluate by hyperparameter_search"]] * 2
