"""What transformers calls things, and what it does where no event tells: flags, causes, and what runs after an event.

Read in transformers 4.45.2, 4.57.6 and 5.23.0: `trainer.py` (`_inner_training_loop` and, in 5.x, what it was divided
into), `trainer_callback.py`, `training_args.py`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

TRAINER: Final = "Trainer"
"""The cause of what was written between two events."""

HANDLER: Final = "CallbackHandler"
"""The cause of what the handler resets by itself, at the begin of an event."""

DEFAULT_FLOW: Final = "DefaultFlowCallback"
"""The callback that asks for logs, saves, evaluations and the stop at `max_steps`."""

STOP: Final = "should_training_stop"
EPOCH_STOP: Final = "should_epoch_stop"
SAVE: Final = "should_save"
EVALUATE: Final = "should_evaluate"
LOG: Final = "should_log"

FLAGS: Final = (STOP, EPOCH_STOP, SAVE, EVALUATE, LOG)
"""The fields of a `TrainerControl`."""

LETTERS: Final = "TESVL"
"""A letter for each flag: training stop, epoch stop, save, evaluate (V), log."""

_NEXT_BATCH: Final = "between step {step} and the next one, which waits for its data"
ENDING: Final = "ending the training: the best model is loaded, old checkpoints are deleted"

_SERVED: Final = ((SAVE, "saving a checkpoint at step {step}"), (STOP, ENDING))
_EVALUATED: Final = ((EVALUATE, "evaluating at step {step} (no prediction step so far)"), *_SERVED)
_LOGGED: Final = (
    (LOG, "logging at step {step}: the loss is collected from all ranks, and callbacks take the log"),
    *_EVALUATED,
)

AFTER: Final = MappingProxyType(
    {
        "on_init_end": ((None, "before the first call of the Trainer"),),
        "on_train_begin": ((None, "before the first step, which waits for its data"),),
        "on_epoch_begin": ((None, "before the first step of the epoch, which waits for its data"),),
        "on_step_begin": ((None, "in the forward/backward pass of step {next}"),),
        "on_substep_end": ((None, "in the forward/backward pass of step {next}, after {count} of its batches"),),
        "on_pre_optimizer_step": ((None, "in the optimizer's step of step {next}"),),
        "on_optimizer_step": ((None, "after the optimizer's step of step {next}, before its end"),),
        "on_step_end": (*_LOGGED, (EPOCH_STOP, "ending the epoch"), (None, _NEXT_BATCH)),
        "on_log": (*_EVALUATED, (None, _NEXT_BATCH)),
        "on_evaluate": (*_SERVED, (None, "between the evaluation and the next step")),
        "on_save": ((STOP, ENDING), (None, "between the save and the next step")),
        "on_epoch_end": (*_LOGGED, (None, "between this epoch and the next one")),
    }
)
"""What runs after an event of a training: the first text whose flag is on, else the last one, which has no flag.

``{step}`` is `state.global_step`, ``{next}`` the one after it, ``{count}`` how many such events there were in a row.
"""

_STEP: Final = ("on_step_begin", "on_substep_end", "on_pre_optimizer_step", "on_optimizer_step")

TRAINING: Final = frozenset(("on_epoch_begin", *_STEP, "on_step_end", "on_save", "on_epoch_end"))
"""Events that only a training has."""

CERTAIN: Final = frozenset((*_STEP, "on_prediction_step"))
"""Events after which only one thing runs: what is raised there was raised by it."""

PREDICTING: Final = "{verb} ({count} prediction {steps} so far)"
"""After `on_prediction_step`; ``{verb}`` is ``evaluating`` or ``predicting``."""

EVALUATED: Final = "at the end of the evaluation, after its log"
"""After an `on_log` that an evaluation made: `on_evaluate` is next."""

SUMMED_UP: Final = "train_runtime"
"""A key of the log that `train()` makes at its end."""

PUSHING: Final = "pushing to the Hub"
"""After `on_push_begin` (5.x)."""

OUTSIDE: Final = "outside the calls of the Trainer"
"""After `on_train_end`, and after an evaluation or a prediction that no training asked for."""

INNER_LOOP: Final = "_inner_training_loop"
"""The call that `auto_find_batch_size` makes again with a smaller batch: what ends it need not end ``train``."""

CALL_EVENT: Final = "call_event"
"""The handler's method that calls every callback's hook."""

CALLS: Final = ("train", "evaluate", "predict")
"""The calls of a Trainer that a user makes."""

PATIENCE: Final = "early_stopping_patience"
COUNTER: Final = "early_stopping_patience_counter"
"""What `EarlyStoppingCallback.state` names what it waits for, and how far it is."""


def monitored(metric: object) -> str | None:
    """Return the key of an evaluation's metrics that `metric_for_best_model` means; None where it names none."""
    if not isinstance(metric, str) or not metric:
        return None
    return metric if metric.startswith("eval_") else f"eval_{metric}"


SCHEDULE: Final = (
    ("logging_steps", "logging_steps", "logging_strategy"),
    ("eval_steps", "eval_steps", "eval_strategy"),
    ("save_steps", "save_steps", "save_strategy"),
    ("max_steps", "max_steps", None),
    ("num_train_epochs", "num_train_epochs", None),
    ("train_batch_size", "per_device_train_batch_size", None),
)
"""Fields of the `TrainerState`, what each is made of, and the argument that must be ``steps`` for it to count."""
