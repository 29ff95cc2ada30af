"""One run recorded on the fast path of the recorder and on its slow one, and in what the two traces differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from support.agree import differences
from support.training_clock import set_clock
from tracetui.recorder.session.fast_path import SWITCH
from tracetui.replay import Trace
from tracetui.replay.events.event import Event
from tracetui.replay.events.history import HistoryView
from tracetui.trace.journal.records import EventRow, Exit, Keyframe, Names, Rare
from tracetui.trace.names import Names as NameTable
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

LATEST = 3
"""Entries of the history that are compared at each event: all of them are only in the end."""


@dataclass
class Way:
    """A trace, and what only its records tell: who put another object in the place of control, by event."""

    trace: Trace
    replaced: list[list[str]]


def both_ways(record: Callable[[], Trace]) -> tuple[Way, Way]:
    """Return the trace of a run that is recorded on the fast path, and that of the same run on the slow one."""
    ways = []
    for switch in ("1", "0"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(SWITCH, switch)
            set_clock(patch)
            trace = record()
            ways.append(Way(trace, replaced(Path(trace.path))))
    return ways[0], ways[1]


def replaced(path: Path) -> list[list[str]]:
    """Return the causes of each row that says who replaced control."""
    names, found = NameTable(), []
    for item in TraceReader.open(path).items():
        record = item.record if isinstance(item, Placed) else None
        if isinstance(record, (Keyframe, Names)):
            names.define(record.first_name, record.names)
        elif isinstance(record, (EventRow, Exit)) and Rare.REPLACED in record.rare:
            found.append([names.text(number) for number in record.rare[Rare.REPLACED]])
    return found


def disagreements(fast: Way, slow: Way) -> list[str]:
    """Return in what two traces differ, times and durations included: up to 20 lines."""
    one, other = fast.trace, slow.trace
    if len(one) != len(other):
        return [f"{len(one)} and {len(other)} events"]
    found: list[str] = []
    for left, right in zip(map(story, one), map(story, other), strict=True):
        if repr(left) != repr(right):  # which is exact for plain values, and fast
            found += differences(left, right, f"{left['index']} {left['name']}")
    last = [list(trace[-1].after.state.get("log_history", ())) for trace in (one, other)]
    found += [*differences(*last, "history"), *differences(*map(rest, (one, other)))]
    return [*found, *differences(fast.replaced, slow.replaced, "replaced")][:20]


def story(event: Event) -> dict[str, Any]:
    """Return all fields of an event."""
    told = {field.name: getattr(event, field.name) for field in fields(event)}
    for name in ("before", "after"):
        state = {key: shown(value) for key, value in told[name].state.items()}
        # Up to transformers 4.57 `logging_dir` holds the second at which the arguments were made.
        args = {key: value for key, value in told[name].args.items() if key != "logging_dir"}
        told[name] = replace(told[name], state=state, args=args)
    changes = [replace(change, old=shown(change.old), new=shown(change.new)) for change in event.changes]
    # The callback list is told anew where a callback was deleted, on the fast path later: no change if it is the same.
    told["changes"] = [change for change in changes if change.path != "roster" or change.old != change.new]
    return told


def shown(value: Any) -> Any:
    """Return a value; of a log history its length and its end."""
    return (len(value), *value[-LATEST:]) if isinstance(value, HistoryView) else value


def rest(trace: Trace) -> dict[str, Any]:
    """Return what a trace says beside its events.

    Where in it a gap stands is left out: what is lost inside an event on the fast path is told with the next.
    """
    gaps = [(gap.count, gap.reason) for gap in trace.gaps]
    return {"exceptions": trace.exceptions, "gaps": gaps, "damage": trace.damage, "end": trace.end}
