"""Two ranks of which one goes its own way: the cause is in its own trace, the consequence in the other's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from support.recorded import answers, lines, named
from tracetui.replay import Trace

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]

SCRIPT = """
import os, sys
sys.path.insert(0, os.environ["TESTS"])
import torch
from support.tiny import TinyData, make_trainer, scores
from transformers import EarlyStoppingCallback, TrainerCallback
from tracetui.recorder import TraceRecorder

rank, what = int(os.environ["RANK"]), sys.argv[1]

class Tracker(TrainerCallback):
    def on_log(self, args, state, control, **kwargs):
        if rank == 0 and state.global_step == 2:
            raise ConnectionError("tracker is down")

class Dies(TrainerCallback):
    def on_epoch_end(self, args, state, control, **kwargs):
        os._exit(1)  # here it would wait for ever: the other rank is in the next step

options = dict(max_steps=6, ddp_backend="gloo", train=TinyData(64))
if what == "raise":
    options |= dict(callbacks=[Tracker()], logging_strategy="steps", logging_steps=1)
else:
    seen = [[0.5, 0.2, 0.1], [0.5, 0.9, 0.95]][rank]
    options |= dict(callbacks=[EarlyStoppingCallback(1), Dies()], eval_strategy="steps", eval_steps=2)
    options |= dict(metric_for_best_model="score", greater_is_better=True, compute_metrics=scores(seen))
options["callbacks"].append(TraceRecorder("trace.mpk"))
trainer = make_trainer("out", **options)
try:
    trainer.train()
finally:
    sys.stdout.flush()
    os._exit(1)  # as a process that is killed: the other rank finds its peer gone
"""


def ranks(folder: Path, what: str) -> list[Trace]:
    """Run the script on two ranks, which never end well, and return both traces."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = folder / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    shared = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    shared |= {"TESTS": str(TESTS), "CUDA_VISIBLE_DEVICES": ""}
    processes = [
        subprocess.Popen(
            [sys.executable, script, what],
            cwd=folder,
            env={**shared, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for rank in "01"
    ]
    try:
        for process in processes:
            process.wait(240)
    finally:
        for process in processes:
            process.kill()
    return [Trace.open(folder / f"trace.rank{rank}.mpk") for rank in "01"]


def test_a_callback_raises_on_one_rank(tmp_path: Path) -> None:
    """The rank whose callback raised names it, the other what the lost peer broke, one event later (unsloth#873)."""
    first, second = ranks(tmp_path, "raise")
    assert not (first.damage or second.damage or first.gaps or second.gaps)
    assert "by ConnectionError in Tracker.on_log (train.py:" in answers(first)["ended"]
    assert "rank 0 of 2" in answers(first)["origin"]
    assert "rank 1 of 2" in answers(second)["origin"]
    assert (first[-1].name, first[-1].step) == ("on_log", 2)
    assert second[first[-1].index].name == "on_log"
    assert not [call for event in second for call in event.calls if call.exception]
    assert (second[-1].name, second[-1].step) == ("on_step_begin", 2)
    assert "step 3" in answers(second)["ended"]


def test_one_rank_stops_alone(tmp_path: Path) -> None:
    """Ranks that see other metrics part where one asks to stop; the rest of the other is told (transformers#17478)."""
    first, second = ranks(tmp_path, "stop")
    rows = list(zip(named(first, "on_evaluate"), named(second, "on_evaluate"), strict=True))
    assert [(one.metrics["eval_score"], other.metrics["eval_score"]) for one, other in rows] == [(0.5, 0.5), (0.2, 0.9)]
    one, other = rows[-1]
    assert (one.index, one.step) == (other.index, other.step)
    assert "EarlyStoppingCallback: should_training_stop on" in lines(first, "on_evaluate")[-1]
    assert "should_training_stop on" not in lines(second, "on_evaluate")[-1]
    assert {event.name for event in list(first)[one.index + 1 :]} <= {"on_epoch_end"}
    assert second[one.index + 1].name == "on_step_begin"
