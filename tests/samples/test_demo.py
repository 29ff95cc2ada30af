"""The demo trains something real, and its trace has something to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.recorded import changed, checked, named
from tracetui.recorder.demo.data import digits
from tracetui.recorder.demo.training import train
from tracetui.replay import Trace


def test_the_digits_are_whole() -> None:
    """The packaged data are the 1,797 images, scaled to 0 to 1, with all ten digits in both parts."""
    training, evaluation = digits()
    assert (len(training), len(evaluation)) == (1437, 360)
    for part in (training, evaluation):
        assert sorted({int(digit) for digit in part.digits}) == list(range(10))
        assert (float(part.images.min()), float(part.images.max())) == (0.0, 1.0)


def test_the_demo_learns_and_is_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo learns, a callback asks for a checkpoint, early stopping ends it, stdout stays empty."""
    path = train(tmp_path / "demo.mpk", tmp_path / "out")
    assert capsys.readouterr().out == ""
    trace = checked(Trace.open(path))
    assert max(event.metrics["eval_accuracy"] for event in named(trace, "on_evaluate")) > 0.8
    stops = [event for event in trace if changed(event, "control.should_training_stop", by="EarlyStoppingCallback")]
    assert [event.name for event in stops] == ["on_evaluate"]
    (asked,) = [event for event in trace if changed(event, "control.should_save", by="MilestoneCallback")]
    assert trace[asked.index + 1].name == "on_save"
    assert trace.exceptions == ()
