"""What is watched can be copied, pickled and deleted as if nobody watched."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accelerate.state import GradientState
from transformers import TrainerCallback

from support.recorded import named
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.hooks.doors import Door
from tracetui.replay import Trace


class Counts(TrainerCallback):
    """Counts steps, and has a hook on its instance as well as one of its class."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.steps = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count."""
        self.steps += 1


class Stated(Counts):
    """Says itself what a copy has of it: everything."""

    def __getstate__(self) -> dict[str, Any]:
        """Return all fields."""
        return dict(vars(self))


def doors_in(*owners: Any) -> list[str]:
    """Return the names of the doors that stand in the fields of objects."""
    return [name for owner in owners for name, value in vars(owner).items() if isinstance(value, Door)]


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda item: pickle.loads(pickle.dumps(item)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_copy_of_a_callback_is_its_own(way: Callable[[Any], Any], tmp_path: Path) -> None:
    """The copy of a watched callback calls its own hooks, carries no doors, and is not recorded."""
    counts = Counts()
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[counts, recorder], max_steps=2)
    assert "on_step_end" in doors_in(counts)
    twin = way(counts)
    assert doors_in(twin) == []
    twin.on_step_end(trainer.args, trainer.state, trainer.control)
    assert (counts.steps, twin.steps) == (0, 1)
    trainer.train()
    recorder.detach()
    assert (counts.steps, twin.steps) == (2, 1)
    assert vars(counts) == {"steps": 2}
    calls = [call.callback for event in named(Trace.open(recorder.path), "on_step_end") for call in event.calls]
    assert calls.count("Counts") == 2


@pytest.mark.parametrize("way", [copy.deepcopy, WAYS["pickle"]], ids=["deepcopy", "pickle"])
def test_a_copy_of_a_callback_with_a_state_of_its_own(way: Callable[[Any], Any], tmp_path: Path) -> None:
    """Where a class hands over all its fields, a copy is not watched either, and calls its own hooks."""
    counts = Stated()
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[counts, recorder], max_steps=2)
    twin = way(counts)
    assert doors_in(twin) == []
    twin.on_step_end(trainer.args, trainer.state, trainer.control)
    recorder.detach()
    assert (counts.steps, twin.steps) == (0, 1)


@pytest.mark.parametrize("way", [copy.deepcopy, WAYS["pickle"]], ids=["deepcopy", "pickle"])
def test_a_copy_of_a_trainer_trains_alone(way: Callable[[Any], Any], tmp_path: Path) -> None:
    """A Trainer is copied without its doors; the copy trains, and writes nothing into the first one's trace."""
    GradientState._reset_state()  # shared by all Trainers; after any training in this process it can't be pickled
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[Counts(), recorder], max_steps=2)
    trainer.create_optimizer_and_scheduler(2)
    twin = way(trainer)
    handler = twin.callback_handler
    assert doors_in(twin, handler, *handler.callbacks) == []
    for callback in list(handler.callbacks):
        if isinstance(callback, TraceRecorder):
            assert callback.paths == []
            twin.remove_callback(callback)
    events = len(Trace.open(recorder.path))
    twin.train()
    assert twin.state.global_step == 2
    assert len(Trace.open(recorder.path)) == events
    trainer.train()
    recorder.detach()
    assert doors_in(trainer, trainer.callback_handler, *trainer.callback_handler.callbacks) == []
    assert len(named(Trace.open(recorder.path), "on_step_end")) == 2


def test_a_copied_recorder_writes_its_own_file(tmp_path: Path) -> None:
    """A trace has one writer: the recorder in a copied Trainer begins another one."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=2)
    twin = copy.deepcopy(trainer)
    twin.train()
    other = next(callback for callback in twin.callback_handler.callbacks if isinstance(callback, TraceRecorder))
    trainer.train()
    recorder.detach()
    other.detach()
    assert [path.name for path in (recorder.path, other.path)] == ["trace.mpk", "trace-1.mpk"]
    for path in (recorder.path, other.path):
        assert len(named(Trace.open(path), "on_step_end")) == 2


def freed(tmp_path: Path, recorder: TraceRecorder | None, *, after: Callable[[Any], Any]) -> bool:
    """Tell whether nothing but a Trainer's last user kept it."""
    trainer = make_trainer(tmp_path / "out", max_steps=1)
    if recorder is not None:
        recorder.attach(trainer)
    after(trainer)
    reference = weakref.ref(trainer)
    del trainer
    return reference() is None


def test_a_deleted_trainer_is_freed(tmp_path: Path) -> None:
    """A Trainer holds the GPU's memory: once it was used, the recorder must not keep it for a moment longer."""
    gc.collect()
    gc.disable()
    try:
        found = [
            freed(tmp_path, recorder, after=lambda trainer: trainer.evaluate())
            for recorder in (None, TraceRecorder(tmp_path / "trace.mpk"))
        ]
    finally:
        gc.enable()
    assert found == [True, True]


def test_a_trainer_that_did_nothing_is_freed(tmp_path: Path) -> None:
    """One that was never used is freed by the garbage collector."""
    trainer = make_trainer(tmp_path / "out", callbacks=[TraceRecorder(tmp_path / "trace.mpk")])
    reference = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert reference() is None


def test_a_trainer_without_a_name_trains(tmp_path: Path) -> None:
    """Nothing but the call holds the Trainer in `Trainer(...).train()`: it is recorded to its end."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    make_trainer(tmp_path / "out", max_steps=2, callbacks=[recorder]).train()
    assert Trace.open(recorder.path)[-1].name == "on_train_end"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_recorders_that_leave_in_any_order_leave_nothing(tmp_path: Path, order: tuple[int, int]) -> None:
    """Two recorders at one Trainer: all objects are as they were, whichever is detached first."""
    trainer = make_trainer(tmp_path / "out", max_steps=1)
    handler = trainer.callback_handler
    watched = [trainer, handler, *handler.callbacks]
    before = [set(vars(item)) for item in watched]
    recorders = [TraceRecorder(tmp_path / f"{number}.mpk").attach(trainer) for number in range(2)]
    trainer.train()
    for number in order:
        recorders[number].detach()
    doors = [value for item in watched for value in vars(item).values() if isinstance(value, Door)]
    assert not doors
    assert set(vars(handler)) == before[1]
    assert [len(Trace.open(recorder.path)) for recorder in recorders] == [len(Trace.open(recorders[0].path))] * 2
