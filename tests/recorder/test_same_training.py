"""Whatever happens to the file or the process, training ends with the same bits, and one warning says what was lost."""

from __future__ import annotations

import os
import random
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import TrainerCallback, set_seed

from support.recorded import warnings_of
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

RUN: dict[str, Any] = {"max_steps": 12, "logging_strategy": "steps", "logging_steps": 1, "num_train_epochs": 3}


class Happens(TrainerCallback):
    """Does something to the trace at the third step."""

    def __init__(self, path: Path) -> None:
        """Know the trace."""
        self.path = path

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Act at step 2."""
        if state.global_step == 2 and self.path.exists():
            self.act()

    def act(self) -> None:
        """Do nothing."""


class DiskIsFull(Happens):
    """Lets no file grow beyond the trace's size, to the end of the process."""

    def act(self) -> None:
        """Set the limit."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.path.stat().st_size + 10, hard))


class Deletes(Happens):
    """Deletes the trace."""

    def act(self) -> None:
        """Delete it."""
        self.path.unlink()


class Forks(Happens):
    """Leaves the process to a child for a moment."""

    def act(self) -> None:
        """Fork a child that ends as Python does."""
        child = os.fork()
        if not child:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0


def outcome(folder: Path, callback: TrainerCallback, *recorders: TraceRecorder, **options: Any) -> list[Any]:
    """Train from one seed; return all weights, losses and random states, to the bit."""
    set_seed(4)
    trainer = make_trainer(folder, callbacks=[callback, *recorders], **RUN, **options)
    trainer.train()
    weights = [weight.numpy().tobytes() for weight in trainer.model.state_dict().values()]
    losses = [entry.get("loss") for entry in trainer.state.log_history]
    numpy_state = np.random.get_state()
    states = [random.getstate(), numpy_state[1].tobytes(), numpy_state[2:], torch.get_rng_state().numpy().tobytes()]
    return [weights, losses, *states]


@pytest.fixture(autouse=True)
def _limits() -> Iterator[None]:
    soft = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, soft)


FAULTS: dict[str, tuple[type[Happens], dict[str, Any], str]] = {
    "full disk": (DiskIsFull, {}, "could not record an event (OSError: [Errno 27] File too large)"),
    "no folder": (Happens, {}, "records nothing of this run"),
    "deleted": (Deletes, {}, "was deleted while it was written"),
    "fork": (Forks, {}, ""),
    "workers": (Happens, {"dataloader_num_workers": 2}, ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_training_ends_with_the_same_bits(tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """Weights, losses and random states are those of an unrecorded run; there is one warning where one is due."""
    kind, options, told = FAULTS[fault]
    folder = tmp_path / "traces"
    if fault == "no folder":
        folder.write_text("in its place")
    path = folder / "trace.mpk"
    recorder = TraceRecorder(path)
    recorded = outcome(tmp_path / "recorded", kind(path), recorder, **options)
    recorder.detach()
    warnings = warnings_of(caplog)
    assert len(warnings) == bool(told), warnings
    assert told in "".join(warnings)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert recorded == outcome(tmp_path / "alone", Happens(tmp_path / "none"), **options)
    if path.exists():
        trace = Trace.open(path)
        steps = sum(event.name == "on_step_end" for event in trace)
        ended = trace.end is not None
        if fault == "deleted":  # noticed while the run goes on: what follows is kept
            assert (steps < 12, ended) == (True, True)
        else:
            assert (steps, ended) == {"full disk": (2, False)}.get(fault, (12, True))
        assert [gap.reason for gap in trace.gaps if told in gap.reason] or fault != "deleted"


def test_attached_where_nothing_can_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`attach` raises no error either: training goes on unrecorded."""
    (tmp_path / "file").write_text("no folder")
    trainer = make_trainer(tmp_path / "out", max_steps=2)
    with TraceRecorder(tmp_path / "file" / "trace.mpk").attach(trainer):
        trainer.train()
    assert trainer.state.global_step == 2
    assert ["records nothing of this run" in message for message in warnings_of(caplog)] == [True]


def test_a_folder_that_is_read_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without the right to write into the folder, training goes on unrecorded."""
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o500)
    trainer = make_trainer(tmp_path / "out", max_steps=2)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write everywhere
    try:
        TraceRecorder(folder / "trace.mpk").attach(trainer)
    finally:
        os.seteuid(user)
    trainer.train()
    assert trainer.state.global_step == 2
    assert ["PermissionError" in message for message in warnings_of(caplog)] == [True]
