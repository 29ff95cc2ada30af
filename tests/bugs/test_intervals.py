"""Intervals that are not what their user meant: by default, after a resume, or beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback

from support.recorded import answers, changed, named, record
from support.tiny import TinyData, scores

OFTEN: dict[str, Any] = {
    "save_strategy": "steps",
    "save_steps": 1,
    "logging_strategy": "steps",
    "logging_steps": 1,
}


class Report(TrainerCallback):
    """Reports the newest loss of an evaluation with every checkpoint."""

    def __init__(self) -> None:
        """Report nothing yet."""
        self.reported: list[float | None] = []

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take what stands in the history, of whichever step it is."""
        found = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
        self.reported.append(found[-1] if found else None)


def test_eval_steps_is_logging_steps_unless_set(tmp_path: Path) -> None:
    """The interval of evaluations that nobody set is told as derived, beside the steps of the run (autotrain#857)."""
    options = {"num_train_epochs": 3, "eval_strategy": "steps", "logging_strategy": "steps", "logging_steps": 50}
    trace = record(tmp_path, train=TinyData(32), **options)
    origins = trace.run["args_from"]
    assert (trace.run["args"]["eval_steps"], origins["eval_steps"]) == (50, "derived")
    assert (trace.run["args"]["logging_steps"], origins["logging_steps"]) == (50, "set")
    asked = [event for event in trace if changed(event, "control.should_evaluate", by="DefaultFlowCallback")]
    assert [(event.step, event.before.state["max_steps"]) for event in asked] == [(24, 24)]
    assert "eval_steps" not in answers(trace)["args"]


def test_patience_counts_evaluations_and_not_epochs(tmp_path: Path) -> None:
    """Five evaluations an epoch spend a patience of 2 before the first epoch is over (nkululeko#419)."""
    trace = record(
        tmp_path,
        callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
        train=TinyData(40),
        compute_metrics=scores([0.5] * 9),
        num_train_epochs=5,
        eval_strategy="steps",
        eval_steps=2,
        metric_for_best_model="score",
        greater_is_better=True,
    )
    rows = named(trace, "on_evaluate")
    exported = [event.after.callbacks["EarlyStoppingCallback"] for event in rows]
    assert {state["args"]["early_stopping_patience"] for state in exported} == {2}
    assert [state["attributes"]["early_stopping_patience_counter"] for state in exported] == [0, 1, 2]
    assert [(event.step, event.epoch < 1) for event in rows] == [(2, True), (4, True), (6, True)]
    assert named(trace, "on_epoch_end")[0].index > rows[-1].index
    assert trace.run["data"]["train_batches"] == 10
    screen = answers(trace)
    assert screen["ended"].startswith("stopped at step 6 of 50 by EarlyStoppingCallback (on_evaluate")
    assert "patience 2 of 2" in screen["because"]


def test_a_checkpoint_is_reported_with_an_older_evaluation(tmp_path: Path) -> None:
    """Saves and evaluations that do not meet are told apart by their steps (ray#40055)."""
    report = Report()
    options = OFTEN | {"max_steps": 6, "eval_strategy": "steps", "eval_steps": 2, "save_steps": 3}
    trace = record(tmp_path, callbacks=[report], train=TinyData(64), **options)
    rows = named(trace, "on_evaluate", "on_save")
    assert [(event.name, event.step) for event in rows] == [
        ("on_evaluate", 2),
        ("on_save", 3),
        ("on_evaluate", 4),
        ("on_evaluate", 6),
        ("on_save", 6),
    ]
    stale = rows[1]
    measured = [entry for entry in stale.before.state["log_history"] if "eval_loss" in entry]
    assert [(entry["step"], entry["eval_loss"]) for entry in measured] == [(2, report.reported[0])]
    assert stale.before.other["checkpoints"]["steps"] == [3]


def resume(trainer: Trainer) -> None:
    """Go on from the checkpoint of step 3."""
    trainer.train(resume_from_checkpoint=f"{trainer.args.output_dir}/checkpoint-3")


def test_a_resume_keeps_the_old_intervals(tmp_path: Path) -> None:
    """The checkpoint's intervals stand beside the new ones, with the Trainer's warning (transformers#36303)."""
    out = tmp_path / "shared"
    seldom = OFTEN | {"max_steps": 3, "save_steps": 3, "logging_steps": 3}
    record(tmp_path / "first", output_dir=out, train=TinyData(32), **seldom)
    trace = record(tmp_path / "second", output_dir=out, drive=resume, train=TinyData(32), **OFTEN, max_steps=8)
    begin = named(trace, "on_train_begin")[0]
    assert begin.step == 3
    for name in ("save_steps", "logging_steps"):
        assert (begin.before.args[name], begin.before.state[name]) == (1, 3)
        assert f"{name} 3 (args: 1)" in answers(trace)["state"]
    (warning,) = [message for event in trace for message in event.messages if "do not match" in message.text]
    assert "save_steps: 1 (from args) != 3" in warning.text
    assert [event.step for event in named(trace, "on_save")] == [6, 8]
    told = trace.run["resumed_from"]
    assert (told["path"], told["step"]) == (str(out / "checkpoint-3"), 3)


@pytest.mark.parametrize("strategy", ["epoch", "steps"])
def test_each_save_tells_its_step_and_who_asked(strategy: str, tmp_path: Path) -> None:
    """A checkpoint that some versions save twice at the end is told with the event that asked (transformers#36203)."""
    options = OFTEN | {"num_train_epochs": 2, "save_strategy": strategy, "save_steps": 4, "logging_strategy": "no"}
    trace = record(tmp_path, **options)
    flag = "control.should_save"
    asked = [(event.name, event.step) for event in trace if changed(event, flag, by="DefaultFlowCallback")]
    assert [step for _, step in asked] == [event.step for event in named(trace, "on_save")]
    assert {step for _, step in asked} == {4, 8}
    assert len(asked) == 2 or asked[-2:] == [("on_step_end", 8), ("on_epoch_end", 8)]
