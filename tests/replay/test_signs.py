"""Signs and metrics of a run: what the strip, the title and whoever shows a whole run go by."""

from __future__ import annotations

import numpy as np
import pytest

from support.browsed import SAMPLES, hostile_trace, sample, threads_trace
from support.conformance.committed import committed
from support.invented import whole_ride
from tracetui.replay.columns.columns import EXCEPTION, GAP, MESSAGE, NONFINITE
from tracetui.replay.metrics import metrics
from tracetui.replay.reduction import reduced
from tracetui.replay.signs import BEGUN, EVALUATED, FAILED, MISSING, SAVED, STOPPED, WARNED, signs
from tracetui.replay.signs import NONFINITE as NOT_FINITE
from tracetui.replay.span import Span, signed
from tracetui.replay.trace import Trace
from tracetui.replay.value_history import value_history
from tracetui.trace.errors import TraceError


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.mpk")), ids=lambda path: path.stem)
def test_signs_are_those_of_the_events(path: object) -> None:
    """Each event has the sign of its name, of its marks, and of the flag that rose in it; however it is asked for."""
    trace = Trace.open(str(path))
    found = signs(trace)
    assert np.array_equal(found, np.concatenate([signs(trace, at, at + 7) for at in range(0, len(trace), 7)]))
    names = {"on_save": SAVED, "on_evaluate": EVALUATED, "on_predict": EVALUATED, "on_epoch_begin": BEGUN}
    stopped = False
    for event in trace:
        now = event.after.value("control.should_training_stop") is True
        expected = names.get(event.name, 0) | (STOPPED if now and not stopped else 0)
        assert int(found[event.index]) & (SAVED | EVALUATED | BEGUN | STOPPED) == expected, event
        stopped = now


def test_trouble_has_a_sign() -> None:
    """An exception, a gap, a NaN and a warning are to be seen from afar."""
    pairs = ((EXCEPTION, FAILED), (GAP, MISSING), (NONFINITE, NOT_FINITE), (MESSAGE, WARNED))
    for trace in (hostile_trace(), threads_trace()):
        marks, found = trace.columns.marks[:], signs(trace)
        for mark, sign in pairs:
            assert ((marks & mark > 0) == (found & sign > 0)).all()
    assert signs(hostile_trace()).any()


def test_another_framework_has_signs() -> None:
    """A stop and a save are told by the roles of flags, an epoch by its phase: no name is known beforehand."""
    trace = Trace.from_bytes(whole_ride())
    found = signs(trace)
    assert found[18] & STOPPED and np.count_nonzero(found & STOPPED) == 1
    assert np.flatnonzero(found & BEGUN).tolist() == [1, 13]


def test_the_metrics_of_a_run() -> None:
    """The metric that picks the best model comes first, then what is a loss; how long something took comes last."""
    found = metrics(sample("why_did_it_stop"))
    names = [metric.name for metric in found]
    assert names[:3] == ["eval_accuracy", "eval_loss", "loss"] and len(set(names)) == len(names)
    dull = [name.endswith(("_runtime", "_per_second")) or name == "total_flos" for name in names]
    assert dull == sorted(dull) and any(dull) and names[dull.index(True) - 2 :][:2] == ["lr", "train_loss"]
    assert [metric.lower for metric in found[:3]] == [True, True, True]  # this run's own mistake is the first of them
    assert "epoch" not in names
    assert metrics(hostile_trace()) == []


@pytest.mark.slow
def test_damaged_traces_have_signs_and_metrics() -> None:
    """Of any file that can be opened, damaged and lying ones too, there are signs, metrics, cells and histories."""
    looked = 0
    for case in committed():
        try:
            trace = Trace.from_bytes(case.data)
        except TraceError:
            continue
        if len(trace):
            found = signs(trace)
            assert len(found) == len(trace) and len(signed(found, Span(0, len(trace), 20))) == 20
            for metric in metrics(trace)[:3]:
                reduced(trace.series(metric.path), Span(0, len(trace), 20))
            for path in trace.paths()[:5]:
                value_history(trace, path.path, len(trace) // 2, most=5)
            looked += 1
    assert looked > 100
