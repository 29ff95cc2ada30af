"""Checkpoints: what is there after a save and at the end, and whether the best model was loaded.

Folders are looked at only there, where the Trainer has just written gigabytes: a slow network disk costs nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from ...trace.paths import BEST_MODEL, CHECKPOINTS
from ...trace.values import ABSENT, Described, Plain
from ..interruptions import interrupts
from ..open_event import OpenEvent
from ..values.plain import Plainer
from ..values.watch import NOTHING

MAX_ENTRIES: Final = 20_000
"""Entries of a folder that are read."""

MAX_STEPS: Final = 50
"""Checkpoints that are listed: the newest ones."""

_CHECKPOINT: Final = re.compile(r"checkpoint-(\d{1,18})")
_WEIGHTS: Final = (".safetensors", ".bin", ".index.json")


class Checkpoints:
    """The checkpoints of one Trainer.

    Args:
        number: Gives a name its number in the trace.
        plain: Turns any value into a plain one.
        trainer: Returns the Trainer, or None.
    """

    def __init__(self, number: Callable[[str], int], plain: Plainer, trainer: Callable[[], Any]) -> None:
        self._number = number
        self._plain = plain
        self._trainer = trainer
        self._best_told = False

    def look(self, event: OpenEvent) -> list[Plain]:
        """Return, as pairs, what an event that begins tells of checkpoints: in most cases nothing."""
        if event.name == "on_save":
            return self._pairs(event, CHECKPOINTS.name, self._there)
        if event.name == "on_train_end":
            self._best_told = True
            return [
                *self._pairs(event, CHECKPOINTS.name, self._there),
                *self._pairs(event, BEST_MODEL.name, self._best),
            ]
        if event.name == "on_train_begin" and self._best_told:
            self._best_told = False
            return [self._number(BEST_MODEL.name), ABSENT]
        return NOTHING

    def _pairs(self, event: OpenEvent, path: str, find: Callable[[Any, Any], Any]) -> list[Plain]:
        try:
            found = self._plain(find(event.args, event.state))
        except Exception as error:  # no folder, no rights, arguments of a foreign kind
            if interrupts(error):
                raise
            found = Described("unavailable", type(error).__name__)
        return [] if found is None else [self._number(path), found]

    def _there(self, args: Any, state: Any) -> dict[str, Any] | None:
        if not args.should_save:
            return None  # another process writes them
        folder = self._folder(args, state)
        steps = steps_in(folder)
        newest = f"checkpoint-{state.global_step if state.global_step in steps else steps[-1]}" if steps else None
        more = {"more": len(steps) - MAX_STEPS} if len(steps) > MAX_STEPS else {}
        written = None if newest is None else os.path.join(folder, newest)
        return {"folder": folder, "written": written, "steps": steps[-MAX_STEPS:], **more}

    def _folder(self, args: Any, state: Any) -> str:
        """Return the folder that checkpoints go to: that of the trial, in a search (trainer.py of 4.45 to 5.23)."""
        trial = getattr(self._trainer(), "_trial", None)
        number = getattr(trial, "number", None)
        if getattr(self._trainer(), "hp_search_backend", None) is None or type(number) is not int:
            return str(args.output_dir)
        return os.path.join(args.output_dir, getattr(state, "trial_name", None) or f"run-{number}")

    def _best(self, args: Any, state: Any) -> str:
        if not args.load_best_model_at_end:
            return "not loaded: load_best_model_at_end is off"
        path = state.best_model_checkpoint
        if path is None and state.best_metric is None:
            return f"not loaded: no evaluation had the metric {_key(args.metric_for_best_model)}"
        if path is None:
            return self._unset(args, state)
        if not os.path.isdir(path):
            return f"not loaded: {path} is not there"
        sharded = getattr(self._trainer(), "is_deepspeed_enabled", False) or getattr(
            self._trainer(), "is_fsdp_enabled", False
        )
        with os.scandir(path) as entries:
            weights = any(entry.name.endswith(_WEIGHTS) for entry in islice(entries, MAX_ENTRIES))
        return f"loaded from {path}" if weights or sharded else f"not loaded: there are no weights in {path}"

    def _unset(self, args: Any, state: Any) -> str:
        """Tell why no checkpoint is the best: it was not saved, or was and the Trainer did not note it.

        Under `save_strategy="best"` transformers 4.57 notes neither the step nor the checkpoint (trainer.py).
        """
        step = getattr(state, "best_global_step", None)
        if step is None or step in steps_in(self._folder(args, state)):
            saved = "" if step is None else f", though checkpoint-{step} is there"
            return f"not loaded: the Trainer did not note which checkpoint is the best{saved}"
        return f"not loaded: no checkpoint was saved at the best step, {step}"


def steps_in(folder: str) -> list[int]:
    """Return the steps of the checkpoints in a folder, in order; none if there is no such folder.

    Raises:
        OSError: It can't be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, MAX_ENTRIES) if entry.is_dir()]
    except FileNotFoundError:
        return []
    return sorted(int(found[1]) for found in map(_CHECKPOINT.fullmatch, names) if found)


def _key(metric: Any) -> str:
    """Return the key that the Trainer looks for in the metrics."""
    return str(metric) if str(metric).startswith("eval_") else f"eval_{metric}"
