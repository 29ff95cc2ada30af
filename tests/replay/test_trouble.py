"""What the next trouble and the mark NONFINITE count."""

from __future__ import annotations

import math
from typing import Any

import pytest

from support.forms import FORMS, Form
from tracetui.replay.columns.columns import NONFINITE
from tracetui.replay.cursor import Cursor
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import Described, Shortened

TROUBLES: list[Any] = [
    math.nan, math.inf, -math.inf, [math.nan], [1, [2.0, math.inf]], (1.0, math.nan), {"norm": math.nan},
    {"layers": [{"norm": [0.5, -math.inf]}]}, [1.0] * 40 + [math.nan], Shortened("list", 9, 0, [math.nan]),
]  # fmt: skip
SOUND: list[Any] = [0.5, 3, None, True, "nan", [1.0, 2.0], [], {}, {"nan": "inf"}, (1,), Described("x", "nan", None)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["probe", "second probe", "logs", "metrics", "state", "inside", "inputs"])
def test_a_nan_is_found_wherever_it_is(form: Form, place: str) -> None:
    """A value that is NaN or infinite, or holds one, is trouble: what a probe returned as well as all else."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    values = [value for pair in zip(SOUND, TROUBLES, strict=False) for value in pair]
    for number, value in enumerate(values):
        write(writer, place, value, 10 * number)
    writer.note(Note.END, {"reason": "finished", "events": len(values)}, time=1_000)
    trace = form(bytes(data))
    found = [index for index in range(len(trace)) if trace.columns.marks[index] & NONFINITE]
    assert found == list(range(1, len(values), 2))
    cursor = Cursor(trace)
    for index in found:
        assert cursor.next_mark() and cursor.index == index
    assert not cursor.next_mark()


def write(writer: TraceWriter, place: str, value: Any, time: int) -> None:
    """Write an event that holds a value at some place."""
    name, cause, path = writer.name("on_step_end"), writer.name("A"), writer.name("state.x")
    rare: dict[int, Any] = {}
    if "probe" in place:
        probed = [writer.name("norm"), 3, value]
        rare = {Rare.PROBES: [probed] if place == "probe" else [[writer.name("step"), 3, 1], probed]}
    elif place in ("logs", "metrics"):
        rare = {Rare.INPUTS: {writer.name(place): [writer.name(("x",)), value]}}
    elif place == "inputs":
        rare = {Rare.INPUTS: {writer.name("thing"): value}}
    between = [path, value] if place == "state" else []
    inside = [cause, [path, value]] if place == "inside" else []
    writer.event(name, time, 5, between, inside, (), rare or None)


@pytest.mark.parametrize("form", FORMS)
def test_a_probe_that_raised_is_trouble(form: Form) -> None:
    """A probe that raised found nothing: that is no value to be passed over."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name, probe = writer.name("on_step_end"), writer.name("norm")
    for number, probed in enumerate(([probe, 3, 1.0], [probe, 3, None, "ValueError: no"], [probe, 3, 2.0, None])):
        writer.event(name, 10 * number, 5, rare={Rare.PROBES: [probed]})
    writer.note(Note.END, {"reason": "finished", "events": 3}, time=100)
    cursor = Cursor(form(bytes(data)))
    assert cursor.next_mark() and cursor.index == 1
    assert not cursor.next_mark()
