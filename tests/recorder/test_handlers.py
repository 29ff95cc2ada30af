"""A Trainer that gets another callback handler keeps its trace: one file, all events, whoever holds the old one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import Trainer, TrainerCallback
from transformers.trainer_callback import CallbackHandler

from support.recorded import named
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.hooks.doors import Door
from tracetui.replay import Trace


class Own(CallbackHandler):
    """A handler of a library's own."""


class Logging(TrainerCallback):
    """Asks for a log at each step, and counts what it is called for."""

    def __init__(self, at: int = 0, act: Callable[[], object] = lambda: None) -> None:
        """Act at a step."""
        self.at, self.act = at, act

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask, and act."""
        control.should_log = True
        if state.global_step == self.at:
            self.act()


def another(trainer: Trainer) -> CallbackHandler:
    """Give a trainer a new handler with the callbacks of the old one; return that."""
    old = trainer.callback_handler
    tokenizer = getattr(old, "processing_class", getattr(old, "tokenizer", None))
    trainer.callback_handler = Own(old.callbacks, old.model, tokenizer, old.optimizer, old.lr_scheduler)
    trainer.callback_handler.train_dataloader = old.train_dataloader
    trainer.callback_handler.eval_dataloader = old.eval_dataloader
    return old


class ReplacingTrainer(Trainer):
    """Gets another handler in the middle of its second step."""

    def training_step(self, *args: Any, **kwargs: Any) -> Any:
        """Replace the handler, then train."""
        if self.state.global_step == 1 and type(self.callback_handler) is not Own:
            self.kept = another(self)
        return super().training_step(*args, **kwargs)


WHEN = ("after init", "after init, old one held", "in a callback", "in a step", "attached, then replaced")


def run(folder: Path, when: str, *, recorded: bool = True) -> tuple[list[str], Trainer]:
    """Train three steps with a handler that is replaced; return the names of all events that a witness saw."""
    seen: list[str] = []
    recorder = TraceRecorder(folder / "trace.mpk")
    callback = Logging(1, lambda: kept.append(another(trainer))) if when == "in a callback" else Logging()
    listed = [callback, *([recorder] if recorded and not when.startswith("attached") else [])]
    kept: list[Any] = []
    trainer_class = ReplacingTrainer if when == "in a step" else Trainer
    trainer = make_trainer(folder / "out", callbacks=listed, trainer_class=trainer_class, max_steps=3)
    if when.startswith("attached"):
        recorder.attach(trainer)
    if "init" in when or when.startswith("attached"):
        kept.append(another(trainer))
    if "held" not in when:
        kept.clear()
    trainer.add_callback(_witness(seen))
    trainer.train()
    if kept:  # whoever holds the old handler may call it
        kept[0].on_log(trainer.args, trainer.state, trainer.control, {"by": "the old one"})
    recorder.detach()
    return seen, trainer


def _witness(seen: list[str]) -> TrainerCallback:
    witness = TrainerCallback()
    for name in (name for name in vars(TrainerCallback) if name.startswith("on_")):
        vars(witness)[name] = lambda args, state, control, name=name, **kwargs: seen.append(name)
    return witness


@pytest.mark.parametrize("when", WHEN)
def test_one_trace_holds_all_events(tmp_path: Path, when: str) -> None:
    """Every event is there once, with its steps and causes, in the one file that was asked for."""
    seen, trainer = run(tmp_path, when)
    assert [path.name for path in tmp_path.glob("*.mpk")] == ["trace.mpk"]
    trace = Trace.open(tmp_path / "trace.mpk")
    assert (trace.damage, trace.gaps) == ((), ())
    names = [event.name for event in trace if event.name != "on_init_end"]
    # The witness stands in no handler that was replaced before it came.
    assert names == seen + ["on_log"] * (when == "after init, old one held")
    assert [event.before.state["global_step"] for event in named(trace, "on_step_begin")] == [0, 1, 2]
    for event in named(trace, "on_step_end"):
        assert [(c.path, c.by) for c in event.changes if c.path == "control.should_log"] == [
            ("control.should_log", "Logging")
        ]
    assert not [value for value in vars(trainer.callback_handler).values() if isinstance(value, Door)]
