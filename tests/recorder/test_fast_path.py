"""The fast path is taken wherever nothing is out of the ordinary; whatever is, the trace is that of the slow path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.both_ways import both_ways, disagreements
from support.happenings import HAPPENINGS
from support.stage import Stage
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace


def trace_of(name: str, path: Path, patch: pytest.MonkeyPatch) -> tuple[Trace, list[Any]]:
    """Record a run in which something happens; return the trace, and what the training saw."""
    path.unlink(missing_ok=True)
    stage = Stage()
    with TraceRecorder(path, pack=False).attach(stage):
        stage.step(3)
        HAPPENINGS[name](stage, patch)
        stage.step(3)
        stage.fire("on_epoch_end")
    return Trace.open(path), stage.seen


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_is_out_of_the_ordinary_is_recorded_as_on_the_slow_path(name: str, tmp_path: Path) -> None:
    """The trace, and what the training gets, are the same on both ways, whatever happens; the trace is sound."""
    seen: list[list[Any]] = []

    def record() -> Trace:
        with pytest.MonkeyPatch.context() as patch:
            trace, found = trace_of(name, tmp_path / "trace.mpk", patch)
            seen.append(found)
            return trace

    fast, slow = both_ways(record)
    assert seen[0] == seen[1]
    assert disagreements(fast, slow) == []
    assert fast.damage == ()
