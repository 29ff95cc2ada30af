"""The file of a recording: its name, its rights, and what happens when it can't be written."""

from __future__ import annotations

import logging
import os
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.recorded import warnings_of
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

LOG = {"logging_strategy": "steps", "logging_steps": 1}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """A trace holds what a run printed and more: its mode is 0600, whatever the umask."""
    before = os.umask(0)
    try:
        recorder = TraceRecorder(tmp_path / "new" / "folder" / "trace.mpk")
        make_trainer(tmp_path / "out", callbacks=[recorder])
        recorder.detach()
    finally:
        os.umask(before)
    assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o600


def test_a_taken_name_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When the name is taken, the log says which one is used; with `overwrite` the file is replaced."""
    (tmp_path / "trace.mpk").write_bytes(b"mine")
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    with caplog.at_level(logging.WARNING, "tracetui.recorder"):
        make_trainer(tmp_path / "out", callbacks=[recorder])
    recorder.detach()
    assert recorder.path == tmp_path / "trace-1.mpk"
    assert "trace.mpk exists: recording to" in caplog.text
    assert (tmp_path / "trace.mpk").read_bytes() == b"mine"
    recorder = TraceRecorder(tmp_path / "trace.mpk", overwrite=True)
    make_trainer(tmp_path / "out", callbacks=[recorder])
    recorder.detach()
    assert len(Trace.open(tmp_path / "trace.mpk")) == 1


def test_each_rank_has_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With several processes each writes a file with its rank in the name."""

    class Args:
        world_size, process_index = 4, 3

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out")
    trainer.args = Args()
    with recorder.attach(trainer):
        pass
    assert recorder.path == tmp_path / "trace.rank3.mpk"


def test_two_trainers_of_one_recorder(tmp_path: Path) -> None:
    """One recorder given to two trainers writes two files, one for each."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    first, second = (make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=1) for _ in range(2))
    second.train()
    first.evaluate()
    recorder.detach()
    assert recorder.paths == [tmp_path / "trace.mpk", tmp_path / "trace-1.mpk"]
    names = [{event.name for event in Trace.open(path)} for path in recorder.paths]
    assert "on_evaluate" in names[0] - names[1]
    assert "on_train_end" in names[1] - names[0]


def test_a_folder_that_can_not_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where no file can be made, training goes on unrecorded, and one warning says so."""
    (tmp_path / "file").write_text("not a folder")
    trainer = make_trainer(tmp_path / "out", callbacks=[TraceRecorder(tmp_path / "file" / "trace.mpk")], max_steps=3)
    trainer.train()
    assert trainer.state.global_step == 3
    assert len(warnings_of(caplog)) == 1
    assert "records nothing of this run" in warnings_of(caplog)[0]


class FillsTheDisk(TrainerCallback):
    """Lets no file of this process grow any more for two steps."""

    def __init__(self, trace: Path) -> None:
        """Know which file must not grow."""
        self.trace = trace

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Limit file sizes to that of the trace now, and give the space back later."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        if state.global_step == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.trace.stat().st_size + 10, hard))
        if state.global_step == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def sights(trace: Trace) -> dict[tuple[str, int], Any]:
    """Return what each event saw, by name and step, times left out."""

    def fields(snapshot: Any) -> Any:
        logs = [{key: entry[key] for key in entry if "_per_" not in key} for entry in snapshot.state["log_history"]]
        return dict(snapshot.state) | {"log_history": [entry.get("loss") for entry in logs]}, dict(snapshot.control)

    return {
        (event.name, event.before.state["global_step"]): (fields(event.before), fields(event.after)) for event in trace
    }


def test_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While the disk is full events are lost, counted and warned of once; those that follow are right in all values."""
    runs = []
    for name, callback in (("full", FillsTheDisk(tmp_path / "full.mpk")), ("whole", FillsTheDisk.__base__())):
        recorder = TraceRecorder(tmp_path / f"{name}.mpk")
        trainer = make_trainer(tmp_path / "out", callbacks=[callback, recorder], max_steps=40, **LOG)
        soft = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            trainer.train()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, soft)
        recorder.detach()
        assert trainer.state.global_step == 40
        runs.append(Trace.open(recorder.path))
    full, whole = runs
    assert len(warnings_of(caplog)) == 1
    (gap,) = full.gaps
    assert gap.count + len(full) == len(whole)
    assert gap.count < 40
    seen, expected = sights(full), sights(whole)
    assert len(seen) > 100
    assert {key: expected[key] for key in seen} == seen
    assert all(change.by != "Trainer" for change in full[gap.index].changes)


def test_a_disk_that_stays_full_until_just_before_the_end(tmp_path: Path) -> None:
    """Events lost at the very end, after which none is recorded, are counted in the trace, too."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    full = FillsTheDisk(recorder.path)
    trainer = make_trainer(tmp_path / "out", callbacks=[full, recorder], max_steps=2, **LOG)
    soft = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        trainer.train()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, soft)
    recorder.detach()
    trace = Trace.open(recorder.path)
    assert sum(gap.count for gap in trace.gaps) >= 5
    assert trace.end is not None


def test_a_deleted_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A trace that is deleted while it is written disturbs nobody; the user hears of it while the run goes on, once."""
    other = TraceRecorder(tmp_path / "other.mpk")
    make_trainer(tmp_path / "out", callbacks=[other], max_steps=100).train()
    other.detach()
    undisturbed = Trace.open(other.path)
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=100)
    recorder.path.unlink()
    trainer.train()
    assert trainer.state.global_step == 100
    assert ["was deleted while it was written" in text for text in warnings_of(caplog)] == [True]
    recorder.detach()
    assert len(warnings_of(caplog)) == 1
    trace = Trace.open(recorder.path)
    assert (trace.damage, trace.end is not None) == ((), True)
    assert trace.gaps[0].index == 0
    assert trace.gaps[0].count + len(trace) == len(undisturbed)
    assert "deleted" in trace.gaps[0].reason
    assert trace[-1].name == "on_train_end"
    assert trace[-1].before.state["global_step"] == 100


def test_a_file_deleted_near_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A trace that is deleted just before its end leaves one that says so; with its folder gone, a warning says it."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=2).train()
    recorder.path.unlink()
    recorder.detach()
    trace = Trace.open(recorder.path)
    assert (len(trace), trace.damage, trace.end is not None) == (0, (), True)
    assert trace.gaps[0].count > 8
    folder = tmp_path / "gone"
    other = TraceRecorder(folder / "trace.mpk")
    make_trainer(tmp_path / "out", callbacks=[other], max_steps=2).train()
    shutil.rmtree(folder)
    other.detach()
    assert ["deleted while it was written" in text for text in warnings_of(caplog)] == [True, True]


FORK = """
import os, sys
sys.path[:0] = {path!r}
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
recorder = TraceRecorder(sys.argv[1])
trainer = make_trainer(sys.argv[1] + ".out", callbacks=[recorder], max_steps=2)
"""

ONE_CHILD = """
child = os.fork()
if not child:
    trainer.evaluate()
    trainer.train()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
trainer.train()
"""

SEVERAL = """
children = []
for _ in range(3):
    children.append(os.fork())
    if not children[-1]:
        trainer.train()
        os._exit(0)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
trainer.evaluate()
"""

DAEMON = """
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
os.closerange(3, 4096)
own = open(sys.argv[1] + ".own", "wb", buffering=0)
trainer.train()
own.write(b"done")
"""

QUIET = """
from multiprocessing import get_context
worker = get_context("fork").Process(target=lambda: (trainer.evaluate(), trainer.log({{"loss": 1.0}})))
worker.start(); worker.join()
assert worker.exitcode == 0
trainer.train()
"""


def forking(tmp_path: Path, what: str) -> tuple[list[Trace], list[str]]:
    """Run a program that forks; return the traces of the folder and the warnings of the recorder."""
    program = (FORK + what).format(path=[str(Path(__file__).parents[1])])
    command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "trace.mpk")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)  # until the last has closed stderr
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "trace" in line]
    return [Trace.open(path) for path in sorted(tmp_path.glob("*.mpk"), key=lambda path: (len(path.name), path))], said


def names(trace: Trace) -> list[str]:
    """Return the events' names."""
    return [event.name for event in trace]


@pytest.mark.slow
def test_a_forked_process_leaves_the_file_alone(tmp_path: Path) -> None:
    """What a forked child does is not in the parent's file, whose end is the parent's; its training has its own."""
    (trace, child), said = forking(tmp_path, ONE_CHILD)
    assert trace.damage == child.damage == ()
    assert names(trace).count("on_train_begin") == names(child).count("on_train_begin") == 1
    assert "on_evaluate" not in names(trace) + names(child)
    assert trace.end.reason == child.end.reason == "process exit"
    assert trace.id != child.id
    assert len(said) == 1
    assert "trace.mpk is the trace of the process that this one was forked from: recording to" in said[0]


@pytest.mark.slow
def test_several_forked_processes_that_train(tmp_path: Path) -> None:
    """Each forked process that trains has a file of its own, and the parent's stays whole."""
    traces, said = forking(tmp_path, SEVERAL)
    assert [names(trace).count("on_train_end") for trace in traces] == [0, 1, 1, 1]
    assert [trace.damage for trace in traces] == [()] * 4
    assert len({trace.id for trace in traces}) == 4
    assert len(said) == 3


@pytest.mark.slow
def test_a_daemon(tmp_path: Path) -> None:
    """A process that goes to the background and closes all descriptors is recorded, and its own file is its own."""
    (first, trace), _ = forking(tmp_path, DAEMON)
    assert (tmp_path / "trace.mpk.own").read_bytes() == b"done"
    assert (names(first), names(trace)[-1]) == (["on_init_end"], "on_train_end")
    assert (trace.damage, trace.end.reason) == ((), "process exit")


@pytest.mark.slow
def test_a_forked_process_that_does_not_train(tmp_path: Path) -> None:
    """A worker that only calls events writes nothing and says nothing."""
    (trace,), said = forking(tmp_path, QUIET)
    assert "on_log" in names(trace)
    assert {"on_evaluate", "on_prediction_step"}.isdisjoint(names(trace))
    assert trace.damage == trace.gaps == ()
    assert said == []
