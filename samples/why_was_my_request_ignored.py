"""Why was my request ignored? A callback asks for an evaluation before the first epoch, and none takes place.

Run and look:

    python samples/why_was_my_request_ignored.py
    tracetui samples/why_was_my_request_ignored.mpk
    tracetui events samples/why_was_my_request_ignored.mpk

The answer: `on_epoch_begin` sets `control.should_evaluate`, by EvaluateFirst. The next `on_step_begin` sets
it back, by CallbackHandler: at the beginning of each step the handler drops what was asked for before. What
is asked for at the end of a step is served. For an evaluation before training, use `eval_on_start=True`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tracetui.recorder import TraceRecorder
from tracetui.recorder.demo.training import make_trainer


class EvaluateFirst(TrainerCallback):
    """Wants to know the score of the untrained model."""

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Ask for an evaluation."""
        control.should_evaluate = True


def main(trace: Path) -> None:
    """Train with a request that comes too early, and record it."""
    with tempfile.TemporaryDirectory() as folder:
        make_trainer(Path(folder), EvaluateFirst(), TraceRecorder(trace), max_steps=5, save_strategy="no").train()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".mpk"))
