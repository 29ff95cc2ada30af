"""Puts units together: runs of steps in which nothing happened that is worth a line of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..columns.columns import EXCEPTION, FLIPPED, GAP, MESSAGE, NONFINITE
from .level import Level
from .units import Units
from .window import OPENED, OUTER, STEPPED, TOLD, TRAINED

FEW: Final = 120
"""Lines that a run may have when it is opened, two to three screens: what would make more is one level deeper."""

TROUBLES: Final = (EXCEPTION | GAP, NONFINITE, FLIPPED, MESSAGE)
"""Marks of a step that is no part of a run, the gravest first."""

TRAININGS, STRETCHES, RUNS, STEPS, PHASES, REPEATS, EVENTS = range(7)
"""The levels, from the coarsest to the finest."""


def levels_of(units: Units, regular: Iterable[str]) -> list[Level]:
    """Return the levels of folding, each finer than the one before.

    Args:
        units: What the trace is made of.
        regular: Names of events that end a run: what happens now and then in the ordinary course of things.
    """
    enders = [1 << TOLD + place for place, name in enumerate(units.told) if name in set(regular)]
    coarse = _stretches(units, enders)
    fine = coarse | _breaks(units, sum(TROUBLES), sum(enders))
    epochs = fine | (units.bits & OUTER != 0)
    if np.count_nonzero(epochs) <= len(units.bits) // 3:
        fine = epochs
    groups = (_trainings(units), coarse, fine, np.ones(len(units.bits), np.bool_))
    found = [_ranges(units, group) for group in groups]
    phases = _merged(units.inner, _outside(units.repeats, units.inner))
    ranges = [*found, phases, units.repeats, (np.empty(0, np.int64), np.empty(0, np.int64))]
    return [Level(*pair, units.length) for pair in ranges]


def _trainings(units: Units) -> NDArray[np.bool_]:
    """Tell with which units a training begins, or what is outside of one."""
    trained = units.bits & TRAINED != 0
    found: NDArray[np.bool_] = ~trained | (units.bits & OPENED != 0) | _differs(trained)
    return found


def _breaks(units: Units, troubles: int, enders: int) -> NDArray[np.bool_]:
    """Tell with which units a run begins: where trouble comes or goes, and after what ends a run."""
    bits = units.bits
    found: NDArray[np.bool_] = (
        _trainings(units) | (bits & STEPPED == 0) | _differs(bits & np.uint32(troubles | STEPPED))
    )
    found[1:] |= bits[:-1] & np.uint32(enders) != 0
    return found


def _stretches(units: Units, enders: list[int]) -> NDArray[np.bool_]:
    """Return the finest runs of which there are few: the rarest of what ends one, and the gravest troubles, count."""
    few = FEW + int(np.count_nonzero(_trainings(units)))
    troubles, chosen = sum(TROUBLES), 0
    for last in range(len(TROUBLES) - 1, 0, -1):
        if np.count_nonzero(_breaks(units, troubles, 0)) > few:
            troubles -= TROUBLES[last]
    for ender in sorted(enders, key=lambda bit: int(np.count_nonzero(units.bits & np.uint32(bit)))):
        if np.count_nonzero(_breaks(units, troubles, chosen | ender)) <= few:
            chosen |= ender
    return _breaks(units, troubles, chosen)


def _differs(values: NDArray[Any]) -> NDArray[np.bool_]:
    found = np.ones(len(values), np.bool_)
    found[1:] = values[1:] != values[:-1]
    return found


def _ranges(units: Units, begins: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the ranges of events of groups of units: those of more than one event."""
    starts = units.start[begins]
    stops = np.append(starts[1:], units.length).astype(starts.dtype) if len(starts) else starts
    long = stops - starts > 1
    return starts[long], stops[long]


def _outside(
    ranges: tuple[NDArray[Any], NDArray[Any]], others: tuple[NDArray[Any], NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return those ranges that lie in none of some others."""
    starts, stops = ranges
    place = np.searchsorted(others[0], starts, "right") - 1
    inside = (place >= 0) & (starts < np.append(others[1], 0)[place]) if len(starts) else np.zeros(0, np.bool_)
    return starts[~inside], stops[~inside]


def _merged(
    one: tuple[NDArray[Any], NDArray[Any]], other: tuple[NDArray[Any], NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Put ranges together; those of one event are none."""
    starts, stops = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    order = np.argsort(starts, kind="stable")
    order = order[(stops - starts)[order] > 1]
    return starts[order], stops[order]
