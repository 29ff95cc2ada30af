"""A file whose checksums are right and whose values make no sense: never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.command import Run
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import HistoryRef

WRONG: tuple[Any, ...] = (None, "text", -1, 1 << 70, float("nan"), [[]], {"a": {}}, b"x", HistoryRef(9, 9))
KEYS = {
    Note.RUN: ("run",),
    Note.EXCEPTION: ("number", "type", "message", "traceback", "place", "step", "ended", "inside"),
    Note.GAP: ("count", "reason"),
    Note.END: ("reason", "events"),
}
PATHS = (
    "state.global_step",
    "state.epoch",
    "state.log_history",
    "lr",
    "roster",
    "callbacks.A",
    "logs.x",
    "",
    ".",
    "state",
)
RARE = (Rare.INPUTS, Rare.MESSAGES, Rare.RAISED, Rare.REPLACED, Rare.JOINED, Rare.BETWEEN_CAUSE)
RARE += (Rare.PROBES, Rare.THREAD, Rare.RAISED_AT)


def write_wrong(path: Path, value: Any) -> Path:
    """Write a trace that has one value wherever another kind of value belongs."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {"versions": value, "args": value})
    name, logs = writer.name("on_log"), writer.name("logs")
    for position in PATHS:
        writer.event(name, 1, 1, [writer.name(position), value])
    for key in RARE:
        writer.event(name, 1, 1, calls=[name, 1], rare={key: value})
    writer.event(name, 1, 1, rare={Rare.INPUTS: {logs: value, 999: value}})
    writer.event(name, 1, 1, rare={Rare.MESSAGES: [value, [value] * 4], Rare.REPLACED: [value]})
    writer.event(999, 1, 1, [999, value], [999, [999, value]], [999, 1])
    writer.event(writer.name(("a", "shape")), 1, 1)
    writer.history(1, 1, 5, [value, [value], [999, value]], time=1)
    writer.exit(1, time=1)
    for kind, keys in KEYS.items():
        writer.note(kind, {}, time=1)
        writer.note(kind, dict.fromkeys(keys, value), time=1)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_wrong_types(run: Run, tmp_path: Path, value: Any) -> None:
    """Every verb reads such a file to its end, or says in one line why it cannot."""
    path = write_wrong(tmp_path / "wrong.mpk", value)
    for args in (
        ("info", path),
        ("events", path),
        ("verify", path),
        ("recover", path),
        ("show", path, 0),
        ("show", path, -1),
    ):
        done = run(*args)
        assert "Traceback" not in done.stderr, done.stderr[-2000:]
        assert done.returncode in (0, 1)
    for line in run("events", path, "--json").stdout.splitlines():
        json.loads(line)
