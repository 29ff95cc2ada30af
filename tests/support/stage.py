"""A training loop without a model, in which anything can happen in the middle of transformers' own hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transformers import TrainerState, TrainingArguments
from transformers.trainer_callback import ProgressCallback

from loop import Loop

FLAGS = ("should_training_stop", "should_epoch_stop", "should_save", "should_evaluate", "should_log")

Happening = Callable[[], object]


def nothing() -> None:
    """Let nothing happen."""


class Args(TrainingArguments):
    """Arguments that tell when `DefaultFlowCallback.on_step_end` reads them."""

    @property
    def logging_strategy(self) -> Any:
        """Read by the hook, once a call."""
        vars(self).get("in_flow", nothing)()
        return vars(self)["strategy"]

    @logging_strategy.setter
    def logging_strategy(self, value: Any) -> None:
        vars(self)["strategy"] = value


class State(TrainerState):
    """A state that tells when its history is read: the recorder does so at each look, first of all."""

    @property
    def log_history(self) -> Any:
        """Read by the recorder."""
        vars(self).get("at_look", nothing)()
        return vars(self)["history"]

    @log_history.setter
    def log_history(self, value: Any) -> None:
        vars(self)["history"] = value


class Bar:
    """A progress bar that tells when `ProgressCallback` moves it, which it does at steps and at logs."""

    def __init__(self, happening: Happening = nothing) -> None:
        self.update = self.write = lambda *_: happening()


@dataclass
class Stage(Loop):
    """The loop.

    Attributes:
        seen: What a test wants to compare with another run of it.
    """

    seen: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make a handler with the default callbacks and those that were given."""
        super().__post_init__()
        self.flow, self.progress = self.callback_handler.callbacks[:2]
        assert isinstance(self.progress, ProgressCallback)
        self.progress.training_bar, self.progress.current_step = Bar(), 0
        self.state.is_world_process_zero = True
        self.rates = self.callback_handler.optimizer.param_groups[0]

    def in_flow(self, happening: Happening) -> None:
        """Have something happen, once, in the middle of `DefaultFlowCallback.on_step_end`."""
        self.args.__class__ = Args
        self.args.logging_strategy = vars(self.args).pop("logging_strategy", "steps")
        vars(self.args)["in_flow"] = self._once(happening, lambda: vars(self.args).pop("in_flow"))

    def in_bar(self, happening: Happening) -> None:
        """Have something happen, once, in the middle of `ProgressCallback.on_step_end` or `on_log`."""
        self.progress.training_bar = Bar(self._once(happening, lambda: setattr(self.progress, "training_bar", Bar())))

    def at_look(self, happening: Happening) -> None:
        """Have something happen, once, when the recorder looks at the state."""
        self.state.__class__ = State
        self.state.log_history = vars(self.state).pop("log_history", [])
        vars(self.state)["at_look"] = self._once(happening, lambda: vars(self.state).pop("at_look"))

    def _once(self, happening: Happening, disarm: Callable[[], object]) -> Happening:
        def happen() -> None:
            disarm()
            happening()

        return happen

    def fire(self, *names: str, **others: Any) -> None:
        """Call events, one after another; what they raise is noted as seen."""
        for name in names:
            try:
                event = getattr(self.callback_handler, name)
                self.control = event(self.args, self.state, self.control, **others)
            except BaseException as error:
                self.seen.append(repr(error))
            self.seen.append((name, *(getattr(self.control, flag, None) for flag in FLAGS)))

    def step(self, count: int = 1) -> None:
        """Call the events of so many steps, with what a Trainer does between them."""
        for _ in range(count):
            self.fire("on_step_begin", "on_pre_optimizer_step", "on_optimizer_step")
            self.rates["lr"] *= 0.99
            self.state.global_step += 1
            self.state.epoch = self.state.global_step / 1000
            self.fire("on_step_end")

    def log(self, **logs: Any) -> None:
        """Log."""
        self.state.log_history.append({**logs, "step": self.state.global_step})
        self.fire("on_log", logs=logs)
