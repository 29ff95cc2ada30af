"""A recording that has ended is packed, without anybody waiting for it, and without a risk to its journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracetui.recorder.journal import PACK_EVENTS, Journal
from tracetui.replay import Trace
from tracetui.trace.journal.records import PACKED_VERSION
from tracetui.trace.reading.reader import TraceReader

MANY = PACK_EVENTS + 1


def record(path: Path, events: int, *, pack: bool = True) -> Journal:
    """Record so many events of nothing, and end."""
    journal = Journal(path, {"run": 1}, rank=None, overwrite=False, pack=pack)
    name, step = journal.writer.name("on_step_end"), journal.writer.name("state.global_step")
    for number in range(events):
        journal.writer.event(name, 10 * number, 3, [step, number])
    journal.end("finished")
    return journal


def is_packed(path: Path) -> bool:
    """Tell whether a trace has its packed form."""
    reader = TraceReader.open(path)
    try:
        return reader.header is not None and reader.header.version == PACKED_VERSION
    finally:
        reader.close()


def wait_for(path: Path) -> None:
    """Wait until a trace is packed."""
    end = time.monotonic() + 60
    while not is_packed(path):
        assert time.monotonic() < end, "not packed"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_long_trace_is_packed_after_its_end(tmp_path: Path) -> None:
    """The journal is whole when the recording ends, and takes its packed form soon after; no child process is left."""
    path = record(tmp_path / "trace.mpk", MANY).path
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    wait_for(path)
    trace = Trace.open(path)
    assert (len(trace), trace.damage) == (MANY, ())
    assert trace.end is not None
    assert trace[MANY - 1].step == MANY - 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short trace stays as it is, and so does any for which nobody wants it."""
    asked: list[Path] = []
    monkeypatch.setattr("tracetui.recorder.journal.pack_later", lambda path, **_: asked.append(path))
    record(tmp_path / "short.mpk", 10)
    record(tmp_path / "unwanted.mpk", MANY, pack=False)
    assert asked == []
    assert record(tmp_path / "long.mpk", MANY).path in asked


def test_a_process_that_does_not_start_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no process can be started the recording ends as ever, with one warning, and the journal stays."""
    monkeypatch.setattr("tracetui.trace.jobs.background.subprocess.run", _refuse)
    path = record(tmp_path / "trace.mpk", MANY).path
    assert not is_packed(path)
    assert Trace.open(path).end is not None
    assert [record.message for record in caplog.records if "stays unpacked" in record.message]


def _refuse(*_: object, **__: object) -> None:
    raise OSError("no more processes")


@pytest.mark.slow
def test_the_trace_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    """Whenever packing is killed, the trace is there, whole, in one form or the other."""
    path = record(tmp_path / "trace.mpk", 3 * MANY, pack=False).path
    journal = path.read_bytes()
    command = [sys.executable, "-m", "tracetui.cli.main", "pack", str(path)]
    for delay in range(0, 1_500, 100):
        path.write_bytes(journal)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay / 1000)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert is_packed(path) or path.read_bytes() == journal
        trace = Trace.open(path, whole=True)
        assert (len(trace), trace.damage) == (3 * MANY, ())
