"""Who asked for this save? With `save_steps=25` there are checkpoints 20, 25, 40, 50 and 55.

Run and look:

    python samples/who_asked_for_this_save.py
    tracetui samples/who_asked_for_this_save.mpk

The answer: step back from each `on_save` to the event that changed `control.should_save` to True. For 25,
50 and 55 it is an `on_step_end`, by DefaultFlowCallback: two multiples of 25, and the end of training. For 20
and 40 it is an `on_evaluate`, by SaveAfterEvaluation.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tracetui.recorder import TraceRecorder
from tracetui.recorder.demo.training import make_trainer


class SaveAfterEvaluation(TrainerCallback):
    """Wants a checkpoint for every score."""

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Ask for a checkpoint."""
        control.should_save = True


def main(trace: Path) -> None:
    """Train with two who ask for checkpoints, and record it."""
    with tempfile.TemporaryDirectory() as folder:
        make_trainer(
            Path(folder),
            SaveAfterEvaluation(),
            TraceRecorder(trace),
            max_steps=55,
            logging_strategy="no",
            eval_strategy="steps",
            eval_steps=20,
            save_strategy="steps",
            save_steps=25,
        ).train()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".mpk"))
