"""What of the log is no finite number, and what `info` says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from support.recorded import answers, record
from tracetui.replay.ending.logged import Nonfinite, nonfinite

INFINITE = float("inf")


class Spoils(TrainerCallback):
    """Puts what is no finite number into the log."""

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Spoil two keys, each from a step of its own on."""
        if state.global_step >= 2:
            state.log_history[-1]["late"] = -INFINITE
        if state.global_step >= 3:
            state.log_history[-1]["rare"] = INFINITE


def test_what_is_not_finite_is_told(tmp_path: Path) -> None:
    """Each key of the log with a NaN or an infinity is told with its first step and how often, in `info`, too."""
    options = {"max_steps": 3, "logging_strategy": "steps", "logging_steps": 1}
    trace = record(tmp_path, callbacks=[Spoils()], **options)
    assert nonfinite(trace) == [Nonfinite("late", 3, 2, -INFINITE), Nonfinite("rare", 2, 3, INFINITE)]
    said = answers(trace)
    assert said["not finite"].startswith("late is -Infinity at step 2 and in 2 later entries of the log; rare is ")
    assert "trouble" not in said


def test_all_is_finite(tmp_path: Path) -> None:
    """A log of finite numbers is no trouble, nor is a trace without one."""
    for folder, strategy in (("none", "no"), ("some", "steps")):
        trace = record(tmp_path / folder, max_steps=2, logging_strategy=strategy, logging_steps=1)
        assert nonfinite(trace) == []
        assert "no NaN logged" in answers(trace)["trouble"]
