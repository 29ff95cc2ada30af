"""Callbacks write into the dicts that all callbacks share: who did it, and who came too late to see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import Trainer, TrainerCallback

from support.recorded import changed, named, record
from tracetui.trace.values import ABSENT

EPOCH: dict[str, Any] = {"num_train_epochs": 2, "eval_strategy": "epoch"}


class MyLogger(TrainerCallback):
    """A user's logger, added after the trainer was built."""

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Log."""


class Adds(TrainerCallback):
    """Adds a metric in `on_evaluate`."""

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any, **kwargs: Any) -> None:
        """Add a metric that is better than all others."""
        metrics["eval_extra"] = 7.0


def train_with_logger(trainer: Trainer) -> None:
    """Add the logger late, then train."""
    trainer.add_callback(MyLogger())
    trainer.train()


def test_printer_takes_total_flos_from_those_behind_it(tmp_path: Path) -> None:
    """PrinterCallback pops `total_flos`, so a logger added later never sees it (transformers#8184)."""
    trace = record(tmp_path, drive=train_with_logger, num_train_epochs=1)
    last = named(trace, "on_log")[-1]
    flos = last.before.logs["total_flos"]
    assert changed(last, "logs.total_flos") == [(flos, ABSENT)]
    assert changed(last, "logs.total_flos", by="PrinterCallback") == [(flos, ABSENT)]
    assert "total_flos" not in last.after.logs
    assert last.callbacks.index("PrinterCallback") < last.callbacks.index("MyLogger")
    assert [call.callback for call in last.calls] == ["PrinterCallback", "MyLogger"]


def test_a_notebook_loses_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """NotebookProgressCallback pops metrics, so one that is to pick the best model ends the training."""
    pytest.importorskip("IPython")
    from transformers.utils.notebook import NotebookProgressCallback

    options = EPOCH | {"metric_for_best_model": "eval_runtime"}
    trace = record(tmp_path, callbacks=[NotebookProgressCallback()], catch=KeyError, **options)
    evaluated = named(trace, "on_evaluate")[0]
    lost = {change.path for change in evaluated.changes if change.by == "NotebookProgressCallback" and change.inside}
    assert {"metrics.eval_runtime", "metrics.epoch"} <= {path for path in lost if path.startswith("metrics.")}
    assert "eval_runtime" in evaluated.before.metrics
    assert "eval_runtime" not in evaluated.after.metrics
    assert trace.exceptions[0].type.endswith("KeyError")
    assert "eval_runtime" in trace.exceptions[0].message


def test_a_metric_added_in_on_evaluate_counts_but_is_not_logged(tmp_path: Path) -> None:
    """A metric added in `on_evaluate` picks the best model and is in no log (transformers#30219)."""
    options = EPOCH | {"metric_for_best_model": "eval_extra", "greater_is_better": True}
    trace = record(tmp_path, callbacks=[Adds()], **options)
    evaluated = named(trace, "on_evaluate")[0]
    assert changed(evaluated, "metrics.eval_extra") == [(ABSENT, 7.0)]
    assert changed(evaluated, "metrics.eval_extra", by="Adds") == [(ABSENT, 7.0)]
    logged = trace[evaluated.index - 1]
    assert (logged.name, logged.step) == ("on_log", evaluated.step)
    assert "eval_loss" in logged.logs
    assert not any("eval_extra" in event.logs for event in named(trace, "on_log"))
    assert not any("eval_extra" in entry for entry in trace[-1].after.state["log_history"])
    assert trace[-1].after.state["best_metric"] == 7.0
    assert changed(trace[evaluated.index + 1], "state.best_metric", by="Trainer")[-1][1] == 7.0
