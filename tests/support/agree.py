"""Does a trace agree with its witness, or with another trace? Exact types, NaN equal to NaN, 0.0 not to -0.0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from support.witness import Row, Sight
from tracetui.replay.events.history import HistoryView

MISSING = "<no such key>"


def differences(expected: Any, got: Any, place: str = "") -> Iterator[str]:
    """Yield a line for each place where two plain values differ; a log history counts as the list it was."""
    expected, got = (list(value) if isinstance(value, HistoryView) else value for value in (expected, got))
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            yield from differences(expected.get(key, MISSING), got.get(key, MISSING), f"{place}.{key}")
    elif isinstance(expected, (list, tuple)) and type(expected) is type(got) and len(expected) == len(got):
        for index, (left, right) in enumerate(zip(expected, got, strict=True)):
            yield from differences(left, right, f"{place}[{index}]")
    elif is_dataclass(expected) and type(expected) is type(got):
        for field in fields(expected):
            left, right = getattr(expected, field.name), getattr(got, field.name)
            yield from differences(left, right, f"{place}.{field.name}")
    elif not same_scalar(expected, got):
        kinds = f"({type(expected).__name__}, {type(got).__name__})"
        yield f"{place}: expected {expected!r}, got {got!r} {kinds}"


def same_scalar(expected: Any, got: Any) -> bool:
    """Tell whether two values are the same value of the same type."""
    if type(expected) is not type(got):
        return False
    if isinstance(expected, float):
        return (math.isnan(expected) and math.isnan(got)) or repr(expected) == repr(got)
    return bool(expected == got)


def sight_differences(sight: Sight, snapshot: Any, place: str, control: bool) -> Iterator[str]:
    """Yield where a snapshot of the trace differs from what the witness saw."""
    yield from differences(sight.state, snapshot.state, f"{place}.state")
    yield from differences(sight.logs, snapshot.logs, f"{place}.logs")
    yield from differences(sight.metrics, snapshot.metrics, f"{place}.metrics")
    yield from differences(sight.rates, snapshot.lr, f"{place}.lr")
    if control:
        yield from differences(sight.control, snapshot.control, f"{place}.control")


def disagreements(trace: Any, rows: list[Row]) -> list[str]:
    """Return a line for each thing in which a trace and its witness disagree; empty where all is well.

    An event that a callback ended by an exception has no view from the last place; the trace must say that it
    raised. Control before the event is not compared: the handler resets flags before it calls anyone.
    """
    names, seen = [event.name for event in trace], [row.name for row in rows]
    if names != seen:
        return [f"events: expected {seen}, got {names}"]
    found: list[str] = []
    for event, row in zip(trace, rows, strict=True):
        place = f"{event.index} {event.name}"
        if row.before is not None:
            found += sight_differences(row.before, event.before, f"{place} before", control=False)
        if row.after is not None:
            found += sight_differences(row.after, event.after, f"{place} after", control=True)
        elif not any(call.exception for call in event.calls):
            found.append(f"{place}: no callback after all others saw it end, yet the trace names no exception")
        told = [(message.level, message.logger, message.text) for message in event.messages]
        found += differences(row.messages, told, f"{place} messages")
        found += differences(row.probed, [(probed.probe, probed.value) for probed in event.probes], f"{place} probes")
    return found
