"""The run's header: everything about a run that does not change from event to event."""

from __future__ import annotations

import os
import platform
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from ...trace.values import Described, Plain
from ..hooks.code_places import places_of_trainer
from ..interruptions import interrupts
from ..values.plain import MAX_TEXT, Plainer
from ..values.redact import Redactor
from ..values.watch import fields_of
from .origins import args_from, properties
from .trials import trial_of

LIBRARIES: Final = (
    "torch",
    "transformers",
    "accelerate",
    "trl",
    "peft",
    "sentence_transformers",
    "setfit",
    "datasets",
)

ENVIRONMENT: Final = (
    "RANK",
    "LOCAL_RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "PYTHONHASHSEED",
    "TOKENIZERS_PARALLELISM",
    "HF_HUB_OFFLINE",
    "ACCELERATE_USE_FSDP",
    "ACCELERATE_USE_DEEPSPEED",
    "ACCELERATE_MIXED_PRECISION",
    "CUBLAS_WORKSPACE_CONFIG",
    "NCCL_DEBUG",
)
"""Variables that are recorded: a list of what is allowed, since no list of secrets can be complete."""


def run_header(
    trainer: Any, handler: Any, args: Any, state: Any, plain: Plainer, redactor: Redactor
) -> dict[str, Plain]:
    """Describe a run.

    Args:
        trainer: The Trainer, or None.
        handler: Its callback handler.
        args: Its arguments: `TrainingArguments`, or anything with fields.
        state: Its state.
        plain: Turns any value into a plain one.
        redactor: Takes secrets out.

    Returns:
        Parts by name. A part that could not be had is a `Described` in its place; the others are there.
    """
    model = getattr(handler, "model", None)
    parts: dict[str, Callable[[], Any]] = {
        "versions": _versions,
        "device": lambda: str(getattr(args, "device", None)),
        "trainer": lambda: places_of_trainer(trainer),
        "args": lambda: _arguments(args, plain),
        "properties": lambda: properties(args, plain),
        "schedule": lambda: _schedule(state),
        "model": lambda: _model(model),
        "optimizer": lambda: _class_inside(getattr(handler, "optimizer", None), "optimizer"),
        "scheduler": lambda: _class_inside(getattr(handler, "lr_scheduler", None), "scheduler"),
        "data": lambda: _data(trainer, handler),
        "compute_metrics": lambda: getattr(trainer, "compute_metrics", None) is not None,
        "label_names": lambda: getattr(trainer, "label_names", None),
        "rank": lambda: getattr(args, "process_index", None),
        "local_rank": lambda: getattr(args, "local_process_index", None),
        "world_size": lambda: getattr(args, "world_size", None),
        "trial": lambda: _trial(trainer, state),
        "command": lambda: redactor.command(sys.argv),
        "environment": lambda: {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        "pid": os.getpid,
    }
    found = {name: plain(_contained(part)) for name, part in parts.items()}
    # Not through `plain`: under a secret's name it would hide that the argument was set.
    return {**found, "args_from": _contained(lambda: args_from(args, plain))}


def _contained(part: Callable[[], Any]) -> Any:
    try:
        return part()
    except Exception as error:  # one strange object must not cost the rest of the header
        if interrupts(error):
            raise
        return Described("unavailable", type(error).__name__)


def _versions() -> dict[str, str]:
    loaded = {
        str(name): str(getattr(sys.modules[name], "__version__", "?")) for name in LIBRARIES if name in sys.modules
    }
    return {"python": platform.python_version(), "platform": platform.platform(), **loaded}


def _arguments(args: Any, plain: Plainer) -> dict[str, Plain]:
    fields = fields_of(args).items() if args is not None else ()
    return {plain.beginning(name, MAX_TEXT): plain.field(name, value) for name, value in fields if name[:1] != "_"}


def _schedule(state: Any) -> dict[str, Any]:
    names = ("logging_steps", "eval_steps", "save_steps", "max_steps", "num_train_epochs", "train_batch_size")
    return {name: getattr(state, name, None) for name in names}


def _model(model: Any) -> Plain:
    if model is None:
        return None
    parameters = list(model.parameters())
    return {
        "class": f"{type(model).__module__}.{type(model).__qualname__}",
        "parameters": sum(parameter.numel() for parameter in parameters),
        "trainable": sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        "dtypes": dict(Counter(str(parameter.dtype).removeprefix("torch.") for parameter in parameters)),
    }


def _class_inside(value: Any, field: str) -> str | None:
    """Return the class of what accelerate wraps, where it wraps it."""
    inner = getattr(value, field, value)
    return None if value is None else f"{type(inner).__module__}.{type(inner).__qualname__}"


def _data(trainer: Any, handler: Any) -> dict[str, Any]:
    return {
        "train_dataset": _length(getattr(trainer, "train_dataset", None)),
        "eval_dataset": _length(getattr(trainer, "eval_dataset", None)),
        "train_batches": _length(getattr(handler, "train_dataloader", None)),
        "eval_batches": _length(getattr(handler, "eval_dataloader", None)),
    }


def _length(data: Any) -> Any:
    if isinstance(data, dict) and not hasattr(data, "num_rows"):
        return {name: _length(part) for name, part in data.items()}
    try:
        return len(data)
    except Exception as error:  # iterable data sets have none
        if interrupts(error):
            raise
        return None


def _trial(trainer: Any, state: Any) -> dict[str, Any]:
    found = trial_of(trainer)
    named = {"name": getattr(state, "trial_name", None), "params": getattr(state, "trial_params", None)}
    return named if found is None else {**named, "number": found["number"]}
