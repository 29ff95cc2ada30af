"""A training loop without a model: the real CallbackHandler and real args, state and control, nothing else.

What is left is the cost of the events themselves, so that a recorder's share of it can be measured.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback, ProgressCallback

LOG_EVERY = 10
EVENTS_PER_STEP = 4


def _arguments() -> TrainingArguments:
    return TrainingArguments(tempfile.gettempdir(), report_to=[], use_cpu=True, logging_steps=LOG_EVERY)


@dataclass
class Loop:
    """A stand-in for a Trainer: it has what a recorder looks for, and calls events in a Trainer's order."""

    callbacks: list[TrainerCallback] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the handler with the default callbacks, and the optimizer whose rates are recorded."""
        parameter = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.AdamW([parameter], lr=1e-3)
        self.args = _arguments()
        # Not the main process: the progress bar is not drawn, the terminal is not what is measured.
        self.state = TrainerState(max_steps=1 << 60, logging_steps=LOG_EVERY, is_world_process_zero=False)
        self.control = TrainerControl()
        defaults = [DefaultFlowCallback(), ProgressCallback()]
        self.callback_handler = CallbackHandler([*defaults, *self.callbacks], None, None, optimizer, None)

    def run(self, steps: int) -> int:
        """Call the events of so many steps; return how many there were."""
        handler, args, state = self.callback_handler, self.args, self.state
        rates = handler.optimizer.param_groups[0]
        events = 0
        for _ in range(steps):
            self.control = handler.on_step_begin(args, state, self.control)
            self.control = handler.on_pre_optimizer_step(args, state, self.control)
            self.control = handler.on_optimizer_step(args, state, self.control)
            rates["lr"] *= 0.999999
            state.global_step += 1
            state.epoch = state.global_step / 1000
            self.control = handler.on_step_end(args, state, self.control)
            events += EVENTS_PER_STEP
            if self.control.should_log:
                self._log(rates["lr"])
                events += 1
        return events

    def _log(self, rate: float) -> None:
        logs = {"loss": 1.0 / rate, "grad_norm": rate / 3, "learning_rate": rate, "epoch": self.state.epoch}
        self.state.log_history.append({**logs, "step": self.state.global_step})
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, logs)
