"""Numbers for reading: four digits, their change, their columns. What is exact is in `display.show`.

A number that is written with fewer than four digits is exact. One that was rounded has at least four.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, TypeGuard

from ...trace.values import Plain

DIGITS: Final = 4
"""Significant digits of a rounded number."""

LARGE: Final = 1_000_000
"""From here on a number with a fraction is written with a power of ten; below 1/10,000, too."""

MANY: Final = 10**15
"""From here on a whole number is, too."""

BEYOND: Final = 1 << 1023
"""No float is as large as this."""


def is_number(value: Plain) -> TypeGuard[int | float]:
    """Tell numbers from everything else; True and False are none."""
    return type(value) is int or type(value) is float


def rounded(value: float) -> str:
    """Return a number for reading: ``0.5739``, ``25``, ``12,346``, ``5.000e9``, ``5e-5``, ``NaN``, ``-Infinity``.

    Args:
        value: Any number, of any size.
    """
    if type(value) is int:
        return f"{value:,}" if abs(value) < MANY else _large(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    size = abs(value)
    if size >= LARGE or 0 < size < 1e-4:
        return _power(value)
    exact, short = repr(value), f"{value:#.{DIGITS}g}"
    if value == int(value) or "e" in short or short.endswith("."):
        return f"{value:,.0f}"
    return exact if len(exact.lstrip("-0.").replace(".", "")) <= DIGITS else short


def delta(old: Plain, new: Plain) -> str:
    """Return by how much a number changed, as exact as the new one is written: ``+0.0326``; empty if it is none.

    Args:
        old, new: Any values.
    """
    if not (_finite(old) and _finite(new)) or old == new:
        return ""
    change = new - old
    if not math.isfinite(change):
        return ""
    decimals = [rounded(one).partition(".")[2] for one in (old, new)]
    known = all(one.isdigit() or not one for one in decimals) and "e" not in rounded(new)
    text = f"{change:+,.{max(map(len, decimals))}f}" if known else ""
    if len(text.strip("+-0.,")) < 2 and (not text.strip("+-0.,") or abs(change) < 1e-4):
        text = rounded(float(f"{change:.1e}") if abs(change) < abs(new) / 100 else change)
    return text if text[0] in "+-" else f"+{text}"


def apart(old: float, new: float) -> tuple[str, str]:
    """Return two numbers for reading, with so many digits that they differ if the numbers do: ``17.8515 → 17.852``."""
    one, two = rounded(old), rounded(new)
    if one == two and _finite(old) and _finite(new):
        for digits in range(DIGITS + 1, 18):
            longer = f"{float(old):.{digits}g}", f"{float(new):.{digits}g}"
            if longer[0] != longer[1]:
                return longer
    return one, two


def aligned(texts: Iterable[str]) -> list[str]:
    """Return texts of numbers with their points below each other, all of one width."""
    parts = [text.partition(".") for text in texts]
    left = max((len(whole) for whole, _, _ in parts), default=0)
    right = max((len(point + rest) for _, point, rest in parts), default=0)
    return [whole.rjust(left) + (point + rest).ljust(right) for whole, point, rest in parts]


def duration(seconds: float) -> str:
    """Return a duration in the unit that fits it: ``1.044 s``, ``12.0 ms``, ``97 µs``; empty if it is not known."""
    if not math.isfinite(seconds):
        return ""
    if seconds >= 1:
        return f"{seconds:,.3f} s" if seconds < 1000 else f"{seconds:,.0f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def rates(values: Plain) -> Plain:
    """Return the number that all parameter groups have in place of a list of it; any other value as it is."""
    if not isinstance(values, (list, tuple)) or not values or not is_number(values[0]):
        return values
    first, others = values[0], values[1:]
    return first if all(type(one) is type(first) and one == first for one in others) else values


def _finite(value: Plain) -> TypeGuard[int | float]:
    return (type(value) is float and math.isfinite(value)) or (type(value) is int and abs(value) < BEYOND)


def _power(value: float) -> str:
    """Return a number with a power of ten, as short as it is exact: ``5e-5``, ``5.000e9``."""
    mantissa, _, power = f"{value:.{DIGITS - 1}e}".partition("e")
    if float(f"{mantissa}e{power}") == value:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(power)}"


def _large(value: int) -> str:
    """Return an integer with a power of ten: Python turns none beyond 4,300 digits into text."""
    if abs(value) < BEYOND:
        return _power(float(value))
    power = round((abs(value).bit_length() - 1) * math.log10(2))
    return f"about {'-' if value < 0 else ''}1e{power}"
