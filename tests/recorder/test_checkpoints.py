"""Checkpoints: what was written, what is there, what rotation deleted, and whether the best model was loaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import Trainer, TrainerCallback, TrainerState

from support.recorded import changed, named, record
from support.tiny import TinyModel, make_trainer, scores
from tracetui.recorder import TraceRecorder
from tracetui.recorder.rows.checkpoints import steps_in
from tracetui.replay import Trace
from tracetui.trace.values import Described

SAVES = {"max_steps": 4, "save_strategy": "steps", "save_steps": 1}
BEST = {**SAVES, "eval_strategy": "steps", "eval_steps": 1, "metric_for_best_model": "score"}


def test_what_rotation_leaves(tmp_path: Path) -> None:
    """After each save the path written and the steps that are there are as on the disk, and no other event looks."""
    there: list[list[int]] = []

    class Looks(TrainerCallback):
        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            there.append(sorted(int(name[11:]) for name in os.listdir(args.output_dir)))

    trace = record(tmp_path, callbacks=[Looks()], save_total_limit=2, **SAVES)
    saves = named(trace, "on_save")
    assert [event.before.other["checkpoints"]["steps"] for event in saves] == there
    assert there[-1] == [3, 4]
    written = [event.before.other["checkpoints"]["written"] for event in saves]
    assert written == [str(tmp_path / "out" / f"checkpoint-{step}") for step in (1, 2, 3, 4)]
    assert named(trace, "on_train_end")[0].before.other["checkpoints"]["folder"] == str(tmp_path / "out")
    looked = {event.name for event in trace if changed(event, "checkpoints")}
    assert looked <= {"on_save", "on_train_end"}


@pytest.mark.parametrize(
    ("options", "spoil", "expected"),
    [
        ({**BEST, "load_best_model_at_end": True}, None, "loaded from {out}/checkpoint-2"),
        ({**BEST}, None, "not loaded: load_best_model_at_end is off"),
        (
            {**BEST, "load_best_model_at_end": True, "save_steps": 4, "eval_steps": 2, "max_steps": 4},
            None,
            "not loaded: no checkpoint was saved at the best step",
        ),
        ({**BEST, "load_best_model_at_end": True}, "remove", "not loaded: {out}/checkpoint-2 is not there"),
        ({**BEST, "load_best_model_at_end": True}, "empty", "not loaded: there are no weights in {out}/checkpoint-2"),
    ],
)
def test_the_best_model(tmp_path: Path, options: dict[str, Any], spoil: str | None, expected: str) -> None:
    """At the end of training it is told whether the best model was loaded, or why not."""
    out = tmp_path / "out"

    class Spoils(TrainerCallback):
        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if spoil and state.global_step == 4:
                shutil.rmtree(out / "checkpoint-2")
                if spoil == "empty":
                    (out / "checkpoint-2").mkdir()

    if "best step" in expected and not hasattr(TrainerState, "best_global_step"):
        pytest.skip("before transformers 4.50 it is the last checkpoint")
    metrics = scores([0.9, 0.1] if "best step" in expected else [0.1, 0.9, 0.5, 0.5, 0.5])
    trace = record(tmp_path, callbacks=[Spoils()], compute_metrics=metrics, output_dir=out, **options)
    end = named(trace, "on_train_end")[0]
    assert end.before.other["best_model"].startswith(expected.format(out=out))
    assert not any("best_model" in event.before.other for event in trace if event.index < end.index)


@pytest.mark.parametrize("step", [None, 2])
def test_the_best_checkpoint_was_not_noted(step: int | None, tmp_path: Path) -> None:
    """A best checkpoint that was saved and that the Trainer did not note is not told as one that was not saved."""

    class Forgets(TrainerCallback):
        """Does what `save_strategy="best"` does in transformers 4.57."""

        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            state.best_metric, state.best_global_step, state.best_model_checkpoint = 0.9, step, None

        on_step_end = on_save = on_evaluate

    options = {**SAVES, "eval_strategy": "steps", "eval_steps": 1, "load_best_model_at_end": True}
    trace = record(tmp_path, callbacks=[Forgets()], **options)
    found = named(trace, "on_train_end")[0].before.other["best_model"]
    assert found.startswith("not loaded: the Trainer did not note which checkpoint is the best")
    assert ("checkpoint-2 is there" in found) is (step == 2)


def test_the_metric_was_missing(tmp_path: Path) -> None:
    """Where no evaluation had the metric, that is the reason; before, transformers itself raises a KeyError."""
    if not hasattr(Trainer, "_determine_best_metric"):
        pytest.skip("transformers 4.45 never gets to the end")

    def drive(trainer: Any) -> None:
        trainer._determine_best_metric = lambda metrics, trial: False
        trainer.train()

    options = {**BEST, "load_best_model_at_end": True, "metric_for_best_model": "nonsense"}
    trace = record(tmp_path, drive=drive, catch=KeyError, **options)
    (end,) = named(trace, "on_train_end")
    assert end.before.other["best_model"] == "not loaded: no evaluation had the metric eval_nonsense"


def test_a_folder_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost but the list; many entries, and names that only look like checkpoints, are no trouble."""

    def refused(path: Any) -> Any:
        raise PermissionError(path)

    monkeypatch.setattr("tracetui.recorder.rows.checkpoints.os.scandir", refused)
    trace = record(tmp_path, **SAVES)
    assert trace.gaps == ()
    assert named(trace, "on_save")[0].before.other["checkpoints"] == Described("unavailable", "PermissionError")
    monkeypatch.undo()
    for name in ("checkpoint-5", "checkpoint-10", "checkpoint-x", "checkpoint-", "checkpoint-7-old", "xcheckpoint-8"):
        (tmp_path / "folder" / name).mkdir(parents=True)
    (tmp_path / "folder" / "checkpoint-6").write_text("a file")
    assert steps_in(str(tmp_path / "folder")) == [5, 10]
    assert steps_in(str(tmp_path / "nowhere")) == []


def test_other_ranks_do_not_look(tmp_path: Path) -> None:
    """Where another process saves, nothing is said of what is there."""

    def drive(trainer: Any) -> None:
        kind = type(trainer.args)
        trainer.args.__class__ = type("Args", (kind,), {"should_save": property(lambda self: False)})
        trainer.train()

    trace = record(tmp_path, drive=drive, **SAVES)
    assert not any("checkpoints" in event.after.other for event in trace)


def test_a_trial_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """In a search, the folder is that of the trial."""
    pytest.importorskip("optuna")
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path / "out", callbacks=[recorder], **SAVES)
    trainer.model_init = lambda trial=None: TinyModel()
    trainer.hyperparameter_search(
        hp_space=lambda trial: {"seed": trial.suggest_int("seed", 1, 5)}, n_trials=2, direction="minimize"
    )
    recorder.detach()
    ends = named(Trace.open(tmp_path / "trace.mpk"), "on_train_end")
    assert [event.before.other["checkpoints"]["folder"] for event in ends] == [
        str(tmp_path / "out" / f"run-{number}") for number in range(2)
    ]
    assert [event.before.other["checkpoints"]["steps"] for event in ends] == [[1, 2, 3, 4]] * 2
