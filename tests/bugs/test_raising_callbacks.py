"""A callback raises: which one, where, when, and who was not called because of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import Trainer, TrainerCallback

from support.recorded import answers, lines, named, record
from support.tiny import TinyData

HERE = Path(__file__).name


class Uploader(TrainerCallback):
    """Makes a Trainer of its own at the end, from arguments that ask for an evaluation set."""

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Fail: there is no evaluation set."""
        Trainer(args=args, model=model)


class Behind(TrainerCallback):
    """Stands behind the one that raises."""

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Do nothing."""


class Noise(TrainerCallback):
    """Keeps the optimizer that it was given first."""

    def on_init_end(self, args: Any, state: Any, control: Any, optimizer: Any = None, **kwargs: Any) -> None:
        """Keep None: there is no optimizer yet."""
        self.optimizer = optimizer

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Use it."""
        self.optimizer.param_groups.clear()


class Bar(TrainerCallback):
    """A progress bar that is there from the begin of a training to its end, and is used at other times, too."""

    bar: list[int] | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Make the bar."""
        self.bar = []

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Drop it."""
        self.bar = None

    def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Use it."""
        self.bar.append(state.global_step)  # type: ignore[union-attr]


def test_a_callback_fails_after_all_steps(tmp_path: Path) -> None:
    """The run dies of a callback's own Trainer, not of its training; those behind it are told (transformers#34701)."""
    options = {"max_steps": 4, "eval_strategy": "steps", "eval_steps": 2, "logging_strategy": "steps"}
    trace = record(tmp_path, callbacks=[Uploader(), Behind()], catch=ValueError, train=TinyData(32), **options)
    last = trace[-1]
    assert (last.name, last.step, trace.exceptions[0].index) == ("on_train_end", 4, last.index)
    assert [(call.callback, bool(call.exception)) for call in last.calls] == [("Uploader", True)]
    assert "train_loss" in named(trace, "on_log")[-1].logs
    assert list(tmp_path.glob("*.mpk")) == [tmp_path / "trace.mpk"]
    ended = answers(trace)["ended"]
    assert ended.startswith("ended at step 4 of 4 by ValueError in Uploader.on_train_end (")
    assert f"({HERE}:" in ended


def test_the_optimizer_is_not_there_yet(tmp_path: Path) -> None:
    """What a callback kept at `on_init_end` was None, and where it failed for that is told (transformers#38181)."""
    trace = record(tmp_path, callbacks=[Noise()], catch=AttributeError, max_steps=3)
    without = [event.name for event in trace if "optimizer" in event.before.other.get("nones", ())]
    assert without == ["on_init_end"]
    assert [event.name for event in trace if event.before.inputs.get("optimizer", "") is None] == without
    ended = answers(trace)["ended"]
    assert ended.startswith(f"ended at step 0 of 3 by AttributeError in Noise.on_optimizer_step ({HERE}:")
    assert "in on_optimizer_step)" in ended
    assert "Noise raised AttributeError" in lines(trace, "on_optimizer_step")[0]


def test_a_bar_breaks_outside_of_trainings(tmp_path: Path) -> None:
    """A hook that only works inside `train()` is told with the call that it failed in, before and after (trl#1495)."""
    options: dict[str, Any] = {"catch": AttributeError, "max_steps": 2}
    before = record(tmp_path / "before", callbacks=[Bar()], drive=evaluate, **options)
    after = record(tmp_path / "after", callbacks=[Bar()], drive=trained_then_predicts, **options)
    for trace, call in ((before, "evaluate by user"), (after, "predict by user")):
        failed = trace[-1]
        assert (failed.name, failed.before.other["call"]) == ("on_prediction_step", [call])
        (raised,) = [one for one in failed.calls if one.exception]
        assert raised.callback == "Bar"
        assert raised.at is not None and HERE in raised.at
        assert "AttributeError in Bar.on_prediction_step" in answers(trace)["ended"]
    assert named(before, "on_train_begin") == []
    assert named(after, "on_train_end") != []


def evaluate(trainer: Trainer) -> None:
    """Evaluate before any training."""
    trainer.evaluate()


def trained_then_predicts(trainer: Trainer) -> None:
    """Train, then predict."""
    trainer.train()
    trainer.predict(TinyData(8, seed=2))
