"""Recording leaves the training, the trainer and older traces as they would be without it."""

from __future__ import annotations

import inspect
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import EarlyStoppingCallback, Trainer, set_seed

from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

RUN: dict[str, Any] = {
    "max_steps": 6,
    "logging_strategy": "steps",
    "logging_steps": 1,
    "eval_strategy": "steps",
    "eval_steps": 2,
}


def outcome(folder: Path, *callbacks: Any) -> tuple[list[bytes], list[dict[str, Any]], tuple[Any, ...]]:
    """Train from one seed; return the weights' bytes, what was logged, and all random states."""
    set_seed(11)
    trainer = make_trainer(folder, callbacks=callbacks, **RUN)
    trainer.train()
    timeless = [
        {key: value for key, value in logs.items() if not key.endswith(("runtime", "per_second"))}
        for logs in trainer.state.log_history
    ]
    weights = [weight.numpy().tobytes() for weight in trainer.model.state_dict().values()]
    numpy_state = np.random.get_state()
    states = (
        random.getstate(),
        numpy_state[1].tobytes(),
        numpy_state[2:],
        torch.get_rng_state().numpy().tobytes(),
    )
    return weights, timeless, states


def test_weights_and_random_states_are_those_of_an_unrecorded_run(tmp_path: Path) -> None:
    """Recording touches neither a weight nor a random generator, to the last bit."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    recorded = outcome(tmp_path / "recorded", recorder)
    recorder.detach()
    assert recorded == outcome(tmp_path / "plain")
    assert len(Trace.open(tmp_path / "trace.mpk")) > 20


def possessions(trainer: Trainer) -> dict[str, dict[str, int]]:
    """Return the attributes of everything a recorder may touch, by the identity of their values."""
    handler = trainer.callback_handler
    things = [trainer, handler, trainer.args, trainer.state, trainer.control, *handler.callbacks]
    owned = {f"{place} {type(thing).__name__}": vars(thing) for place, thing in enumerate(things)}
    owned |= {f"class {kind.__name__}": dict(vars(kind)) for thing in things for kind in type(thing).__mro__[:-1]}
    return {name: {key: id(value) for key, value in values.items()} for name, values in owned.items()}


def test_detaching_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """After `attach`, no attribute of trainer, handler, callbacks or their classes is left or replaced."""
    trainer = make_trainer(tmp_path / "out", callbacks=[EarlyStoppingCallback(1)], **RUN, metric_for_best_model="loss")
    before = possessions(trainer)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer):
        pass
    assert possessions(trainer) == before


def test_watched_methods_look_as_they_are(tmp_path: Path) -> None:
    """Name and signature of what is watched stay: accelerate reads them before it tries a batch size."""
    trainer = make_trainer(tmp_path / "out", **RUN)
    watched = [trainer.train, trainer._inner_training_loop, trainer.callback_handler.on_log]
    before = [(method.__name__, inspect.signature(method)) for method in watched]
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer):
        watched = [trainer.train, trainer._inner_training_loop, trainer.callback_handler.on_log]
        assert [(method.__name__, inspect.signature(method)) for method in watched] == before


def test_detaching_after_a_training_leaves_no_hook(tmp_path: Path) -> None:
    """A training that was watched leaves the same attributes and functions as one that was not."""
    watched, alone = (make_trainer(tmp_path / name, **RUN) for name in ("watched", "alone"))
    with TraceRecorder(tmp_path / "trace.mpk").attach(watched):
        watched.train()
    alone.train()
    left, right = possessions(watched), possessions(alone)
    assert {name: set(values) for name, values in left.items()} == {name: set(values) for name, values in right.items()}
    assert not [name for name in vars(watched.callback_handler) if name.startswith("on_")]
    trace = (tmp_path / "trace.mpk").read_bytes()
    watched.train()
    assert (tmp_path / "trace.mpk").read_bytes() == trace


def test_a_trainer_that_nobody_holds_trains(tmp_path: Path) -> None:
    """`Trainer(...).train()` in one expression trains: nothing but that call holds the trainer."""
    output = make_trainer(tmp_path / "out", callbacks=[TraceRecorder(tmp_path / "trace.mpk")], **RUN).train()
    assert output.global_step == RUN["max_steps"]


def test_an_exception_detaches_as_well(tmp_path: Path) -> None:
    """Leaving `attach` by an exception leaves no hook either, and the exception passes unchanged."""
    trainer = make_trainer(tmp_path / "out", **RUN)
    before = possessions(trainer)
    failure = RuntimeError("not of the recorder's making")
    with pytest.raises(RuntimeError) as caught, TraceRecorder(tmp_path / "trace.mpk").attach(trainer):
        raise failure
    assert caught.value is failure
    assert possessions(trainer) == before


def test_a_trace_is_never_overwritten(tmp_path: Path) -> None:
    """A taken name is left alone: the second recording goes to `trace-1.mpk`, the third to `trace-2.mpk`."""
    seen: list[dict[str, bytes]] = []
    for _ in range(3):
        trainer = make_trainer(tmp_path / "out", **RUN)
        with TraceRecorder(tmp_path / "trace.mpk").attach(trainer):
            trainer.evaluate()
        seen.append({path.name: path.read_bytes() for path in tmp_path.glob("*.mpk")})
    assert [sorted(files) for files in seen] == [
        ["trace.mpk"],
        ["trace-1.mpk", "trace.mpk"],
        ["trace-1.mpk", "trace-2.mpk", "trace.mpk"],
    ]
    assert seen[0].items() <= seen[1].items() <= seen[2].items()
