"""The tab about the run says how it ended, in the words of `tracetui info`."""

from __future__ import annotations

from pathlib import Path

from support.browsed import pane_text
from tracetui.replay import Trace
from tracetui.replay.ending.ending import ending
from tracetui.trace.journal.writer import TraceWriter
from tracetui.tui.panes.changes import changes_pane
from tracetui.tui.panes.run import run_pane

SAMPLE = Path(__file__).parents[2] / "samples" / "traces" / "why_did_it_stop.mpk"


def test_it_says_who_ended_the_run() -> None:
    """One answer to how a run ended, and one reason, wherever it is shown."""
    trace = Trace.open(SAMPLE)
    text = pane_text(run_pane, trace)
    found = ending(trace)
    assert "stopped at step 30 of 900 by EarlyStoppingCallback" in found.sentence
    assert found.reason is not None
    assert found.sentence in text
    assert found.reason in text


def test_what_tells_of_the_event_is_no_change(tmp_path: Path) -> None:
    """The calls around an event stand once, in a line, and its arguments that were None among its arguments."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {})
    chain = {"call": ["train by user", "evaluate by user"], "nones": ["model"], "state.epoch": 1.0}
    writer.event(
        writer.name("on_log"), 1, 1, [item for key, value in chain.items() for item in (writer.name(key), value)]
    )
    (tmp_path / "t.mpk").write_bytes(data)
    text = pane_text(changes_pane, Trace.open(tmp_path / "t.mpk"))
    assert "in train by user > evaluate by user" in text.splitlines()
    assert text.count("by user") == 2
    assert "nones" not in text
    assert "epoch" in text
