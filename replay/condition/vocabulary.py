"""The names and functions of the language, and what a word may have been meant for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from ...trace import paths

UNKEYED: Final = tuple(kind.name for kind in paths.KINDS if kind.asked and not kind.keyed)
"""Names of whole values of the trace, of which parts may be asked: ``lr[0]``."""
VALUES: Final = ("event", "index", "step", "epoch", "time", "duration", "depth", "thread", *UNKEYED)
"""Names that stand for a value themselves."""
KINDS: Final = tuple(kind.name for kind in paths.KINDS if kind.asked and kind.keyed)
"""Names that need a key after them."""
CHANGING: Final = frozenset(kind.name for kind in paths.KINDS if kind.asked and kind.changes)
"""Names that ``before.`` and ``after.`` go with."""
EXAMPLES: Final[Mapping[str, str]] = {kind.name: kind.example for kind in paths.KINDS if kind.asked and kind.keyed}
"""A key for each of `KINDS`."""
MOMENTS: Final = ("before", "after")


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called.

    Attributes:
        usage: An example.
        least, most: How many arguments without a name it takes.
        keywords: Names of the others, none of which is required.
    """

    usage: str
    least: int = 1
    most: int = 1
    keywords: tuple[str, ...] = ()


FUNCTIONS: Final[Mapping[str, Signature]] = {
    "changed": Signature(
        'changed("control.should_save", by="MyCallback", was=False, to=True)', keywords=("by", "was", "to")
    ),
    "called": Signature('called("PrinterCallback")'),
    "raised": Signature('raised() or raised("ValueError")', least=0),
    "has": Signature("has(logs.loss)"),
    "isnan": Signature("isnan(logs.loss)"),
    "isinf": Signature("isinf(logs.loss)"),
    "isfinite": Signature("isfinite(logs.loss)"),
    "len": Signature("len(lr)"),
    "abs": Signature("abs(logs.loss)"),
}

FULL_NAMES: Final[Mapping[str, str]] = {
    **{
        flag: f"control.{flag}"
        for flag in ("should_training_stop", "should_epoch_stop", "should_save", "should_evaluate", "should_log")
    },
    **{
        field: f"state.{field}"
        for field in (
            *("global_step", "max_steps", "best_metric", "best_global_step", "best_model_checkpoint", "log_history"),
            *("total_flos", "num_train_epochs", "num_input_tokens_seen", "is_world_process_zero"),
        )
    },
    **{key: f"logs.{key}" for key in ("loss", "grad_norm", "learning_rate", "train_loss")},
    **{key: f"metrics.{key}" for key in ("eval_loss", "eval_accuracy", "eval_runtime")},
}
"""What well-known keys are written as in full."""

_CONSTANTS: Final = {
    **dict.fromkeys(("true", "TRUE", "yes", "on"), "True"),
    **dict.fromkeys(("false", "FALSE", "no", "off"), "False"),
    **dict.fromkeys(("none", "null", "nil", "NULL"), "None"),
}
_NUMBERS: Final = {"nan": "isnan(logs.loss)", "inf": "isinf(logs.loss)"}


def meant_by(word: str) -> str:
    """Return what to say of a word that is no name of the language, after ``unknown name X``."""
    if word.startswith("on_"):
        return f'the name of an event is a text, in quotes: event == "{word}"'
    if word in _CONSTANTS:
        return f"did you mean {_CONSTANTS[word]}?"
    if word.lower() in _NUMBERS:
        return f"write {_NUMBERS[word.lower()]}"
    if word in FULL_NAMES:
        return f"did you mean {FULL_NAMES[word]}?"
    close = nearest(word, (*VALUES, *KINDS, *MOMENTS, *FUNCTIONS, *FULL_NAMES))
    if close:
        return f"did you mean {' or '.join(FULL_NAMES.get(name, name) for name in close)}?"
    return f"there are {', '.join(VALUES)}, and with a key after a dot {', '.join(KINDS)}"


def nearest(word: str, words: tuple[str, ...]) -> list[str]:
    """Return at most two words that look like another."""
    return get_close_matches(word[:64], words, 2, 0.7)
