"""However a run ends, it ends as it would have without a recorder, and the trace says how."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Trainer, TrainerCallback, set_seed

from support.recorded import named
from support.tiny import TinyData, make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

TESTS = Path(__file__).parents[1]
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RUN: dict[str, Any] = {"max_steps": 6, "logging_strategy": "steps", "logging_steps": 1, "eval_strategy": "steps"}


class Failing(Trainer):
    """Raises in the fourth step."""

    error: BaseException = RuntimeError("no step")

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Raise at step 4."""
        if self.state.global_step == 3:
            raise self.error
        return super().training_step(*args, **kwargs)


def failing(error: BaseException) -> dict[str, Any]:
    """Return options for a trainer whose step raises."""
    return {"trainer_class": type("Failing", (Failing,), {"error": error})}


class BadData(TinyData):
    """Fails at its tenth point."""

    read = 0

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Count, and fail."""
        self.read += 1
        if self.read > 14:
            raise RuntimeError("no data")
        return super().__getitem__(index)


class BadCallback(TrainerCallback):
    """Raises at the third step's end."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise at step 3."""
        if state.global_step == 3:
            raise RuntimeError("no callback")


def bad_metrics(prediction: Any) -> dict[str, float]:
    """Fail."""
    raise RuntimeError("no metrics")


ENDINGS: dict[str, tuple[Callable[[], dict[str, Any]], type[BaseException], str]] = {
    "step": (lambda: failing(RuntimeError("no step")), RuntimeError, "no step"),
    "data": (lambda: {"train": BadData(16)}, RuntimeError, "no data"),
    "callback": (lambda: {"callbacks": [BadCallback()]}, RuntimeError, "no callback"),
    "metrics": (lambda: {"compute_metrics": bad_metrics, "eval_steps": 3}, RuntimeError, "no metrics"),
    "interrupt": (lambda: failing(KeyboardInterrupt()), KeyboardInterrupt, ""),
    "exit": (lambda: failing(SystemExit(3)), SystemExit, "3"),
}


def ended(folder: Path, options: dict[str, Any], error: type[BaseException], *recorders: Any) -> tuple[Any, ...]:
    """Train until it fails; return the exception's text, all weights, and all random states."""
    set_seed(5)
    callbacks = [*options.pop("callbacks", []), *recorders]
    trainer = make_trainer(folder, callbacks=callbacks, **{**RUN, **options})
    with pytest.raises(error) as caught:
        trainer.train()
    weights = [weight.numpy().tobytes() for weight in trainer.model.state_dict().values()]
    states = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()
    return type(caught.value), str(caught.value), trainer.state.global_step, weights, states


@pytest.mark.parametrize("name", ENDINGS)
def test_an_exception_is_recorded_and_goes_on(tmp_path: Path, name: str) -> None:
    """The same exception at the same step with the same weights and random states; the trace names it and its place."""
    options, error, text = ENDINGS[name]
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    recorded = ended(tmp_path / "a", options(), error, recorder)
    assert recorded == ended(tmp_path / "b", options(), error)
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    (found,) = trace.exceptions
    assert (found.type, found.message) == (error.__name__, text)
    assert "train" in found.ended
    assert found.step == recorded[2]
    assert trace.gaps == trace.damage == ()


DRIVE = f"""
import os, sys
sys.path[:0] = [{str(TESTS)!r}, {str(BENCHMARKS)!r}]
"""

KILLED = (
    DRIVE
    + """
import random, signal, time
from loop import Loop
from tracetui.recorder import TraceRecorder

def child(loop, number, told):
    recorder = TraceRecorder(f"{number}.mpk").attach(loop)
    handler = loop.callback_handler
    for name in [name for name in dir(type(handler)) if name.startswith("on_")]:
        def hook(*args, _call=getattr(handler, name), **kwargs):
            result = _call(*args, **kwargs)
            os.write(told, b".")
            return result
        setattr(handler, name, hook)
    while True:
        loop.run(1000)

loop = Loop()
for number in range(200):
    reader, told = os.pipe()
    process = os.fork()
    if not process:
        os.close(reader)
        child(loop, number, told)
    os.close(told)
    assert os.read(reader, 1) == b"."  # it has begun
    time.sleep(random.Random(number).random() ** 2 * 0.03)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    seen = 1
    while part := os.read(reader, 1 << 16):
        seen += len(part)
    os.close(reader)
    print(seen)
"""
)


@pytest.mark.slow
def test_200_kills(tmp_path: Path) -> None:
    """Killed at any moment: every event whose hook has returned is in the trace, which says that it ended open."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    counts = [int(line) for line in done.stdout.splitlines()]
    assert len(counts) == 200
    assert len(set(counts)) > 20
    for number, seen in enumerate(counts):
        trace = Trace.open(tmp_path / f"{number}.mpk")
        assert seen <= len(trace) <= seen + 1, number
        assert trace.end is None
        assert [damage.kind for damage in trace.damage] in ([], ["torn tail"])


EXEC = (
    DRIVE
    + """
from transformers import TrainerCallback
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
class Replace(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        os.execv(sys.executable, [sys.executable, "-c", "print('another program')"])
make_trainer("out", max_steps=3, callbacks=[Replace(), TraceRecorder("trace.mpk")]).train()
"""
)


@pytest.mark.slow
def test_a_process_that_becomes_another(tmp_path: Path) -> None:
    """After `exec` the trace holds all that was complete, is open at its end, and stays as it is."""
    done = subprocess.run([sys.executable, "-c", EXEC], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "another program\n"
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace[-1].name == "on_optimizer_step"
    assert trace.end is None
    assert trace.damage == ()


TERMINATED = (
    DRIVE
    + """
import signal
from transformers import TrainerCallback
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
class Terminate(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        os.kill(os.getpid(), signal.SIGTERM)
make_trainer("out", max_steps=3, callbacks=[Terminate(), TraceRecorder("trace.mpk")]).train()
"""
)


@pytest.mark.slow
def test_a_terminated_process(tmp_path: Path) -> None:
    """SIGTERM ends the process as it does without a recorder: no handler of ours stands in its way."""
    done = subprocess.run([sys.executable, "-c", TERMINATED], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == -signal.SIGTERM
    assert Trace.open(tmp_path / "trace.mpk").end is None


class Reports(TinyData):
    """Tells the Trainer's callbacks of each point that a worker of a data loader reads."""

    trainer: Any = None

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Return the point."""
        if torch.utils.data.get_worker_info() is not None:
            self.trainer.callback_handler.on_substep_end(self.trainer.args, self.trainer.state, self.trainer.control)
        return super().__getitem__(index)


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="workers are not forked here")
def test_data_loader_workers(tmp_path: Path) -> None:
    """Workers that are forked while recording write nothing, whatever they call, and close nothing of the parent's."""
    recorder, data = TraceRecorder(tmp_path / "trace.mpk"), Reports(16)
    options = {"max_steps": 4, "dataloader_num_workers": 2}
    trainer = data.trainer = make_trainer(tmp_path / "out", callbacks=[recorder], train=data, **options)
    trainer.train()
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    assert [event.before.state["global_step"] for event in named(trace, "on_step_begin")] == [0, 1, 2, 3]
    assert trace.end is not None
    assert trace.gaps == trace.damage == ()
    assert len([name for name in os.listdir(tmp_path) if name.endswith(".mpk")]) == 1


class Slow(TrainerCallback):
    """Lets another process read in the middle of a run."""

    def __init__(self, path: Path) -> None:
        """Know the trace."""
        self.path = path
        self.seen: list[int] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Read the trace as it is."""
        time.sleep(0.01)
        self.seen.append(len(Trace.open(self.path)))


def test_a_trace_is_read_while_it_is_written(tmp_path: Path) -> None:
    """Every event that is over is there to be read, at any time."""
    reader = Slow(tmp_path / "trace.mpk")
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    make_trainer(tmp_path / "out", callbacks=[reader, recorder], max_steps=3).train()
    recorder.detach()
    ends = [event.index for event in named(Trace.open(tmp_path / "trace.mpk"), "on_step_end")]
    assert reader.seen == ends


class Liar(Exception):
    """Makes something else of every name that Python's own exceptions have."""

    __notes__ = property(lambda self: 1 / 0)
    __cause__ = property(lambda self: 1 / 0)  # type: ignore[assignment]
    __context__ = property(lambda self: 1 / 0)  # type: ignore[assignment]
    __traceback__ = property(lambda self: 1 / 0)  # type: ignore[assignment]

    def __str__(self) -> str:
        """Fail."""
        raise ValueError("no text")

    def __bool__(self) -> bool:
        """Fail."""
        raise ValueError("neither")


def test_an_exception_that_cannot_be_looked_at_leaves_training_as_it_is(tmp_path: Path) -> None:
    """Whatever its class makes of `__context__` and its like: it is raised, and it is in the trace."""

    class Raising(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            raise Liar

    trainer = make_trainer(tmp_path / "out", callbacks=[Raising()], max_steps=3)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer), pytest.raises(Liar):
        trainer.train()
    trace = Trace.open(tmp_path / "trace.mpk")
    (error,) = trace.exceptions
    assert error.type.endswith("Liar")
    assert "raise Liar" in error.traceback
    assert not trace.gaps
