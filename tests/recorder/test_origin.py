"""How a trace came about stands in it, and one that tells nothing is not left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.campaigns import sample
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.rows import origin
from tracetui.replay import Trace


@pytest.fixture(autouse=True)
def _first() -> None:
    """Begin as in a process of one's own."""
    origin.forget()


class Makes(TrainerCallback):
    """Makes and runs another Trainer inside an event."""

    def __init__(self, event: str, folder: Path, *, train: bool, made: Any = None) -> None:
        """Choose the event, and what is done: with a Trainer that is made there, or with one that exists."""
        self.event, self.folder, self.train, self.made = event, folder, train, made
        self.recorder = TraceRecorder(folder / "inner.mpk")

    def _look(self, event: str, state: Any) -> None:
        if event == self.event and state.global_step < 3:
            self.event = ""
            inner = self.made or make_trainer(self.folder / "inner", callbacks=[self.recorder], max_steps=1)
            if self.train:
                inner.train()

    def on_init_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """See `_look`."""
        self._look("on_init_end", state)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """See `_look`."""
        self._look("on_step_end", state)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """See `_look`."""
        self._look("on_train_end", state)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("event", ["on_init_end", "on_step_end", "on_train_end"])
def test_a_trainer_made_inside_an_event(tmp_path: Path, event: str, train: bool) -> None:
    """A Trainer that a callback makes says inside which event of which trace; the outer trace is not disturbed."""
    recorder = TraceRecorder(tmp_path / "outer.mpk")
    makes = Makes(event, tmp_path, train=train)
    outer = make_trainer(tmp_path / "out", callbacks=[recorder, makes], max_steps=2)
    outer.train()
    makes.recorder.detach()
    recorder.detach()
    outside, inside = Trace.open(tmp_path / "outer.mpk"), Trace.open(tmp_path / "inner.mpk")
    told = inside.run["origin"]
    assert (told["how"], told["trace"], told["file"]) == ("nested", outside.id, "outer.mpk")
    assert outside[told["event"]].name == event
    assert outside.run["origin"]["how"] == "first"
    assert outside.damage == inside.damage == ()


def test_a_trainer_that_runs_inside_an_event(tmp_path: Path) -> None:
    """A Trainer that was made before, and runs inside an event of another one, says so, too."""
    recorder = TraceRecorder(tmp_path / "inner.mpk")
    made = make_trainer(tmp_path / "inner", callbacks=[recorder], max_steps=1)
    outer = TraceRecorder(tmp_path / "outer.mpk")
    makes = Makes("on_step_end", tmp_path, train=True, made=made)
    make_trainer(tmp_path / "out", callbacks=[outer, makes], max_steps=2).train()
    recorder.detach()
    outer.detach()
    inside, outside = Trace.open(tmp_path / "inner.mpk"), Trace.open(tmp_path / "outer.mpk")
    told = inside.run["origin"]
    assert (told["how"], told["trace"]) == ("nested", outside.id)
    assert outside[told["event"]].name == "on_step_end"
    assert outside.run["origin"]["how"] == "next"


def test_traces_one_after_the_other(tmp_path: Path) -> None:
    """The traces of a process say which was before them, and whose process and thread it is."""
    recorders = [TraceRecorder(tmp_path / f"{number}.mpk") for number in range(3)]
    for recorder in recorders[:2]:
        make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=1).train()
    work = threading.Thread(
        target=lambda: make_trainer(tmp_path / "out", callbacks=[recorders[2]], max_steps=1).train(), name="worker"
    )
    work.start()
    work.join()
    for recorder in recorders:
        recorder.detach()
    traces = [Trace.open(recorder.path) for recorder in recorders]
    told = [trace.run["origin"] for trace in traces]
    assert [item["how"] for item in told] == ["first", "next", "next"]
    assert [item.get("trace") for item in told] == [None, traces[0].id, traces[1].id]
    assert [item["thread"] for item in told] == ["MainThread", "MainThread", "worker"]
    assert {item["pid"] for item in told} == {os.getpid()}


def test_events_of_another_thread_are_not_around_it(tmp_path: Path) -> None:
    """A Trainer made in another thread while an event is open is not inside that event."""

    class Waits(TrainerCallback):
        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            work = threading.Thread(target=lambda: make_trainer(tmp_path / "inner", callbacks=[inner]))
            work.start()
            work.join()

    outer, inner = TraceRecorder(tmp_path / "outer.mpk"), TraceRecorder(tmp_path / "inner.mpk")
    make_trainer(tmp_path / "out", callbacks=[outer, Waits()], max_steps=1).train()
    inner.detach()
    outer.detach()
    assert Trace.open(inner.path).run["origin"]["how"] == "next"


def test_a_training_that_is_resumed(tmp_path: Path) -> None:
    """A training that goes on from a checkpoint says so."""
    options = {"max_steps": 2, "save_strategy": "steps", "save_steps": 1}
    make_trainer(tmp_path / "out", **options).train()
    for resume, how in ((None, "first"), (False, "next"), (True, "resumed")):
        recorder = TraceRecorder(tmp_path / f"{how}.mpk")
        make_trainer(tmp_path / "out", callbacks=[recorder], **options).train(resume_from_checkpoint=resume)
        recorder.detach()
        assert Trace.open(recorder.path).run["origin"]["how"] == how


PROGRAM = """
import gc, os, sys, logging
sys.path[:0] = {path!r}
from support.tiny import make_trainer
from transformers import Trainer, TrainerCallback
from tracetui.recorder import TraceRecorder

class Warns(TrainerCallback):
    def on_init_end(self, args, state, control, **kwargs):
        logging.getLogger("transformers.trainer").warning("something is wrong")

class Fails(TrainerCallback):
    def on_init_end(self, args, state, control, **kwargs):
        raise ValueError("no")

def make(name, *callbacks):
    return make_trainer(name + ".out", callbacks=[TraceRecorder(name + ".mpk"), *callbacks], max_steps=1)

kept = make("open")
make("collected")
gc.collect()
for name, callback in (("warned", Warns()), ("failed", Fails())):
    try:
        make(name, callback)
    except ValueError:
        pass
recorder = TraceRecorder("detached.mpk")
make_trainer("out", callbacks=[recorder])
recorder.detach()
make("trained").train()
make("evaluated").evaluate()
make("touched")
gc.collect()
open("touched.mpk", "ab").write(b"mine")
"""
WHOLE = {"warned", "failed", "detached", "trained", "evaluated", "touched"}


ENDS = [
    ("", WHOLE),
    ("sys.exit(0)", WHOLE),
    ("os._exit(0)", {*WHOLE, "open", "collected"}),
    ("os.kill(os.getpid(), 9)", {*WHOLE, "open", "collected"}),
    ("os.kill(os.getpid(), 15)", {*WHOLE, "open", "collected"}),
    ("raise ValueError('no')", {*WHOLE, "open", "collected"}),
    ("os.fork() and os.waitpid(-1, 0) or sys.exit(0)\nos._exit(0)", {*WHOLE, "open", "collected"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("end", "kept"), sample(ENDS, 3, "exits"))
def test_what_is_left_of_a_trainer_that_never_ran(tmp_path: Path, end: str, kept: set[str]) -> None:
    """At a clean exit a trace of `on_init_end` alone is removed; what tells more, or what is not ours alone, stays."""
    program = PROGRAM.format(path=[str(Path(__file__).parents[1])]) + end
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=tmp_path, capture_output=True, check=False)
    assert {path.stem for path in tmp_path.glob("*.mpk")} == kept
