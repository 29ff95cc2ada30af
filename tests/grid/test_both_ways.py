"""The fast path of the recorder and the slow one: what they record of one run is the same, to the bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import transformers
from packaging.version import Version

from generate import Training
from support.both_ways import both_ways, disagreements
from support.cases import cases
from support.runs import fresh, run
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import BLOCK_EVENTS


@pytest.mark.parametrize("name", [case.name for case in cases()])
def test_real_runs_are_recorded_the_same(name: str, tmp_path: Path) -> None:
    """Every event of a real run is the same on both ways, in all that the trace tells of it."""
    if Version(transformers.__version__) < Version(fresh(name).since):
        pytest.skip(f"transformers {transformers.__version__} has no such option")

    def record() -> Trace:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        (tmp_path / "trace.mpk").unlink(missing_ok=True)
        return run(fresh(name), tmp_path, watched=False).trace

    fast, slow = both_ways(record)
    assert disagreements(fast, slow) == []


@pytest.mark.slow
def test_a_long_run_is_recorded_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a run of thousands of events, with keyframes, evaluations, saves and epochs; most of it goes the fast way.

    What is written as a mere moment went the fast way.
    """
    moments: list[int] = []
    moment = TraceWriter.moment
    monkeypatch.setattr(TraceWriter, "moment", lambda self, *row: (moments.append(self.events), moment(self, *row)))

    def record() -> Trace:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.mpk"
        training = Training(seed=1)
        training.state.eval_steps, training.state.save_steps = 200, 300
        with TraceRecorder(path, pack=False).attach(training):
            training.run(500)
        return Trace.open(path)

    fast, slow = both_ways(record)
    assert len(fast.trace) > 8 * BLOCK_EVENTS
    assert len(moments) > len(fast.trace) / 3  # all in one of the two recordings: no event twice
    assert len({*moments}) == len(moments)
    assert disagreements(fast, slow) == []
