"""The tab about the run says how it ended, in the words of `tracetui info`."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from tracetui.replay import Trace
from tracetui.replay.ending import ending
from tracetui.tui.panes import run_pane

SAMPLE = Path(__file__).parents[2] / "samples" / "traces" / "why_did_it_stop.mpk"


def test_it_says_who_ended_the_run() -> None:
    """One answer to how a run ended, and one reason, wherever it is shown."""
    trace = Trace.open(SAMPLE)
    text = io.StringIO()
    Console(width=200, file=text).print(run_pane(trace))
    found = ending(trace)
    assert "stopped at step 30 of 900 by EarlyStoppingCallback" in found.sentence
    assert found.reason is not None
    assert found.sentence in text.getvalue()
    assert found.reason in text.getvalue()
