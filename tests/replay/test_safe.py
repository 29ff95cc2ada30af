"""Text from a trace can do nothing to a terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tracetui.replay.text.display import lines, show
from tracetui.replay.text.safe import visible
from tracetui.trace.values import ABSENT, Described, HistoryRef, Shortened

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_no_character_gets_through_that_acts_or_hides() -> None:
    """Of all of Unicode: nothing that a terminal acts on, reorders or does not show is left as it is."""
    for code in range(sys.maxunicode + 1):
        shown = visible(chr(code))
        assert shown, hex(code)
        assert not any(unicodedata.category(letter) in HIDDEN for letter in shown), hex(code)


@given(st.text(st.characters(exclude_categories=tuple(sorted(HIDDEN)), max_codepoint=0x2FF)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Letters, marks, digits, signs and blanks are shown unchanged."""
    assert visible(text) == text


hostile_texts = st.text(st.sampled_from("\x1b[\x07\u202e\ud800a\n\t\x9b"), max_size=8)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), hostile_texts, st.binary(max_size=8), st.just(ABSENT),
    st.builds(HistoryRef, st.integers(), st.integers(), st.integers()),
)  # fmt: skip
plain_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=12),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(hostile_texts, st.integers(), st.none()), inner, max_size=12),
        st.builds(Described, hostile_texts, hostile_texts, inner),
        st.builds(Shortened, hostile_texts, st.integers(), st.integers(), inner),
    ),
    max_leaves=20,
)


@given(plain_values, st.integers(2, 200))
def test_any_value_is_shown_safely(value: Any, limit: int) -> None:
    """Whatever a file holds has a text, of bounded length, that can do nothing to a terminal."""
    text = show(value, limit)
    assert len(text) <= limit
    for line in (text, *lines(value)):
        assert not any(unicodedata.category(letter) in HIDDEN for letter in line)
        line.encode()


def test_a_deep_value_and_a_huge_number_are_shown() -> None:
    """Nesting as deep as a file may have it costs no stack, and what Python refuses to print has a text."""
    assert show(1 << 100_000) == "<int of 100,001 bits>"
    value: Any = 1
    for _ in range(1_000):
        value = [value]
    assert show(value)
    assert len(lines(value)) <= 70
