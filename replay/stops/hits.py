"""Counts the events that each stop holds for, a piece of the trace at a time: others may want to read it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ..condition.errors import ConditionError
from .stop import Stop

if TYPE_CHECKING:
    from ..trace import Trace

NOTHING: Final[NDArray[np.int64]] = np.empty(0, np.int64)

PIECE: Final = 0.25
"""Seconds of counting after which others have their turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The events that a stop holds for, as far as the trace was looked at.

    Attributes:
        events: Their numbers, ascending; int64.
        upto: Number of the first event that was not looked at.
        fault: Why it can't be asked at all; empty: it can.
    """

    events: NDArray[np.int64] = field(default_factory=lambda: NOTHING)
    upto: int = 0
    fault: str = ""

    def place(self, index: int) -> int:
        """Return which of them an event is, from 1; 0 if it is none."""
        place = int(np.searchsorted(self.events, index))
        return place + 1 if place < len(self.events) and self.events[place] == index else 0

    def nearest(self, index: int, *, reverse: bool) -> int | None:
        """Return the nearest of them after an event, or before it; None if there is none."""
        place = int(np.searchsorted(self.events, index, "left" if reverse else "right")) - reverse
        return int(self.events[place]) if 0 <= place < len(self.events) else None


def counted(
    trace: Trace, stops: Iterable[Stop], known: Mapping[str, Hits], seconds: float = PIECE
) -> tuple[dict[str, Hits], bool]:
    """Return the hits of stops by their keys, and whether these are all.

    Args:
        trace: The trace. It may have grown since: what has come is looked at, with the last event before it, which a
            change directly after it may count for.
        stops: Whose hits.
        known: Those that were counted so far, by the stops' keys.
        seconds: After so much time it returns what it has.
    """
    until = monotonic() + seconds
    found: dict[str, Hits] = {}
    for stop in stops:
        hits = known.get(stop.key, Hits())
        found[stop.key] = hits if hits.fault or hits.upto >= len(trace) else _more(trace, stop, hits, until)
    return found, all(hits.fault or hits.upto >= len(trace) for hits in found.values())


def _more(trace: Trace, stop: Stop, hits: Hits, until: float) -> Hits:
    try:
        condition = stop.condition(trace)
    except ConditionError as error:
        return Hits(fault=str(error))
    start = max(0, hits.upto - 1)
    parts, upto = [hits.events[hits.events < start]], hits.upto
    for columns in trace.query(start):
        if monotonic() > until and upto > hits.upto:
            return Hits(np.concatenate(parts), upto)
        try:
            numbers = np.array(condition.found(columns), np.int64)
        except BadRecord:  # whoever asks for an event of that block reports it
            continue
        parts.append(numbers[numbers >= start])
        upto = columns.first + len(columns)
    return Hits(np.concatenate(parts), len(trace))
