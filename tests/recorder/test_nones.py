"""Which arguments of an event were None: `inputs.optimizer is None` has an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from support.recorded import named, record
from tracetui.recorder.rows.nones import Nones
from tracetui.replay.events.event import Event
from tracetui.trace.transformers import FREQUENT

HEAVY = ("model", "optimizer", "lr_scheduler", "train_dataloader", "eval_dataloader", "processing_class", "tokenizer")


class Witness(TrainerCallback):
    """Sees which arguments are None."""

    def __init__(self) -> None:
        """Begin with no event."""
        self.seen: list[tuple[str, list[str]]] = []

    def __getattribute__(self, name: str) -> Any:
        """Give every hook the same body."""
        if not name.startswith("on_"):
            return object.__getattribute__(self, name)
        return lambda *args, **given: self.seen.append(
            (name, sorted(key for key in HEAVY if key in given and given[key] is None))
        )


def test_what_was_none_is_what_the_hooks_were_given(tmp_path: Path) -> None:
    """At every event that is not one of every step, over training, evaluation and prediction, the names are right."""
    witness = Witness()

    def drive(trainer: Any) -> None:
        trainer.train()
        trainer.evaluate()
        trainer.predict(trainer.eval_dataset)

    trace = record(tmp_path, callbacks=[witness], drive=drive, max_steps=2, eval_strategy="steps", eval_steps=1)
    found = [(event.name, event.before.other["nones"]) for event in trace]
    assert len(found) == len(witness.seen)
    rare = [number for number, (name, _) in enumerate(found) if name not in FREQUENT]
    assert [found[number] for number in rare] == [witness.seen[number] for number in rare]
    assert "optimizer" in named(trace, "on_init_end")[0].before.other["nones"]
    assert "optimizer" not in named(trace, "on_train_begin")[0].before.other["nones"]


def test_the_trace_of_a_long_run_does_not_repeat_them(tmp_path: Path) -> None:
    """A row has the names only where they are not those of the event before."""

    def changed(event: Event) -> bool:
        return any(change.path == "nones" for change in event.changes)

    trace = record(tmp_path, max_steps=20, logging_strategy="steps", logging_steps=1)
    assert sum(map(changed, trace)) <= 3


def test_a_handler_without_fields() -> None:
    """Where the handler has none, what the event itself was given is looked at."""
    nones = Nones(lambda name: 7, lambda: None)
    assert nones.look({"model": None, "optimizer": 1, "logs": None}) == [7, ["model"]]
    assert nones.look({"model": None}) == []
