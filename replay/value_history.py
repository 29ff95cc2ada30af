"""The history of a value: what it was changed to, where, and by whom; near a place, as there may be a million."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from ..trace.paths import GIVEN, PROBES
from ..trace.values import ABSENT, Plain
from .origin.place import place_of

if TYPE_CHECKING:
    from .columns.change_list import Write
    from .columns.series import Series
    from .trace import Trace

MOST: Final = 1_000
"""Changes before a place, and after it, that are told."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of a value, or one value that an event was given.

    Attributes:
        event: Number of the event.
        step: Its step, -1 where it has none.
        old, new: The values; `ABSENT` where there was or is none.
        by: Who did it; of what an event was given the loop, of a probe nobody.
        at: File and line of the hook that did it; empty where that is not known.
    """

    event: int
    step: int
    old: Plain
    new: Plain
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class ValueHistory:
    """The changes of a value, in order.

    Attributes:
        path: The value.
        turns: The changes.
        earlier, later: There are more before, or after them.
    """

    path: str
    turns: tuple[Turn, ...]
    earlier: bool
    later: bool

    def place(self, event: int) -> int:
        """Return the place of the latest change up to an event; that of the first one where there is none."""
        return max(0, sum(1 for turn in self.turns if turn.event <= event) - 1)


def value_history(trace: Trace, path: str, around: int, most: int = MOST) -> ValueHistory:
    """Return the history of a value.

    Args:
        trace: The trace; all blocks are walked where the value changes seldom.
        path: The value, as `Trace.series` takes it.
        around: Number of an event.
        most: How many changes up to there, and how many after it.
    """
    before = list(islice(trace.writes(path, start=around, reverse=True), most + 1))[::-1]
    after = list(islice(trace.writes(path, start=around + 1), most + 1))
    earlier, later = len(before) > most, len(after) > most
    turns = [_written(trace, write) for write in [*before[-most:], *after[:most]]]
    if path.partition(".")[0] in (*GIVEN, PROBES.name):
        series = trace.series(path)
        place = int(np.searchsorted(series.index, around, side="right"))
        first, stop = max(0, place - most), min(len(series), place + most)
        earlier, later = earlier or first > 0, later or stop < len(series)
        turns = sorted([*turns, *_given(trace, series, first, stop)], key=lambda turn: turn.event)
    return ValueHistory(path, tuple(turns), earlier, later)


def _written(trace: Trace, write: Write) -> Turn:
    event, columns = write.event, trace.columns
    at = place_of(trace, write.by, columns.name_of(event))
    return Turn(event, int(columns.step[event]), write.old, write.new, write.by, at)


def _given(trace: Trace, series: Series, first: int, stop: int) -> Iterator[Turn]:
    """Give the values that events were given, each with the one before it."""
    by = "" if series.path.partition(".")[0] == PROBES.name else trace.framework.loop
    old: Plain = series.exact[first - 1] if first else ABSENT
    events, steps = series.index[first:stop].tolist(), series.step[first:stop].tolist()
    for event, step, new in zip(events, steps, series.exact[first:stop], strict=True):
        yield Turn(event, step, old, new, by, "")
        old = new
