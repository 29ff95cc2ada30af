"""What went wrong in a run: exceptions, numbers that are none, warnings, gaps, damage; each with its first event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..ending.raising import raised
from ..ending.warned import warned
from ..signs import NONFINITE, WARNED
from ..signs import signs as signs_of
from ..text.safe import visible
from .fact import GRAVE, NOTABLE, Fact, Section
from .odd import odd_values

if TYPE_CHECKING:
    from ..trace import Trace

FEW: Final = 5
"""Facts of one kind that are told."""

MOST: Final = 200
"""Events with a NaN of which it is found out what is one, the first."""

NONE: Final = "none (no exception, NaN, warning, gap, damage)"


def trouble(trace: Trace, signs: NDArray[np.uint8] | None = None) -> Section:
    """Return what went wrong; seconds where millions of events have to be looked at.

    Args:
        trace: The trace.
        signs: Those of its events (`replay.signs`), where they are known already.
    """
    signs = signs_of(trace) if signs is None else signs
    facts = (
        *_exceptions(trace),
        *_nonfinite(trace, np.flatnonzero(signs & NONFINITE)),
        *_warnings(trace, np.flatnonzero(signs & WARNED)),
        *_gaps(trace),
        *_damage(trace),
    )
    return Section("Trouble", "" if facts else NONE, facts)


def _exceptions(trace: Trace) -> Iterator[Fact]:
    for error in trace.exceptions[:FEW]:
        found = raised(trace, error)
        ended = (f"ended {visible(error.ended[-1])}()",) if error.ended else ()
        event = error.index if error.index < len(trace) else None
        yield Fact(f"{found.what} {found.where}", event, _step(trace, event), "✗", GRAVE, ended, found.message[2:])
    yield from _more(len(trace.exceptions), "exception")


def _nonfinite(trace: Trace, events: NDArray[np.int64]) -> Iterator[Fact]:
    """Tell which values became NaN or infinite, each once: where first, and how often."""
    first: dict[str, tuple[str, int]] = {}
    count = Counter[str]()
    for index in events[:MOST].tolist():
        for name, text in odd_values(trace[index], trace.framework):
            first.setdefault(name, (text, index))
            count[name] += 1
    more = "" if len(events) <= MOST else "more than "
    for name, (text, index) in list(first.items())[:FEW]:
        times = (f"{more}{count[name]:,} times",) if count[name] > 1 else ()
        yield Fact(text, index, _step(trace, index), "!", GRAVE, times)
    yield from _more(len(first), "value", "that became NaN or infinite")


def _warnings(trace: Trace, events: NDArray[np.int64]) -> Iterator[Fact]:
    found, more = warned(trace, events.tolist())
    for one in found[:FEW]:
        text = f"{one.first.level.lower()} by {one.first.by}: {' '.join(one.first.text.split())}"
        times = (f"{one.count:,} times",) if one.count > 1 else ()
        yield Fact(visible(text), one.index, _step(trace, one.index), "?", NOTABLE, times)
    yield from _more(len(found), "different warning")
    if more:
        yield Fact(f"and {more:,} events with warnings that were not looked at", sign="?", weight=NOTABLE)


def _gaps(trace: Trace) -> Iterator[Fact]:
    for gap in trace.gaps[:FEW]:
        event = min(gap.index, len(trace) - 1) if len(trace) else None
        count = f"{gap.count:,} event{'s' * (gap.count != 1)}"
        yield Fact(f"{count} missing: {visible(gap.reason)}", event, _step(trace, event), "⋯", GRAVE)
    yield from _more(len(trace.gaps), "gap")


def _damage(trace: Trace) -> Iterator[Fact]:
    """Tell what of the file can't be read. It has a place in the file; where events are missing, there it leads."""
    missing = [event for event in trace.missing if event < len(trace)]
    for number, damage in enumerate(trace.damage[:FEW]):
        event = missing[number] if number < len(missing) else None
        yield Fact(f"damage: {visible(damage.message)}", event, _step(trace, event), "⋯", GRAVE)
    yield from _more(len(trace.damage), "damaged place")


def _more(count: int, noun: str, what: str = "") -> Iterator[Fact]:
    if count > FEW:
        yield Fact(f"and {count - FEW:,} more {noun}{'s' * (count - FEW != 1)} {what}".rstrip(), weight=NOTABLE)


def _step(trace: Trace, event: int | None) -> int:
    return -1 if event is None else int(trace.columns.step[event])
