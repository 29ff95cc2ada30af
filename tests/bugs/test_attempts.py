"""What has no event of its own: a failed attempt in `train()`, an unknown hook, a NaN that the log hides."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback

from support.recorded import named, record
from support.tiny import NAN, TinyData
from tracetui.replay import Trace


class OutOfMemoryOnce(Trainer):
    """Its second step runs out of memory, once."""

    steps = 0

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Fail at the second step of all attempts."""
        self.steps += 1
        if self.steps == 2:
            raise RuntimeError("CUDA out of memory. (simulated)")
        return super().training_step(*args, **kwargs)


class OneNan(Trainer):
    """One bad loss at the fourth optimizer step."""

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **kwargs: Any) -> Any:
        """Spoil the loss of one step of the training."""
        loss = super().compute_loss(model, inputs, return_outputs=return_outputs, **kwargs)
        return loss * NAN if self.state.global_step == 3 and model.training else loss


class DiskUsage(TrainerCallback):
    """Hooks two events that do not exist."""

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Listen to a real event."""

    def on_save_begin(self, *args: Any, **kwargs: Any) -> None:
        """Listen to nothing."""

    def on_save_end(self, *args: Any, **kwargs: Any) -> None:
        """Listen to nothing."""


def retried(folder: Path) -> Trace:
    """Record a training that runs out of memory once and goes on with smaller batches."""
    return record(
        folder,
        trainer_class=OutOfMemoryOnce,
        train=TinyData(32),
        num_train_epochs=1,
        auto_find_batch_size=True,
        per_device_train_batch_size=8,
    )


def test_a_retry_after_running_out_of_memory_is_readable(tmp_path: Path) -> None:
    """A retry shows its exception, the smaller batch and the larger `max_steps` (traceml#459)."""
    trace = retried(tmp_path)
    begins = named(trace, "on_train_begin")
    assert trace.run["args"]["auto_find_batch_size"] is True
    assert [event.before.state["train_batch_size"] for event in begins] == [8, 7]
    assert [event.before.state["max_steps"] for event in begins] == [4, 5]
    assert len(named(trace, "on_train_end")) == 1
    (failure,) = trace.exceptions
    assert failure.type.endswith("RuntimeError")
    assert failure.message == "CUDA out of memory. (simulated)"
    assert "_inner_training_loop" in failure.ended
    assert "train" not in failure.ended
    assert "training_step" in failure.traceback
    assert (failure.step, failure.inside) == (1, False)
    assert begins[0].index < failure.index == begins[1].index - 1
    assert trace[failure.index].name == "on_step_begin"


def test_hooks_that_are_no_events_are_named(tmp_path: Path) -> None:
    """The header names the `on_*` methods that this transformers never calls (transformers#35612)."""
    trace = record(tmp_path, callbacks=[DiskUsage()], max_steps=2, save_strategy="steps", save_steps=1)
    (described,) = [callback for callback in trace.run["callbacks"] if callback["class"] == "DiskUsage"]
    assert described["module"] == __name__
    assert described["hooks"] == ["on_save"]
    assert described["unknown"] == ["on_save_begin", "on_save_end"]
    assert not described["stateful"]
    assert [event.name for event in trace for call in event.calls if call.callback == "DiskUsage"] == ["on_save"] * 2


def test_a_nan_step_shows_in_grad_norm_and_not_in_the_loss(tmp_path: Path) -> None:
    """`logging_nan_inf_filter` repairs the logged loss while `grad_norm` is NaN (trl#6702).

    The raw loss of the step is in no event; what the events hold is all that is checked here.
    """
    options = {"max_steps": 12, "logging_strategy": "steps", "logging_steps": 4}
    trace = record(tmp_path, trainer_class=OneNan, train=TinyData(64), **options)
    logs = [event.logs for event in named(trace, "on_log") if "loss" in event.logs]
    assert trace.run["args"]["logging_nan_inf_filter"] is True
    assert [math.isfinite(entry["loss"]) for entry in logs] == [True, True, True]
    assert [entry["loss"] for entry in logs[1:]] == [0.0, 0.0]
    assert [math.isnan(entry["grad_norm"]) for entry in logs] == [True, True, True]
    marked = [trace.columns.name_of(index) for index in range(len(trace)) if trace.columns.marks[index] & 4]
    assert marked == ["on_log"] * 3
