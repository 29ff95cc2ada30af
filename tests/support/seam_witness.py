"""What `series`, `writes` and `paths` have to say of a trace, found by a slow walk over all events."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from tracetui.replay import Trace
from tracetui.replay.columns.change_list import Write
from tracetui.replay.columns.series import ValueKind
from tracetui.replay.events.event import Event, Snapshot
from tracetui.replay.events.history import HistoryView
from tracetui.trace.journal.naming import MORE
from tracetui.trace.values import ABSENT

SECTIONS = ("state", "control", "args", "callbacks", "logs", "metrics", "inputs")
GIVEN = ("logs", "metrics", "inputs", "probes")
STABLE = ("event", "index", "time", "duration", "depth", "thread")


def plain(value: Any) -> Any:
    """Return a value as what can be compared: with types, NaN equal to itself, a history as its first entries."""
    if isinstance(value, HistoryView):
        return "history", len(value), [repr(entry) for entry in islice(value, 20)]
    return type(value).__name__, repr(value) if type(value) is not int else hex(value)


def values_at(snapshot: Snapshot) -> dict[str, Any]:
    """Return all values of one moment by their paths."""
    found = {path: value for path, value in snapshot.other.items() if path not in SECTIONS}
    for kind in SECTIONS:
        section: Mapping[str, Any] = getattr(snapshot, kind) or {}
        found |= {f"{kind}.{key}": value for key, value in section.items() if key != MORE}
    return found if snapshot.lr is None else {**found, "lr": snapshot.lr}


def own(event: Event) -> dict[str, Any]:
    """Return what an event has of its own, and what its probes returned."""
    names = dict(zip(STABLE, (event.name, *(getattr(event, name) for name in STABLE[1:])), strict=True))
    probes = {f"probes.{probe.probe}": probe.value for probe in event.probes}
    steps = {name: event.before.state[key] for name, key in STEPS.items() if key in event.before.state}
    return {**names, **probes, **steps}


STEPS = {"step": "global_step", "epoch": "epoch"}


def check(trace: Trace, most: int = 200) -> None:
    """Compare everything that the columns say with what the events say.

    Args:
        trace: The trace.
        most: Paths whose values are compared.
    """
    events = [trace[index] for index in range(len(trace))]
    check_writes(trace, events)
    known = check_paths(trace, events)
    before = [{} if event.lost else values_at(event.before) | own(event) for event in events]
    after = [{} if event.lost else values_at(event.after) for event in events]
    paths = dict.fromkeys(path for path in [*known, *(path for values in (*before, *after) for path in values)])
    for path in islice((path for path in paths if path != "roster"), most):
        check_series(trace, path, before, after=False, lost=[event.lost for event in events])
        if path not in (*STABLE, *STEPS) and not path.startswith("probes."):
            check_series(trace, path, after, after=True, lost=[event.lost for event in events])


def check_writes(trace: Trace, events: list[Event]) -> None:
    """Compare all changes, in both directions, and from some event on."""
    expected = [
        (event.index, change.path, plain(change.old), plain(change.new), change.by, change.inside)
        for event in events
        for change in event.changes
    ]
    found = list(_changes(trace, {}))
    lost = {event.index for event in events if event.lost} | _not_read(trace, {item[0] for item in found})
    assert [item for item in found if item[0] not in lost] == [item for item in expected if item[0] not in lost]
    assert list(_changes(trace, {"reverse": True})) == found[::-1]
    start = len(trace) // 2
    assert list(_changes(trace, {"start": start})) == [item for item in found if item[0] >= start]
    back = list(_changes(trace, {"start": start, "reverse": True}))
    assert back == [item for item in found if item[0] <= start][::-1]
    causes, kinds = {item[4] for item in found}, {item[1] for item in found}
    for by in islice(causes, 3):
        assert list(_changes(trace, {"by": _escaped(by)})) == [item for item in found if item[4] in _like(by, causes)]
    for path in islice(kinds, 5):
        if "?" not in path and "*" not in path:
            here = [item for item in found if item[1] == path]
            assert list(_changes(trace, {"path": path})) == here, path
            for place in (0, start, len(trace)):
                earlier = [item for item in here if item[0] < place]
                assert _told(trace.last_write(path, before=place)) == (earlier[-1] if earlier else None), path
                later = [item for item in here if item[0] > place]
                assert _told(trace.next_write(path, after=place)) == (later[0] if later else None), path
            assert _told(trace.last_write(path)) == here[-1] and _told(trace.next_write(path)) == here[0], path


def _like(by: str, causes: set[str]) -> set[str]:
    return causes if "?" in by or "*" in by else {by}


def _escaped(by: str) -> str:
    return "*" if "?" in by or "*" in by else by


def _changes(trace: Trace, options: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    return (told for write in trace.writes(**options) if (told := _told(write)) is not None)


def _told(write: Write | None) -> tuple[Any, ...] | None:
    """Return a change as what can be compared."""
    if write is None:
        return None
    return write.event, write.path, plain(write.old), plain(write.new), write.by, write.inside


def _not_read(trace: Trace, read: set[int]) -> set[int]:
    """Return events of which only some may be read, one way or the other: those of blocks that are told as damaged."""
    unread = {event for begin, end in trace.series("state.(none)").lost.tolist() for event in range(begin, end)}
    if any("in the block" in damage.message for damage in trace.damage):
        unread |= set(range(len(trace))) - read
    return unread


def check_paths(trace: Trace, events: list[Event]) -> list[str]:
    """Compare the paths, how often each was written or given, and where; return those that the trace tells of."""
    writes, given, places = Counter[str](), Counter[str](), dict[str, list[int]]()
    for event in events:
        for change in event.changes:
            writes[change.path] += 1
            places.setdefault(change.path, []).append(event.index)
        there = {} if event.lost else values_at(event.before) | own(event)
        for path in there:
            if path.partition(".")[0] in GIVEN:
                given[path] += 1
                places.setdefault(path, []).append(event.index)
    told = {info.path: info for info in trace.paths()}
    assert list(told) == sorted(told, key=lambda path: path.partition("."))
    if trace.damage:
        return list(told)
    used = {path: info for path, info in told.items() if info.count}
    assert set(used) == set(writes) | set(given)
    for path, info in used.items():
        assert (info.writes, info.given) == (writes[path], given[path]), path
        assert (info.first, info.last) == (min(places[path]), max(places[path])), path
        assert info.kind == path.partition(".")[0]
    standing = {path for event in events for path in values_at(event.before) if path.partition(".")[0] not in GIVEN}
    assert standing <= set(told)
    return list(told)


def check_series(trace: Trace, path: str, values: list[dict[str, Any]], *, after: bool, lost: list[bool]) -> None:
    """Compare the values of one path."""
    series = trace.series(path, after=after)
    unread = {event for begin, end in series.lost.tolist() for event in range(begin, end)}
    assert all(not lost[event] or event in unread or trace.damage for event in range(len(values)))
    exact = dict(zip(series.index.tolist(), series.exact, strict=True))
    assert len(exact) == len(series)
    for event, known in enumerate(values):
        if not lost[event] and event not in unread:
            assert plain(exact.get(event, ABSENT)) == plain(value_in(known, path)), (path, after, event)
    steps, times = trace.columns.step, trace.columns.time
    for place, event in enumerate(series.index.tolist()):
        assert series.step[place] == steps[event]
        assert series.time[place] == times[event]
        check_number(exact[event], float(series.value[place]), ValueKind(series.kind[place]))
    assert series.find(series.index).tolist() == list(range(len(series)))
    assert series.exact[0:3] == list(islice(series.exact, 3)) or any(value != value for value in series.exact[0:3])


def value_in(known: dict[str, Any], path: str) -> Any:
    """Return the value of a path, or what lies in an argument of an event."""
    kind, _, name = path.partition(".")
    if path in known or kind != "inputs" or name.partition(".")[0] == name:
        return known.get(path, ABSENT)
    mapping = known.get(f"inputs.{name.partition('.')[0]}")
    return mapping.get(name.partition(".")[2], ABSENT) if type(mapping) is dict else ABSENT


def check_number(value: Any, number: float, kind: ValueKind) -> None:
    """Compare a value with the number, and the kind, that stand for it."""
    if type(value) is float:
        assert (math.isnan(number) and kind is ValueKind.NAN) if math.isnan(value) else number == value
        assert kind is (
            ValueKind.NUMBER if math.isfinite(value) else ValueKind.NAN if value != value else ValueKind.INFINITE
        )
    elif type(value) is int and kind is ValueKind.NUMBER:
        assert int(number) == value
    elif type(value) is int:
        assert kind is ValueKind.ROUNDED
        assert math.isinf(number) or (int(number) != value and abs(int(number) - value) <= abs(value) >> 52)
    elif type(value) is bool:
        assert kind is ValueKind.BOOL and number == value
    else:
        assert math.isnan(number)
        assert kind is (ValueKind.NONE if value is None else ValueKind.TEXT if type(value) is str else ValueKind.OTHER)
