"""A condition finds in the columns what it would find in the events."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.forms import FORMS, Form
from support.run_model import NAMES, Happening, happenings, written
from tracetui.replay.condition import parse
from tracetui.replay.events.event import Change, Event

Witness = Callable[[Event], bool]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _changed(event: Event, test: Callable[[Change], bool]) -> bool:
    return any(map(test, event.changes))


WITNESSES: list[tuple[str, Witness]] = [
    ('event == "on_log"', lambda event: event.name == "on_log"),
    ("index >= 3", lambda event: event.index >= 3),
    ("step > 0", lambda event: _is_number(event.step) and event.step > 0),
    ("state.a == 1", lambda event: "a" in event.before.state and event.before.state["a"] == 1),
    ("after.state.a is None", lambda event: "a" in event.after.state and event.after.state["a"] is None),
    ("has(after.control.should_save)", lambda event: "should_save" in event.after.control),
    ("after.control.should_save == True", lambda event: event.after.control.get("should_save") in (True, 1)),
    ("logs.loss > 4", lambda event: "loss" in (event.logs or {}) and event.logs["loss"] > 4),
    ("has(after.logs.step)", lambda event: "step" in (event.after.logs or {})),
    ("depth > 1", lambda event: event.depth > 1),
    ("duration > 6e-6", lambda event: event.duration > 6e-6),
    ("time < 5e-5", lambda event: event.time < 5e-5),
    ('changed("state.b")', lambda event: _changed(event, lambda change: change.path == "state.b")),
    (
        'changed("control.*", by="Late")',
        lambda event: _changed(event, lambda change: change.path.startswith("control.") and change.by == "Late"),
    ),
    (
        'changed("state.a", was=None)',
        lambda event: _changed(event, lambda change: change.path == "state.a" and change.old is None),
    ),
    (
        'changed("state.*", to=0.5, by="Trainer")',
        lambda event: _changed(
            event,
            lambda change: change.path.startswith("state.") and change.by == "Trainer" and same(change.new, 0.5),
        ),
    ),
]


def same(value: object, wanted: float) -> bool:
    """Compare as conditions do."""
    return _is_number(value) and not math.isnan(value) and value == wanted


LONG = [Happening(NAMES[number % 3], {"state.global_step": number}) for number in range(700)]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40)
@example(LONG)
@given(st.lists(happenings(), min_size=1, max_size=12))
def test_matches_are_those_of_the_events(form: Form, run: list[Happening]) -> None:
    """Each condition finds just the events that, looked at one by one, fulfil it."""
    model = written(run)
    trace = form(bytes(model.data))
    events = [
        replace(event, changes=(*event.changes, *(Change(*found) for found in expected.directly_after)))
        for event, expected in zip(trace, model.expected, strict=True)
    ]
    for text, witness in WITNESSES:
        condition, found = parse(text), [event.index for event in events if witness(event)]
        assert list(trace.matching(condition)) == found, text
        assert list(trace.matching(condition, reverse=True)) == found[::-1], text
        for start in (-1, 0, len(events) // 2, len(events) - 1, len(events)):
            assert list(trace.matching(condition, start=start)) == [index for index in found if index >= start], text
            back = list(trace.matching(condition, start=start, reverse=True))
            assert back == [index for index in found[::-1] if index <= start], text


@pytest.mark.parametrize("form", FORMS)
def test_a_search_reads_no_block_that_it_does_not_need(form: Form) -> None:
    """The next match, in either direction from any place, costs the blocks up to it, however long the trace is."""
    run = [Happening("on_log", {"state.global_step": number}, block=number % 10 == 0) for number in range(3_000)]
    data = bytes(written(run).data)
    for reverse, found in ((False, 2_000), (True, 1_999)):
        looked: list[None] = []
        trace = form(data).apart(partial(looked.append, None))
        assert next(trace.matching(parse("index >= 0"), start=found, reverse=reverse)) == found
        assert next(trace.writes("state.*", start=found, reverse=reverse)).event == found
        assert len(looked) == 1
