"""How a metric stands: its last value, its best one, and its way there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..columns.series import Series, ValueKind
from ..reduction import Reduced, reduced
from ..span import Span
from ..text.numbers import rounded

CELLS: Final = (48, 20, 10)
"""Cells of the reduced curves over the whole run: of a wide one, and of narrower ones."""

TIMES: Final = {1: "once", 2: "twice"}


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A metric over a run.

    Attributes:
        name: What it is called.
        last: Its last value, of any kind of number.
        best: The best of its finite values; None where it is not known which is better, or there is none.
        best_step: Step of that, -1 where it is not known.
        event: Number of the event with the best value; of the last one where there is no best.
        points: Its values in `CELLS` cells each, over all events of the trace.
        between: Where there is no best, its least and its greatest value in words; else empty.
        words: What else is certain, in a few words; or empty.
    """

    name: str
    last: float
    best: float | None
    best_step: int
    event: int
    points: tuple[Reduced, ...]
    between: str
    words: str


def standing(series: Series, name: str, *, lower: bool | None, total: int, stopped: bool = False) -> Standing | None:
    """Return how a metric stands; None where it has no number.

    Args:
        series: Its values.
        name: What it is called.
        lower: The lower, the better; None: that is not known.
        total: Events of the trace.
        stopped: The run was stopped at the last of its evaluations, of which this is the judge.
    """
    numbers = np.flatnonzero(series.kind <= ValueKind.INFINITE)
    if not len(numbers):
        return None
    finite = numbers[np.isfinite(series.value[numbers])]
    best = None if lower is None or not len(finite) else int(finite[_best(series.value[finite], lower)])
    last, values = int(numbers[-1]), series.value[finite]
    place = None if best is None else int(np.searchsorted(finite, best))
    worse = _worse(values, place, lower=lower is True) if stopped and place is not None else ""
    return Standing(
        name,
        float(series.value[last]),
        None if best is None else float(series.value[best]),
        -1 if best is None else int(series.step[best]),
        int(series.index[last if best is None else best]),
        tuple(reduced(series, Span(0, max(1, total), cells)) for cells in CELLS),
        _between(values) if best is None else "",
        ", ".join(filter(None, (worse, *_odd(series.value[numbers])))),
    )


def _best(values: NDArray[np.float64], lower: bool) -> int:
    return int(values.argmin() if lower else values.argmax())


def _between(values: NDArray[np.float64]) -> str:
    if len(values) < 2:
        return ""
    least, most = float(values.min()), float(values.max())
    return f"{rounded(least)} to {rounded(most)}" if least < most else "always the same"


def _worse(values: NDArray[np.float64], best: int, *, lower: bool) -> str:
    """Return how often a value was worse than the best since that came; empty where one was as good, or none came."""
    later = values[best + 1 :]
    worse = bool(len(later)) and bool(((later > values[best]) if lower else (later < values[best])).all())
    return f"worse {_times(len(later))}, stopped" if worse else ""


def _odd(values: NDArray[np.float64]) -> Iterator[str]:
    for what, found in (("NaN", np.isnan(values)), ("infinite", np.isinf(values))):
        if found.any():
            yield f"{what} {_times(int(found.sum()))}"


def _times(count: int) -> str:
    return TIMES.get(count, f"{count:,} times")
