"""Events of several threads are read as they happened, whatever the order in which they begin and end."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.forms import FORMS, Form, packed
from support.thread_model import THREADS, Act, Expected, Model, acts, every_order, seen
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.events.event import Event
from tracetui.trace.errors import NotATrace
from tracetui.trace.jobs.recover import recover
from tracetui.trace.journal.frame import MAX_HEAD, checksum_start, frame, head
from tracetui.trace.journal.records import Exit
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

BUSY: list[Act] = [
    *[("begin" if number % 3 else "end", number % 4, number % 6, bool(number % 5)) for number in range(900)],
    *[("end", number % 4, 0, True) for number in range(40)],
]
"""Hundreds of open events, more than a block."""

LONG: list[Act] = [("begin", 0, 0, True), *[("moment", 1, number % 6, False) for number in range(600)]]
LONG += [("begin", 1, 0, True), *[("moment", number % 3, number % 6, True) for number in range(600)]]
LONG += [("end", 0, 0, True), ("moment", 0, 4, True), ("end", 1, 0, True), ("moment", 2, 0, True)]
"""Events that are open over several blocks."""


CROSSING: list[Act] = [("begin", 0, 0, True), ("begin", 1, 0, True)]
CROSSING += [("begin" if turn % 2 else "end", turn // 2 % 2, 0, False) for turn in range(800)]
"""Events of two threads that take turns, so that one is always open, and none is the innermost when it ends."""


def values(snapshot: Any) -> dict[str, Any]:
    """Return the state by path."""
    return {f"state.{key}": value for key, value in snapshot.state.items()}


def assert_same(event: Event, expected: Expected) -> None:
    """Compare everything that is sure."""
    assert (event.name, event.thread, event.depth) == (expected.name, expected.thread, expected.depth)
    assert values(event.before) == expected.before
    assert event.time == pytest.approx(expected.time / 1e6, abs=1e-9)
    assert round(event.duration * 1e6) == expected.duration
    assert list(seen(event)) == expected.changes
    if expected.sure:
        assert values(event.after) == expected.after


def assert_part(event: Event, expected: Expected, *, depth: bool = True, after: bool = True) -> None:
    """Compare an event whose end may not be known: it is right, or only its begin is.

    Where something was lost, nobody knows how deep an event is; and `recover` ends it later than where it began.
    """
    assert (event.name, event.thread) == (expected.name, expected.thread)
    assert values(event.before) == expected.before
    begun = expected.duration if expected.duration == 5 else 0
    if list(seen(event)) == expected.changes and round(event.duration * 1e6) == expected.duration:
        if expected.ended and expected.sure and expected.duration == 7:
            assert values(event.after) in (expected.after, expected.after_begin)
    else:
        assert (list(seen(event)), round(event.duration * 1e6)) == (expected.changes[: expected.begun], begun)
        assert not after or values(event.after) == expected.after_begin
    assert not depth or event.depth == expected.depth


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=80, deadline=None)
@example(BUSY)
@example(LONG)
@given(acts("abandon"))
def test_every_event_is_as_it_happened(form: Form, run: list[Act]) -> None:
    """Thread, nesting, duration, before and after: right for any threads that begin and end events in any order."""
    model = Model().write(run)
    trace = form(bytes(model.data))
    assert (trace.damage, len(trace)) == ((), len(model.expected))
    for index, expected in enumerate(model.expected):
        assert_same(trace[index], expected)
        assert trace.columns.thread_of(index) == expected.thread
        assert trace.columns.depth[index] == expected.depth


@pytest.mark.slow
def test_every_order_of_two_threads() -> None:
    """However two threads begin and end events: all is right, and nothing wrong for who skips the new ends."""
    runs = [run for length in range(7) for run in every_order(length)]
    assert len(runs) > 1_000
    for run in runs:
        model = Model().write(run)
        data = bytes(model.data)
        for index, event in enumerate(Trace.from_bytes(data)):
            assert_same(event, model.expected[index])
        for index, event in enumerate(Trace.from_bytes(as_the_first_versions(data))):
            assert_part(event, model.expected[index], depth=False)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None)
@example(LONG)
@given(acts())
def test_conditions_know_threads_and_what_came_after(form: Form, run: list[Act]) -> None:
    """What a condition finds by thread, depth, and changes in or directly after an event is what the events say."""
    model = Model().write(run)
    trace = form(bytes(model.data))
    for thread in THREADS:
        found = [index for index, event in enumerate(model.expected) if event.thread == thread]
        assert list(trace.matching(parse(f'thread == "{thread}"'))) == found
    for text, by, path in (
        ('changed("state.x")', None, "state.x"),
        ('changed("state.x", by="Trainer")', "Trainer", "state.x"),
        ('changed("state.y", by="unknown", to=5)', "unknown", "state.y"),
    ):
        found = [
            index
            for index, event in enumerate(model.expected)
            for change in [
                change
                for change in (*event.changes, *event.directly_after)
                if change[0] == path and by in (None, change[3]) and (change[2] == 5 or "to=" not in text)
            ][:1]
        ]
        assert list(trace.matching(parse(text))) == found
    for index, event in enumerate(model.expected):
        after = trace.written_after(index)
        assert [(c.path, c.new, c.by) for c in (after[1] if after else ())] == [
            (path, new, by) for path, _, new, by, _ in event.directly_after
        ]


@settings(max_examples=40, deadline=None)
@given(acts("abandon", size=25), st.lists(st.integers(1, 200), min_size=1, max_size=8))
def test_a_growing_trace_is_followed(
    tmp_path_factory: pytest.TempPathFactory, run: list[Act], pieces: list[int]
) -> None:
    """However the bytes of several threads arrive, in the end every event is as it happened."""
    model = Model().write(run)
    path, end = tmp_path_factory.mktemp("follow") / "trace.mpk", len(Model().data)
    path.write_bytes(model.data[:end])
    trace = Trace.open(path, follow=True)
    for piece in [*pieces, len(model.data)]:
        end = min(end + piece, len(model.data))
        path.write_bytes(model.data[:end])
        trace.poll()
    assert (trace.damage, len(trace)) == ((), len(model.expected))
    for index, expected in enumerate(model.expected):
        assert_same(trace[index], expected)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(acts(size=14))
def test_cut_at_every_byte(run: list[Act]) -> None:
    """A run that was killed at any moment: what is in the file is right, and what had not ended is open."""
    model = Model().write(run)
    for end in range(len(Model().data), len(model.data)):
        trace = Trace.from_bytes(bytes(model.data[:end]))
        for index, event in enumerate(trace):
            assert_part(event, model.expected[index])


def recovered(data: bytes) -> bytes | None:
    """Return what is recovered of a trace."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.mpk"), Path(folder, "out.mpk")
        source.write_bytes(data)
        try:
            recover(source, target)
        except NotATrace:
            return None
        return target.read_bytes()


@settings(max_examples=60, deadline=None)
@given(acts("abandon"), st.integers(0, 10_000), st.integers(0, 60), st.booleans())
def test_damage_pairs_nothing_wrongly(run: list[Act], place: int, length: int, pack: bool) -> None:
    """Of a damaged trace, and of what is recovered of it, no event has the end, or a change, of another."""
    model = Model().write(run)
    data = bytes(model.data)
    if pack:
        data = packed_bytes(data)
    place %= len(data)
    data = data[:place] + bytes(byte ^ 0x55 for byte in data[place : place + 1]) + data[place + 1 + length :]
    by_time = {round(expected.time): expected for expected in model.expected}
    for part in (data, recovered(data)):
        try:
            trace = Trace.from_bytes(part, whole=True) if part is not None else None
        except NotATrace:
            continue
        told = [damage.message for damage in trace.damage] if trace is not None else []
        if any(message.endswith("is not defined") for message in told):
            continue  # two blocks in a row are lost, and all places where their names stood
        for event in trace or ():
            assert_part(event, by_time[round(event.time * 1e6)], depth=False, after=part is data)


def packed_bytes(data: bytes) -> bytes:
    """Return a trace in its packed form."""
    trace = packed(data)
    return bytes(trace._reader._source.read(0, trace.size))  # type: ignore[attr-defined]


@settings(max_examples=30, deadline=None)
@given(acts("abandon"))
def test_recovery_changes_nothing_that_is_sound(run: list[Act]) -> None:
    """A sound trace of several threads is recovered byte for byte."""
    data = bytes(Model().write(run).data)
    assert recovered(data) == data


def as_the_first_versions(data: bytes) -> bytes:
    """Return a journal whose EXIT OF are of a type that this version passes over, as the first ones passed over 15."""
    found, place, seed = b"", 0, 0
    while place < len(data):
        size, length, kind, _ = head(data[place : place + MAX_HEAD]) or (0, 0, 0, 0)
        payload = data[place + size : place + size + length]
        place += size + length
        kind = 31 if kind == Exit.OF_TYPE else kind
        made = frame(kind, checksum_start(0 if kind in (1, 2) else seed, kind), payload, wide=kind == 2)
        seed = int.from_bytes(made[6:10], "big") if kind == 2 else seed
        found += made
    return found


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=80, deadline=None)
@example(BUSY)
@example(CROSSING)
@example([("begin", 0, 0, True), ("begin", 1, 0, True), ("end", 0, 0, True), ("end", 1, 0, True)])
@given(acts("abandon"))
def test_a_reader_that_skips_the_new_ends_reads_nothing_wrong(form: Form, run: list[Act]) -> None:
    """The first versions' readers, which pass over EXIT OF, take such events for open, and everything else is right."""
    model = Model().write(run)
    trace = form(as_the_first_versions(bytes(model.data)))
    assert (trace.damage, len(trace)) == ((), len(model.expected))
    for index, expected in enumerate(model.expected):
        assert_part(trace[index], expected, depth=False)


def test_the_innermost_end_stays_an_exit() -> None:
    """Where only one thread has events open nothing new is in the file: every reader reads it."""
    alone: list[Act] = [("begin", 0, 0, True), ("moment", 1, 0, True), ("begin", 0, 1, True), ("end", 0, 0, True)]
    alone += [("end", 0, 0, True), ("moment", 0, 0, True)]
    assert ends(alone) == [Exit.TYPE] * 2
    crossed: list[Act] = [("begin", 0, 0, False), ("begin", 1, 0, False), ("end", 0, 0, False), ("end", 1, 0, False)]
    assert ends([*crossed, *alone]) == [Exit.OF_TYPE] * 2 + [Exit.TYPE] * 2


def ends(run: list[Act]) -> list[int]:
    """Return the types of the records that end events."""
    items = TraceReader.from_bytes(bytes(Model().write(run).data)).items()
    return [item.record.type for item in items if isinstance(item, Placed) and isinstance(item.record, Exit)]
