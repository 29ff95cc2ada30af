"""A tiny model, tiny data and quiet arguments: a real `Trainer` run of a few milliseconds, offline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

torch.set_num_threads(1)  # threads cost more than they give at this size, and sums stay bit-identical

NAN = float("nan")
LONG = 9223372036854775807


class TinyConfig(PretrainedConfig):
    """Configuration of `TinyModel`: nothing to configure."""

    model_type = "tracetui-tiny"


class TinyModel(PreTrainedModel):
    """One linear layer, four features to two classes."""

    config_class = TinyConfig

    def __init__(self, config: TinyConfig | None = None) -> None:
        """Build the layer from a fixed seed, so that two models are equal."""
        super().__init__(config or TinyConfig())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            self.linear = nn.Linear(4, 2)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Keep the weights that the constructor made."""

    def forward(
        self, features: torch.Tensor | None = None, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """Return logits, and the loss where labels are given."""
        logits = self.linear(features)
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class TinyData(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    """Random points, labelled by the sign of their sum; the rows in `poison` are NaN."""

    def __init__(self, size: int = 16, seed: int = 0, poison: Iterable[int] = ()) -> None:
        """Draw `size` points from a generator of their own."""
        self.features = torch.randn(size, 4, generator=torch.Generator().manual_seed(seed))
        self.labels = (self.features.sum(1) > 0).long()
        for row in poison:
            self.features[row] = NAN

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.features)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Return one point and its label."""
        return {"features": self.features[index], "labels": self.labels[index]}


def make_args(output_dir: str | Path, **options: Any) -> TrainingArguments:
    """Return quiet arguments for a CPU run that by itself neither logs nor saves nor evaluates."""
    quiet: dict[str, Any] = {
        "output_dir": str(output_dir),
        "per_device_train_batch_size": 4,
        "per_device_eval_batch_size": 4,
        "learning_rate": 0.05,
        "seed": 1,
        "use_cpu": True,
        "disable_tqdm": True,
        "report_to": [],
        "dataloader_pin_memory": False,
        "logging_strategy": "no",
        "save_strategy": "no",
    }
    return TrainingArguments(**(quiet | options))


def make_trainer(
    output_dir: str | Path,
    *,
    callbacks: Iterable[Any] = (),
    trainer_class: type[Trainer] = Trainer,
    model: PreTrainedModel | None = None,
    train: Any = None,
    evaluation: Any = None,
    compute_metrics: Callable[[Any], dict[str, float]] | None = None,
    **options: Any,
) -> Trainer:
    """Return a trainer of the tiny model on the tiny data; `options` go to `TrainingArguments`."""
    return trainer_class(
        model or TinyModel(),
        make_args(output_dir, **options),
        train_dataset=train or TinyData(16),
        eval_dataset=evaluation or TinyData(8, seed=1),
        callbacks=list(callbacks),
        compute_metrics=compute_metrics,
    )


def scores(values: Iterable[float], name: str = "score") -> Callable[[Any], dict[str, float]]:
    """Return a `compute_metrics` that answers with the next of `values` at each evaluation."""
    following: Iterator[float] = iter(values)
    return lambda prediction: {name: next(following)}


def accuracy(prediction: Any) -> dict[str, float]:
    """Return the share of right answers."""
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}
