"""Two places of a run: what differs, who wrote it last between them, what happened there."""

from __future__ import annotations

from typing import Any

import pytest

from support.conformance.frameworks import RIDE
from support.forms import FORMS, Form
from support.invented import whole_ride
from support.scripts import Happening, training, written
from tracetui.replay.compare.between import between, told
from tracetui.replay.compare.described import described
from tracetui.replay.compare.fields import Field, fields
from tracetui.replay.compare.in_force import in_force
from tracetui.replay.trace import Trace
from tracetui.trace.values import ABSENT, Shortened

NAN = float("nan")


def differing(trace: Trace, one: int, other: int) -> dict[str, Field]:
    """Return the fields that differ between two events of a trace, by path."""
    given = in_force(trace, one), in_force(trace, other)
    return {field.path: field for field in fields(trace[one], trace[other], trace.framework, given) if field.differs}


def last_of(trace: Trace, name: str) -> int:
    """Return the number of the last event of a name."""
    return int(trace.columns.places(name)[-1])


@pytest.mark.parametrize("form", FORMS)
def test_two_places(form: Form) -> None:
    """Only what differs is there, flags first and counters last, each with who wrote it last and how often."""
    trace = form(written(training(20)))
    start, stop = int(trace.columns.places("on_step_begin")[1]), last_of(trace, "on_evaluate")
    found = differing(trace, start, stop)
    assert list(found) == [
        "control.should_save", "logs.loss", "metrics.eval_loss", "state.best_metric", "lr", "logs.step_runtime",
        "state.global_step",
    ]  # fmt: skip
    assert (found["state.best_metric"].one, found["state.best_metric"].other) == (None, 0.2)
    assert (found["logs.loss"].one, found["logs.loss"].other) == (ABSENT, 0.05)
    done = between(trace, start, stop, {field.written for field in found.values()})
    writers = {path: (each.last, each.count, trace[each.event].name) for path, each in done.writers.items()}
    assert writers == {
        "control.should_save": ("DefaultFlowCallback", 3, "on_step_end"),
        "logs.loss": ("Trainer", 4, "on_log"),
        "logs.step_runtime": ("Trainer", 4, "on_log"),
        "metrics.eval_loss": ("Trainer", 2, "on_evaluate"),
        "state.best_metric": ("Trainer", 1, "on_save"),
        "lr": ("Trainer", 19, "on_step_end"),
        "state.global_step": ("Trainer", 19, "on_step_end"),
    }
    assert done.writers["lr"].event == last_of(trace, "on_step_end")
    assert done.writers["control.should_save"].by == {"DefaultFlowCallback": 2, "CallbackHandler": 1}
    assert told(trace, done) == ["2 evaluations", "1 save (asked by DefaultFlowCallback)"]


def test_the_same_place_differs_in_nothing() -> None:
    """A place is equal to itself, NaN and all, and so is one at which only time has passed."""
    happenings = training(3)
    happenings[3].between |= {"state.best_metric": NAN, "state.odd": {"a": [NAN, {"b": NAN}]}}
    happenings[4].between |= {"state.odd": {"a": [NAN, {"b": NAN}]}}
    trace = Trace.from_bytes(written(happenings))
    assert not differing(trace, 3, 3)
    assert set(differing(trace, 3, 4)) == {"state.global_step"}
    assert set(differing(trace, 2, 3)) == {"state.best_metric", "state.odd"}


def test_what_lies_in_a_mapping_is_a_field() -> None:
    """A callback's counter is a field of its own; who wrote it is who wrote the mapping. True is no 1."""
    happenings = [
        Happening("on_log", {"callbacks.Stop": {"args": {"patience": 2, "kept": 1}, "n": 0}, "state.x": 1}),
        Happening("on_log", {"state.x": True}, {"callbacks.Stop": {"args": {"patience": 2}, "n": 1}}, by="Stop"),
    ]
    trace = Trace.from_bytes(written(happenings))
    found = differing(trace, 0, 1)
    assert [(field.path, field.one, field.other) for field in found.values()] == [
        ("state.x", 1, True),
        ("callbacks.Stop.args.kept", 1, ABSENT),
        ("callbacks.Stop.n", 0, 1),
    ]
    done = between(trace, 0, 1, {found["callbacks.Stop.n"].written})
    assert done.writers["callbacks.Stop"].last == "Stop" and done.writers["callbacks.Stop"].event == 1


def test_an_unknown_framework() -> None:
    """Flags, counters, evaluations and saves are the framework's own."""
    trace = Trace.from_bytes(whole_ride(RIDE))
    assert list(differing(trace, 5, 17)) == [
        "control.keep",
        "logs.loss",
        "metrics.joy",
        "logs.lap",
        "state.tick",
        "state.lap",
    ]
    assert told(trace, between(trace, 3, 20)) == ["1 look"]


def test_trouble_between() -> None:
    """NaN, and what is lost, is told with its place."""
    happenings = training(10)
    place = next(number for number, each in enumerate(happenings) if each.name == "on_log")
    happenings[place].given["logs"]["loss"] = NAN
    trace = Trace.from_bytes(written(happenings))
    assert told(trace, between(trace, 0, place)) == [f"NaN or infinity at #{place}"]
    assert told(trace, between(trace, place, place + 1)) == []


@pytest.mark.parametrize(
    ("one", "other", "texts"),
    [
        ([], list(range(22)), ("0 entries", "22 entries, +22")),
        (list(range(22)), [0], ("22 entries", "1 entry, -21")),
        (list(range(9)), list(range(1, 10)), ("9 entries", "9 entries, changed")),
        ([0.1 / 3], [0.1 / 7], ("0.03333", "0.01429")),
        ([0.1 / 3] * 2, [0.1 / 3, 0.2], ("0.03333 ×2", "[0.03333, 0.2]")),
        (None, 0.013937128, ("None", "0.01394")),
        ("/a/b/checkpoint-100", "/a/b/checkpoint-150", ("…100", "…150")),
        ("/long/folder/first", "/long/folder/other", ("…first", "…other")),
        ({}, {str(number): 1 for number in range(9)}, ("0 keys", "9 keys, +9")),
        (ABSENT, [1, 2, 3, 4, 5], ("∅", "5 entries")),
        ("\x1b]0;x\x07", "[/INST]", ("␛]0;x␇", "[/INST]")),
    ],
)
def test_two_values_as_texts(one: Any, other: Any, texts: tuple[str, str]) -> None:
    """Long values are told by what makes them differ, numbers are rounded, nothing reaches a terminal as it is."""
    assert described(one, other, 16) == texts


def test_a_hostile_pair_is_short() -> None:
    """Whatever the values are, two texts come, no longer than they may be."""
    values = [
        "x" * 10_000,
        "x" * 9_999 + "\x1b",
        list(range(9_999)),
        {"a": "b" * 9_999},
        Shortened("str", 10**9, 3, "x"),
        b"\0" * 999,
    ]
    for one in values:
        for other in values:
            assert all(len(text) <= 24 and text.isprintable() for text in described(one, other, 24))
