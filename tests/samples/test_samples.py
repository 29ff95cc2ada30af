"""The samples show what their docstrings say, and the stored traces are what they record."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import transformers

from support.recorded import changed, checked, named
from tracetui.replay import Trace
from tracetui.trace.values import ABSENT

SAMPLES = Path(__file__).parents[2] / "samples"
SCRIPTS = sorted(SAMPLES.glob("*.py"))
STORED = sorted((SAMPLES / "traces").glob("*.mpk"))


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    """Run every sample once, and return the traces by the names of the scripts."""
    folder, recorded = tmp_path_factory.mktemp("samples"), {}
    for script in SCRIPTS:
        path = folder / f"{script.stem}.mpk"
        runpy.run_path(str(script))["main"](path)
        recorded[script.stem] = checked(Trace.open(path))
    return recorded


EVER = ("state.", "control.", "args.", "logs.", "metrics.", "lr")
"""Kinds of paths that every version records: the stored traces are of the first."""


def story(trace: Trace) -> list[tuple[Any, ...]]:
    """Return what a sample is about: events, flags, changes and who made them; no times, no values."""
    return [
        (
            event.name,
            event.step,
            dict(event.after.control),
            [(change.path, change.by, change.inside) for change in event.changes if change.path.startswith(EVER)],
            sorted(event.logs or ()),
            sorted(event.metrics or ()),
            event.callbacks,
        )
        for event in trace
    ]


@pytest.mark.parametrize("stored", STORED, ids=[path.stem for path in STORED])
def test_stored_traces_are_what_the_samples_record(stored: Path, traces: dict[str, Trace]) -> None:
    """A stored trace still opens, is small, and tells the same story as a new recording."""
    trace = checked(Trace.open(stored))
    assert stored.stat().st_size < 50_000
    if trace.run["versions"]["transformers"] != transformers.__version__:
        pytest.skip("another version of transformers fires other events")
    assert story(trace) == story(traces[stored.stem])


def test_why_did_it_stop(traces: dict[str, Trace]) -> None:
    """Early stopping ends the training at a better score than the one it holds for best."""
    trace = traces["why_did_it_stop"]
    (stop,) = [event for event in trace if changed(event, "control.should_training_stop", by="EarlyStoppingCallback")]
    first, last = named(trace, "on_evaluate")[0], named(trace, "on_evaluate")[-1]
    assert stop.index == last.index
    assert last.metrics["eval_accuracy"] > first.metrics["eval_accuracy"] == last.before.state["best_metric"]
    assert trace.run["args"]["greater_is_better"] is False


def test_who_asked_for_this_save(traces: dict[str, Trace]) -> None:
    """Every save leads back to the event, and the callback, that asked for it."""
    trace, asked, found = traces["who_asked_for_this_save"], ("", ""), []
    for event in trace:
        requests = [change for change in event.changes if change.path == "control.should_save" and change.new is True]
        asked = (event.name, requests[-1].by) if requests else asked
        if event.name == "on_save":
            found.append((event.step, *asked))
    assert found == [
        (20, "on_evaluate", "SaveAfterEvaluation"),
        (25, "on_step_end", "DefaultFlowCallback"),
        (40, "on_evaluate", "SaveAfterEvaluation"),
        (50, "on_step_end", "DefaultFlowCallback"),
        (55, "on_step_end", "DefaultFlowCallback"),
    ]


def test_which_callback_ate_my_metric(traces: dict[str, Trace]) -> None:
    """The trace names who removed a key, and that the dashboard stands behind both."""
    trace = traces["which_callback_ate_my_metric"]
    evaluated, last = named(trace, "on_evaluate")[0], named(trace, "on_log")[-1]
    assert [new for _, new in changed(evaluated, "metrics.eval_runtime", by="Tidy")] == [ABSENT]
    assert [new for _, new in changed(last, "logs.total_flos", by="PrinterCallback")] == [ABSENT]
    order = list(last.callbacks)
    assert order.index("Dashboard") > max(order.index("Tidy"), order.index("PrinterCallback"))


def test_why_was_my_request_ignored(traces: dict[str, Trace]) -> None:
    """The handler takes back at the first step what was asked for at the beginning of the epoch."""
    trace = traces["why_was_my_request_ignored"]
    asked, reset = named(trace, "on_epoch_begin")[0], named(trace, "on_step_begin")[0]
    assert changed(asked, "control.should_evaluate", by="EvaluateFirst") == [(False, True)]
    assert changed(reset, "control.should_evaluate", by="CallbackHandler") == [(True, False)]
    assert named(trace, "on_evaluate") == []
