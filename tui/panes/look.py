"""What the tabs are drawn from, and how a value is written in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from ...replay.columns.change_list import Write
from ...replay.columns.series import Series
from ...replay.events.event import Event
from ...replay.origin.lamps import Lamp, flag_lamps
from ...replay.text.display import reading, show
from ...replay.text.told import Ending
from ...replay.trace import Trace
from ...trace.paths import CONTROL
from ...trace.values import Plain

NEAR: Final = 1 << 14
"""Events among which changes of a flag are looked for at a key press, which may pass a fold of some thousands."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags at an event.

    Attributes:
        at: Number of the event.
        lamps: Each flag, and the history of its latest time on.
        changes: The latest changes of flags up to the event, the last one first; each with its step.
    """

    at: int
    lamps: tuple[Lamp, ...] = ()
    changes: tuple[tuple[Write, int], ...] = ()


def flags_at(trace: Trace, index: int, most: int) -> Flags:
    """Find out about the flags at an event, and up to so many of their changes; this may take half a second.

    Whoever asks gets none of an event that is not there: when all is checked, a trace may have fewer than it seemed.
    """
    if index >= len(trace):
        return Flags(index)
    path = CONTROL.path("*")
    written = list(islice(trace.writes(path, start=index, reverse=True), most)) if most else []
    steps = (int(trace.columns.step[write.event]) for write in written)
    return Flags(index, flag_lamps(trace, index), tuple(zip(written, steps, strict=True)))


def flags_near(trace: Trace, index: int, before: Flags | None) -> Flags | None:
    """Return the flags at an event if that takes no time, some five milliseconds; None: ask `flags_at` beside the keys.

    Args:
        trace: The trace.
        index: Number of the event.
        before: The flags at the event where one was.
    """
    if trace.checked < 1:
        return None
    lamps = flag_lamps(trace, index, NEAR, () if before is None else before.lamps)
    return Flags(index, lamps) if all(lamp.known for lamp in lamps) else None


@dataclass(frozen=True, slots=True)
class Look:
    """A look at an event.

    Attributes:
        event: The event.
        trace: Its trace.
        width: Cells of a row.
        height: Rows that are on the screen at a time.
        exact: Numbers are written as they are, not for reading.
        series: Series of values that are known by now, by path.
        flags: What is known of the flags by now; None: nothing yet.
        ending: How the run ended; None: not known yet.
    """

    event: Event
    trace: Trace
    width: int
    height: int = 0
    exact: bool = False
    series: Mapping[str, Series] = field(default_factory=dict)
    flags: Flags | None = None
    ending: Ending | None = None

    def said(self, value: Plain, limit: int = 80) -> str:
        """Return a value on one line: safe text of at most so many characters."""
        return show(value, max(2, limit)) if self.exact else reading(value, max(2, limit))

    def narrower(self, cells: int) -> Look:
        """Return the same look in fewer cells: what is inside a row is further right."""
        return replace(self, width=max(8, self.width - cells))
