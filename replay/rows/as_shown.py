"""Which numbers a screen may show as a text: those that begin with its digits, and those that round to it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_NUMBER: Final = re.compile(r"\s*(?P<sign>[-−+]?)(?P<digits>[0-9,]*\.?[0-9]*)(?P<power>e[-+]?[0-9]{1,3})?\s*", re.ASCII)
_MOST: Final = 40
"""Characters of a number that somebody types; a longer text is none."""


@dataclass(frozen=True, slots=True)
class AsShown:
    """The numbers that a text may stand for.

    A number without a point stands for itself: ``2`` is not every loss of 2.3.

    Attributes:
        least, below: Of the magnitude: from `least` on, `below` excluded where the two differ.
        negative: The number has a sign; without one the sign is anything.
    """

    least: float
    below: float
    negative: bool

    def are_in(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which of some numbers are meant; values of any dtype, objects are looked into."""
        if values.dtype == object:
            return np.fromiter(map(self.is_in, values), np.bool_, len(values))
        if values.dtype == np.bool_:
            return np.zeros(len(values), np.bool_)
        size = np.abs(values)
        found: NDArray[np.bool_] = (size >= self.least) & ((size < self.below) | (size == self.least))
        return found & (values < 0) if self.negative else found

    def is_in(self, value: Any) -> bool:
        """Tell whether a plain value is meant, or holds a number that is."""
        if type(value) is dict:
            return any(map(self.is_in, value.values()))
        if type(value) is list or type(value) is tuple:
            return any(map(self.is_in, value))
        if type(value) is not float and type(value) is not int:
            return False
        size = abs(value)
        meant = size >= self.least and (size < self.below or size == self.least)
        return meant and (value < 0 or not self.negative)


def as_shown(text: str) -> AsShown | None:
    """Return the numbers that a text may stand for; None if it is no number."""
    found = _NUMBER.fullmatch(text) if len(text) <= _MOST else None
    if found is None or not any(map(str.isdigit, found["digits"])):
        return None
    digits = found["digits"].replace(",", "")
    least = float(digits + (found["power"] or ""))
    places = len(digits.partition(".")[2])
    power = int((found["power"] or "e0")[1:])
    unit = float(f"1e{power - places}") if "." in digits or found["power"] else 0.0
    if not math.isfinite(least + unit):
        return None
    # 0.1769 is the begin of 0.17692, and what 0.17686 is rounded to.
    return AsShown(max(0.0, least - unit / 2), least + unit, found["sign"] in ("-", "−"))
