"""What was written is what a replay shows, in whatever order one asks."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.forms import FORMS, Form, packed
from support.run_model import NAMES, Happening, assert_same, chain, happenings, seen, written
from tracetui.replay import Trace
from tracetui.replay.events.event import Snapshot
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import BLOCK_EVENTS

LONG = [Happening(NAMES[number % 3], {"state.global_step": number}) for number in range(2 * BLOCK_EVENTS + 9)]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=75)
@example(LONG, [0, len(LONG) - 1, BLOCK_EVENTS, BLOCK_EVENTS - 1, 3])
@given(st.lists(happenings(), min_size=1, max_size=12), st.lists(st.integers(0, 60), max_size=20))
def test_every_event_is_as_it_was_written(form: Form, run: list[Happening], order: list[int]) -> None:
    """Before, after, who changed what: of every event, asked for forward, backward and at random."""
    model = written(run)
    trace = form(bytes(model.data))
    assert trace.damage == ()
    assert len(trace) == len(model.expected)
    for index in [*range(len(trace)), *reversed(range(len(trace))), *(place % len(trace) for place in order)]:
        assert_same(trace[index], model.expected[index])


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=50)
@given(st.lists(happenings(), min_size=1, max_size=12))
def test_the_columns_say_what_the_events_say(form: Form, run: list[Happening]) -> None:
    """A list of events and the event itself never disagree: step, epoch, flags, nesting, changes, keys."""
    model = written(run)
    trace = form(bytes(model.data))
    columns = trace.columns
    assert columns.counts() == Counter(event.name for event in trace)
    for index, event in enumerate(trace):
        step = event.before.state.get("global_step")
        assert columns.step[index] == (step if type(step) is int and abs(step) < 1 << 63 else -1)
        flags = {name for bit, name in enumerate(trace.framework.flag_names) if columns.flags[index] >> bit & 1}
        assert flags == {name for name, value in event.after.control.items() if value is True}
        for change in event.changes:
            assert index in columns.changed[change.path]
            assert index in columns.caused[change.by]
        for key in event.before.logs or ():
            assert index in columns.keys[key]
    for postings, pick in ((columns.changed, "path"), (columns.caused, "by")):
        for key, events in postings.items():
            assert all(key in {getattr(change, pick) for change in trace[int(index)].changes} for index in events)


@given(st.lists(happenings(), min_size=1, max_size=6), st.data())
def test_a_cut_trace_shows_what_was_there(run: list[Happening], data: st.DataObject) -> None:
    """Of a file that was cut anywhere every event that is shown is as it was, or still open in the file."""
    model = written(run)
    whole = bytes(model.data)
    end = data.draw(st.integers(200, len(whole)) if len(whole) > 200 else st.just(len(whole)))
    trace = Trace.from_bytes(whole[:end])
    for index, event in enumerate(trace):
        expected = model.expected[index]
        assert (event.name, event.before.logs) == (expected.name, expected.logs)
        assert chain(dict(event.before.state)) == {
            path.removeprefix("state."): value for path, value in expected.before.items() if path.startswith("state.")
        }
        assert seen(event)[: len(expected.changes)] == seen(event)


def test_entries_of_all_shapes_in_one_block() -> None:
    """Entries of the history are found wherever they stand among those of another shape."""
    run = [
        Happening(NAMES[2], history="append", entry={"loss": 1}),
        Happening(NAMES[2], history="append", entry={"loss": 2, "step": 2}),
        Happening(NAMES[2], history="append", entry={"loss": 3}),
        Happening(NAMES[2], history="append", entry={"loss": 4}),
        Happening(NAMES[2], history="cut"),
        Happening(NAMES[2], history="append", entry={"loss": 5}),
        Happening(NAMES[2], history="append", entry={"loss": 6, "step": 6}),
    ]
    model = written(run)
    for form in (Trace.from_bytes, packed):
        for index, event in enumerate(form(bytes(model.data))):
            assert_same(event, model.expected[index])


@pytest.mark.parametrize("form", FORMS)
def test_what_an_event_was_given_is_its_own(form: Form) -> None:
    """Logs, metrics and other arguments, and what is changed of them, are not there any more at the next event."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name, cause = writer.name("on_log"), writer.name("A")
    changes = [item for path in ("logs.x", "metrics.x", "inputs.model.x", "state.x") for item in (writer.name(path), 1)]
    given = {writer.name(kind): {} for kind in ("logs", "metrics", "model")}
    writer.event(name, 10, 5, [], [cause, changes], [], {Rare.INPUTS: given})
    writer.event(name, 20, 5)
    writer.note(Note.END, {"reason": "finished", "events": 2}, time=30)
    first, second = form(bytes(data))
    assert (first.after.logs, first.after.metrics, first.after.inputs) == ({"x": 1}, {"x": 1}, {"model": {"x": 1}})
    assert second.before == second.after == Snapshot(state={"x": 1})
