"""What conditions mean: examples, and any condition over any events against an independent witness."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.condition_columns import Row, Rows
from support.condition_texts import TRUE, UNKNOWN
from support.condition_witness import holds
from tracetui.replay.condition import ConditionError, parse
from tracetui.replay.condition.vocabulary import FUNCTIONS, KINDS, VALUES
from tracetui.trace.values import ABSENT, Described, Shortened

LOG = Row(
    before={
        ("event",): "on_log", ("index",): 7, ("step",): 10, ("epoch",): 0.5, ("time",): 3.25, ("duration",): 0.001,
        ("depth",): 2, ("lr",): [1e-3, 1e-4], ("logs", "loss"): 2.5, ("logs", "grad_norm"): math.nan,
        ("logs", "eval/loss"): 3, ("state", "best_metric"): None, ("state", "max_steps"): 10,
        ("state", "big"): 2**63, ("control", "should_save"): False, ("args", "output_dir"): "out/run-1",
        ("callbacks", "EarlyStoppingCallback"): {"attributes": {"counter": 3}}, ("probes", "memory"): 2**53 + 1,
    },
    after={("control", "should_save"): True, ("logs", "loss"): 2.5, ("logs", "extra"): 1},
    changes=[
        ("control.should_save", False, True, "SaveCallback"),
        ("logs.extra", ABSENT, 1, "Adder"),
        ("state.best_metric", 2**53, 2**53 + 1, "Trainer"),
    ],
    called=["SaveCallback", "PrinterCallback"],
    raised=["torch.cuda.OutOfMemoryError"],
)  # fmt: skip


def matches(text: str, rows: list[Row], coded: bool = False) -> list[int]:
    """Return the positions of the rows that match."""
    return parse(text).matches(Rows(rows, coded)).tolist()


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true(text: str) -> None:
    """Each of these holds for the event above, its negation does not, and the witness agrees."""
    for coded in (False, True):
        assert matches(text, [LOG], coded) == [0]
        assert matches(f"not ({text})", [LOG], coded) == []
    assert holds(text.replace("\n", " ").strip(), LOG)


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_unknown_never_matches(text: str) -> None:
    """Where a value is missing or can't be compared, neither the condition nor its negation holds."""
    for coded in (False, True):
        assert matches(text, [LOG], coded) == []
        assert matches(f"not ({text})", [LOG], coded) == []
    assert matches(f"({text}) or True", [LOG]) == [0]
    assert matches(f"not (({text}) and False)", [LOG]) == [0]


def test_only_the_beginning_of_what_is_huge_is_looked_at() -> None:
    """What is found there is found; what is not may come later, and is unknown."""
    row = Row({("state", "list"): [*range(2000)], ("state", "text"): "a" * 20_000 + "b", ("state", "big"): 1 << 5000})
    row.before["state", "other"] = "a" * 20_000 + "c"
    for text in (
        "7 in state.list",
        '"aa" in state.text',
        'state.text > "a"',
        "state.big > 1",
        "state.big == state.big",
    ):
        assert matches(text, [row]) == [0], text
    for text in ("1999 in state.list", '"b" in state.text', "state.text == state.other", "state.big + 1 > 1"):
        assert matches(text, [row]) == matches(f"not ({text})", [row]) == [], text


def test_the_page_about_conditions_is_right() -> None:
    """Its examples are conditions, and its errors look as it shows them."""
    page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text()
    blocks = [block.split("\n") for block in re.findall(r"(?<=\n\n)(?:    .*\n)+", page)]
    lines = [line[4:] for block in blocks for line in block if line]
    shown = [(text, caret) for text, caret in pairwise([*lines, ""]) if not caret.strip().startswith("^")]
    assert len([parse(text) for text, _ in shown if not text.strip().startswith("^")]) == 5
    for text, caret in pairwise(lines):
        if caret.strip().startswith("^"):
            with pytest.raises(ConditionError) as caught:
                parse(text)
            assert caught.value.rendered == f"{text}\n{caret}"
    for text in re.findall(r"^\| `.*?` \|.*: `(.*?)`[ ,|]", page, re.MULTILINE):
        assert parse(text).paths
    assert all(f"{name}(" in page for name in FUNCTIONS)
    assert all(f"`{name}`" in page or f"`{name}.KEY`" in page for name in (*VALUES, *KINDS))


def test_positions_are_sorted_and_within_the_chunk() -> None:
    """The result is int64 positions; an empty chunk gives none, whatever the condition."""
    rows = [Row({("step",): step, **({("logs", "a"): step} if step % 2 else {})}) for step in range(9)]
    found = parse("logs.a > 2").matches(Rows(rows))
    assert found.dtype == np.int64 and found.tolist() == [3, 5, 7]
    rows = [Row({("event",): name} if name else {}) for name in (None, "on_log", None, "on_save", None)]
    for coded in (False, True):
        assert matches('event == "on_save"', rows, coded) == matches('not event == "on_log"', rows, coded) == [3]
        assert matches('event in ["on_save", 1]', rows, coded) == matches("len(event) > 6", rows, coded) == [3]
    for text in (*TRUE, *UNKNOWN):
        assert matches(text, []) == matches(text, [], coded=True) == []


def test_what_cannot_matter_is_not_asked_for() -> None:
    """When no event is left, the columns on the right are not read; and none is read twice."""
    rows = Rows([LOG])
    assert parse('event == "on_save" and logs.loss > 2 and logs.loss < 3').matches(rows).tolist() == []
    assert rows.asked == [(("event",), False)]
    rows = Rows([LOG])
    assert parse('not (event == "on_log" or logs.loss > 2)').matches(rows).tolist() == []
    assert rows.asked == [(("event",), False)]
    rows = Rows([LOG])
    assert parse('not (event == "on_save" and logs.loss > 2)').matches(rows).tolist() == [0]
    assert rows.asked == [(("event",), False)]
    assert parse("2 < logs.loss < 3 and not logs.loss == step").matches(Rows([LOG])).tolist() == [0]


def test_what_a_condition_needs() -> None:
    """The columns and the functions are listed, so that a reader can tell a key that no event has."""
    condition = parse(
        'changed("lr") and logs["a/b"] > after.state.x or has(lr) and lr[0] > 1 and "k" in before.metrics'
    )
    assert condition.paths == (("logs", "a/b"), ("lr",), ("metrics", "k"), ("state", "x"))
    assert condition.functions == {"changed"}


NUMBERS = [0, 1, -1, 2, 7, 2**53, 2**53 + 1, -(2**53) - 1, 2**62, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 1.0, 0.5, -2.5, 2.0**53, 2.0**63, -(2.0**63), 1e308, 5e-324, math.nan, math.inf, -math.inf]
TEXTS = ["", "a", "on_log", "on_", "é", "\ud800", "\U0001f600", "\uffff", "x" * 300]
OTHERS = [
    *[None, b"a", [], [1, 1.0, "a", None], [[1]], {}, {"a": 1, "k": {"a": 2.5}}],
    *[Described("x", "y"), Shortened("str", 20_000, 1, "a"), Shortened("list", 0, 1, [])],
    *[2**63, -(2**63) - 1, 2**64, 2**1024, 1 << 4095, 1 << 4100, -(1 << 9000)],
]
VALUE_KINDS: list[list[Any]] = [
    *[[True, False], NUMBERS, [0, 1, 2, 3], FLOATS, TEXTS, OTHERS],
    *[[*NUMBERS, *FLOATS, True, 2**64], [*NUMBERS, *FLOATS, *TEXTS, *OTHERS, False], [None]],
]
PATHS = [("event",), ("step",), ("epoch",), ("lr",), ("logs", "a"), ("logs", "b/c"), ("state", "x"), ("probes", "p")]
NAMES = [
    *["event", "step", "epoch", "lr", "logs.a", 'logs["b/c"]', "state.x", "probes.p", "before.logs.a", "after.state.x"],
    *["after.logs.a", "lr[0]", "lr[-1]", "state.x[1]", "state.x.a", 'state.x["k"].a', "logs.a.k", "logs.none"],
]
LITERALS = [
    *["0", "1", "-1", "2", "0.5", "1e999", "True", "False", "None", '"a"', '"on_log"', '""', '"\\ud800"', '"é"'],
    *[str(2**53), str(2**53 + 1), str(2**63), str(-(2**63)), str(2**64), "9007199254740993.0", "1e308", "-2.5"],
]


@st.composite
def rows(draw: Any) -> list[Row]:
    """Draw some events: each column of one kind or mixed, with values missing."""
    count = draw(st.integers(0, 6))
    found = [Row({}, {}) for _ in range(count)]
    for after, path in [*((False, path) for path in PATHS), (True, ("state", "x")), (True, ("logs", "a"))]:
        kind = st.sampled_from([ABSENT, *draw(st.sampled_from(VALUE_KINDS))])
        for row in found:
            value = draw(kind)
            if value is not ABSENT:
                (row.after if after else row.before)[path] = value
    changes = st.tuples(
        st.sampled_from(["control.should_save", "state.x", "lr"]),
        st.sampled_from([ABSENT, None, True, 1, 2.0, "a"]),
        st.sampled_from([ABSENT, None, False, 0, 2**64, "a"]),
        st.sampled_from(["Trainer", "MyCallback"]),
    )
    for row in found:
        row.changes = draw(st.lists(changes, max_size=2))
        row.called = draw(st.lists(st.sampled_from(["MyCallback", "Other"]), max_size=2))
        row.raised = draw(st.lists(st.sampled_from(["ValueError", "a.b.MyError"]), max_size=1))
    return found


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    """Return texts put together."""
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


names = st.sampled_from(NAMES)
literals = st.sampled_from(LITERALS)
numbers = st.sampled_from([literal for literal in LITERALS if '"' not in literal and literal != "None"])
numeric = st.recursive(
    st.one_of(names, names, numbers),
    lambda inner: st.one_of(
        joined("(", inner, st.sampled_from([" + ", " - ", " * ", " / ", " % "]), inner, ")"),
        joined("-", inner),
        joined(st.sampled_from(["abs(", "len("]), inner, ")"),
    ),
    max_leaves=4,
)
terms = st.one_of(numeric, literals)
orders = st.sampled_from([" == ", " != ", " < ", " <= ", " > ", " >= "])
calls = [
    *['changed("control.should_save")', 'changed("*", by="My*")', 'changed("state.?", was=1, to="a")'],
    *['changed("lr", to=None)', 'called("MyCallback")', 'called("*")', "raised()", 'raised("MyError")'],
    *['raised("a.*")', '"a" in after.logs', '"b/c" in logs'],
]  # fmt: skip
lists = st.lists(literals, max_size=20).map(lambda items: f"[{', '.join(items)}]")
atoms = st.one_of(
    joined(terms, orders, terms),
    joined(names, orders, literals),
    joined(terms, orders, terms, orders, terms),
    joined(names, st.sampled_from([" is None", " is not None", ""])),
    joined(st.sampled_from(["isnan(", "isinf(", "isfinite("]), terms, ")"),
    joined("has(", names, ")"),
    joined(terms, st.sampled_from([" in ", " not in "]), lists),
    joined(terms, st.sampled_from([" in ", " not in "]), names),
    st.sampled_from(calls),
)  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        joined("(", inner, " and ", inner, ")"),
        joined("(", inner, " or ", inner, " or ", inner, ")"),
        joined("not ", inner),
        joined("((", inner, ")", orders, terms, ")"),
    ),
    max_leaves=5,
)


@pytest.mark.slow
@settings(max_examples=250)
@given(conditions, rows(), st.booleans())
@example("step < epoch", [Row({("step",): 2**53 + 1, ("epoch",): 2.0**53})], False)
@example("step * step > 0", [Row({("step",): 2**62})], False)
@example("abs(step) > 0", [Row({("step",): -(2**63)})], False)
def test_any_condition_over_any_events(text: str, events: list[Row], coded: bool) -> None:
    """The columns say what a walk over the events says, one by one."""
    expected = [index for index, row in enumerate(events) if holds(text, row)]
    assert matches(text, events, coded) == expected, text
