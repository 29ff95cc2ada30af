"""Early stopping that does not stop, or stops too late: what it saw, what it said, what it had counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback

from support.recorded import answers, changed, lines, named, record
from support.tiny import TinyData, TinyModel, scores

NOT_FOUND = "early stopping required metric_for_best_model, but did not find "
SETS = {"near": TinyData(4, 1), "far": TinyData(4, 2)}
BY_EPOCH: dict[str, Any] = {
    "num_train_epochs": 2,
    "eval_strategy": "epoch",
    "save_strategy": "epoch",
    "load_best_model_at_end": True,
}


class Hidden(TinyModel):
    """A wrapped model: its signature hides the labels."""

    def forward(self, **inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Pass everything on."""
        return super().forward(inputs["features"], inputs.get("labels"))


class After(TrainerCallback):
    """Stands behind the early stopping."""


class Plugin(TrainerCallback):
    """A stopping of one's own that forgets to start again when the loss improves."""

    def __init__(self, patience: int) -> None:
        """Have waited for nothing yet."""
        self.patience, self.best, self.waited = patience, float("inf"), 0

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Count what is no better than the best."""
        if metrics["eval_score"] < self.best:
            self.best = metrics["eval_score"]
        else:
            self.waited += 1
        control.should_training_stop |= self.waited >= self.patience


def said(event: Any) -> list[tuple[str, str]]:
    """Return who said what about a metric that is missing."""
    return [(message.by, message.text) for message in event.messages if NOT_FOUND in message.text]


def counter(event: Any) -> int:
    """Return how many evaluations without progress the early stopping had counted after an event."""
    counted: int = event.after.callbacks["EarlyStoppingCallback"]["attributes"]["early_stopping_patience_counter"]
    return counted


def test_the_default_metric_of_several_sets_is_missing(tmp_path: Path) -> None:
    """With several evaluation sets no row holds `eval_loss`: warning, keys and KeyError say so (st#2749)."""
    trace = record(tmp_path, callbacks=[EarlyStoppingCallback(2)], evaluation=SETS, catch=KeyError, **BY_EPOCH)
    rows = named(trace, "on_evaluate")
    assert [event.step for event in rows] == [4, 4]
    assert trace.run["args"]["metric_for_best_model"] == "loss"
    assert not any("eval_loss" in event.metrics for event in rows)
    assert ["eval_near_loss" in rows[0].metrics, "eval_far_loss" in rows[1].metrics] == [True, True]
    for event in rows:
        assert [(by, NOT_FOUND + "eval_loss" in text) for by, text in said(event)] == [("EarlyStoppingCallback", True)]
    (failure,) = trace.exceptions
    assert failure.type.endswith("KeyError")
    assert "eval_far_loss" in failure.message
    assert failure.index == rows[-1].index
    assert not failure.inside


def test_the_right_metric_is_in_every_other_row(tmp_path: Path) -> None:
    """With the right key patience counts on one row of two; on the other the warning is wrong (st#2749)."""
    options = BY_EPOCH | {"metric_for_best_model": "eval_far_loss"}
    trace = record(tmp_path, callbacks=[EarlyStoppingCallback(2)], evaluation=SETS, **options)
    rows = named(trace, "on_evaluate")
    assert [event.step for event in rows] == [4, 4, 8, 8]
    assert ["eval_far_loss" in event.metrics for event in rows] == [False, True, False, True]
    assert [len(said(event)) for event in rows] == [1, 0, 1, 0]
    assert trace.exceptions == ()


def test_hidden_labels_leave_the_metrics_uncomputed(tmp_path: Path) -> None:
    """A model that hides its labels is never scored: the header shows no label names (transformers#28530)."""
    trace = record(
        tmp_path,
        callbacks=[EarlyStoppingCallback(1)],
        catch=KeyError,
        model=Hidden(),
        compute_metrics=lambda prediction: {"f1": 1.0},
        num_train_epochs=2,
        eval_strategy="epoch",
        metric_for_best_model="f1",
        greater_is_better=True,
        remove_unused_columns=False,
    )
    (evaluated,) = named(trace, "on_evaluate")
    assert trace.run["label_names"] == []
    assert trace.run["compute_metrics"] is True
    assert trace.run["args"]["metric_for_best_model"] == "f1"
    measured = {"eval_runtime", "eval_samples_per_second", "eval_steps_per_second", "epoch"}
    assert measured == set(evaluated.metrics) | {"epoch"}
    assert [(by, NOT_FOUND + "eval_f1" in text) for by, text in said(evaluated)] == [("EarlyStoppingCallback", True)]
    assert trace.exceptions[0].type.endswith("KeyError")
    assert "eval_f1" in trace.exceptions[0].message


def test_a_counter_that_is_never_reset(tmp_path: Path) -> None:
    """A stopping of one's own shows its counter, which exports no state, beside the metrics (ms-swift#5326)."""
    losses = [1.0, 0.9, 0.95, 0.8, 0.85, 0.7, 0.72, 0.6]
    options = {"max_steps": 8, "eval_strategy": "steps", "eval_steps": 1}
    trace = record(tmp_path, callbacks=[Plugin(3)], compute_metrics=scores(losses), **options)
    rows = named(trace, "on_evaluate")
    assert [event.metrics["eval_score"] for event in rows] == losses[:7]
    assert [event.after.callbacks["Plugin"]["waited"] for event in rows] == [0, 0, 1, 1, 2, 2, 3]
    assert [event.step for event in rows if changed(event, "control.should_training_stop", by="Plugin")] == [7]
    told = answers(trace)
    assert told["ended"].startswith("stopped at step 7 of 8 by Plugin (on_evaluate")
    assert "waited 2 → 3" in told["because"]
    assert "waited 2 → 3" in lines(trace, "on_evaluate")[-1]


@pytest.mark.parametrize("restore", [False, True])
def test_patience_on_resume(restore: bool, tmp_path: Path) -> None:
    """A resumed run starts with patience 0 unless restored; restoring moves it last (transformers#28544)."""
    first = record(tmp_path / "first", **patience(tmp_path))
    assert [counter(event) for event in named(first, "on_evaluate")] == [0, 1, 2, 3]
    assert first[-1].step == 8
    (stop,) = [event for event in first if changed(event, "control.should_training_stop", by="EarlyStoppingCallback")]
    assert (stop.name, stop.step) == ("on_evaluate", 8)
    resumed = record(
        tmp_path / "second",
        drive=resume,
        **patience(tmp_path),
        restore_callback_states_from_checkpoint=restore,
    )
    assert resumed.run["args"]["restore_callback_states_from_checkpoint"] is restore
    begin = named(resumed, "on_train_begin")[0]
    stored = begin.before.state["stateful_callbacks"]["EarlyStoppingCallback"]["attributes"]
    assert (begin.step, stored) == (8, {"early_stopping_patience_counter": 3})
    assert counter(begin) == (3 if restore else 0)
    assert resumed[-1].step == (10 if restore else 14)
    order = begin.callbacks
    assert (order.index("EarlyStoppingCallback") > order.index("After")) is restore


def patience(folder: Path) -> dict[str, Any]:
    """Return a run that gets worse from its second evaluation on, and stops after three such."""
    return {
        "callbacks": [EarlyStoppingCallback(3), After()],
        "compute_metrics": scores(1.0 - worse / 20 for worse in range(20)),
        "output_dir": str(folder / "shared"),
        "max_steps": 20,
        "eval_strategy": "steps",
        "eval_steps": 2,
        "save_strategy": "steps",
        "save_steps": 2,
        "metric_for_best_model": "score",
        "greater_is_better": True,
    }


def resume(trainer: Trainer) -> None:
    """Go on from the last checkpoint of the run before."""
    trainer.train(resume_from_checkpoint=f"{trainer.args.output_dir}/checkpoint-8")
