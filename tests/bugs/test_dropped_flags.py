"""Flags that someone asked for and nobody served: who dropped them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback, TrainerControl

from support.recorded import changed, named, record
from support.tiny import scores

REQUESTS = ("control.should_save", "control.should_evaluate", "control.should_log")


class FreshControl(TrainerCallback):
    """Returns a control of its own at every step."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> TrainerControl:
        """Return a new control, which says no to everything."""
        return TrainerControl()


class AsksForSave(TrainerCallback):
    """Asks for a checkpoint after every evaluation."""

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ask for a checkpoint."""
        control.should_save = True


class AsksOnce(TrainerCallback):
    """Asks for a log, an evaluation and a checkpoint, once, in the event that is named."""

    def __init__(self, name: str) -> None:
        """Listen to the event of this name."""
        self.asked = False
        vars(self)[name] = self._ask

    def _ask(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not self.asked:
            self.asked = control.should_save = control.should_evaluate = control.should_log = True


def test_a_new_control_drops_what_others_asked_for(tmp_path: Path) -> None:
    """The trace names who replaced the control object, and which flags of whom that dropped."""
    options = {"max_steps": 5, "logging_strategy": "steps", "logging_steps": 1}
    trace = record(tmp_path, callbacks=[FreshControl()], **options)
    ends = named(trace, "on_step_end")
    assert [event.step for event in ends] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {event.before.state["max_steps"] for event in ends} == {5}
    for event in ends:
        assert [call.callback for call in event.calls if call.replaced_control] == ["FreshControl"]
        assert changed(event, "control.should_log", by="DefaultFlowCallback") == [(False, True)]
        assert changed(event, "control.should_log", by="FreshControl") == [(True, False)]
    stops = [event.step for event in ends if changed(event, "control.should_training_stop", by="FreshControl")]
    assert stops == [5, 6, 7, 8]
    assert ["train_loss" in event.logs for event in named(trace, "on_log")] == [True]


@pytest.mark.parametrize("name", ["on_train_begin", "on_epoch_begin"])
def test_the_handler_drops_what_is_asked_too_early(name: str, tmp_path: Path) -> None:
    """A request before the first step is cleared by the handler, never served (transformers#18172)."""
    trace = record(tmp_path, callbacks=[AsksOnce(name)], max_steps=2)
    asked, reset = named(trace, name)[0], named(trace, "on_step_begin")[0]
    for path in REQUESTS:
        assert changed(asked, path, by="AsksOnce") == [(False, True)]
        assert asked.after.control[path.removeprefix("control.")] is True
        assert changed(reset, path) == [(True, False)]
        assert changed(reset, path, by="CallbackHandler") == [(True, False)]
    assert named(trace, "on_save", "on_evaluate") == []
    assert not any("loss" in event.logs for event in named(trace, "on_log"))


@pytest.mark.parametrize("name", ["on_step_begin", "on_pre_optimizer_step", "on_step_end", "on_epoch_end"])
def test_what_is_asked_in_time_is_served(name: str, tmp_path: Path) -> None:
    """The same request in a later event is served, and each flag is cleared by the event that serves it."""
    trace = record(tmp_path, callbacks=[AsksOnce(name)], num_train_epochs=1)
    asked = named(trace, name)[0]
    for path in REQUESTS:
        assert changed(asked, path, by="AsksOnce") == [(False, True)]
    for served, path in (("on_save", 0), ("on_evaluate", 1), ("on_log", 2)):
        event = next(event for event in named(trace, served) if event.index > asked.index)
        assert changed(event, REQUESTS[path], by="CallbackHandler") == [(True, False)]


def test_save_strategy_best_overwrites_a_request(tmp_path: Path) -> None:
    """Under `save_strategy="best"` the Trainer overwrites a callback's request (transformers#40221)."""
    trace = record(
        tmp_path,
        callbacks=[AsksForSave()],
        compute_metrics=scores([0.1, 0.9, 0.3]),
        num_train_epochs=3,
        eval_strategy="epoch",
        save_strategy="best",
        load_best_model_at_end=True,
        metric_for_best_model="score",
        greater_is_better=True,
    )
    evaluations = named(trace, "on_evaluate")
    assert all(changed(event, "control.should_save", by="AsksForSave") for event in evaluations)
    steps = [event.step for event in evaluations]
    assert [event.step for event in named(trace, "on_save")] == steps[:2]
    after_last = trace[evaluations[-1].index + 1]
    assert changed(after_last, "control.should_save") == [(True, False)]
    dropped = next(change for change in after_last.changes if change.path == "control.should_save")
    assert (dropped.by, dropped.inside) == ("Trainer", False)
    assert (trace.run["args"]["save_strategy"], trace.run["args"]["load_best_model_at_end"]) == ("best", True)
    best = [(event.before.state["best_metric"], event.before.state["best_global_step"]) for event in evaluations]
    assert best == [(None, None), (0.1, steps[0]), (0.9, steps[1])]
    assert trace[-1].name == "on_train_end"
    assert trace[-1].after.state["best_model_checkpoint"].endswith(f"checkpoint-{steps[1]}")
