"""A clock that moves with the training alone, so that two recordings of one run have the same times in them."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from transformers import Trainer
from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback, PrinterCallback, ProgressCallback

from generate import Training
from tracetui.recorder import clock
from tracetui.recorder.hooks import doors
from tracetui.recorder.session import callbacks as cast
from tracetui.recorder.session import fast_path as routine

READERS = (clock, doors, routine)
"""Modules of the recorder that read the system's clock."""

TICKS = (1_000, 7_300, 999, 0, 123_456, 2_048_000)
"""Nanoseconds by which the clock moves, in turn."""


def set_clock(patch: pytest.MonkeyPatch) -> None:
    """Have the clock move at the begin and the end of each method of the handler, each hook, each step."""
    ticks: Iterator[int] = cycle(TICKS)
    now = 10**15

    def tick() -> None:
        nonlocal now
        now += next(ticks)

    for module in READERS:
        patch.setattr(module, "perf_counter_ns", lambda: now)
    patch.setattr(time, "time", lambda: 1.7e9 + now / 1e9)
    for kind in (CallbackHandler, DefaultFlowCallback, ProgressCallback, PrinterCallback):
        for name, hook in [*vars(kind).items()]:
            if name.startswith("on_"):
                patch.setattr(kind, name, _ticking(hook, tick))
    # Quiet hooks are known by their identity: so are those that tick.
    patch.setattr(cast, "QUIET", (*vars(ProgressCallback).values(), *vars(PrinterCallback).values()))
    patch.setattr(Trainer, "training_step", _ticking(Trainer.training_step, tick))
    patch.setattr(Training, "_step", _ticking(Training._step, tick))


def _ticking(function: Callable[..., Any], tick: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(function)  # its module, too, which tells the recorder whose it is
    def ticking(*args: Any, **kwargs: Any) -> Any:
        tick()
        try:
            return function(*args, **kwargs)
        finally:
            tick()

    return ticking
