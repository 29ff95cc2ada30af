"""What of the log is NaN or infinite: a loss that looks well can hide a gradient that does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from ...trace.values import Plain
from ..events.event import Snapshot
from .closing import last_known

if TYPE_CHECKING:
    from ..trace import Trace

MOST: Final = 20_000
"""Entries of the log that are looked at, the first."""


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """A key of the log whose value is no finite number in some entries.

    Attributes:
        key: The key.
        count: In how many entries.
        step: What the first of them has as its step; None where it has none.
        value: The value there.
    """

    key: str
    count: int
    step: Plain
    value: float


def nonfinite(trace: Trace) -> list[Nonfinite]:
    """Return which keys of the log's entries hold a NaN or an infinity, in the order of their first."""
    last = last_known(trace, 0, len(trace))[1].after if len(trace) else Snapshot()
    history = last.value(trace.framework.history)
    found: dict[str, Nonfinite] = {}
    for entry in islice(history, MOST) if isinstance(history, Sequence) and not isinstance(history, str) else ():
        for key, value in entry.items() if isinstance(entry, Mapping) else ():
            if type(value) is float and not math.isfinite(value) and type(key) is str:
                first = found.get(key, Nonfinite(key, 0, entry.get("step"), value))
                found[key] = Nonfinite(key, first.count + 1, first.step, first.value)
    return list(found.values())
