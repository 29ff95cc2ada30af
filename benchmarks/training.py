"""What recording adds to a real training: the same run with and without it, in alternation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

from peers import JsonLines
from tracetui.recorder import TraceRecorder
from tracetui.trace.jobs.pack import pack_trace

ROUNDS = 15
STEPS = 400
LOG_EVERY = 10
WARM = 20
"""Steps at the beginning that do not count."""


@dataclass(frozen=True)
class Slowdown:
    """What recording adds to a step.

    Attributes:
        step: Milliseconds of a step without it (median of the rounds).
        added: Milliseconds that it adds (median of the rounds' differences).
        spread: The quartiles of those differences.
    """

    step: float
    added: float
    spread: tuple[float, float]


class _Config(PretrainedConfig):  # type: ignore[misc]
    model_type = "tracetui-bench"


class _Model(PreTrainedModel):  # type: ignore[misc]
    config_class = _Config

    def __init__(self) -> None:
        super().__init__(_Config())
        self.layers = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10))
        self.post_init()

    def _init_weights(self, module: torch.nn.Module) -> None:
        pass

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return loss and logits."""
        logits = self.layers(x)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


class _Timed(Trainer):  # type: ignore[misc]
    """Notes when each step begins: what a run costs once is not a step's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.begins: list[float] = []
        super().__init__(*args, **kwargs)

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Note the time."""
        self.begins.append(time.perf_counter())
        return super().training_step(*args, **kwargs)


def slowdown(folder: Path) -> dict[str, Slowdown]:
    """Train the least model there is, unrecorded, with tracetui and with JSON lines in turn.

    Args:
        folder: Where the files go.

    Returns:
        By the recorder's name. A larger model tells less: its steps differ from run to run by more than is added.
    """
    ways: dict[str, Callable[[Path], Any] | None] = {
        "": None,
        "tracetui": lambda place: TraceRecorder(place / "trace.mpk"),
        "JSON line + flush": lambda place: JsonLines(place / "lines"),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        # Whoever comes second finds caches warm: take turns in that, too.
        for name in list(ways) if number % 2 else reversed(ways):
            took[name].append(_milliseconds(folder / f"{number} {name}", ways[name]))
    plain = took.pop("")
    return {name: _compared(plain, times) for name, times in took.items()}


def sizes(folder: Path, steps: int = 5_000) -> tuple[float, float]:
    """Train the same model for longer; return bytes per event of its trace, live and packed."""
    place = folder / "sizes"
    place.mkdir()
    recorder = TraceRecorder(place / "trace.mpk", pack=False)
    _train(place, steps, recorder)
    recorder.detach()
    result = pack_trace(place / "trace.mpk", place / "packed.mpk")
    return result.before / result.events, result.after / result.events


def _compared(plain: list[float], times: list[float]) -> Slowdown:
    differences = [time - bare for time, bare in zip(times, plain, strict=True)]
    quarters = quantiles(differences, n=4)
    return Slowdown(median(plain), median(differences), (quarters[0], quarters[2]))


def _milliseconds(folder: Path, make: Callable[[Path], Any] | None) -> float:
    folder.mkdir()
    begins = _train(folder, STEPS, make(folder) if make else None)
    return (begins[-1] - begins[WARM]) / (STEPS - 1 - WARM) * 1e3


def _train(folder: Path, steps: int, callback: Any) -> list[float]:
    """Train; return when each step began."""
    torch.manual_seed(0)
    data = [{"x": torch.randn(64), "labels": number % 10} for number in range(64)]
    args = TrainingArguments(
        str(folder / "out"),
        max_steps=steps,
        per_device_train_batch_size=8,
        logging_steps=LOG_EVERY,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    trainer = _Timed(_Model(), args, train_dataset=data, callbacks=[callback] if callback else [])
    trainer.train()
    return trainer.begins
