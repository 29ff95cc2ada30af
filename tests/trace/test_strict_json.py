"""Whatever a trace holds becomes JSON that every parser accepts."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.values import VALUES
from tracetui.export.strict_json import MAX_DEPTH, MAX_ENTRIES, dumps, jsonable
from tracetui.trace.values import ABSENT, Described, HistoryRef, Shortened


def strict(text: str) -> Any:
    """Parse JSON, and refuse what only Python accepts."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


@given(VALUES)
def test_every_value_is_strict_json(value: Any) -> None:
    """No value of a trace breaks the output, and no text in it has a lone surrogate."""
    printed = dumps(value)
    assert printed.isascii()
    assert "\n" not in printed
    json.dumps(strict(printed), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (float("nan"), '"NaN"'),
        (float("inf"), '"Infinity"'),
        (float("-inf"), '"-Infinity"'),
        (-0.0, "-0.0"),
        (2**70, "1180591620717411303424"),
        (True, "true"),
        (b"\x00\xff", '{"$bytes": "00ff"}'),
        ((1, (2,)), '{"$tuple": [1, {"$tuple": [2]}]}'),
        (ABSENT, '{"$absent": true}'),
        ("a\udc80", '"a\\\\udc80"'),
        ("\ud83d\ude00", '"\\\\ud83d\\\\ude00"'),
        ({1: 2, None: 3, False: 4, 1.5: 5}, '{"1": 2, "null": 3, "false": 4, "1.5": 5}'),
        ({1: "a", "1": "b"}, '{"$pairs": [[1, "a"], ["1", "b"]]}'),
        ({(1,): 2}, '{"$pairs": [[{"$tuple": [1]}, 2]]}'),
        ({"$bytes": "00"}, '{"$$bytes": "00"}'),
        (Described("set", "1 element", [1]), '{"$described": "set", "text": "1 element", "value": [1]}'),
        (Shortened("str", 9, 5, "ab"), '{"$shortened": "str", "length": 9, "digest": 5, "kept": "ab"}'),
        (HistoryRef(1, 2), '{"$history": 1, "length": 2}'),
    ],
)
def test_forms(value: Any, printed: str) -> None:
    """The forms that the module and docs/format.md promise."""
    assert dumps(value) == printed


def test_extremes_are_marked_and_not_raised() -> None:
    """Numbers that Python refuses to print, depths that parsers refuse, and foreign objects are marked."""
    assert jsonable(1 << 100_000) == {"$int": hex(1 << 100_000)}
    assert strict(dumps({1 << 100_000: 1}))["$pairs"][0][1] == 1
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    assert dumps(deep).count("[") == MAX_DEPTH
    assert "$deeper" in dumps(deep)
    assert jsonable(object()) == {"$described": "builtins.object", "text": ""}


def test_a_claimed_length_is_bounded() -> None:
    """A log history that claims more entries than there can be is cut, and says so."""
    found = jsonable(range(1 << 60))
    assert found["length"] == 1 << 60
    assert len(found["kept"]) == MAX_ENTRIES


@given(st.integers())
def test_integers_stay_integers(value: int) -> None:
    """An integer of any usual size is exact."""
    assert strict(dumps(value)) == value
