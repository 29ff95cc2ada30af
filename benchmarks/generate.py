"""Makes large traces: the real recorder on a real CallbackHandler, and the numbers of a training. No model.

    python benchmarks/generate.py STEPS OUT

A million steps are about 4.2 million events, and take about a minute.
"""

from __future__ import annotations

import logging
import math
import random
import sys
from pathlib import Path

from transformers import EarlyStoppingCallback, TrainingArguments
from transformers.utils.logging import disable_default_handler, enable_default_handler

from loop import EVENTS_PER_STEP, Loop
from tracetui.recorder import TraceRecorder

EPOCH = 2_000
EVALUATE_EVERY = 1_000
SAVE_EVERY = 5_000
PREDICTION_STEPS = 100
WARN_EVERY = 25_000
NOT_A_NUMBER_EVERY = 100_000
"""Steps whose gradients are not finite, as they are after an overflow in half precision."""

logger = logging.getLogger("transformers.trainer")


class Training(Loop):
    """A loop with what a training has beside its steps: noise, epochs, evaluations, saves, now and then a warning.

    Args:
        seed: Of the noise.
    """

    def __init__(self, seed: int = 0) -> None:
        """Begin before the first step."""
        super().__init__([EarlyStoppingCallback(early_stopping_patience=1 << 30)])
        self.random = random.Random(seed)
        self.args = TrainingArguments(
            self.args.output_dir,
            report_to=[],
            use_cpu=True,
            eval_strategy="steps",
            save_strategy="steps",
            load_best_model_at_end=True,  # without it `EarlyStoppingCallback` of transformers 4.45 refuses to begin
            metric_for_best_model="eval_loss",
        )
        self.state.eval_steps, self.state.save_steps = EVALUATE_EVERY, SAVE_EVERY

    def run(self, steps: int) -> int:
        """Train for so many steps; return how many events there were."""
        handler, args, state = self.callback_handler, self.args, self.state
        state.max_steps, state.num_train_epochs = steps, math.ceil(steps / EPOCH)
        self.control = handler.on_train_begin(args, state, self.control)
        events = 1 + sum(map(self._epoch, range(0, steps, EPOCH)))
        self.control = handler.on_train_end(args, state, self.control)
        return events + 1

    def _epoch(self, start: int) -> int:
        handler, args, state = self.callback_handler, self.args, self.state
        self.control = handler.on_epoch_begin(args, state, self.control)
        events = sum(self._step() for _ in range(start, min(start + EPOCH, state.max_steps)))
        self.control = handler.on_epoch_end(args, state, self.control)
        return events + 2

    def _step(self) -> int:
        handler, args, state = self.callback_handler, self.args, self.state
        self.control = handler.on_step_begin(args, state, self.control)
        self.control = handler.on_pre_optimizer_step(args, state, self.control)
        self.control = handler.on_optimizer_step(args, state, self.control)
        self._rates["lr"] = 1e-3 * (1 - state.global_step / state.max_steps)
        state.global_step += 1
        state.epoch = state.global_step / EPOCH
        if state.global_step % WARN_EVERY == 0:
            logger.warning("a sequence of %d tokens was cut to 512", self.random.randrange(513, 9_999))
        self.control = handler.on_step_end(args, state, self.control)
        return EVENTS_PER_STEP + self._log_evaluate_save()

    def _log_evaluate_save(self) -> int:
        events = 0
        if self.control.should_log:
            self.state.total_flos += 1.5e12
            self._tell({"loss": self._loss(), "grad_norm": self._norm(), "learning_rate": self._rates["lr"]})
            events += 1
        if self.control.should_evaluate:
            events += self._evaluate()
        if self.control.should_save:
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)
            events += 1
        return events

    def _evaluate(self) -> int:
        handler, args, state = self.callback_handler, self.args, self.state
        for _ in range(PREDICTION_STEPS):
            self.control = handler.on_prediction_step(args, state, self.control)
        metrics = {"eval_loss": self._loss() + 0.1, "eval_accuracy": self.random.random(), "eval_runtime": 1.25}
        self._tell(metrics)
        self.control = handler.on_evaluate(args, state, self.control, {**metrics, "epoch": state.epoch})
        if state.best_metric is None or metrics["eval_loss"] < state.best_metric:
            state.best_metric, state.best_global_step = metrics["eval_loss"], state.global_step
        return PREDICTION_STEPS + 2

    def _tell(self, values: dict[str, float]) -> None:
        logs = {**values, "epoch": self.state.epoch}
        self.state.log_history.append({**logs, "step": self.state.global_step})
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, logs)

    @property
    def _rates(self) -> dict[str, float]:
        rates: dict[str, float] = self.callback_handler.optimizer.param_groups[0]
        return rates

    def _loss(self) -> float:
        return 4 / math.log(self.state.global_step + 8) + self.random.gauss(0, 0.2)

    def _norm(self) -> float:
        return math.nan if self.state.global_step % NOT_A_NUMBER_EVERY == 0 else self.random.lognormvariate(0, 0.5)


def generate(steps: int, path: Path, *, pack: bool = False) -> int:
    """Record a training of so many steps into a new file; return how many events it has.

    Args:
        steps: How many.
        path: The file.
        pack: Have it packed in the background afterwards, as recordings are by default.
    """
    training = Training()
    disable_default_handler()  # the recorder listens to the warnings; nobody has to see them
    try:
        with TraceRecorder(path, pack=pack).attach(training):
            return training.run(steps)
    finally:
        enable_default_handler()


if __name__ == "__main__":
    print(f"{generate(int(sys.argv[1]), Path(sys.argv[2])):,} events")
