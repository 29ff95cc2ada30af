"""Where two traces part: events that only one of them has, and values that begin to differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace import paths
from .contents import Contents, Parted
from .ignored import Rules
from .pairing import Pairs, pairs

if TYPE_CHECKING:
    from ..trace import Trace

_ORDER: Final = (paths.CONTROL, paths.LOGS, paths.METRICS, paths.STATE, paths.LR)


@dataclass(frozen=True, slots=True)
class Apart:
    """A place where two traces part.

    Attributes:
        one, other: Number of the event in each; where it has none there, of the last one before; -1 before the first.
        alone: How many events in a row, from there on, only the one has, and only the other.
        paths: Of an event that both have, what begins to differ: flags first, then logs, state and what else there is.
    """

    one: int
    other: int
    alone: tuple[int, int] = (0, 0)
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """How far two traces have been compared.

    Attributes:
        stop: Events of the one from here on have not been looked at.
        found: Where they part, before that.
        both: How many events so far both have.
    """

    stop: int
    found: tuple[Apart, ...]
    both: int


def partings(one: Trace, other: Trace, rules: Rules) -> Iterator[Reached]:
    """Compare two traces, some thousands of events at a time.

    Args:
        one, other: The traces.
        rules: Which values are compared.
    """
    contents, last, both = Contents(one, other, rules), (-1, -1), 0
    for found in pairs(one, other):
        both += len(found[0])
        gaps = list(_gaps(found, last))
        last = int(found[0][-1]), int(found[1][-1])
        apart = [*gaps, *_differing(found, contents.parted(found))]
        yield Reached(last[0] + 1, tuple(sorted(apart, key=place_of)), both)
    yield Reached(len(one), tuple(_gap(last, (len(one), len(other)))), both)


def place_of(apart: Apart) -> tuple[int, bool]:
    """Return what places are ordered by: the event of the one from which on they part; first that only one has any."""
    return apart.one + (apart.alone[0] == 0 < apart.alone[1]), not any(apart.alone)


def _gaps(found: Pairs, last: tuple[int, int]) -> Iterator[Apart]:
    """Give what stands between each pair and the one before it."""
    steps = [np.diff(numbers, prepend=before) for numbers, before in zip(found, last, strict=True)]
    for place in np.flatnonzero((steps[0] > 1) | (steps[1] > 1)).tolist():
        before = (int(found[0][place - 1]), int(found[1][place - 1])) if place else last
        yield from _gap(before, (int(found[0][place]), int(found[1][place])))


def _gap(before: tuple[int, int], stop: tuple[int, int]) -> Iterator[Apart]:
    """Give the events after a pair and before the next one, if there are any."""
    one, other = (end - begin - 1 for begin, end in zip(before, stop, strict=True))
    if one or other:
        yield Apart(before[0] + bool(one), before[1] + bool(other), (one, other))


def _differing(found: Pairs, parted: list[Parted]) -> Iterator[Apart]:
    for place, here in groupby(parted, key=lambda item: item[0]):
        names = sorted((path for _, path in here), key=order_of)
        yield Apart(int(found[0][place]), int(found[1][place]), paths=tuple(names))


def order_of(path: str) -> tuple[int, str]:
    """Return what paths that part at one event are ordered by: what tells most comes first."""
    kind = paths.kind_of(path)[0]
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER)), path
