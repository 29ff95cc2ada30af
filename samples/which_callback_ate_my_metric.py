"""Which callback ate my metric? A dashboard waits for `total_flos` and `eval_runtime`; neither ever arrives.

Run and look:

    python samples/which_callback_ate_my_metric.py
    tracetui samples/which_callback_ate_my_metric.mpk

The answer: all callbacks share one dict. In the last `on_log`, PrinterCallback removes `logs.total_flos`; in
each `on_evaluate`, Tidy removes `metrics.eval_runtime`. Both stand before Dashboard in the list.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tracetui.recorder import TraceRecorder
from tracetui.recorder.demo.training import make_trainer


class Tidy(TrainerCallback):
    """Does not like timings among the scores."""

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float],
        **kwargs: Any,
    ) -> None:
        """Drop the timings, for everyone behind."""
        for name in [name for name in metrics if name.endswith(("_runtime", "_per_second"))]:
            del metrics[name]


class Dashboard(TrainerCallback):
    """Collects the names of all values that it is shown."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.names: set[str] = set()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float],
        **kwargs: Any,
    ) -> None:
        """Collect the names of what is logged."""
        self.names |= set(logs)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float],
        **kwargs: Any,
    ) -> None:
        """Collect the names of the scores."""
        self.names |= set(metrics)


def main(trace: Path) -> None:
    """Train with a dashboard behind two callbacks that remove what it waits for, and record it."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = make_trainer(
            Path(folder), Tidy(), max_steps=20, logging_steps=10, eval_strategy="steps", save_strategy="no"
        )
        trainer.add_callback(Dashboard())
        with TraceRecorder(trace).attach(trainer):
            trainer.train()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".mpk"))
