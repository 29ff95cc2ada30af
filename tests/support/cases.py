"""The grid: one small real run for each way in which a `Trainer` runs, stops, fails or is interfered with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import zeros
from torch.nn import Parameter
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback, TrainerControl

from support.recorded import train
from support.tiny import TinyData, accuracy, make_trainer, scores

logger = logging.getLogger("transformers.tracetui_test")
"""Where the runs of the grid warn; each text begins with who says it."""

BY_STEP = {
    "logging_strategy": "steps",
    "logging_steps": 1,
    "eval_strategy": "steps",
    "eval_steps": 2,
    "save_strategy": "steps",
    "save_steps": 2,
}
BY_EPOCH = {"logging_strategy": "epoch", "eval_strategy": "epoch", "save_strategy": "epoch"}


@dataclass(frozen=True)
class Case:
    """One run: what to build, what to do with it, how it ends, and which events it must have.

    Attributes:
        probes: What is called at events, by the event's name.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    callbacks: Callable[[], list[TrainerCallback]] = list
    drive: Callable[[Trainer], Any] = train
    prepare: Callable[[Path, dict[str, Any]], None] | None = None
    ends_with: type[BaseException] | None = None
    must_see: tuple[str, ...] = ("on_train_begin", "on_step_end", "on_train_end")
    attach: bool = False
    probes: dict[str, Callable[..., Any]] = field(default_factory=dict)
    since: str = "4.45"  # the first transformers that knows these options


class RaisesInStep(Trainer):
    """Its third step raises."""

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Raise once two steps are done."""
        if self.state.global_step == 2:
            raise RuntimeError("the third step failed")
        return super().training_step(*args, **kwargs)


class RaisesInCallback(TrainerCallback):
    """Raises in the middle of the list, at the end of the third step."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise at step 3."""
        if state.global_step == 3:
            raise ValueError("the callback failed")


class Interrupts(TrainerCallback):
    """Presses Ctrl-C at the second step."""

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Interrupt once one step is done."""
        if state.global_step == 1:
            raise KeyboardInterrupt


class NewControl(TrainerCallback):
    """Returns a control object of its own, which drops what others asked for, but stops in the end."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> TrainerControl:
        """Return a new control."""
        return TrainerControl(should_log=True, should_training_stop=state.global_step >= 4)


class EvaluatesInside(TrainerCallback):
    """Calls `trainer.evaluate()` inside an event, so that events are nested."""

    trainer: Trainer | None = None

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Evaluate at step 2."""
        if self.trainer is not None and state.global_step == 2:
            self.trainer.evaluate()


class Meddles(TrainerCallback):
    """Writes wherever a callback can write: state, its log, a field of its own, logs, metrics, flags."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Give the state a field that it does not have."""
        state.mood = {"level": 1, "words": ["fine", None, -0.0]}

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Add to the logs, and to the newest entry of the history, which is a dict of its own."""
        logs["tokens"] = 10**30
        if state.log_history:
            state.log_history[-1]["added_at"] = state.global_step

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Drop one metric, add one, and ask for a save."""
        metrics.pop("eval_runtime", None)
        metrics["eval_extra"] = float("inf")
        control.should_save = True

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Change what is nested, in place, and forget the history once."""
        state.mood["words"].append(state.global_step)
        if state.global_step == 3:
            state.log_history.clear()


class Warns(Trainer):
    """Warns in each step, says there what is no warning, and changes a rate in the middle of the second."""

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Say something, then step."""
        logger.warning("Trainer warns at %d", self.state.global_step)
        logger.info("Trainer has no worries")
        if self.state.global_step == 1:
            self.optimizer.param_groups[0]["lr"] *= 0.5
        return super().training_step(*args, **kwargs)


class WarnsRarely(TrainerCallback):
    """Warns where it is called: at logs and saves, not at each step."""

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Warn, and warn of something worse."""
        logger.warning("WarnsRarely of a log")
        logger.error("WarnsRarely of an error")

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Warn by another logger."""
        logger.getChild("below").warning("WarnsRarely of a save")


class Schedules(TrainerCallback):
    """Sets the learning rate, of one group of two, to what it may be."""

    def on_step_end(self, args: Any, state: Any, control: Any, optimizer: Any = None, **kwargs: Any) -> None:
        """Set it at some steps."""
        if state.global_step % 2:
            optimizer.param_groups[-1]["lr"] = 1 / (1 + state.global_step)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, optimizer: Any = None, **kwargs: Any) -> None:
        """Add a group."""
        if len(optimizer.param_groups) == 1:
            optimizer.add_param_group({"params": [Parameter(zeros(1))], "lr": 3})


def weight(model: Any, **_: Any) -> float:
    """Return the sum of all weights."""
    return float(sum(parameter.detach().sum() for parameter in model.parameters()))


def step(state: Any, **_: Any) -> int:
    """Return the step."""
    return int(state.global_step)


def evaluate(trainer: Trainer) -> None:
    """Evaluate alone, without any training."""
    trainer.evaluate()


def predict(trainer: Trainer) -> None:
    """Predict alone, without any training."""
    trainer.predict(TinyData(8, seed=2))


def train_twice(trainer: Trainer) -> None:
    """Train, and train once more with the same trainer."""
    trainer.train()
    trainer.train()


def evaluate_inside(trainer: Trainer) -> None:
    """Train with a callback that knows its trainer."""
    for callback in trainer.callback_handler.callbacks:
        if isinstance(callback, EvaluatesInside):
            callback.trainer = trainer
    trainer.train()


def resume(trainer: Trainer) -> None:
    """Go on from the checkpoint of step 2."""
    trainer.train(resume_from_checkpoint=f"{trainer.args.output_dir}/checkpoint-2")


def leave_a_checkpoint(folder: Path, options: dict[str, Any]) -> None:
    """Train the same run once, unseen, for its checkpoints."""
    make_trainer(folder, callbacks=[EarlyStoppingCallback(3)], **(options | fresh_scores())).train()


def fresh_scores() -> dict[str, Any]:
    """Return a metric that gets worse at every evaluation, and what picks the best model by it."""
    worse = scores(1.0 - step / 10 for step in range(100))
    return {"compute_metrics": worse, "metric_for_best_model": "score", "greater_is_better": True}


def patient() -> list[TrainerCallback]:
    """Return an early stopping with patience."""
    return [EarlyStoppingCallback(3)]


def cases() -> list[Case]:
    """Return the grid, with fresh metrics at every call."""
    resumed = {**BY_STEP, "max_steps": 6, "load_best_model_at_end": True, **fresh_scores()}
    poisoned = {"train": TinyData(16, poison=[5]), "logging_nan_inf_filter": False, "max_grad_norm": 1.0}
    return [
        Case(
            "by steps",
            {**BY_STEP, "max_steps": 6, "logging_first_step": True},
            must_see=("on_save", "on_evaluate"),
        ),
        Case(
            "by epochs",
            {**BY_EPOCH, "num_train_epochs": 2},
            must_see=("on_epoch_end", "on_save", "on_evaluate"),
        ),
        Case(
            "save the best",
            {
                "num_train_epochs": 3,
                "eval_strategy": "epoch",
                "save_strategy": "best",
                "load_best_model_at_end": True,
                **fresh_scores(),
            },
            must_see=("on_save", "on_evaluate"),
            since="4.47",
        ),
        Case(
            "gradient accumulation",
            {**BY_STEP, "max_steps": 3, "gradient_accumulation_steps": 3},
            must_see=("on_substep_end",),
        ),
        Case("evaluation on start", {**BY_EPOCH, "num_train_epochs": 1, "eval_on_start": True}),
        Case(
            "early stopping",
            {**BY_STEP, "max_steps": 30, "load_best_model_at_end": True, **fresh_scores()},
            lambda: [EarlyStoppingCallback(1)],
        ),
        Case(
            "evaluate alone",
            {"compute_metrics": accuracy},
            drive=evaluate,
            must_see=("on_evaluate", "on_log"),
        ),
        Case("predict alone", drive=predict, must_see=("on_predict", "on_prediction_step")),
        Case("two trainings", {**BY_STEP, "max_steps": 2}, drive=train_twice),
        Case("resumed", resumed, patient, resume, leave_a_checkpoint),
        Case(
            "resumed, callbacks restored",
            {**resumed, **fresh_scores(), "restore_callback_states_from_checkpoint": True},
            patient,
            resume,
            leave_a_checkpoint,
        ),
        Case(
            "exception in a callback",
            {**BY_STEP, "max_steps": 6},
            lambda: [RaisesInCallback()],
            ends_with=ValueError,
            must_see=("on_step_end",),
        ),
        Case(
            "exception in a step",
            {**BY_STEP, "max_steps": 6, "trainer_class": RaisesInStep},
            ends_with=RuntimeError,
            must_see=("on_step_begin",),
        ),
        Case(
            "interrupted",
            {**BY_STEP, "max_steps": 6},
            lambda: [Interrupts()],
            ends_with=KeyboardInterrupt,
            must_see=("on_step_begin",),
        ),
        Case("a loss that is NaN", {**BY_STEP, "num_train_epochs": 1, **poisoned}),
        Case(
            "several evaluation sets",
            {
                **BY_STEP,
                "max_steps": 4,
                "evaluation": {"near": TinyData(4, seed=1), "far": TinyData(8, seed=2)},
            },
        ),
        Case("a new control", {"max_steps": 9, "logging_strategy": "steps"}, lambda: [NewControl()]),
        Case(
            "events inside events",
            {**BY_STEP, "max_steps": 4},
            lambda: [EvaluatesInside()],
            evaluate_inside,
        ),
        Case("a meddling callback", {**BY_STEP, "max_steps": 6}, lambda: [Meddles()]),
        Case("warnings", {**BY_STEP, "max_steps": 4, "trainer_class": Warns}, lambda: [WarnsRarely()]),
        Case("a callback that sets learning rates", {**BY_STEP, "max_steps": 6}, lambda: [Schedules()]),
        Case(
            "probes",
            {**BY_STEP, "max_steps": 4},
            probes={"on_step_begin": weight, "on_step_end": weight, "on_log": step, "on_evaluate": weight},
        ),
        Case("attached", {**BY_STEP, "max_steps": 4}, attach=True),
    ]
