"""The flags at an event, as lamps: on or off, since when and by whom, served when, cleared by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from ...trace.framework import Flag
from ..columns.change_list import Write
from ..columns.reach import TooFar
from .served import served

if TYPE_CHECKING:
    from ..trace import Trace

MOST: Final = 8
"""Changes of a flag that are looked at: the latest two tell all, but for events inside each other."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """A flag after an event, and the history of its latest time on.

    Attributes:
        flag: The flag, one of the framework's.
        at: Number of the event.
        on: It is on after that event.
        set: The change that turned it on last; None: it was never on so far, or from before the first event.
        set_step: Step of that event; -1 where there is none.
        served: Number of the event at which was done what it asks for, while it was on: up to `at`, or after it. None:
            nothing was, or it is not known which event tells of it.
        served_step: Step of that event; -1 where there is none.
        cleared: The change that turned it off since; None while it is on, and where it never was.
        cleared_step: Step of that event; -1 where there is none.
        known: False: the latest change was not within reach, and `set` to `cleared_step` say nothing.
    """

    flag: Flag
    at: int
    on: bool
    set: Write | None = None
    set_step: int = -1
    served: int | None = None
    served_step: int = -1
    cleared: Write | None = None
    cleared_step: int = -1
    known: bool = True

    @property
    def waits(self) -> bool:
        """Whether it is on, and what it asks for is not done yet."""
        return self.on and bool(self.flag.served) and (self.served is None or self.served > self.at)

    @property
    def dropped(self) -> bool:
        """Whether it was turned off before anything was done."""
        return self.cleared is not None and self.set is not None and bool(self.flag.served) and self.served is None


def flag_lamps(trace: Trace, index: int, reach: int | None = None, nearby: Sequence[Lamp] = ()) -> tuple[Lamp, ...]:
    """Return the framework's flags after an event, in their order.

    Where a trace of four million events was never asked for a flag, this takes up to 0.4 s; then about a millisecond.

    Args:
        trace: The trace.
        index: Number of the event.
        reach: About how many events may be read for each flag; None: all there are.
        nearby: The lamps of another event of the trace: what they tell of flags that did not change between the two
            events holds here, too, and is told where the change itself is not within reach.
    """
    known = {lamp.flag.name: lamp for lamp in nearby if lamp.known}
    found = (_lamp(trace, flag, bit, index, reach) for bit, flag in enumerate(trace.framework.flags))
    return tuple(lamp if lamp.known else _carried(lamp, known.get(lamp.flag.name), reach or 0) for lamp in found)


def _carried(lamp: Lamp, other: Lamp | None, looked: int) -> Lamp:
    """Return what a lamp of another event tells of this one, if the flag did not change between them.

    Args:
        lamp: One whose latest change is not among so many events.
        other: That of the other event, if it is known.
        looked: Events up to this one in which the flag does not change.
    """
    if other is None:
        return lamp
    latest = max((write.event for write in (other.set, other.cleared) if write is not None), default=-1)
    same = lamp.at - other.at < looked if other.at <= lamp.at else latest <= lamp.at
    return replace(other, at=lamp.at, on=lamp.on) if same else lamp


def _lamp(trace: Trace, flag: Flag, bit: int, index: int, reach: int | None) -> Lamp:
    on = bool(int(trace.columns.flags[index]) >> bit & 1)
    try:
        found = list(_latest(trace, flag, index, reach))
    except TooFar:
        return Lamp(flag, index, on, known=False)
    turned_on = next((write for write in found if write.new is True), None)
    turned_off = None if on or not found or found[0].new is True else found[0]
    done = served(trace, flag, turned_on) if turned_on is not None else None
    steps = (_step(trace, event) for event in (_event(turned_on), done, _event(turned_off)))
    return Lamp(flag, index, on, turned_on, next(steps), done, next(steps), turned_off, next(steps))


def _latest(trace: Trace, flag: Flag, index: int, reach: int | None) -> Iterator[Write]:
    """Give the latest changes of a flag, back to the one that turned it on."""
    for write in islice(trace.writes(flag.path, start=index, reverse=True, reach=reach), MOST):
        yield write
        if write.new is True:
            return


def _event(write: Write | None) -> int | None:
    return None if write is None else write.event


def _step(trace: Trace, event: int | None) -> int:
    return -1 if event is None else int(trace.columns.step[event])
