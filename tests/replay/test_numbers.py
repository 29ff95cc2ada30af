"""Numbers for reading."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.replay.text.display import reading
from tracetui.replay.text.numbers import aligned, apart, delta, duration, rates, rounded

ROUNDED = {
    0.5760555744171143: "0.5761",
    0.0029833333333333335: "0.002983",
    5000232960.0: "5.000e9",
    25.0: "25",
    0.443: "0.443",
    0.44300001: "0.4430",
    5e-5: "5e-5",
    2.98333e-5: "2.983e-5",
    12345.678: "12,346",
    9999.96: "10,000",
    1234.5: "1,234",
    1200: "1,200",
    9223372036854775807: "9.223e18",
    10**5000: "about 1e5000",
    -0.0: "-0",
    math.inf: "Infinity",
    -math.inf: "-Infinity",
    1.7976931348623157e308: "1.798e308",
    5e-324: "4.941e-324",
}


@pytest.mark.parametrize(("value", "text"), ROUNDED.items(), ids=ROUNDED.values())
def test_a_number_is_short(value: float, text: str) -> None:
    """Four digits, thousands apart, a power of ten where it is shorter."""
    assert rounded(value) == text


def test_nan_is_told() -> None:
    """What is no number is no blank either."""
    assert rounded(math.nan) == "NaN" and reading([math.nan, 0.123456]) == "[NaN, 0.1235]"


@given(st.one_of(st.floats(-1e308, 1e308), st.integers(-(10**14), 10**14)))
def test_rounding_keeps_the_number(value: float) -> None:
    """What one reads differs from the number in its fifth digit at most; with fewer than four digits it is exact."""
    text = rounded(value).replace(",", "")
    assert math.isclose(float(text), value, rel_tol=6e-4, abs_tol=1e-320)
    digits = text.partition("e")[0].lstrip("-0.").replace(".", "")
    assert len(digits) >= 4 or float(text) == value
    assert len(text) <= 16


def test_a_change_is_as_exact_as_the_value() -> None:
    """A loss of 0.5739 after one of 0.5413 rose by 0.0326; one that rose by less than is seen did rise."""
    assert delta(0.5413, 0.5739123) == "+0.0326"
    assert delta(1, 2) == delta(1.0, 2.0) == "+1" and delta(50, 1250) == "+1,200"
    assert delta(0.5, 0.50000012) == "+1.2e-7" and delta(0.03, 2.9e-5) == "-0.02997"
    assert delta(2, 10**400) == delta(1e308, -1e308) == delta(True, 2) == delta("a", 2) == delta(math.nan, 1.0) == ""
    assert delta(2 / 3, 0.85) == "+0.1833" and delta(0.0028366667, 0.0028333333) == "-3.3e-6"
    assert delta(17.8515, 17.852) == "+0.0005"
    assert delta(1.0, 1) == ""


def test_numbers_that_differ_look_different() -> None:
    """Of a small step one reads from where to where, and not the same number twice."""
    assert apart(17.8515, 17.852) == ("17.8515", "17.852") and apart(0.5, 0.25) == ("0.5", "0.25")
    assert apart(1.0, 1) == ("1", "1") and apart(math.nan, math.nan) == ("NaN", "NaN")
    assert apart(10**400, 10**400 + 1) == ("about 1e400", "about 1e400")


@given(st.floats(), st.floats())
def test_a_change_has_a_sign(old: float, new: float) -> None:
    """Up or down is seen at the first character, for all numbers of which it can be told."""
    text = delta(old, new)
    if text:
        assert text[0] == ("+" if new > old else "-") and Decimal(text.replace(",", "")).is_finite()


def test_points_are_below_each_other() -> None:
    """In a column numbers can be compared by eye."""
    assert aligned(["0.5739", "25", "1.2e-5", "NaN"]) == ["  0.5739", " 25     ", "  1.2e-5", "NaN     "]
    assert aligned([]) == []


def test_durations_have_the_unit_that_fits() -> None:
    """Four digits are enough for a duration, too."""
    assert [duration(one) for one in (9.7e-5, 0.012, 1.0436, 12345.6)] == ["97 µs", "12.0 ms", "1.044 s", "12,346 s"]
    assert duration(math.nan) == ""


def test_equal_learning_rates_are_one() -> None:
    """Two parameter groups with one learning rate are read once; others stay apart."""
    assert rates([0.1, 0.1]) == 0.1 and rates([0.1]) == 0.1
    assert rates([0.1, 0.2]) == [0.1, 0.2] and rates([]) == [] and rates("aa") == "aa" and rates(None) is None
    assert rates([1, True]) == [1, True] and math.isnan(rates([math.nan])) and rates({"a": 1}) == {"a": 1}


def test_values_are_read_with_their_numbers_rounded() -> None:
    """Inside dictionaries and lists, too; everything else is as `show` writes it."""
    assert reading({"loss": 0.57605557, "on": True, "none": None}) == '{"loss": 0.5761, "on": True, "none": None}'
