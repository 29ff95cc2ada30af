"""The trainers that people use, each on a tiny random model: recorded as what they are, nothing missed."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import DataCollatorForSeq2Seq, Seq2SeqTrainer, Seq2SeqTrainingArguments, TrainerCallback

from support.offline import QUIET, TEXTS, bert, llama, t5, tokenizer
from support.recorded import checked, named
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class Witness(TrainerCallback):
    """Writes down name and step of each event, and asks for a save at the second step."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.seen: list[tuple[str, int]] = []

    def __getattribute__(self, name: str) -> Any:
        """Have a hook for every event."""
        if not name.startswith("on_"):
            return super().__getattribute__(name)

        def hook(args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.seen.append((name, state.global_step))

        return hook


class Asks(TrainerCallback):
    """Changes something that is told apart in the trace."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a save at the second step."""
        if state.global_step == 2:
            control.should_save = True


def recorded(tmp_path: Path, make: Callable[[list[Any]], Any]) -> Trace:
    """Make a trainer with callbacks, train, and check the trace against the witness."""
    witness, recorder = Witness(), TraceRecorder(tmp_path / "trace.mpk")
    trainer = make([Asks(), recorder, witness])
    trainer.train()
    recorder.detach()
    trace = checked(Trace.open(tmp_path / "trace.mpk"))
    assert trace.gaps == ()
    events = [(event.name, event.before.state["global_step"]) for event in trace]
    assert events[-len(witness.seen) :] == witness.seen
    assert Counter(event.name for event in trace)["on_step_end"] == 3
    (asked,) = (event for event in named(trace, "on_step_end") if event.before.state["global_step"] == 2)
    assert ("control.should_save", "Asks") in {(change.path, change.by) for change in asked.changes}
    assert all(event.before.logs for event in named(trace, "on_log"))
    assert trace.run["model"]["parameters"] > 0
    return trace


def test_seq2seq(tmp_path: Path) -> None:
    """`Seq2SeqTrainer`, evaluating with generation at each step."""
    words = tokenizer()
    rows = [{**words(text), "labels": words(text)["input_ids"]} for text in TEXTS]

    def make(callbacks: list[Any]) -> Any:
        args = Seq2SeqTrainingArguments(
            str(tmp_path / "out"), predict_with_generate=True, generation_max_length=8, eval_strategy="steps", **QUIET
        )
        model = t5()
        collate = DataCollatorForSeq2Seq(words, model)
        return Seq2SeqTrainer(
            model,
            args,
            train_dataset=rows,
            eval_dataset=rows[:4],
            data_collator=collate,
            processing_class=words,
            callbacks=callbacks,
        )

    trace = recorded(tmp_path, make)
    assert [event.before.metrics["eval_loss"] > 0 for event in named(trace, "on_evaluate")] == [True] * 3
    assert trace.run["args"]["predict_with_generate"] is True


def test_trl_sft(tmp_path: Path) -> None:
    """TRL's `SFTTrainer`: its own logs (entropy, token accuracy) are in the trace."""
    trl = pytest.importorskip("trl", reason="TRL is not installed")
    from datasets import Dataset

    def make(callbacks: list[Any]) -> Any:
        args = trl.SFTConfig(str(tmp_path / "out"), max_length=16, bf16=False, **QUIET)
        data = Dataset.from_dict({"text": TEXTS})
        return trl.SFTTrainer(
            llama(), args=args, train_dataset=data, eval_dataset=data, processing_class=tokenizer(), callbacks=callbacks
        )

    trace = recorded(tmp_path, make)
    assert "mean_token_accuracy" in named(trace, "on_log")[0].before.logs
    assert trace.run["versions"]["trl"] == trl.__version__


def test_trl_reward(tmp_path: Path) -> None:
    """TRL's `RewardTrainer`."""
    trl = pytest.importorskip("trl", reason="TRL is not installed")
    from datasets import Dataset

    def make(callbacks: list[Any]) -> Any:
        args = trl.RewardConfig(str(tmp_path / "out"), max_length=16, bf16=False, **QUIET)
        data = Dataset.from_dict({"chosen": TEXTS, "rejected": TEXTS[::-1]})
        return trl.RewardTrainer(
            llama(labels=1),
            args=args,
            train_dataset=data,
            eval_dataset=data,
            processing_class=tokenizer(),
            callbacks=callbacks,
        )

    trace = recorded(tmp_path, make)
    assert "accuracy" in named(trace, "on_log")[0].before.logs


def encoder(tmp_path: Path) -> Any:
    """Return a sentence transformer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    return library.SentenceTransformer(str(bert(tmp_path / "bert")), device="cpu")


def test_sentence_transformers(tmp_path: Path) -> None:
    """sentence-transformers' trainer."""
    model = encoder(tmp_path)
    import sentence_transformers
    from datasets import Dataset
    from sentence_transformers.losses import MultipleNegativesRankingLoss

    def make(callbacks: list[Any]) -> Any:
        args = sentence_transformers.SentenceTransformerTrainingArguments(str(tmp_path / "out"), **QUIET)
        data = Dataset.from_dict({"anchor": TEXTS, "positive": TEXTS[::-1]})
        return sentence_transformers.SentenceTransformerTrainer(
            model,
            args,
            train_dataset=data,
            eval_dataset=data,
            loss=MultipleNegativesRankingLoss(model),
            callbacks=callbacks,
        )

    trace = recorded(tmp_path, make)
    assert trace.run["versions"]["sentence_transformers"] == sentence_transformers.__version__


def test_setfit(tmp_path: Path) -> None:
    """SetFit, which replaces `call_event` and passes arguments of its own: the embedding phase is recorded."""
    setfit = pytest.importorskip("setfit", reason="SetFit is not installed")
    from datasets import Dataset
    from sklearn.linear_model import LogisticRegression

    model = setfit.SetFitModel(model_body=encoder(tmp_path), model_head=LogisticRegression(), labels=["no", "yes"])
    data = Dataset.from_dict({"text": TEXTS, "label": [number % 2 for number in range(len(TEXTS))]})

    def make(callbacks: list[Any]) -> Any:
        args = setfit.TrainingArguments(
            str(tmp_path / "out"), batch_size=2, max_steps=3, logging_steps=1, save_strategy="no", report_to="none"
        )
        return setfit.Trainer(model, args, train_dataset=data, eval_dataset=data, callbacks=callbacks)

    trace = recorded(tmp_path, make)
    assert any("embedding_loss" in (event.before.logs or {}) for event in named(trace, "on_log"))


def test_optuna(tmp_path: Path) -> None:
    """`hyperparameter_search`: each trial's run is in the trace, with its parameters."""
    pytest.importorskip("optuna", reason="Optuna is not installed")
    from support.tiny import TinyModel, make_trainer

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(
        tmp_path / "out", callbacks=[recorder], **{**QUIET, "max_steps": 2, "logging_strategy": "steps"}
    )
    trainer.model_init = lambda trial=None: TinyModel()
    trainer.hyperparameter_search(
        lambda trial: {"learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2)},
        n_trials=2,
        compute_objective=lambda metrics: metrics["eval_loss"],
    )
    recorder.detach()
    trace = checked(Trace.open(tmp_path / "trace.mpk"))
    begins = named(trace, "on_train_begin")
    assert len(begins) == 2
    assert len({event.before.args["learning_rate"] for event in begins}) == 2
    assert len(named(trace, "on_step_end")) == 4
    assert len({event.before.state["trial_params"]["learning_rate"] for event in named(trace, "on_step_end")}) == 2


NOTEBOOK = """
import sys
sys.path.insert(0, {tests!r})
import os
os.environ["HF_HUB_OFFLINE"] = "1"
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
trainer = make_trainer("out", callbacks=[TraceRecorder("trace.mpk")], max_steps=3, disable_tqdm=False,
                       logging_strategy="steps", logging_steps=1)
trainer.train();
print(type(trainer.callback_handler.callbacks[-1]).__name__)
"""


def test_a_notebook(tmp_path: Path) -> None:
    """In a notebook, with its progress table, a run is recorded as elsewhere."""
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    import nbformat

    tests = str(Path(__file__).parents[1])
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK.format(tests=tests))])
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(output.get("text", "") for output in book.cells[0].outputs)
    assert "NotebookProgressCallback" in printed
    trace = checked(Trace.open(tmp_path / "trace.mpk"))
    assert "NotebookProgressCallback" in trace[-1].callbacks
    assert len(named(trace, "on_step_end")) == 3
