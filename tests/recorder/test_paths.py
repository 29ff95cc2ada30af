"""What the recorder names its values by: the table of paths has all of it, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import EarlyStoppingCallback, Trainer, TrainerCallback

from support.recorded import checked
from support.tiny import make_trainer, scores
from tracetui.recorder import TraceRecorder
from tracetui.recorder.probes import probe
from tracetui.replay import Trace
from tracetui.trace import paths


class Edits(TrainerCallback):
    """Changes one value of each kind that a callback may change."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Change logs, the arguments and a flag."""
        args.tracetui_note = state.global_step
        control.should_evaluate = True
        if logs is not None:
            logs["edited"] = 1.0

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **_: Any) -> None:
        """Change metrics."""
        metrics["seen"] = 1.0

    def on_step_end(self, args: Any, state: Any, control: Any, extra: Any = None, **_: Any) -> None:
        """Change another argument, where there is one."""
        if extra is not None:
            extra["edited"] = 1.0


@probe("on_step_end")
def looked(**_: Any) -> int:
    """Return anything."""
    return 1


def drive(trainer: Trainer) -> None:
    """Train as in a search, and call an event with an argument of its own."""

    class InSearch(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            trainer._trial, trainer.hp_search_backend, trainer.objective = {"seed": 1}, "a search", 0.5

    trainer.add_callback(InSearch())
    trainer.train()
    handler = trainer.callback_handler
    handler.call_event("on_step_end", trainer.args, trainer.state, trainer.control, extra={"key": 1})


def test_the_table_has_what_is_recorded(tmp_path: Path) -> None:
    """A real run records values of every kind in the table, and none of a kind that it lacks."""
    options = {"max_steps": 2, "logging_steps": 1, "logging_strategy": "steps", "load_best_model_at_end": True}
    every = {"eval_strategy": "steps", "eval_steps": 1, "save_strategy": "steps", "save_steps": 1}
    trainer = make_trainer(
        tmp_path / "out",
        callbacks=[EarlyStoppingCallback(5), Edits()],
        compute_metrics=scores(iter(range(9, 0, -1))),
        metric_for_best_model="score",
        **options,
        **every,
    )
    with TraceRecorder(tmp_path / "trace.mpk", probes=[looked]).attach(trainer):
        drive(trainer)
    trace = checked(Trace.open(tmp_path / "trace.mpk"))
    changed = {paths.kind_of(change.path)[0] for event in trace for change in event.changes}
    assert paths.OTHER not in changed
    assert {kind.name for kind in paths.KINDS if kind.changes} == {kind.name for kind in changed}
    assert any(probed.probe == "looked" for event in trace for probed in event.probes)
    assert any(event.before.args != event.after.args for event in trace)
    assert any(name not in paths.SHAPED for event in trace for name in event.inputs)
