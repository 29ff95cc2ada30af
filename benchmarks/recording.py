"""What an event costs while recording: microseconds and bytes, against a JSON line with a flush."""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from typing import IO, Any

from transformers import TrainerCallback
from transformers.trainer_callback import CallbackHandler

from loop import Loop
from tracetui.recorder import TraceRecorder

ROUNDS = 7
STEPS = 2_000


class JsonLines(TrainerCallback):  # type: ignore[misc]
    """The peer: one line of eight flat values an event, flushed. No state, no causes, no checksums."""

    def __init__(self, path: Path) -> None:
        """Open the file."""
        self._file: IO[str] = path.open("w")
        self._begin = time.perf_counter()

    def write(self, event: str, state: Any, control: Any) -> None:
        """Write one event."""
        row = {
            "event": event,
            "time": time.perf_counter() - self._begin,
            "step": state.global_step,
            "epoch": state.epoch,
            "should_log": control.should_log,
            "should_save": control.should_save,
            "should_evaluate": control.should_evaluate,
            "should_training_stop": control.should_training_stop,
        }
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()


def _hook(event: str) -> Any:
    return lambda self, _args, state, control, **_inputs: self.write(event, state, control)


for _event in [name for name in dir(CallbackHandler) if name.startswith("on_")]:
    setattr(JsonLines, _event, _hook(_event))


def measure(folder: Path) -> list[tuple[str, float, float]]:
    """Time the three loops in turn, several rounds; return name, microseconds and bytes per event.

    Args:
        folder: Where the files go.

    Returns:
        For the bare loop the microseconds of an event, for the others what they add to it (medians).
    """
    times: dict[str, list[float]] = {"bare": [], "json": [], "tracetui": []}
    for number in range(ROUNDS):
        bare = _time(Loop())
        lines = folder / f"{number}.jsonl"
        trace = folder / f"{number}.mpk"
        times["bare"].append(bare)
        times["json"].append(_time(Loop([JsonLines(lines)])) - bare)
        loop = Loop()
        with TraceRecorder(trace).attach(loop):
            times["tracetui"].append(_time(loop) - bare)
    events = Loop().run(STEPS)
    sizes = {"bare": 0.0, "json": lines.stat().st_size / events, "tracetui": trace.stat().st_size / events}
    return [(name, median(values), sizes[name]) for name, values in times.items()]


def _time(loop: Loop) -> float:
    """Return microseconds per event."""
    loop.run(100)  # warm up: first looks, names, keyframe
    begin = time.perf_counter()
    events = loop.run(STEPS)
    return (time.perf_counter() - begin) / events * 1e6
