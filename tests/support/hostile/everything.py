"""Looks at everything that a trace shows."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np

from tracetui.cli.events import text_lines as event_lines
from tracetui.cli.info import as_object
from tracetui.cli.info import text_lines as info_lines
from tracetui.cli.show import text_lines as show_lines
from tracetui.export.jsonl import full
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.search import matches

COLUMNS = ("name", "step", "epoch", "time", "duration", "depth", "phases", "flags", "marks", "thread")
CONDITIONS = tuple(
    map(
        parse,
        (
            'event == "on_log" and logs.loss > 2',
            'changed("control.should_save", by="EarlyStoppingCallback") or changed("state.*")',
            'isnan(logs.grad_norm) or after.state.epoch > 1 or called("*") and raised()',
            'thread == "heartbeat" or inputs.optimizer is None or changed("*", by="Trainer", to=1)',
            'metrics.eval_loss < 1 or probes.rss > 0 or inputs.model == 1 or args.seed == 1 or "a" in lr',
        ),
    )
)
SEVERAL = 8
"""Events that are looked at from each end: in a file of any size the rest are like them."""


def look_at(trace: Trace) -> None:
    """Read the columns, find, and print: all events of a small trace, the first and last of a large one."""
    count = len(trace)
    for name in COLUMNS:
        if count < 1 << 20:
            assert len(np.asarray(getattr(trace.columns, name))) == count
    for condition in CONDITIONS:
        assert all(0 <= number < count for number in trace.matching(condition))
    matches(trace, "loss")
    for info in islice(trace.paths(), SEVERAL):
        assert len(trace.series(info.path)) <= count
    assert all(0 <= write.event < count for write in islice(trace.writes(), 1_000))
    assert all(0 <= write.event < count for write in islice(trace.writes("*.a*", reverse=True), 1_000))
    list(trace.columns.changed), list(trace.columns.caused), list(trace.columns.keys)
    for index in sorted({*range(min(count, SEVERAL)), *range(max(0, count - SEVERAL), count)}):
        event = trace[index]
        json.dumps(full(event, trace), allow_nan=False)
        list(show_lines(event, trace))
        if event.lost:
            assert trace.damage, "an event is lost, and nothing is said"
    json.dumps(as_object(trace, "trace"), allow_nan=False)
    list(info_lines(trace, "trace"))
    list(event_lines(trace, islice(trace, SEVERAL)))
    _ = trace.damage, trace.gaps, trace.exceptions, trace.end
