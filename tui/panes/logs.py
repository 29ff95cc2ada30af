"""Logs and metrics: what the event was given, and the log history as a table, the newest entry first."""

from __future__ import annotations

from collections.abc import Sequence

from .given import given, inputs
from .look import Look
from .rows import Chain, Lines, Listed, plain, section
from .values import entry


def logs_pane(look: Look) -> Lines:
    """Return logs, metrics and other arguments, and the log history."""
    here = given(look)
    path = look.trace.framework.history
    history = look.event.after.value(path)
    known = isinstance(history, Sequence) and not isinstance(history, (str, bytes)) and len(history)
    table = entry(look, history, path) if known else None
    nothing = [] if len(here) else [plain("This event carries no logs or metrics.", "dim")]
    count = f"{len(history):,} entries, newest first" if known else ""
    return Chain(
        [Listed(nothing), here, inputs(look), section("Log history", table() if table is not None else Listed(), count)]
    )
