"""Traces that earlier versions wrote are read for ever, to what those versions read of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.conformance.expectation import matches
from tracetui.cli.info import as_object
from tracetui.export.jsonl import full
from tracetui.export.strict_json import jsonable
from tracetui.replay import Trace
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.jobs.recover import recover

FOLDER = Path(__file__).parent / "old"


def everything(trace: Trace) -> dict[str, Any]:
    """Return all that is read of a trace."""
    events = [full(event, trace) for event in trace]
    for found, event in zip(events, trace, strict=True):
        found["probes"] = [[one.probe, jsonable(one.value), one.exception] for one in event.probes]
    return json.loads(json.dumps(as_object(trace, trace.path) | {"events": events}))  # type: ignore[no-any-return]


def expected(name: str) -> dict[str, Any]:
    """Return what was read of a trace when it was written; how large it is does not matter."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return {key: value for key, value in found.items() if key != "size"}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("file", "name"), [("run", "run"), ("run-packed", "run"), ("run-killed", "run-killed")])
def test_an_old_trace_is_read_as_it_was(file: str, name: str, whole: bool) -> None:
    """A trace of an earlier version, as a journal, killed, and packed, shows what that version showed of it."""
    matches(everything(Trace.open(FOLDER / f"{file}.mpk", whole=whole)), expected(name), file)


def test_an_old_trace_is_packed_and_recovered_as_it_was(tmp_path: Path) -> None:
    """What this version makes of an earlier version's trace shows the same, too."""
    pack_trace(FOLDER / "run.mpk", tmp_path / "packed.mpk")
    recover(FOLDER / "run-packed.mpk", tmp_path / "recovered.mpk")
    for name in ("packed", "recovered"):
        matches(everything(Trace.open(tmp_path / f"{name}.mpk")), expected("run"), name)
