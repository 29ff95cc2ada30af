"""How real runs ended, and who ended them; and that any file has some answer."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback, TrainerControl

from support.cases import NewControl, RaisesInStep
from support.conformance.committed import committed
from support.recorded import record
from support.tiny import TinyData, make_trainer, scores
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace
from tracetui.replay.ending.ending import Ending, ending
from tracetui.trace.errors import TraceError
from tracetui.trace.jobs.recover import recover
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter

TESTS = Path(__file__).parents[1]
ROOT = Path(__file__).parents[2]
EVALUATES: dict[str, Any] = {"eval_strategy": "steps", "eval_steps": 2}


class At(TrainerCallback):
    """Does something at one event of one step."""

    def __init__(self, event: str, step: int, action: Callable[[Any, Any], Any]) -> None:
        """Put the hook in place; `action` takes state and control."""

        def hook(args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
            return action(state, control) if state.global_step == step else None

        setattr(self, event, hook)


class Waits(TrainerCallback):
    """Early stopping as it is made at home: a counter, and no state of its own."""

    patience, waited = 2, 0

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Stop at the second evaluation."""
        self.waited += 1
        control.should_training_stop = self.waited >= self.patience


class Empty(torch.utils.data.IterableDataset[Any]):
    """Yields nothing."""

    def __iter__(self) -> Iterator[Any]:
        """Yield nothing."""
        return iter(())


def stop(state: Any, control: Any) -> None:
    """Ask for the end."""
    control.should_training_stop = True


def cut_epoch(state: Any, control: Any) -> None:
    """Ask for the end of the epoch."""
    control.should_epoch_stop = True


def raise_(error: BaseException) -> Callable[[Any, Any], None]:
    """Return an action that raises."""

    def action(state: Any, control: Any) -> None:
        raise error

    return action


def twice(trainer: Trainer) -> None:
    """Train two times."""
    trainer.train()
    trainer.train()


def beyond(trainer: Trainer) -> None:
    """Train to the end, then go on from its last checkpoint: there is nothing left to do."""
    trainer.train()
    trainer.train(resume_from_checkpoint=True)


def then_fail(trainer: Trainer) -> None:
    """Train, then predict with a callback that raises."""
    trainer.train()
    trainer.add_callback(At("on_prediction_step", 2, raise_(ValueError("late"))))
    trainer.predict(TinyData(8))


class OutOfMemory(Trainer):
    """Its second step has no memory, once."""

    left = 1

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Raise what `auto_find_batch_size` looks for."""
        if self.state.global_step == 1 and self.left:
            self.left -= 1
            raise RuntimeError("CUDA out of memory. (not really)")
        return super().training_step(*args, **kwargs)


def stopping() -> dict[str, Any]:
    """Return a run that early stopping ends at step 6."""
    best = {"metric_for_best_model": "score", "greater_is_better": True}
    worse = scores(1.0 - step / 10 for step in range(100))
    callbacks = [EarlyStoppingCallback(2)]
    return {"max_steps": 30, "compute_metrics": worse, "callbacks": callbacks, **best, **EVALUATES}


REAL: dict[str, tuple[Callable[[], dict[str, Any]], str, str]] = {
    "steps": (lambda: {"max_steps": 3}, "finished", r"finished all 3 steps \(max_steps\)"),
    "epochs": (lambda: {"num_train_epochs": 2}, "finished", r"finished all 8 steps \(2 epochs\)"),
    "early stopping": (
        stopping,
        "stopped",
        r"stopped at step 6 of 30 by EarlyStoppingCallback \(on_evaluate, event \d+",
    ),
    "home-made": (lambda: {"max_steps": 30, "callbacks": [Waits()], **EVALUATES}, "stopped", "step 4 of 30 by Waits"),
    "a flag": (
        lambda: {"max_steps": 9, "callbacks": [At("on_log", 2, stop)], "logging_strategy": "steps", "logging_steps": 1},
        "stopped",
        r"stopped at step 2 of 9 by At \(on_log",
    ),
    "a stop taken back": (
        lambda: {"max_steps": 5, "callbacks": [NoStop()]},
        "finished",
        "at step 8 of 5: the stop that DefaultFlowCallback asked for was taken back by NoStop",
    ),
    "a new control that stops": (lambda: {"max_steps": 9, "callbacks": [NewControl()]}, "stopped", "by NewControl"),
    "an epoch cut": (
        lambda: {"num_train_epochs": 2, "callbacks": [At("on_step_end", 2, cut_epoch)]},
        "finished",
        "finished its epochs at step 6 of 8: nobody asked to stop; At ended an epoch early",
    ),
    "no data": (
        lambda: {"max_steps": 4, "train": Empty(), "accelerator_config": {"dispatch_batches": False}},
        "no data",
        "stopped by the Trainer at step 0 of 4: the training data gave no batch",
    ),
    "nothing to do": (
        lambda: {"num_train_epochs": 1, "save_strategy": "epoch", "drive": beyond},
        "nothing to do",
        "training 2: nothing to do: it began at step 4 of 4",
    ),
    "a step raises": (
        lambda: {"max_steps": 6, "trainer_class": RaisesInStep, "catch": RuntimeError},
        "exception",
        r"step 2 of 6 by RuntimeError in the forward/backward pass of step 3 \(cases.py:\d+ in training_step\): the",
    ),
    "a hook raises": (
        lambda: {"max_steps": 6, "callbacks": [At("on_step_end", 3, raise_(ValueError("bad")))], "catch": ValueError},
        "exception",
        r"ended at step 3 of 6 by ValueError in At.on_step_end \(test_endings.py:\d+ in \w+\): bad",
    ),
    "Ctrl-C": (
        lambda: {
            "max_steps": 6,
            "callbacks": [At("on_step_begin", 2, raise_(KeyboardInterrupt()))],
            "catch": KeyboardInterrupt,
        },
        "interrupted",
        "interrupted at step 2 of 6 by KeyboardInterrupt in At.on_step_begin",
    ),
    "sys.exit": (
        lambda: {"max_steps": 6, "callbacks": [At("on_step_begin", 2, raise_(SystemExit(3)))], "catch": SystemExit},
        "exit",
        "left at step 2 of 6 by SystemExit in At.on_step_begin .*: 3",
    ),
    "two trainings": (lambda: {"max_steps": 2, "drive": twice}, "finished", r"training 2: finished all 2 steps"),
    "no memory": (
        lambda: {"num_train_epochs": 1, "auto_find_batch_size": True, "trainer_class": OutOfMemory},
        "finished",
        "training 2: finished all",
    ),
    "evaluation alone": (lambda: {"drive": Trainer.evaluate}, "no training", "no training; 1 evaluation"),
    "prediction alone": (
        lambda: {"drive": lambda trainer: trainer.predict(TinyData(8))},
        "no training",
        "no training; 1 prediction",
    ),
    "nothing": (lambda: {"drive": lambda trainer: None}, "no training", "no evaluation and no prediction"),
    "a prediction raises": (
        lambda: {"max_steps": 2, "drive": then_fail, "catch": ValueError},
        "finished",
        r"finished all 2 steps \(max_steps\); then ValueError in At.on_prediction_step .* ended predict\(\): late",
    ),
}


class NoStop(TrainerCallback):
    """Hands back a control of its own, on which nobody has asked for anything."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> TrainerControl:
        """Return it."""
        return TrainerControl()


@pytest.mark.parametrize("name", REAL)
def test_real_endings(tmp_path: Path, name: str) -> None:
    """Each way in which a run ends has its kind, and one sentence that names step, goal, cause and place."""
    options, kind, pattern = REAL[name]
    found = ending(record(tmp_path, **options()))
    assert found.kind == kind, found
    assert re.search(pattern, found.sentence), found
    assert found.sentence.isprintable()


def test_the_reason_of_early_stopping(tmp_path: Path) -> None:
    """The metric against the best, and the counter against the patience: why it stopped needs no other look."""
    found = ending(record(tmp_path, **stopping()))
    assert found.reason is not None
    assert found.reason.endswith("patience 2 of 2")
    assert found.by == "EarlyStoppingCallback"
    assert (found.step, found.of) == (6, 30)


def test_what_an_exception_ended_earlier(tmp_path: Path) -> None:
    """A retry with a smaller batch tells what the first attempt died of."""
    options, _, _ = REAL["no memory"]
    found = ending(record(tmp_path, **options()))
    (first,) = found.earlier
    assert found.trainings == 2
    assert re.search(
        r"given up at step 1 of 4 after RuntimeError in the forward/backward pass of step 2 .*memory", first
    )
    assert "batch size was 4" in first


def test_a_recorder_that_is_detached(tmp_path: Path) -> None:
    """What is not recorded is not guessed: the training went on without the recorder."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    away = At("on_step_end", 2, lambda state, control: recorder.detach())
    make_trainer(tmp_path / "out", callbacks=[recorder, away], max_steps=4).train()
    found = ending(Trace.open(tmp_path / "trace.mpk"))
    assert found.kind == "detached"
    assert "the recorder was detached at step" in found.sentence


KILL = f"""
import os, signal, sys
sys.path[:0] = [{str(TESTS)!r}]
from transformers import Trainer, TrainerCallback
from support.tiny import TinyData, make_trainer
from tracetui.recorder import TraceRecorder
PLACE = sys.argv[1]
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
class Killed(Trainer):
    def training_step(self, *args, **kwargs):
        if PLACE == "step" and self.state.global_step == 3:
            die()
        return super().training_step(*args, **kwargs)
    def prediction_step(self, *args, **kwargs):
        self.seen = getattr(self, "seen", 0) + 1
        if PLACE == "evaluation" and self.seen == 4:
            die()
        return super().prediction_step(*args, **kwargs)
    def _save_checkpoint(self, *args, **kwargs):
        if PLACE == "save":
            die()
        return super()._save_checkpoint(*args, **kwargs)
    def log(self, logs, *args, **kwargs):
        if PLACE == "log" and "loss" in logs:
            die()
        return super().log(logs, *args, **kwargs)
    def create_optimizer(self):
        optimizer = super().create_optimizer()
        if PLACE == "optimizer":
            optimizer.register_step_pre_hook(die)
        return optimizer
    def get_batch_samples(self, *args, **kwargs):
        if PLACE == "data" and self.state.global_step == 3:
            die()
        return super().get_batch_samples(*args, **kwargs)
def metrics(prediction):
    if PLACE == "metrics":
        die()
    return {{}}
options = dict(max_steps=6, logging_strategy="steps", logging_steps=2, eval_strategy="steps", eval_steps=2,
               save_strategy="steps", save_steps=2, evaluation=TinyData(20),
               compute_metrics=metrics, trainer_class=Killed)
trainer = make_trainer("out", callbacks=[TraceRecorder("trace.mpk")], **options)
trainer.train()
if PLACE == "after":
    die()
"""

KILLED = {
    "step": r"at step 3 of 6: .* after on_step_begin \(event \d+\), in the forward/backward pass of step 4$",
    "optimizer": r"after on_pre_optimizer_step \(event \d+\), in the optimizer's step of step 1$",
    "log": r"at step 2 of 6: .* after on_step_end \(event \d+\), logging at step 2",
    "evaluation": r"at step 2 of 6: .* after on_prediction_step \(event \d+\), evaluating \(3 prediction steps so far",
    "metrics": r"evaluating \(5 prediction steps so far\)$",
    "save": r"at step 2 of 6: .* after on_evaluate \(event \d+\), saving a checkpoint",
    "data": r"at step 3 of 6: .* after on_step_end \(event \d+\), between step 3 and the next one, which waits",
    "after": r"^finished all 6 steps \(max_steps\); no end record: the process still runs, or was killed$",
}


@pytest.mark.slow
@pytest.mark.parametrize("place", KILLED)
def test_killed(tmp_path: Path, place: str) -> None:
    """After kill -9 the last line says what the run was doing."""
    done = subprocess.run(
        [sys.executable, "-c", KILL, place], cwd=tmp_path, capture_output=True, check=False, timeout=100
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    found = ending(Trace.open(tmp_path / "trace.mpk"))
    assert re.search(KILLED[place], found.sentence), found
    assert found.kind == ("finished" if place == "after" else "open")


def by_hand(
    path: Path, *events: tuple[str, dict[str, Any], str, dict[str, Any]], end: bool = False, **error: Any
) -> Trace:
    """Write a trace as later recorders do: of each event its name, what the Trainer wrote, a cause, what that wrote."""
    data = bytearray()
    callbacks = [{"name": "Mine", "at": "/a/b/mine.py:7", "lines": {"on_evaluate": "/a/b/mine.py:9"}}]
    writer = TraceWriter(data.extend, bytes(16), 1.0, {"callbacks": callbacks})
    for number, (name, between, cause, inside) in enumerate(events):
        before, after = (
            [item for key in pairs for item in (writer.name(key), pairs[key])] for pairs in (between, inside)
        )
        writer.event(writer.name(name), number, 1, before, [writer.name(cause), after] if after else [])
    if error:
        writer.note(Note.EXCEPTION, {"number": 1, "ended": "train", "inside": True, **error}, time=98)
    if end:
        writer.note(Note.END, {"reason": "process exit", "events": len(events)}, time=99)
    path.write_bytes(data)
    return Trace.open(path)


def test_a_stop_that_is_taken_back_later(tmp_path: Path) -> None:
    """Also a stop that one callback asks for and another takes back in a later event has both names."""
    asked = ("on_log", {}, "Asks", {"control.should_training_stop": True})
    back = ("on_epoch_end", {"state.global_step": 2}, "Mine", {"control.should_training_stop": False})
    found = ending(by_hand(tmp_path / "t.mpk", BEGIN, asked, back, ("on_train_end", {}, "Mine", {}), end=True))
    assert (
        "at step 2 of 9: the stop that Asks asked for was taken back by Mine (on_epoch_end, event 2)" in found.sentence
    )


BEGIN = ("on_train_begin", {"state.global_step": 0, "state.max_steps": 9}, "Mine", {})


def test_a_killed_run_that_was_recovered(tmp_path: Path) -> None:
    """The end that `recover` writes is not told as one of the recording's own: the run was killed, or hung."""
    by_hand(tmp_path / "t.mpk", BEGIN, ("on_step_begin", {"state.global_step": 4}, "Mine", {}))
    recover(tmp_path / "t.mpk", tmp_path / "copy.mpk")
    found = ending(Trace.open(tmp_path / "copy.mpk"))
    assert found.sentence.startswith("no end record at step 4 of 9 when it was recovered: killed, or hung, after on_")
    assert found.sentence.endswith("in the forward/backward pass of step 5")


def test_file_and_line_of_who_stopped(tmp_path: Path) -> None:
    """Where the header has the line of the hook that stopped a run, the sentence has it, too, and its own values."""
    waited = {"control.should_training_stop": True, "callbacks.Mine": {"waited": 3, "patience": 3, "best": 0.25}}
    stopped = ("on_evaluate", {"state.global_step": 4}, "Mine", waited)
    found = ending(by_hand(tmp_path / "t.mpk", BEGIN, stopped, ("on_train_end", {}, "Mine", {}), end=True))
    assert found.sentence == "stopped at step 4 of 9 by Mine (on_evaluate, event 1, mine.py:9)"
    assert found.at == "/a/b/mine.py:9"
    assert found.reason is not None
    assert "waited 3" in found.reason and "patience 3" in found.reason


def test_the_line_of_the_callback_that_raised(tmp_path: Path) -> None:
    """Where a later recorder tells whose hook raised and in which line, that is told: not where the library raised."""
    error = {"type": "KeyError", "message": "x", "place": "/lib/json.py:1 in f", "step": 4}
    hook = {"callback": "Mine", "at": "/a/mine.py:9 in go"}
    evaluated = ("on_evaluate", {"state.global_step": 4}, "Mine", dict[str, Any]())
    found = ending(by_hand(tmp_path / "t.mpk", BEGIN, evaluated, **error, **hook))
    assert found.sentence == "ended at step 4 of 9 by KeyError in Mine.on_evaluate (mine.py:9 in go): x"
    assert (found.by, found.at) == ("Mine", "/a/mine.py:9 in go")


@pytest.mark.parametrize(
    ("name", "call", "activity"),
    [
        ("on_prediction_step", ["predict by user"], "predicting (1 prediction step so far)"),
        (
            "on_prediction_step",
            ["train by user", "evaluate by control.should_evaluate"],
            "evaluating (1 prediction step",
        ),
        ("on_train_end", ["evaluate by user"], "in evaluate()"),
        ("on_push_begin", ["train by user"], "pushing to the Hub"),
        ("on_substep_end", None, "in the forward/backward pass of step 1, after 1 of its batches"),
        ("on_epoch_begin", None, "before the first step of the epoch, which waits for its data"),
        ("on_save", None, "between the save and the next step"),
    ],
)
def test_what_it_was_doing(tmp_path: Path, name: str, call: list[str] | None, activity: str) -> None:
    """The calls around the last event, where the trace has them, tell an evaluation from a prediction."""
    last = (name, {} if call is None else {"call": call}, "Mine", {})
    found = ending(by_hand(tmp_path / "t.mpk", BEGIN, last))
    assert activity in found.sentence


SAMPLES = {path.name: path.read_bytes() for path in sorted((ROOT / "samples" / "traces").glob("*.mpk"))}
EVERY = {**{case.name: case.data for case in committed()}, **SAMPLES}


def test_every_file_has_an_answer() -> None:
    """Old, damaged and hostile files are answered in one safe line, too."""
    answered = 0
    for name, data in EVERY.items():
        try:
            trace = Trace.from_bytes(data)
        except TraceError:  # those that no reader opens
            continue
        found = ending(trace)
        assert isinstance(found, Ending)
        assert found.sentence.isprintable(), name
        answered += 1
    assert answered > 80
