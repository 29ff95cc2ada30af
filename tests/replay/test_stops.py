"""Breakpoints, watchpoints, bookmarks and places: where they stop, in both directions, on any run."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.browsed import HOSTILE, hostile_trace, sample
from support.forms import FORMS, Form
from support.run_model import Happening, happenings, written
from tracetui.replay.condition import ConditionError, parse
from tracetui.replay.condition.writing import changes, event_is, has
from tracetui.replay.stops.bookmarks import Bookmark, Bookmarks
from tracetui.replay.stops.hits import Hits, counted
from tracetui.replay.stops.stop import Breakpoint, Stop, Watchpoint, stop_from
from tracetui.replay.stops.stop_list import MOST, StopList, TooMany, run
from tracetui.replay.stops.visited import Visited
from tracetui.replay.trace import Trace

STOPS: list[Stop] = [
    Breakpoint.at_event("on_log"),
    Breakpoint.at_change("control.*", by="Late"),
    Breakpoint("step > 0 and depth == 0"),
    Watchpoint("state.a"),
    Watchpoint("lr[0]"),
    Watchpoint("logs.loss"),
]


def all_hits(trace: Trace, stop: Stop, seconds: float = 9.0) -> Hits:
    """Count a stop's hits to the end."""
    known: dict[str, Hits] = {}
    done = False
    while not done:
        known, done = counted(trace, [stop], known, seconds)
    return known[stop.key]


RUNS = st.lists(happenings(), min_size=1, max_size=12)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=10)
@given(RUNS, st.sets(st.sampled_from(STOPS), min_size=1))
def test_a_run_goes_to_the_nearest_hit(form: Form, run_: list[Happening], stops: set[Stop]) -> None:
    """From any event, forward and back, one gets to the nearest event that one of the stops holds for, and no other."""
    trace = form(bytes(written(run_).data))
    found = sorted({int(event) for stop in stops for event in all_hits(trace, stop).events})
    for index in {-1, 0, len(trace) // 2, len(trace) - 1, len(trace)}:
        after, before = [n for n in found if n > index], [n for n in found if n < index]
        assert run(trace, stops, index) == (after[0] if after else None)
        assert run(trace, stops, index, reverse=True) == (before[-1] if before else None)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=10)
@given(RUNS)
def test_a_watchpoint_stops_at_each_write_once(form: Form, run_: list[Happening]) -> None:
    """A watchpoint stops at the events that have a change of its value among their changes, and at no event around."""
    trace = form(bytes(written(run_).data))
    for path in ("state.a", "state.b", "lr", "lr[0]", "control.should_save"):
        wanted = sorted({write.event for write in trace.writes(path)})
        assert all_hits(trace, Watchpoint(path), 0).events.tolist() == wanted, path


def test_counting_in_pieces_is_counting() -> None:
    """However short the pieces, and also when the trace has grown meanwhile, all hits are counted, each once."""
    trace = sample("who_asked_for_this_save")
    stop = Watchpoint("control.should_save")
    whole = all_hits(trace, stop).events.tolist()
    assert len(whole) > 3
    for upto in (0, whole[1], whole[1] + 1, len(trace) - 1):
        events = np.array([event for event in whole if event < upto], np.int64)
        grown, done = counted(trace, [stop], {stop.key: Hits(events, upto)})
        assert done and grown[stop.key].events.tolist() == whole
    hits = all_hits(trace, stop)
    assert [hits.place(event) for event in whole[:3]] == [1, 2, 3] and hits.place(whole[1] + 1) == 0
    assert hits.nearest(whole[1], reverse=False) == whole[2] and hits.nearest(whole[1], reverse=True) == whole[0]
    assert hits.nearest(whole[0], reverse=True) is None and hits.nearest(whole[-1], reverse=False) is None


@pytest.mark.parametrize(
    ("text", "kind", "words", "where"),
    [
        ("on_log", Breakpoint, "each on_log", 'event == "on_log"'),
        ('changed("control.*", by="A")', Breakpoint, "control.* changes by A", 'changed("control.*", by="A")'),
        (" logs.loss > 2 ", Breakpoint, "where logs.loss > 2", "logs.loss > 2"),
        ("state.best_metric", Watchpoint, "state.best_metric changes", 'changed("state.best_metric")'),
        ("lr[0]", Watchpoint, "lr[0] changes", 'changed("lr")'),
        ("lr", Watchpoint, "lr changes", 'changed("lr")'),
        ("logs.eval/loss", Watchpoint, "a new logs.eval/loss", 'has(logs["eval/loss"])'),
        ("probes.memory", Watchpoint, "a new probes.memory", "has(probes.memory)"),
        (
            "callbacks.EarlyStoppingCallback.attributes.early_stopping_patience_counter",
            Watchpoint,
            "callbacks.EarlyStoppingCallback.attributes.early_stopping_patience_counter changes",
            'changed("callbacks.EarlyStoppingCallback")',
        ),
    ],
)
def test_a_line_becomes_a_stop(text: str, kind: type, words: str, where: str) -> None:
    """A name of an event, a path, a condition: each is told in words, and as a condition that can be pasted."""
    trace = sample("why_did_it_stop")
    stop = stop_from(text, trace.framework)
    assert type(stop) is kind and stop.words == words and stop.condition(trace).text == where
    if type(stop) is Breakpoint:
        assert stop_from(where, trace.framework) == stop
    watched = set(all_hits(trace, stop).events.tolist())
    assert watched <= set(trace.matching(parse(where)))  # what is pasted finds no less


@pytest.mark.parametrize("text", ["", "logs.loss >", "step", "lgos.loss > 1", "no such event", "state.", "a" * 3000])
def test_what_is_no_stop_is_refused(text: str) -> None:
    """A line that is neither says what is wrong, or stops nowhere; it never raises anything else."""
    trace = sample("why_did_it_stop")
    with suppress(ConditionError):
        assert all_hits(trace, stop_from(text, trace.framework)).fault or text in ("step", "state.")
    bad = Breakpoint("logs.loss >")
    assert all_hits(trace, bad).fault and run(trace, [bad], 0) is None
    assert run(trace, [bad, Breakpoint.at_event("on_log")], 0) is not None
    assert all_hits(trace, Watchpoint("step")).fault


@given(st.text() | st.sampled_from(HOSTILE))
def test_any_name_can_be_written_into_a_condition(name: str) -> None:
    """Names of a hostile trace become conditions that mean them, safe to print."""
    for text in (event_is(name), *([changes(name or "x", name or "x"), has(f"logs.{name}")] if name else [])):
        if len(text) < 2_000:
            assert parse(text)
            assert not any(raw in text for raw in "\x1b\x9b\u202e\ud800\n")


def test_hostile_names_are_found() -> None:
    """A breakpoint on an event of a hostile trace stops there, whatever the event is called."""
    trace = hostile_trace()
    for index, name in enumerate(HOSTILE):
        assert all_hits(trace, Breakpoint.at_event(name)).events.tolist() == [index]
        assert all_hits(trace, Watchpoint(f"state.{name}")).events.tolist() == [index]


def test_the_list_keeps_each_stop_once() -> None:
    """What is added twice is there once; edited, it keeps its place; a full list says so."""
    one, two, three = (Breakpoint(f"step == {number}") for number in range(3))
    stops = StopList([one, two, three, one])
    assert list(stops) == [one, two, three]
    stops.toggle(two)
    assert [stop.on for stop in stops] == [True, False, True] and stops.active == [one, three]
    stops.change(one, Breakpoint("step == 7"))
    assert [stop.subject for stop in stops] == ["step == 7", "step == 1", "step == 2"]
    stops.change(three, Breakpoint("step == 7", note="!"))
    assert [stop.subject for stop in stops] == ["step == 1", "step == 7"]
    stops.remove(three)
    stops.remove(two)
    assert len(stops) == 1 and Breakpoint("step == 7") in stops
    full = StopList(Breakpoint(f"step == {number}") for number in range(MOST + 5))
    assert len(full) == MOST
    with pytest.raises(TooMany):
        full.add(Breakpoint("step == -1"))


def test_places_are_walked_as_in_a_web_browser() -> None:
    """Back leads to where one jumped from, and forward again; what lay ahead of a new jump is forgotten."""
    places = Visited(0)
    places.jumped(3, 50)  # by hand to 3, then a jump
    places.jumped(52, 90)
    assert places.back(91) == 52 and places.back(52) == 3 and places.back(3) is None
    assert places.forward(3) == 52 and places.forward(52) == 91 and places.forward(91) is None
    assert places.back(91) == 52
    places.jumped(52, 7)
    assert places.places == (3, 52, 7) and places.forward(7) is None
    assert places.back(52) == 3  # one has come back to 52 by hand: it is not a place to go back to
    for number in range(1000):
        places.jumped(number, number + 500)
    assert len(places.places) <= 200


def test_bookmarks_are_in_the_order_of_the_events() -> None:
    """One bookmark an event, its note replaced; those that are there are known by their numbers."""
    marks = Bookmarks([Bookmark(7, "seven"), Bookmark(2)])
    marks.put(Bookmark(7, "again"))
    marks.put(Bookmark(5, "x" * 9999))
    assert [mark.event for mark in marks] == marks.events.tolist() == [2, 5, 7]
    assert marks.note(7) == "again" and marks.note(3) == "" and len(marks.note(5)) < 9999 and 2 in marks
    marks.remove(2)
    marks.remove(2)
    assert len(marks) == 2
