"""Where training arguments come from: set by the user, at their default, or derived from others.

`TrainingArguments` does not remember what was passed to it. A second one to compare with is not made: that would set up
devices and loggers. So a value is compared with the default of its field; where it is another, with what
`__post_init__` derives (training_args.py of transformers 4.45.2, 4.57.6, 5.23).
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from ...trace.values import Described, Plain
from ..interruptions import interrupts
from ..values.plain import MAX_TEXT, Plainer
from ..values.static import class_attribute, class_fields, function_of, instance_fields, module_of, mro

SET: Final = "set"
DERIVED: Final = "derived"

Values = Mapping[str, Any]
"""All arguments by name, in their plain form."""

NORMAL: Final[dict[str, tuple[Any, ...]]] = {
    "report_to": ([],),
    "debug": ([],),
    "fsdp": ([], ""),
    "fsdp_config": ({"min_num_params": 0, "xla": False, "xla_fsdp_v2": False, "xla_fsdp_grad_ckpt": False},),
    "activation_checkpointing": (False,),
    "gradient_checkpointing": (False,),
    "include_num_input_tokens_seen": ("no", False),
    "lr_scheduler_kwargs": ({}, None),
    "local_rank": (0, -1),
    "output_dir": ("trainer_output",),
}
"""What a default becomes in `__post_init__`: values that are as good as the default."""

RULES: Final[dict[str, Callable[[Any, Values, Values], bool]]] = {
    "eval_steps": lambda value, given, _: given["eval_strategy"] == "steps" and value == given["logging_steps"],
    "do_eval": lambda value, given, _: value is True and given["eval_strategy"] != "no",
    "metric_for_best_model": lambda value, given, _: value == "loss",
    "greater_is_better": lambda value, given, _: value is not given["metric_for_best_model"].endswith("loss"),
    "dataloader_pin_memory": lambda value, given, _: value is False and given["use_cpu"],
    "disable_tqdm": lambda value, given, _: value is True and _library_is_quiet(),
    "report_to": lambda value, given, default: default["report_to"] is None,  # all that is installed, before 5
    "run_name": lambda value, given, _: value == given["output_dir"],
    "logging_dir": lambda value, given, _: value.startswith(os.path.join(given["output_dir"], "runs")),
    "torch_compile": lambda value, given, _: bool(given["torch_compile_mode"] or given["torch_compile_backend"]),
    "torch_compile_backend": lambda value, given, _: value == "inductor" and given["torch_compile"],
    "activation_checkpointing": lambda value, given, default: default["gradient_checkpointing"] is value,
    "gradient_checkpointing": lambda value, given, _: given["activation_checkpointing"] is value,
    "gradient_checkpointing_kwargs": lambda value, given, _: given["activation_checkpointing_kwargs"] == value,
    "local_rank": lambda value, given, _: True,  # the launcher's
}
"""Whether a value is what `__post_init__` derives: takes it, all arguments, and the defaults."""

PROPERTIES: Final = (
    "world_size",
    "n_gpu",
    "device",
    "process_index",
    "local_process_index",
    "parallel_mode",
    "train_batch_size",
    "eval_batch_size",
    "should_save",
    "should_log",
)
"""Properties of `TrainingArguments` that callbacks read. None has a side effect once a Trainer was made with them: only
the first of them that is read sets up the device, and `Trainer.__init__` has done that."""

_FACTORIES: Final = (list, dict, set, tuple)

_LIBRARIES: Final = frozenset({"transformers", "trl", "sentence_transformers", "setfit"})

_ON_BY_DEFAULT: Final = frozenset({"even_batches", "use_seedable_sampler"})
"""Fields of `AcceleratorConfig` that are on."""


def args_from(args: Any, plain: Plainer) -> dict[str, str]:
    """Return for each argument that is not at its default whether it was set, or derived from others.

    A value that was set to what would have been derived is told as derived: the two can't be told apart.

    Args:
        args: Training arguments; nothing is known of any that are no dataclass.
        plain: Turns any value into a plain one.
    """
    declared, values = class_attribute(type(args), "__dataclass_fields__"), instance_fields(args) or {}
    if not isinstance(declared, dict):
        return {}
    fields = {
        name: field for name, field in declared.items() if name in values and name[:1] != "_" and _is_known(field)
    }
    given = {name: plain(values[name]) for name in fields}
    default = {name: plain(_default(field)) for name, field in fields.items()}
    late = _assigned_late(type(args))
    found = {}
    for name, value in given.items():
        if not _is_default(name, value, default[name]):
            derived = _is_derived(name, value, given, default) or (default[name] is None and name in late)
            found[plain.beginning(name, MAX_TEXT)] = DERIVED if derived else SET
    return found


def properties(args: Any, plain: Plainer) -> dict[str, Plain]:
    """Return `PROPERTIES` of training arguments, those that transformers itself defines."""
    found = {}
    for name in PROPERTIES:
        property_ = class_attribute(type(args), name)
        getter = function_of(property_.fget) if type(property_) is property else None
        if getter is not None and str(getter.__module__).startswith("transformers."):
            try:
                value = getattr(args, name)
                found[name] = plain(str(value) if name == "device" else value)
            except Exception as error:
                if interrupts(error):
                    raise
                found[name] = Described("unavailable", type(error).__name__)
    return found


def _is_known(field: Any) -> bool:
    """Tell whether a field's default can be had without running code of the user's."""
    factory = field.default_factory
    if factory is dataclasses.MISSING or factory in _FACTORIES:
        return bool(field.init)
    function = function_of(factory)
    return bool(field.init) and function is not None and function.__module__.partition(".")[0] in _LIBRARIES


def _default(field: Any) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _is_default(name: str, value: Plain, default: Plain) -> bool:
    if value == default and type(value) in (type(default), int, float):
        return True
    if default in (None, "", "none", False, -1, "no", {}) and any(value == normal for normal in NORMAL.get(name, ())):
        return True
    if name == "disable_tqdm":
        return default is None and value is _library_is_quiet() is False
    return default is None and _is_empty_config(value)


def _is_empty_config(value: Plain) -> bool:
    """Tell whether a value is a configuration of nothing: transformers puts one in the place of None."""
    if type(value) is not Described or type(value.value) is not dict:
        return False
    return value.type.startswith("transformers.") and not any(
        setting for name, setting in value.value.items() if name not in _ON_BY_DEFAULT
    )


def _is_derived(name: str, value: Plain, given: Values, default: Values) -> bool:
    rule = RULES.get(name)
    try:
        return rule is not None and rule(value, given, default)
    except (KeyError, AttributeError, TypeError):  # arguments of another version, or of a foreign kind
        return False


def _assigned_late(kind: type) -> set[str]:
    """Return the names that another library's `__post_init__` assigns: what was None may come from there."""
    names: set[str] = set()
    for base in mro(kind):
        function = function_of(class_fields(base).get("__post_init__"))
        if function is not None and not module_of(base).startswith("transformers."):
            names.update(function.__code__.co_names)
    return names


def _library_is_quiet() -> bool:
    return logging.getLogger("transformers.training_args").getEffectiveLevel() > logging.WARNING
