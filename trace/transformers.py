"""What Hugging Face's transformers calls things, and what its `Trainer` does where no event tells.

A trace that does not name its framework is of this one. Read in transformers 4.45.2, 4.57.6 and 5.23.0: `trainer.py`
(`_inner_training_loop` and, in 5.x, what it was divided into), `trainer_callback.py`, `training_args.py`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from . import argument_defaults
from .framework import (
    EPOCH,
    EVALUATION,
    SAVE,
    STEP,
    STOP,
    STOP_EPOCH,
    TRAINING,
    Behaviour,
    Defaults,
    Flag,
    Framework,
    Phase,
    Saving,
    Then,
    Wording,
)

_FLAGS: Final = (
    Flag("should_training_stop", "T", "training stop", STOP, "on_train_end"),
    Flag("should_epoch_stop", "E", "epoch stop", STOP_EPOCH, "on_epoch_end"),
    Flag("should_save", "S", "save", SAVE, "on_save", "", "args.save_strategy", "state.save_steps"),
    Flag("should_evaluate", "V", "evaluate", "", "on_evaluate", "", "args.eval_strategy", "state.eval_steps"),
    # An evaluation logs its metrics anyway.
    Flag("should_log", "L", "log", "", "on_log", EVALUATION, "args.logging_strategy", "state.logging_steps"),
)
"""The fields of a `TrainerControl`."""

_PHASES: Final = (
    Phase("train", "on_train_begin", ("on_train_end",), TRAINING),
    Phase("epoch", "on_epoch_begin", ("on_epoch_end",), EPOCH),
    Phase("step", "on_step_begin", ("on_step_end",), STEP),
    Phase("evaluation", "on_prediction_step", ("on_evaluate", "on_predict"), EVALUATION, inside=True),
)

_ENDING: Final = "ending the training: the best model is loaded, old checkpoints are deleted"
_OUTSIDE: Final = "outside the calls of the Trainer"
_BATCH: Final = "in the forward/backward pass of step {next}"
_PREDICTED: Final = "({count} prediction {steps} so far)"

_WAITS: Final = (Then("between step {step} and the next one, which waits for its data"),)
_ENDS: Final = (Then(_ENDING, "should_training_stop"),)
_SAVES: Final = (Then("saving a checkpoint at step {step}", "should_save"), *_ENDS)
_EVALUATES: Final = (
    Then("evaluating at step {step} (no prediction step so far)", "should_evaluate"),
    *_SAVES,
)
_LOGS: Final = (
    Then("logging at step {step}: the loss is collected from all ranks, and callbacks take the log", "should_log"),
    *_EVALUATES,
)

_AFTER: Final = {
    "on_init_end": (
        Then("before the first call of the Trainer", uncalled=True, anywhere=True),
        Then("before the first call of the Trainer"),
    ),
    "on_push_begin": (Then("pushing to the Hub", anywhere=True),),  # 5.x
    "on_train_begin": (Then("before the first step, which waits for its data"),),
    "on_train_end": (Then(_OUTSIDE, call="train", anywhere=True),),  # its last event: nothing tells when it returned
    "on_epoch_begin": (Then("before the first step of the epoch, which waits for its data"),),
    "on_step_begin": (Then(_BATCH),),
    "on_substep_end": (Then(_BATCH + ", after {count} of its batches"),),
    "on_pre_optimizer_step": (Then("in the optimizer's step of step {next}"),),
    "on_optimizer_step": (Then("after the optimizer's step of step {next}, before its end"),),
    "on_step_end": (*_LOGS, Then("ending the epoch", "should_epoch_stop"), *_WAITS),
    "on_prediction_step": (
        Then(f"predicting {_PREDICTED}", call="predict", anywhere=True),
        Then(f"evaluating {_PREDICTED}", anywhere=True),
    ),
    "on_log": (
        Then("at the end of the evaluation, after its log", phase=EVALUATION, anywhere=True),  # `on_evaluate` is next
        Then(_ENDING, log="train_runtime"),  # of the log that `train()` makes at its end
        *_EVALUATES,
        *_WAITS,
    ),
    "on_evaluate": (*_SAVES, Then("between the evaluation and the next step")),
    "on_save": (*_ENDS, Then("between the save and the next step")),
    "on_epoch_end": (*_LOGS, Then("between this epoch and the next one")),
}

_IN_A_STEP: Final = ("on_step_begin", "on_substep_end", "on_pre_optimizer_step", "on_optimizer_step")

_BEHAVIOUR: Final = Behaviour(
    after=MappingProxyType(_AFTER),
    certain=frozenset((*_IN_A_STEP, "on_prediction_step")),
    in_training=frozenset((*_IN_A_STEP, "on_save")),
    done=MappingProxyType({"on_evaluate": "evaluation", "on_predict": "prediction"}),
    calls=("train", "evaluate", "predict"),
    # `auto_find_batch_size` makes it again with a smaller batch: what ends it need not end `train`.
    inner_calls=("_inner_training_loop",),
    caller="call_event",
    outside=_OUTSIDE,
    ran_out="finished its epochs",
    starved="the training data gave no batch",
    retried=("batch size", "state.train_batch_size"),
    most_steps="args.max_steps",
    most_epochs="state.num_train_epochs",
    searching="state.is_hyper_param_search",
    trial_names=("state.trial_name", "state.trial_params"),
    patience=("early_stopping_patience", "early_stopping_patience_counter"),  # of `EarlyStoppingCallback.state`
    flow=frozenset(("DefaultFlowCallback",)),
)

_SAVING: Final = Saving(
    event="on_save",
    best="state.best_metric",
    best_step="state.best_global_step",
    checkpoint="state.best_model_checkpoint",
    metric="args.metric_for_best_model",
    prefix="eval_",
    greater="args.greater_is_better",
    folder="checkpoint-",
)

_DEFAULTS: Final = Defaults(
    values=argument_defaults.DEFAULTS,
    empty=argument_defaults.EMPTY,
    undecided=argument_defaults.UNDECIDED,
    made=argument_defaults.MADE,
)

_STATE: Final = (
    *("global_step", "max_steps", "best_metric", "best_global_step", "best_model_checkpoint", "log_history"),
    *("total_flos", "num_train_epochs", "num_input_tokens_seen", "is_world_process_zero"),
)

_WORDING: Final = Wording(
    counted=("state.total_flos", "state.num_input_tokens_seen"),
    copies=("state.stateful_callbacks",),  # `on_save` makes it of the callbacks' states and the flags
    late=("_runtime", "_per_second"),
    local=(
        *("args.local_rank", "state.is_local_process_zero", "state.is_world_process_zero"),
        *("args.output_dir", "args.logging_dir", "args.run_name"),
    ),
    dull=frozenset(
        (
            *("dataloader_pin_memory", "disable_tqdm", "logging_dir", "output_dir", "per_device_eval_batch_size"),
            *("report_to", "run_name", "seed", "use_cpu"),
        )
    ),
    edges=frozenset(("on_init_end", "on_substep_end", "on_push_begin")),
    schedule=(
        ("logging_steps", "logging_steps", "logging_strategy"),
        ("eval_steps", "eval_steps", "eval_strategy"),
        ("save_steps", "save_steps", "save_strategy"),
        ("max_steps", "max_steps", None),
        ("num_train_epochs", "num_train_epochs", None),
        ("train_batch_size", "per_device_train_batch_size", None),
    ),
    words=MappingProxyType(
        {
            **{key: f"state.{key}" for key in _STATE},
            **{key: f"logs.{key}" for key in ("loss", "grad_norm", "learning_rate", "train_loss")},
            **{key: f"metrics.{key}" for key in ("eval_loss", "eval_accuracy", "eval_runtime")},
        }
    ),
    examples=MappingProxyType(
        {
            "state": "best_metric",
            "control": "should_save",
            "metrics": "eval_loss",
            "callbacks": "EarlyStoppingCallback",
            "event": "on_log",
            "other event": "on_save",
        }
    ),
    prefix="on_",
    past=MappingProxyType(
        {"on_log": "logged", "on_evaluate": "evaluated", "on_predict": "predicted", "on_save": "saved"}
    ),
)

TRANSFORMERS: Final = Framework(
    name="transformers",
    flags=_FLAGS,
    phases=_PHASES,
    step="state.global_step",
    steps="state.max_steps",
    epoch="state.epoch",
    history="state.log_history",
    loop="Trainer",
    handler="CallbackHandler",
    behaviour=_BEHAVIOUR,
    saving=_SAVING,
    defaults=_DEFAULTS,
    wording=_WORDING,
)

# -- what the recorder goes by

RATES_UNCHANGED_AT: Final = frozenset({"on_step_begin", "on_substep_end", "on_optimizer_step", "on_prediction_step"})
"""Events before which no scheduler steps: what changes a rate there is seen at the next event of the step."""

FREQUENT: Final = RATES_UNCHANGED_AT | {"on_pre_optimizer_step", "on_step_end"}
"""Events of every step. At their begin args are looked at only if a foreign callback follows."""

ROUTINE: Final = FREQUENT | {"on_log"}
"""Events that may come at every step: what changes a few times in a run is looked at at the others."""

RESETS: Final = {
    "on_train_begin": ("should_training_stop",),
    "on_epoch_begin": ("should_epoch_stop",),
    "on_step_begin": ("should_log", "should_evaluate", "should_save"),
    "on_log": ("should_log",),
    "on_save": ("should_save",),
    "on_evaluate": ("should_evaluate",),
}
"""Flags that the handler takes back before it calls anyone (trainer_callback.py of transformers 4.45 to 5.23)."""

RESETTING: Final = "on_step_begin"
"""The only one of `FREQUENT` that is among `RESETS`."""

HOT_NAMES: Final = (
    *sorted(FREQUENT),
    "on_log",
    TRANSFORMERS.loop,
    TRANSFORMERS.handler,
    *("state.global_step", "state.epoch", "lr", "logs", "state.log_history", "state.total_flos"),
    *("control.should_log", "control.should_evaluate", "control.should_save"),
)
"""What stands in most rows: as the first names of a trace they take one byte there, as later ones two."""
