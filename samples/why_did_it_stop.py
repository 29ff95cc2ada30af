"""Why did it stop? Twenty epochs were asked for. It ends in the first one, while the accuracy still rises.

Run and look:

    python samples/why_did_it_stop.py
    tracetui samples/why_did_it_stop.mpk

The answer: the last `on_evaluate` sets `control.should_training_stop`, by EarlyStoppingCallback. Its patience
counter grows at every evaluation although `eval_accuracy` rises, and `state.best_metric` stays at the first,
worst value: the run header shows `greater_is_better` False. Less was taken for better.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from transformers import EarlyStoppingCallback

from tracetui.recorder import TraceRecorder
from tracetui.recorder.demo.training import make_trainer


def main(trace: Path) -> None:
    """Train with the wrong direction of better, and record it."""
    with tempfile.TemporaryDirectory() as folder:
        make_trainer(
            Path(folder),
            EarlyStoppingCallback(early_stopping_patience=2),
            TraceRecorder(trace),
            num_train_epochs=20,
            logging_steps=10,
            eval_strategy="steps",
            eval_steps=10,
            save_strategy="steps",
            save_steps=10,
            load_best_model_at_end=True,
            metric_for_best_model="accuracy",
            greater_is_better=False,
        ).train()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".mpk"))
