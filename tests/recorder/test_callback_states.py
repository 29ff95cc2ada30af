"""What callbacks keep of themselves is recorded as it is, or marked; asking for it stays cheap."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import transformers
from transformers import EarlyStoppingCallback, TrainerCallback
from transformers.trainer_callback import ExportableState

from support.recorded import changed, named, record
from support.tiny import scores
from tracetui.recorder import clock as clock_module
from tracetui.recorder.rows.callback_states import ExportedState
from tracetui.recorder.values.plain import Plainer
from tracetui.recorder.values.redact import Redactor
from tracetui.trace.values import ABSENT, Described

EVALUATED = {
    "num_train_epochs": 9,
    "eval_strategy": "epoch",
    "metric_for_best_model": "score",
    "greater_is_better": True,
}


@pytest.mark.skipif(
    transformers.__version__.startswith("4.45"),
    reason="transformers 4.45 stops early only where it loads the best model",
)
@pytest.mark.parametrize("slow", range(8))
def test_one_slow_call_skips_nothing(tmp_path: Path, slow: int) -> None:
    """Early stopping's counter is the right one at each evaluation, whichever call of `state()` was slow."""

    class Early(EarlyStoppingCallback):
        calls = 0

        def state(self) -> Any:
            Early.calls += 1
            if Early.calls == slow:
                time.sleep(0.1)
            return super().state()

    metrics = scores([0.5, 0.9, 0.3, 0.2, 0.1, 0.1, 0.1])
    trace = record(tmp_path, callbacks=[Early(2)], compute_metrics=metrics, **EVALUATED)
    states = [event.after.callbacks["Early"]["attributes"] for event in named(trace, "on_evaluate")]
    assert [state["early_stopping_patience_counter"] for state in states] == [0, 0, 1, 2]


class Sleeps(TrainerCallback, ExportableState):
    """Takes long to export its state."""

    def __init__(self, nap: float) -> None:
        """Begin at step 0."""
        self.nap = nap
        self.asked = self.steps = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count."""
        self.steps += 1

    def state(self) -> Any:
        """Sleep, once training has begun."""
        if self.steps:
            self.asked += 1
            time.sleep(self.nap)
        return {"args": {}, "attributes": {"steps": self.steps}}


def test_a_state_that_always_takes_long(tmp_path: Path) -> None:
    """It is asked seldom, what was not asked is marked, and at the end of an epoch and of training it is right."""
    sleeps = Sleeps(0.1)
    options = {"num_train_epochs": 2, "per_device_train_batch_size": 1}
    trace = record(tmp_path, callbacks=[sleeps], **options)
    assert sleeps.asked < 10
    steps = named(trace, "on_step_end")
    assert steps[0].after.callbacks["Sleeps"]["attributes"] == {"steps": 1}
    mark = steps[10].after.callbacks["Sleeps"]
    assert type(mark) is Described
    assert mark.type == "not asked"
    assert mark.value["attributes"]["steps"] < 10
    for event in (*named(trace, "on_epoch_end"), *named(trace, "on_train_end")):
        assert event.after.callbacks["Sleeps"]["attributes"] == {"steps": event.step}
    assert all(changed(event, "callbacks.Sleeps", by="Sleeps") for event in named(trace, "on_epoch_end"))


@pytest.mark.parametrize("milliseconds", [0, 1, 30, 2_000, 100_000])
def test_the_budget(monkeypatch: pytest.MonkeyPatch, milliseconds: int) -> None:
    """Over an hour of steps of 10 ms, asking takes a hundredth and a little; what is free is always asked."""
    clock = [0]

    class Costs:
        def state(self) -> Any:
            clock[0] += milliseconds * 1_000_000
            return {"at": clock[0]}

    monkeypatch.setattr(clock_module, "perf_counter_ns", lambda: clock[0])
    costs, spent, marked = Costs(), 0, 0
    state = ExportedState(costs, Plainer(Redactor(None, {})))
    for _ in range(360_000 if milliseconds else 100):
        clock[0] += 10_000_000
        before = clock[0]
        found = state.look("on_step_end")
        spent += clock[0] - before
        marked += type(found) is Described
        assert (type(found) is Described and found.type == "not asked") or found is ABSENT or not state.overdue
    assert spent <= clock[0] / 100 + 300e6 + milliseconds * 1e6
    assert bool(marked) == bool(milliseconds)
    assert state.look("") is not ABSENT or milliseconds in (0, 100_000)
