"""Where arguments, a resumed training and a trial come from."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import transformers
from transformers import Trainer, TrainingArguments

from support.recorded import named, record
from support.tiny import TinyModel, make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.rows.origins import args_from, properties
from tracetui.recorder.rows.resumed import resumed_from
from tracetui.recorder.values.plain import Plainer
from tracetui.recorder.values.redact import Redactor
from tracetui.replay import Trace

PLAIN = Plainer(Redactor(None, {}))

NOT_DEFAULT: dict[str, Any] = {
    "learning_rate": 1e-3,
    "max_steps": 7,
    "num_train_epochs": 2,
    "weight_decay": 0.1,
    "seed": 1,
    "logging_steps": 5,
    "eval_strategy": "epoch",
    "save_strategy": "epoch",
    "logging_strategy": "no",
    "save_total_limit": 1,
    "label_names": ["a"],
    "remove_unused_columns": False,
    "metric_for_best_model": "accuracy",
    "optim": "sgd",
    "lr_scheduler_type": "cosine",
    "gradient_accumulation_steps": 2,
    "disable_tqdm": True,
    "use_cpu": True,
    "report_to": ["tensorboard"],
    "eval_on_start": True,
    "greater_is_better": True,
    "dataloader_drop_last": True,
    "gradient_checkpointing": True,
    "per_device_train_batch_size": 3,
    "warmup_steps": 3,
    "run_name": "mine",
}
DERIVED: dict[str, set[str]] = {
    "eval_strategy": {"do_eval"},
    "metric_for_best_model": {"greater_is_better"},
    "use_cpu": {"dataloader_pin_memory"},
}


def origins(**options: Any) -> dict[str, str]:
    """Return where the arguments come from; what depends on the machine is left out."""
    found = args_from(TrainingArguments("out", **options), PLAIN)
    return {name: how for name, how in found.items() if name not in MACHINE}


MACHINE = frozenset() if transformers.__version__ >= "5" else frozenset({"report_to"})
"""Before transformers 5 it reports to whatever is installed."""


def test_nothing_but_the_folder_was_set() -> None:
    """Of fresh arguments only the folder is not at its default."""
    assert {name: how for name, how in origins().items() if how == "set"} == {"output_dir": "set"}
    assert not {"learning_rate", "eval_steps", "do_eval"} & origins().keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(NOT_DEFAULT.keys() - MACHINE))
def test_each_argument_that_is_set(name: str) -> None:
    """It is told as set, and what follows from it as derived; all else is at its default."""
    before = origins()
    found = dict(origins(**{name: NOT_DEFAULT[name]}).items())
    found = {other: how for other, how in found.items() if other not in before or other == name}
    also = {other for other in found if other.replace("activation", "gradient") == name} - {name}
    assert found[name] == "set" or (name, also) == ("gradient_checkpointing", {"activation_checkpointing"})
    assert {other for other, how in found.items() if how == "derived"} - {name} == DERIVED.get(name, set())
    assert {other for other, how in found.items() if how == "set"} - {name} <= also


def test_steps_that_nobody_set() -> None:
    """`eval_steps` that is `logging_steps` is derived; set to something else it is set."""
    found = origins(eval_strategy="steps", logging_steps=50, load_best_model_at_end=True, save_strategy="steps")
    assert found["eval_steps"] == found["do_eval"] == found["metric_for_best_model"] == "derived"
    assert found["greater_is_better"] == "derived"
    assert origins(eval_strategy="steps", logging_steps=50, eval_steps=25)["eval_steps"] == "set"


def test_a_subclass_with_fields_and_defaults_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """Defaults are those of the class; fields that its own `__post_init__` assigns may be derived."""

    @dataclasses.dataclass
    class Mine(TrainingArguments):
        learning_rate: float = 0.5
        beams: int | None = None
        words: list[str] = dataclasses.field(default_factory=list)
        odd: list[str] = dataclasses.field(default_factory=lambda: 1 / 0)  # type: ignore[arg-type,return-value]

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.beams is None:
                self.beams = 4

    found = args_from(Mine("out", odd=[], words=["a"]), PLAIN)
    assert found["beams"] == "derived"
    assert found["words"] == "set"
    assert not {"learning_rate", "odd"} & found.keys()
    assert args_from(Mine("out", odd=[], learning_rate=5e-5), PLAIN)["learning_rate"] == "set"
    assert args_from(object(), PLAIN) == {}
    assert not [entry for entry in caplog.records if entry.levelno > logging.INFO]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["SFTConfig", "GRPOConfig", "DPOConfig"])
def test_trl(name: str) -> None:
    """Of TRL's own defaults none is told as set."""
    trl = pytest.importorskip("trl")
    found = args_from(getattr(trl, name)("out", use_cpu=True, bf16=False), PLAIN)
    assert {argument for argument, how in found.items() if how == "set"} - {"pad_to_multiple_of"} == {
        "output_dir",
        "use_cpu",
    }


def test_properties_that_callbacks_read(tmp_path: Path) -> None:
    """They are those of the arguments; one that a subclass overrides is the user's code, and not asked."""

    class Mine(TrainingArguments):
        @property
        def world_size(self) -> int:
            raise AssertionError

    trace = record(tmp_path, max_steps=1)
    found = trace.run["properties"]
    args = TrainingArguments("out", use_cpu=True, per_device_train_batch_size=4)
    assert found["world_size"] == 1
    assert (found["device"], found["n_gpu"], found["process_index"]) == ("cpu", args.n_gpu, 0)
    assert found["train_batch_size"] == 4
    assert found["parallel_mode"] == "not_parallel"
    assert found["should_save"] is True
    mine = properties(object.__new__(Mine), PLAIN)
    assert "world_size" not in mine
    assert properties(object(), PLAIN) == {}


def test_the_header_says_that_a_secret_was_set(tmp_path: Path) -> None:
    """An argument under a secret's name has its value hidden, not that it was set."""
    run = record(tmp_path, max_steps=1, hub_token="hf_0123456789abcdefghijklmnopqrstuvwx").run
    assert run["args"]["hub_token"] == "<redacted>"
    assert (run["args_from"]["hub_token"], run["args_from"]["max_steps"]) == ("set", "set")


@pytest.mark.parametrize("asked", [True, "path"])
def test_what_training_was_resumed_from(tmp_path: Path, asked: Any) -> None:
    """The header names path, step, version and fields of the checkpoint."""
    options: dict[str, Any] = {"output_dir": tmp_path / "out", "save_strategy": "steps", "save_steps": 2}
    record(tmp_path / "first", max_steps=4, **options)
    path = str(tmp_path / "out" / "checkpoint-4")
    state = json.loads(Path(path, "trainer_state.json").read_text())

    def drive(trainer: Trainer) -> None:
        trainer.train(resume_from_checkpoint=path if asked == "path" else asked)

    trace = record(tmp_path / "second", drive=drive, max_steps=6, **options)
    assert trace.run["resumed_from"] == {
        "path": path,
        "step": 4,
        "version": transformers.__version__,
        "fields": sorted(state),
    }


def test_a_checkpoint_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is what was asked for: no folder, no state, no JSON, too much of it, no mapping."""
    args = TrainingArguments(str(tmp_path / "out"))
    assert [resumed_from(asked, args) for asked in (None, False, True, "nowhere", 7)] == [
        None,
        False,
        True,
        "nowhere",
        7,
    ]
    state = tmp_path / "trainer_state.json"
    for text in ("", "{", "[1]", "[" * 100_000, '"\\ud800"'):
        state.write_text(text)
        assert resumed_from(tmp_path, args) == tmp_path
    state.write_text('{"global_step": 3, "mine": 1}')
    assert resumed_from(tmp_path, args) == {"path": str(tmp_path), "step": 3, "fields": ["global_step", "mine"]}
    monkeypatch.setattr("tracetui.recorder.rows.resumed.MAX_STATE_BYTES", 5)
    assert resumed_from(tmp_path, args) == tmp_path


def test_trials_have_a_number_and_an_objective(tmp_path: Path) -> None:
    """In a search each event belongs to its trial; its objective is there after the evaluation."""
    pytest.importorskip("optuna")
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path, callbacks=[recorder], max_steps=2, eval_strategy="steps", eval_steps=1)
    trainer.model_init = lambda trial=None: TinyModel()
    trainer.hyperparameter_search(
        hp_space=lambda trial: {"seed": trial.suggest_int("seed", 1, 5)}, n_trials=2, direction="minimize"
    )
    recorder.detach()
    trace = Trace.open(tmp_path / "trace.mpk")
    ends = [event.before.other["trial"] for event in named(trace, "on_train_end")]
    losses = [event.metrics["eval_loss"] for event in named(trace, "on_evaluate") if event.metrics is not None]
    assert [trial["number"] for trial in ends] == [0, 1]
    assert [trial["objective"] for trial in ends] == losses[1::2]
    assert all(trial["params"].keys() == {"seed"} for trial in ends)
    assert trace.run["trial"]["number"] == 1
