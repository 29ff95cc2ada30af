"""What a recording does when its process exits."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

from support.campaigns import sample
from tracetui.recorder import journal
from tracetui.replay import Trace


@pytest.mark.parametrize("initialized", [True, False])
def test_a_process_group_gets_a_moment(monkeypatch: pytest.MonkeyPatch, initialized: bool) -> None:
    """Threads of a process group that is still there can give back their tensors before the interpreter ends."""
    group = types.SimpleNamespace(is_available=lambda: True, is_initialized=lambda: initialized)
    pauses: list[float] = []
    monkeypatch.setitem(sys.modules, "torch.distributed", group)
    monkeypatch.setattr(journal, "_at_exit", False)
    monkeypatch.setattr("tracetui.recorder.journal.time.sleep", pauses.append)
    journal._note_exit()
    assert pauses == [journal.PROCESS_GROUP_PAUSE] * initialized


PROGRAM = """
import gc, os, signal, sys, threading, time
sys.path[:0] = {path!r}
from support.tiny import make_trainer
from transformers import TrainerCallback
from tracetui.recorder import TraceRecorder

class Signals(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        running.set()

running = threading.Event()
trainer = make_trainer("out", callbacks=[Signals(), TraceRecorder("t.mpk")], max_steps={steps})
"""

ENDS = {
    "end": ("trainer.train()", "process exit"),
    "sys.exit": ("trainer.train(); sys.exit(3)", "process exit"),
    "exception": ("trainer.train(); raise ValueError('no')", "process exit"),
    "exception in training": ("trainer.train_dataset = None; trainer.train()", "process exit"),
    "exit in a thread": (
        "work = threading.Thread(target=lambda: (trainer.train(), sys.exit(3))); work.start()",
        "process exit",
    ),
    "daemon thread": (
        "threading.Thread(target=trainer.train, daemon=True).start(); assert running.wait(60); del trainer",
        "process exit",
    ),
    "os._exit": ("trainer.train(); os._exit(3)", None),
    "SIGTERM": ("trainer.train(); os.kill(os.getpid(), signal.SIGTERM)", None),
    "SIGINT": ("trainer.train(); os.kill(os.getpid(), signal.SIGINT); time.sleep(60)", "process exit"),
    "deleted": ("trainer.train(); del trainer; gc.collect(); os._exit(0)", "recorder deleted"),
    "in a cycle": (
        "trainer.train(); trainer.me = [trainer]; del trainer; gc.collect(); os._exit(0)",
        "recorder deleted",
    ),
    "collected in a thread": (
        """trainer.train(); trainer.me = trainer; del trainer
work = threading.Thread(target=gc.collect); work.start(); work.join(); os._exit(0)""",
        "recorder deleted",
    ),
    "closed streams": ("trainer.train(); sys.stdout.close(); sys.stderr.close()", "process exit"),
    "kept by a module": ("trainer.train(); os.trainer = trainer", "process exit"),
}


@pytest.mark.slow
@pytest.mark.parametrize("end", sample(ENDS, 5, "ends of a process"))
def test_the_end_of_the_process(tmp_path: Path, end: str) -> None:
    """However a process ends or lets go of its Trainer, the trace is whole, and has an END where Python could run."""
    what, reason = ENDS[end]
    steps = 100_000 if end == "daemon thread" else 2
    program = PROGRAM.format(path=[str(Path(__file__).parents[1])], steps=steps) + what
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    trace = Trace.open(tmp_path / "t.mpk")
    assert trace.damage == trace.gaps == ()
    assert (trace.end.reason if trace.end else None) == reason, done.stderr
    assert "tracetui" not in done.stderr, done.stderr
    assert len(trace) > (0 if "in training" in end else 5)
