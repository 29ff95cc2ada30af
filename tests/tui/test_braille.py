"""Curves in braille: what is drawn is what the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.replay.reduction import reduced_values
from tracetui.replay.span import Span
from tracetui.tui.braille import curve, sparkline


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0, 1], "⣀⣀⠤⠤⠤⠒⠒⠒⠉⠉"),
        ([1, 0], "⠉⠉⠒⠒⠒⠤⠤⠤⣀⣀"),
        ([0, 1, 0], None),
        ([5, 5, 5], None),
        ([3], None),
        ([], "          "),
        ([np.nan], "          "),
    ],
)
def test_a_line_of_numbers(values: list[float], drawn: str | None) -> None:
    """A small graph goes from the first to the last number, has the width that was asked for, and may be empty."""
    found = sparkline(values, 10)
    assert len(found) == 10
    if drawn is not None:
        assert found == drawn


@given(st.lists(st.floats(), max_size=60), st.integers(1, 12), st.integers(1, 4))
def test_any_numbers_have_a_curve(values: list[float], width: int, height: int) -> None:
    """Infinities, NaN, the greatest floats: the picture has its size, and something where numbers are."""
    points = reduced_values(np.arange(len(values)), np.array(values), None, Span(0, max(1, len(values)), 2 * width))
    lines = curve(points, height)
    assert len(lines) == height and {len(line) for line in lines} == {width}
    assert any(line.strip() for line in lines) == bool(np.isfinite(values).any())


def test_the_curve_breaks_at_a_nan() -> None:
    """Between two numbers with a NaN between them there is no line: it would say what was never so."""
    values = np.array([1.0, np.nan, 1.0])
    broken = reduced_values(np.array([0, 10, 19]), values, None, Span(0, 20, 20))
    whole = reduced_values(np.array([0, 19]), values[::2], None, Span(0, 20, 20))
    assert len("".join(curve(broken, 1)).split()) == 2 and "".join(curve(broken, 1)).count(" ") >= 8
    assert "".join(curve(whole, 1)).count(" ") == 0


def test_a_jump_has_no_hole() -> None:
    """A value that jumps is joined: each column of dots touches the next."""
    points = reduced_values(np.arange(4), np.array([0.0, 0.0, 9.0, 9.0]), None, Span(0, 4, 4))
    lines = curve(points, 3)
    assert all(line.strip() for line in lines)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=40), st.integers(0, 39), st.integers(1, 40))
def test_a_part_is_drawn_as_in_the_whole(values: list[float], begin: int, seen: int) -> None:
    """Zoomed in, a curve comes from the value before the picture and goes to the one behind it."""
    begin = min(begin, len(values) - 1) * 10
    span = Span(begin, begin + seen, 12)
    part = reduced_values(np.arange(len(values)) * 10, np.array(values), None, span)
    drawn = np.array(list("".join(curve(part, 3, (-10, 10)))) or [" "]).reshape(3, -1)
    last = (10 * (len(values) - 1) - begin) * 12 // seen
    for cell in range(6):
        assert (drawn[:, cell] != " ").any() == (2 * cell <= last), cell
