"""Which calls of the Trainer run, and who asked for each: a flag, `eval_on_start`, a callback, the user.

Who asked stands on the stack above the call. It is looked at once a call, and of a frame only the names of its function
and its module are read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

from ...trace.paths import CALL
from ...trace.values import ABSENT, Plain
from ..values.watch import NOTHING

SHOWN: Final = ("train", "evaluate", "predict")
"""Calls that are told of; `_inner_training_loop` is an attempt of `train`."""

ASKERS: Final = {
    "_maybe_log_save_evaluate": "control.should_evaluate",
    "train": "eval_on_start",
    "_inner_training_loop": "eval_on_start",
    "_run_epoch": "train",
    "evaluate": "evaluate",
    "predict": "predict",
    "hyperparameter_search": "hyperparameter_search",
}
"""Functions of transformers that call `evaluate` or `train`, and what that means (trainer.py of 4.45 to 5.23).

`evaluate` calls itself where there are several data sets to evaluate."""

MAX_FRAMES: Final = 60

_OURS: Final = __name__.partition(".")[0]
_BETWEEN: Final = frozenset({_OURS, "torch", "accelerate", "functools", "contextlib", "optuna", "ray", "wandb"})
"""Packages that pass a call on, and ask for none."""


class Calls:
    """The calls of one Trainer that are running.

    Args:
        number: Gives a name its number in the trace.
        due: Called when the chain has to be told of a change, at the next event.
    """

    def __init__(self, number: Callable[[str], int], due: Callable[[], None]) -> None:
        self._path = number(CALL.name)
        self._due = due
        self._running: list[str | None] = []
        self._late: list[str] = []
        self._told: list[str] | None = []

    def begins(self, name: str, callback: str | None) -> None:
        """Note that a call begins.

        Args:
            name: The Trainer's method.
            callback: The callback whose hook calls it, None if none does.
        """
        if self._late and not any(frame.f_code.co_name in self._late for frame in _frames()):
            self._late.clear()
        shown = name in SHOWN
        inside = bool(self._late) or any(self._running)
        self._running.append(f"{name} by {_asker(callback, inside)}" if shown else None)
        if shown:
            self._due()

    def ends(self, depth: int) -> None:
        """A call has ended, and with it those inside it: only the `depth` outermost are still running."""
        if any(self._running[depth:]):
            self._due()
        del self._running[depth:]

    def forget(self) -> None:
        """Forget what was told: the next look returns what is running."""
        self._told = None
        self._due()

    def were_running(self, names: tuple[str, ...]) -> None:
        """Note the calls that had begun before the recording, the innermost first. Who asked for them is unknown."""
        self._late = [name for name in reversed(names) if name in SHOWN]
        self._due()

    def look(self) -> list[Plain]:
        """Return, as a pair, the calls that are running, the outermost first; nothing if the trace says so already."""
        now = [f"{name} by unknown" for name in self._late] + [text for text in self._running if text is not None]
        if now == self._told:
            return NOTHING
        self._told = now
        return [self._path, list(now) if now else ABSENT]


def _asker(callback: str | None, inside: bool) -> str:
    """Return who asked for the call that begins now.

    Args:
        callback: The callback whose hook calls it.
        inside: Another call of the Trainer is running.
    """
    if callback is not None:
        return f"callback {callback}"
    for frame in _frames():
        name, module = frame.f_code.co_name, str(frame.f_globals.get("__name__", ""))
        package = module.partition(".")[0]
        if package == "transformers" and (name in ASKERS or name.startswith("run_hp_search")):
            return ASKERS.get(name, "hyperparameter_search")
        if package != "transformers" and package not in _BETWEEN:
            return str(getattr(frame.f_code, "co_qualname", name)) if inside else "user"
    return "user"


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    for _ in range(MAX_FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back
