"""What is no condition: where the error points, what it says, and that nothing else comes out of any text."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.condition_columns import Row, Rows
from support.condition_texts import TRUE, UNKNOWN
from tracetui.replay.condition import Condition, ConditionError, parse
from tracetui.replay.rows.pattern import Pattern
from tracetui.replay.text.safe import visible

ERRORS = [
    ('event ^= "on_log"', "write =="),
    ("event == ^on_log", 'in quotes: event == "on_log"'),
    ("^on_log and step > 1", 'event == "on_log"'),
    ('event == "on_log" or ^"on_save"', 'event in ["on_log", "on_save"]'),
    ("^3", "alone is no condition"),
    ("^los.loss > 2", "did you mean logs.loss or logs?"),
    ("^should_save", "did you mean control.should_save?"),
    ("^loss > 2", "did you mean logs.loss?"),
    ("logs.eval/^loss > 2", 'logs["eval/loss"]'),
    ("control.should_save == ^true", "did you mean True?"),
    ("logs.loss == ^nan", "isnan(logs.loss)"),
    ("^whatever_else > 2", "there are event, index, step"),
    ("^isnam(logs.loss)", "did you mean isnan?"),
    ("^frobnicate(logs.loss)", "there are changed, called, raised"),
    ("^event(1)", "this is no function"),
    ("^isnan", "isnan is a function: isnan(logs.loss)"),
    ("^isnan()", "needs an argument"),
    ("isnan(logs.loss, ^2)", "takes one argument"),
    ("isnan(logs.loss, ^x=2)", "takes no x="),
    ("has(^1)", "has(logs.loss)"),
    ("has(^logs)", "logs.loss"),
    ("^logs > 2", 'logs.loss or logs["…"]'),
    ("^logs[0] > 2", 'logs.loss or logs["…"]'),
    ("event.^name == 1", "no keys"),
    ("after.^event", "after goes with lr, state"),
    ("^before", "needs a name after it"),
    ("changed(^control)", "what changed is a text in quotes"),
    ('changed(^"should_save")', '"control.should_save"'),
    ('changed(^"after.control.should_save")', "both"),
    ('changed("a", by=^1)', "the cause is a text in quotes"),
    ('changed("a", ^frm=1)', 'changed("control.should_save", by='),
    ('changed("a", to=1, ^to=2)', "given twice"),
    ('changed("a", to=^step)', "a number, a text in quotes"),
    ('event in ["a", ^step]', "a number, a text in quotes"),
    ("lr == ^[1]", "a list stands after `in` alone"),
    ("step is ^3", "None alone"),
    ('step + ^"1" > 2', "no number"),
    ("lr[^step]", "lr[0]"),
    ("1^[0]", "only names have keys"),
    ("step >^", "a value is missing after >"),
    ("step ^step", "an operator is missing"),
    ("step > 1 and ^and step", "a value is missing before and"),
    ("^not in step", "a value is missing before not in"),
    ("step == ^not step", "needs brackets: == (not …)"),
    ("^(step > 1", "never closed"),
    ("step > 1^)", "never opened"),
    ("lr[0^)", "does not close"),
    ("step^, 1", "a comma"),
    ("step > 1 ^if step else 2", "if is not part"),
    ("^lambda x", "lambda is not part"),
    ("logs.^in > 1", 'logs["eval/loss"]'),
    ("step ^** 2 > 1", "no powers"),
    ("step ^// 2 > 1", "/ divides"),
    ("step > 1 ^& step < 3", "write and"),
    ("^!step", "write not"),
    ("step ^:= 1", "nothing is assigned"),
    ("event in ^{1}", "[ ]"),
    ("event == ^“on_log”", "straight quotes"),
    ("event == ^f'{step}'", "only r may stand before a text"),
    ("event == ^'on_log", "no end"),
    ("event == ^'''on_log'''", "one pair of quotes"),
    (r"event == 'a^\d'", r"written \\"),
    ("event == 'a^\x00'", r"written as \x00"),
    ("event == 'a^\ud800'", r"written as \ud800"),
    ("step^\x00", "U+0000"),
    ("step^\u00a0> 1", "U+00A0"),
    ("step ^\ud800", "U+D800"),
    ("logs.gr^öße > 1", 'logs["größe"]'),
    ("step > 1^e", "a number ends here"),
    ("step > ^007", "does not begin with 0"),
    ("'é😀' == ^é", "ASCII"),
    ("'é😀' == event and ^x", "unknown name"),
    ("\t'é' ==\n ^x", "unknown name"),
    ("^", "a condition is missing"),
    ("  ^", "a condition is missing"),
    ("(" * 20 + "^(", "nested more than 20"),
    ("not " * 20 + "^not step", "in a row"),
    ("step > ^" + "1" * 601, "at most 600 digits"),
    ("x" * 2000 + "^x", "at most 2,000 characters"),
    ("^" + "+".join(["step"] * 60) + " > 1", "nested more than 50 deep"),
]


@pytest.mark.parametrize(("marked", "says"), ERRORS, ids=range(len(ERRORS)))
def test_where_and_what(marked: str, says: str) -> None:
    """The error points at the character that is wrong, and says what is allowed, on two safe lines."""
    text = marked.replace("^", "", 1)
    with pytest.raises(ConditionError) as caught:
        parse(text)
    error = caught.value
    assert (error.offset, error.text) == (marked.index("^"), text)
    assert says in error.message
    assert "\n" not in str(error)
    shown, caret = error.rendered.split("\n")
    assert caret.strip().startswith("^ ")
    assert len(shown) < 200 and caret.index("^") < 120
    assert visible(shown) == shown


def test_the_caret_stands_below_the_place() -> None:
    """Wide, combining and hidden characters before the place are counted as a terminal shows them."""
    for text in ("'a' == x", "'\u6f22' == x", "'e\u0301' == x", "'\u202e' == x"):
        with pytest.raises(ConditionError) as caught:
            parse(text)
        shown, caret = caught.value.rendered.split("\n")
        cells = shown.index("x") + ("\u6f22" in text) - ("\u0301" in text)
        assert caret.index("^") == cells


PIECES = [
    *["event", "logs", "loss", ".", "step", "lr", "before", "after", "state", "control", "not", "and", "or", "in"],
    *["(", ")", "[", "]", ",", "=", "==", "<", "-", "+", "*", "/", "%", "**", "1", "0.5", "1e5", "0x1f", "1_0", "0_"],
    *['"a"', "'", '"', '"""', "f'", "b'a'", "\\", "\n", "\r", "\f", "\0", "\ud800", "é", "{", "}", ":", "lambda"],
    *["changed", "has", "isnan", "len", "by=", "None", "True", "if", "else", "for", "await", "yield", ":=", "..."],
    *["'\\x", "'\\N{DASH}'", "print(1)", "__import__('os')", "x.__class__", "9" * 599, "~", "!", "`", "$", "\ufeff"],
    *["is", "#", "@", ";", "1j", "\u2028", "not in", "is not", "*a", "->", "u'a'", "r'\\'"],
]  # fmt: skip
SAMPLES = [*TRUE, *UNKNOWN, *(text.replace("^", "") for text, _ in ERRORS)]
pieces = st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)
glued = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def parsed(text: str) -> Condition | ConditionError:
    """Return what a text was read as."""
    try:
        return parse(text)
    except ConditionError as error:
        return error


@st.composite
def edited(draw: Any) -> str:
    """Draw a text that was a condition, or nearly, before something was put into it or cut out."""
    text = draw(st.sampled_from(SAMPLES))
    begin, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    return text[:begin] + draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))) + text[end:]


@settings(max_examples=500)
@given(st.one_of(st.text(st.characters(), max_size=60), pieces, glued, edited()))
@example("(" * 2000)
@example("-" * 2000)
@example("[" * 1000 + "]" * 1000)
@example("not " * 500)
@example("a" + ".a" * 999)
@example("lr" + "[0]" * 600)
@example("1" + "+1" * 999)
@example("1" + "<1" * 999)
@example("True" + " and True" * 200)
@example("step in [" + "1," * 900 + "]")
@example("1 is 1")
@example("1(2)")
@example("'a'[0] is None")
def test_any_text_is_a_condition_or_an_error(text: str) -> None:
    """Nothing but ConditionError leaves the parser, no warning is given, and what was parsed can be evaluated."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        condition = parsed(text)
        if isinstance(condition, ConditionError):
            assert 0 <= condition.offset <= len(condition.text) <= 2001
            assert visible(str(condition)) == str(condition)
            assert condition.rendered.count("\n") == 1
            assert condition.rendered.encode()
            return
        rows = [Row({("event",): "on_log", ("step",): 1, ("lr",): [1.0]}), Row({})]
        assert len(condition.matches(Rows(rows))) <= 2


def test_no_text_takes_long() -> None:
    """The longest texts of each kind are read or refused in a fraction of a second."""
    for piece in (
        "(",
        "[",
        "-",
        "not ",
        "a.",
        "1+",
        "1<",
        "f(",
        "'",
        "\\",
        "{",
        "lr[",
        "é",
        "1 or ",
        "x if x else ",
        "a,",
    ):
        began = time.perf_counter()
        with pytest.raises(ConditionError):
            parse((piece * 2000)[:2000])
        with pytest.raises(ConditionError):
            parse(piece * 1_000_000)
        assert time.perf_counter() - began < 2, piece


def test_a_deep_stack_is_no_crash() -> None:
    """Where the caller has left too little of the stack, that too is a ConditionError."""

    def deeper(left: int) -> Condition | ConditionError:
        return deeper(left - 1) if left else parsed("-(-(-(-(-(-(-(-(-(-(-(step))))))))))) > 0")

    found: list[Any] = []
    for left in range(sys.getrecursionlimit() - 250, sys.getrecursionlimit()):
        with suppress(RecursionError):  # of the test's own frames
            found.append(deeper(left))
    refused = [error for error in found if isinstance(error, ConditionError)]
    assert len(refused) > 20
    assert {error.message for error in refused} == {"the condition is nested too deeply"}


def test_nothing_reaches_stderr() -> None:
    """A text that Python would warn of is read in silence, under -W error as well."""
    code = (
        "from tracetui.replay.condition import parse, ConditionError\n"
        r"for text in ('1 is 1', r'event == \"\d\"', '1or 2', '0x1for x in y', '1 in 2', 'step is None'):"
        "\n"
        "    try: parse(text)\n"
        "    except ConditionError: pass\n"
    )
    for option in ("error", "always"):
        done = subprocess.run(
            [sys.executable, "-W", option, "-bb", "-c", code], capture_output=True, check=True, text=True
        )
        assert (done.stdout, done.stderr) == ("", "")


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = [1]
    for _ in range(depth):
        value = [value]
    return value


HOSTILE: dict[str, Any] = {
    "deep": nested(900),
    "text": "a" * 1_000_000,
    "integer": 1 << 8_000_000,
    "mapping": {"a": nested(900), "b": list(range(100_000))},
    "list": [0] * 1_000_000,
    "bytes": b"x" * 1_000_000,
}
"""As deep and as large as a record may hold them."""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_values_are_harmless(name: str) -> None:
    """Whatever a trace holds can be compared, calculated with and searched, without an error, and soon."""
    hostile = HOSTILE[name]
    other = "a" * 1_000_000 if isinstance(hostile, str) else hostile
    rows = Rows([Row({("state", "x"): hostile, ("state", "y"): other, ("event",): "on_log"})] * 2000)
    began = time.perf_counter()
    for test in ("==", "!=", "<", "in"):
        parse(f'state.x {test} state.y or state.x {test} "b" or state.y {test} event').matches(Rows(rows.rows))
    parse("state.x * state.y * state.x > 1 or isnan(state.x) or state.x / 3 > abs(state.y)").matches(Rows(rows.rows))
    parse('"b" in state.x or len(state.x) > 1 and state.x[0] == 1 or state.x in [1, "a"]').matches(Rows(rows.rows))
    assert time.perf_counter() - began < 5


def test_patterns_are_matched_in_bounded_time() -> None:
    """Stars don't multiply; brackets stand for themselves."""
    began = time.perf_counter()
    assert not Pattern("*a" * 500 + "b").matches("a" * 5000)
    assert time.perf_counter() - began < 3
    assert Pattern("logs.*[0]").matches("logs.lr[0]")
    assert not Pattern("control.*").matches("control")
    assert Pattern("?*").matches("a")
    assert not Pattern("?*").matches("")


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_patterns_mean_what_a_shell_means(pattern: str, name: str) -> None:
    """A pattern fits what fnmatch says that it fits."""
    assert Pattern(pattern).matches(name) == fnmatchcase(name, pattern)
