"""The training of the demo: a small ResNet learns to read digits, in seconds, on one CPU core, offline."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    ResNetConfig,
    ResNetForImageClassification,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from ..recorder import TraceRecorder
from .data import digits


class MilestoneCallback(TrainerCallback):
    """Keeps the first model that reads a given share of the digits: it asks for a checkpoint of its own."""

    def __init__(self, accuracy: float) -> None:
        """Wait for an accuracy, between 0 and 1."""
        self.accuracy = accuracy
        self.reached = False

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Ask for a checkpoint once, when the milestone is reached."""
        if not self.reached and metrics is not None and metrics.get("eval_accuracy", 0.0) >= self.accuracy:
            self.reached = control.should_save = True


def network() -> ResNetForImageClassification:
    """Return an untrained ResNet of 20,346 parameters for images of 8 x 8 points."""
    shape: dict[str, Any] = {
        "num_channels": 1,
        "num_labels": 10,
        "embedding_size": 16,
        "hidden_sizes": [16, 32],
        "depths": [1, 1],
        "layer_type": "basic",
    }
    return ResNetForImageClassification(ResNetConfig(**shape))


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    """Return the share of digits that are read right."""
    return {"accuracy": float(np.mean(np.argmax(prediction.predictions, -1) == prediction.label_ids))}


def make_trainer(output_dir: Path, *callbacks: TrainerCallback, **options: Any) -> Trainer:
    """Return a trainer for the digits, seeded and on CPU; `options` go to `TrainingArguments`."""
    set_seed(2)
    torch.set_num_threads(1)  # at this size a second thread costs time
    common: dict[str, Any] = {
        "per_device_train_batch_size": 32,
        "per_device_eval_batch_size": 256,
        "learning_rate": 3e-3,
        "use_cpu": True,
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "report_to": [],
    }
    training, evaluation = digits()
    return Trainer(
        network(),
        TrainingArguments(str(output_dir), **(common | options)),
        train_dataset=training,
        eval_dataset=evaluation,
        compute_metrics=accuracy,
        callbacks=list(callbacks),
    )


def train(trace_path: Path, output_dir: Path) -> Path:
    """Train until early stopping ends it, record all of it, and return the path of the trace.

    What the training prints goes to standard error. Checkpoints go to `output_dir`. The trace is at
    `trace_path`, or beside it where that name was taken.
    """
    recorder = TraceRecorder(trace_path)
    trainer = make_trainer(
        output_dir,
        EarlyStoppingCallback(early_stopping_patience=3),
        MilestoneCallback(0.75),
        recorder,
        num_train_epochs=20,
        logging_steps=5,
        eval_strategy="steps",
        eval_steps=10,
        save_strategy="steps",
        save_steps=50,
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        greater_is_better=True,
    )
    with redirect_stdout(sys.stderr):
        trainer.train()
    recorder.detach()
    return recorder.path
