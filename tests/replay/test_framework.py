"""A trace says what its framework calls things: one of a framework that nobody knows reads as one of transformers."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.invented import FRAMEWORK, Ride, whole_ride
from tracetui.replay import Trace
from tracetui.replay.condition import ConditionError, parse
from tracetui.replay.cursor import Cursor
from tracetui.replay.ending.ending import Ending, ending
from tracetui.replay.search import matches


@pytest.fixture(scope="module")
def ride() -> Trace:
    """Return the run of `whole_ride`."""
    return Trace.from_bytes(whole_ride())


def test_the_columns_are_those_of_the_framework(ride: Trace) -> None:
    """Step, epoch, flags, phases and depth come from the paths and names of the header, in columns as in events."""
    assert [event.step for event in ride] == ride.columns.step[:].tolist()
    assert [event.epoch for event in ride] == ride.columns.epoch[:].tolist()
    assert (ride[3].step, ride[19].step, ride[19].epoch) == (1, 5, 5 / 3)
    assert {index: ride.columns.flags[index] for index in range(len(ride)) if ride.columns.flags[index]} == {
        5: 4, 6: 4, 18: 1, 19: 1, 20: 1,
    }  # fmt: skip
    within = [ride.framework.within(int(phases)) for phases in ride.columns.phases]
    assert within[4] == within[5] == ("ride", "lap", "tick")
    assert (
        within[9] == within[11] == ("ride", "lap", "look") and within[14] == ("ride", "lap") and within[20] == ("ride",)
    )
    assert ride.columns.depth[:].tolist() == [0, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 2, 1, 1, 2, 2, 2, 2, 2, 1, 0]
    assert [event.depth for event in ride] == ride.columns.depth[:].tolist()


def test_the_loop_and_the_handler_have_their_names(ride: Trace) -> None:
    """What stands between events was the loop's doing, under the name that the framework gives it."""
    assert {change.by for event in ride for change in event.changes} == {"Ringmaster", "Herald", "Brake"}
    for by in ("Ringmaster", "Herald", "Brake"):
        found = {event.index for event in ride if any(change.by == by for change in event.changes)}
        assert set(matches(ride, by).tolist()) == found
        follows = {event.index for event in ride for change in event.changes if change.by == by and not change.inside}
        assert set(ride.matching(parse(f'changed("*", by="{by}")'))) == found | {index - 1 for index in follows} - {-1}


def test_the_loop_has_its_name_across_blocks() -> None:
    """What was written directly after the last event of a block is the loop's doing there, too."""
    ride, block = Ride(), 8_192
    for number in range(9_000):
        ride.writes({"state.mood": 1} if number == block else {})
        ride.event("sung")
    trace = Trace.from_bytes(ride.end())
    assert trace.columns.chunks.stop(0) == block
    assert list(trace.matching(parse('changed("state.mood", by="Ringmaster")'))) == [block - 1, block]


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        ('changed("control.halt", by="Brake", was=False, to=True)', [18]),
        ('changed("control.keep", by="Herald", was=True)', [7]),
        ("after.control.halt", [18, 19, 20]),
        ("control.keep == True and step > 1", [6, 7]),
        ("epoch >= 1 and event == 'tick'", [15, 17]),
        ("step == 3 and metrics.joy < 1", [11]),
        ("logs.lap == 1", [14]),
        ('called("Brake")', [5, 18]),
    ],
)
def test_conditions_know_the_framework(ride: Trace, condition: str, events: list[int]) -> None:
    """Conditions ask for flags, steps and epochs of any framework."""
    assert list(ride.matching(parse(condition))) == events


def test_the_cursor_moves_by_its_phases(ride: Trace) -> None:
    """Steps, epochs, into a phase and out of it: what the keys do goes by the framework's events."""
    cursor = Cursor(ride)
    moves: list[tuple[Callable[[Cursor], bool], int]] = [
        *[(Cursor.next_epoch, 1), (Cursor.next_epoch, 13), (Cursor.previous_epoch, 1), (Cursor.next_step, 3)],
        *[(Cursor.next_step, 5), (Cursor.previous_step, 3), (Cursor.out, 1), (Cursor.out, 0), (Cursor.into, 1)],
    ]
    for move, place in moves:
        assert move(cursor) and cursor.index == place, move
    assert cursor.where().phases == ("ride", "lap")


@pytest.mark.parametrize("word", ["halt", "skip", "keep", "ticks"])
def test_errors_of_conditions_are_in_its_words(ride: Trace, word: str) -> None:
    """A condition that leaves out the kind of a value is told the framework's path, nobody else's."""
    with pytest.raises(ConditionError, match=f"did you mean {ride.framework.words[word]}"):
        parse(f"{word} == 1", ride.framework)
    with pytest.raises(ConditionError, match=f'write the whole path: "{ride.framework.words[word]}"'):
        parse(f'changed("{word}")', ride.framework)
    with pytest.raises(ConditionError, match=r"control\.halt or control"):
        parse("control == 1", ride.framework)
    with pytest.raises(ConditionError, match='in quotes: event == "lap_done"'):
        parse("event == lap_done", ride.framework)
    with pytest.raises(ConditionError, match='compare it, event == "gates open"'):
        parse("'kept'", ride.framework)


# -- how a run ended


def told(ride: Ride, *, end: bool = True) -> Ending:
    """Return the ending of a run."""
    return ending(Trace.from_bytes(ride.end() if end else bytes(ride.data)))


def without(*keys: str) -> dict[str, Any]:
    """Return the framework without some of its keys."""
    return {key: value for key, value in FRAMEWORK.items() if key not in keys}


def begun(framework: Any = FRAMEWORK, ticks: int = 10, by: str = "", inside: Any = None) -> Ride:
    """Return a run after its first tick."""
    ride = Ride(framework, ticks)
    ride.event("gates open")
    ride.event("lap_starts")
    ride.tick(by, inside)
    return ride


def test_who_stopped_it(ride: Trace) -> None:
    """A stop is put down to who set the flag that the header says stops it."""
    found = ending(ride)
    assert (found.kind, found.by, found.step, found.of) == ("stopped", "Brake", 5, 10)
    assert found.sentence == "stopped at step 5 of 10 by Brake (tock, event 18)"


def test_ends_of_which_the_header_tells() -> None:
    """All steps, no stop, no further record, an exception: each end is told in words that hold for any framework."""
    done = begun(ticks=1)
    done.event("gates close")
    assert told(done).sentence == "finished all 1 step"
    early = begun()
    early.event("gates stick")
    assert (told(early).kind, told(early).sentence) == ("ended", "ended at step 1 of 10: nobody asked to stop")
    cut = begun(by="Brake", inside={"control.skip": True})
    cut.event("gates close")
    assert told(cut).sentence.endswith("nobody asked to stop; Brake ended an epoch early (event 3)")
    back = begun(by="Brake", inside={"control.halt": True})
    back.event("lap_done", "Grease", {"control.halt": False})
    back.event("gates close")
    assert "the stop that Brake asked for was taken back by Grease (lap_done, event 4)" in told(back).sentence
    killed = told(begun(), end=False)
    assert killed.sentence == "no end record at step 1 of 10: still running, or killed, or hung, after tock (event 3)"
    raised = begun()
    raised.raises("ride")
    assert told(raised).sentence == "ended at step 1 of 10 by Dizzy after tock: too fast"
    loop = begun()
    loop.writes({"control.halt": True})
    loop.event("gates close")
    assert told(loop).sentence == "stopped at step 1 of 10 by Ringmaster (gates close, event 4)"
    looked = Ride()
    looked.event("looked")
    assert told(looked).sentence == "no training; 1 look"


def test_ends_of_which_it_does_not() -> None:
    """What a header leaves out is not guessed: neither a stop, nor a step, nor what a training is."""
    for keys, said in (
        (("flags",), "ended at step 1 of 10"),
        (("flags", "steps"), "ended at step 1"),
        (("step", "steps"), "stopped at an unknown step by Brake (tock, event 3)"),
        (("phases",), "the trace does not tell which events begin and end a training"),
    ):
        ride = begun(without(*keys), by="Brake", inside={"control.halt": True})
        ride.event("gates close")
        assert told(ride).sentence == said, keys
    open_end = begun(without("phases"))
    assert "still running, or killed, or hung, after tock (event 3)" in told(open_end, end=False).sentence


# -- headers that are no good

TEXTS = ("name", "loop", "handler", "step", "steps", "epoch", "history")
WRONG: tuple[Any, ...] = (None, True, 7, float("nan"), b"x", [], {}, [[]], {"a": 1}, "", "x" * 100_000, [7] * 50_000)


def altered(key: str, number: int, **items: Any) -> dict[str, Any]:
    """Return the framework with other keys in one of its flags or phases."""
    framework = copy.deepcopy(FRAMEWORK)
    entry: Any = framework[key]
    entry[number].update(items)
    return framework


def seen(framework: Any) -> tuple[Any, ...]:
    """Return what is read of a run under a header."""
    trace = Trace.from_bytes(whole_ride(framework))
    columns = trace.columns
    parts = (columns.step, columns.epoch, columns.flags, columns.phases, columns.depth)
    changes = [(change.path, change.by) for event in trace for change in event.changes]
    return *(repr(part[:].tolist()) for part in parts), changes, ending(trace).sentence


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_a_header_of_the_wrong_type_is_none(value: Any) -> None:
    """What is no map, or has no name, is as if it were not there: the trace is of transformers."""
    absent = seen(None)
    if type(value) is not dict:
        assert seen(value) == absent
    assert seen({"name": value}) == absent


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_a_wrong_value_is_as_none(value: Any) -> None:
    """A key whose value is not as the format says is ignored, the others hold."""
    for key in TEXTS[1:]:
        assert seen({**FRAMEWORK, key: value}) == seen(without(key)), key
    for key in ("flags", "phases"):
        if value != []:
            assert seen({**FRAMEWORK, key: value}) == seen(without(key)), key
        for field in ("name", "letter") if key == "flags" else ("name", "begin", "ends"):
            assert seen(altered(key, 1, **{field: value})) == seen(without(key)), (key, field)
    for key, number, field in (("flags", 0, "role"), ("phases", 1, "kind"), ("phases", 3, "inside")):
        if value is not True:
            assert seen(altered(key, number, **{field: value})) == seen(altered(key, number, **{field: None}))


@pytest.mark.parametrize("path", ["logs.lap", "metrics.joy", "args.horses", "inputs.model.depth"])
def test_a_step_is_in_the_chain(path: str) -> None:
    """What an event was given, and what the header may hold, is no step: events and columns would not agree."""
    for key in ("step", "steps", "epoch", "history"):
        assert seen({**FRAMEWORK, key: path}) == seen(without(key))


NAMES = st.sampled_from(
    ["ride", "tick", "tock", "gates open", "halt", "H", "K", "state.tick", "training", "stop", "\x1b[2J"]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=4), st.text(max_size=4), NAMES),
    lambda inner: st.one_of(st.lists(inner, max_size=12), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("name", "letter", "role", "about", "kind", "begin", "inside"), NAMES | VALUES),
        "ends": st.lists(NAMES, max_size=12) | VALUES,
    },
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, NAMES | VALUES),
        **dict.fromkeys(("flags", "phases"), st.lists(ENTRIES, max_size=12) | VALUES),
    },
)


@settings(max_examples=150, deadline=None)
@given(HEADERS)
def test_no_header_does_harm(header: Any) -> None:
    """Whatever a header says, the framework is within its bounds, and the columns say what the events say."""
    trace = Trace.from_bytes(whole_ride(header))
    framework, columns = trace.framework, trace.columns
    assert len(framework.flags) <= 8 and len(framework.phases) <= 8
    assert re.fullmatch("[A-Z]*", framework.letters) and len(set(framework.letters)) == len(framework.flags)
    assert framework.loop and framework.handler and ending(trace).sentence.isprintable()
    for event in trace:
        assert event.depth == columns.depth[event.index]
        assert columns.step[event.index] == (event.step if type(event.step) is int else -1)
        on = [event.after.control.get(name) is True for name in framework.flag_names]
        assert on == [bool(columns.flags[event.index] >> bit & 1) for bit in range(len(on))]


@pytest.mark.parametrize(
    "framework",
    [
        altered("flags", 1, letter="H"),
        altered("flags", 1, name="halt"),
        altered("flags", 1, letter="h"),
        altered("flags", 1, letter="\u0130"),
        altered("flags", 1, letter="\x1b"),
        altered("phases", 1, name="ride"),
        altered("phases", 1, begin="gates open"),
        altered("phases", 1, begin="lap_done"),
        altered("phases", 1, ends=["lap_done", 3]),
    ],
)
def test_what_cannot_be_told_apart_is_ignored(framework: Any) -> None:
    """Two flags of one letter, two phases of one begin: the whole list is as if it were not there."""
    key = "flags" if framework["phases"] == FRAMEWORK["phases"] else "phases"
    assert seen(framework) == seen(without(key))


def test_phases_that_bite_their_tails_do_no_harm() -> None:
    """Phases that begin with each other's ends make nonsense of the depth, and nothing else."""
    names = ["tick", "tock", "gates open", "lap_starts", "lap_done", "glance", "kept", "sung", "looked"]
    chain = [
        {
            "name": name,
            "kind": "training",
            "begin": name,
            "ends": [names[place - 1], names[place - 2]],
            "inside": inside,
        }
        for place, name in enumerate(names)
        for inside in (place % 2 == 0,)
    ]
    trace = Trace.from_bytes(whole_ride({**FRAMEWORK, "phases": chain}))
    assert len(trace.framework.phases) == 8 and max(trace.columns.depth) <= 8
    assert [event.depth for event in trace] == trace.columns.depth[:].tolist()
    assert ending(trace).sentence and Cursor(trace, 5).where().phases
