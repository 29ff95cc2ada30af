"""The generator of large traces: it stands in for a training wherever millions of events are needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from generate import EVALUATE_EVERY, generate
from tracetui.replay import Trace
from tracetui.replay.columns import postings as postings_module
from tracetui.replay.search import matches


def test_a_generated_trace_is_whole(tmp_path: Path) -> None:
    """It has as many events as were called, is sound and ended, and holds logs, evaluations and who changed what."""
    path = tmp_path / "trace.mpk"
    events = generate(EVALUATE_EVERY, path)
    trace = Trace.open(path)
    assert len(trace) == events
    assert trace.damage == () and trace.end is not None
    assert trace.columns.counts()["on_evaluate"] == 1
    assert "loss" in set(trace.columns.keys) and "DefaultFlowCallback" in set(trace.columns.caused)


def test_a_search_that_keeps_nothing_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace with too many different kinds of rows to keep their events is searched all the same."""
    path = tmp_path / "trace.mpk"
    generate(100, path)
    known = matches(Trace.open(path), "loss").tolist()
    monkeypatch.setattr(postings_module, "MAX_KINDS", 1)
    assert known == matches(Trace.open(path), "loss").tolist() != []
