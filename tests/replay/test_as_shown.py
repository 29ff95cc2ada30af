"""A number is found as a screen shows it."""

from __future__ import annotations

import numpy as np
import pytest

from tracetui.replay.rows.as_shown import as_shown
from tracetui.replay.search import matches
from tracetui.replay.trace import Trace
from tracetui.trace.journal.writer import TraceWriter


@pytest.mark.parametrize(
    ("text", "meant", "others"),
    [
        ("0.1769", [0.17692, 0.17686, -0.1769], [0.17684, 0.1770, 1769]),
        ("-0.5", [-0.5, -0.54], [0.5, -0.6]),
        ("2", [2, 2.0, -2], [2.3, 20, True]),
        ("1,234", [1234], [1.234]),
        ("5e-05", [5e-05, 5.4e-05], [6e-05, 0.5]),
        (".5", [0.5], [5]),
        ("9007199254740993", [9007199254740992], [1]),
    ],
)
def test_what_a_text_stands_for(text: str, meant: list[float], others: list[float]) -> None:
    """A number stands for what begins with it and what is rounded to it, a whole one for itself."""
    wanted = as_shown(text)
    assert wanted is not None
    for values, expected in ((meant, True), (others, False)):
        assert [wanted.is_in(value) for value in values] == [expected] * len(values)
        assert [bool(wanted.are_in(np.array([value]))[0]) for value in values] == [expected] * len(values)
    assert wanted.is_in({"a": [1e9, (meant[0],)]})


@pytest.mark.parametrize(
    "text", ["", ".", "-", "loss", "1.2.3", "1e999", "9" * 400, "0x10", "١", "nan", "#12", "1_000"]
)
def test_what_is_no_number(text: str) -> None:
    """Any other text is none, whatever it is."""
    assert as_shown(text) is None


def test_where_a_number_may_stand() -> None:
    """In a change before or inside an event, in logs, in a list; a constant and a text that looks like one, too."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {"args": {"seed": 7.125}})
    name, path, cause = map(writer.name, ("on_log", "state.x", "Mine"))
    for number, value in enumerate([0.0, 7.125, 1.0, [3, [7.125]], {"deep": 7.125}, "7.125", 2.0]):
        writer.event(name, number, 1, [path, value] if number % 2 else [], [] if number % 2 else [cause, [path, value]])
    trace = Trace.from_bytes(bytes(data))
    assert matches(trace, "7.125").tolist() == [1, 3, 4]
    assert matches(trace, "7.12").tolist() == [1, 3, 4]
    assert matches(trace, "8.125").tolist() == []
