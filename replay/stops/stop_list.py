"""The list of stops, and the way to the next event that one of them holds for, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..condition.errors import ConditionError
from .stop import NOTE_LENGTH, Stop

if TYPE_CHECKING:
    from ..condition import Condition
    from ..trace import Trace

MOST: Final = 100
"""Stops in a list: each is looked at for every event that is passed over."""


class TooMany(ValueError):
    """The list is full."""


class StopList:
    """Stops in the order in which they were added, each once. It is a collection of `Stop`.

    Args:
        stops: Those to begin with; of what is more than `MOST` the rest is left out.
    """

    def __init__(self, stops: Iterable[Stop] = ()) -> None:
        self._stops: dict[str, Stop] = {}
        for stop in stops:
            with suppress(TooMany):
                self.add(stop)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._stops)

    def __iter__(self) -> Iterator[Stop]:
        """Give them in their order."""
        return iter(tuple(self._stops.values()))

    def __contains__(self, stop: Stop) -> bool:
        """Tell whether there is this one, on or off, whatever its note."""
        return stop.key in self._stops

    @property
    def active(self) -> list[Stop]:
        """Those that are on."""
        return [stop for stop in self if stop.on]

    def add(self, stop: Stop) -> None:
        """Put a stop at the end; one that is there already takes what the new one says. Raises TooMany."""
        if stop.key not in self._stops and len(self) >= MOST:
            raise TooMany(f"there are {MOST} stops, more than that are not looked for")
        self._stops[stop.key] = replace(stop, note=stop.note[:NOTE_LENGTH])

    def remove(self, stop: Stop) -> None:
        """Take a stop away, if it is there."""
        self._stops.pop(stop.key, None)

    def change(self, stop: Stop, to: Stop) -> None:
        """Put another one in a stop's place; if that is in the list elsewhere, it is there no more."""
        kept = [each for each in self if each.key in (stop.key,) or each.key != to.key]
        self._stops = {each.key: each for each in (to if each.key == stop.key else each for each in kept)}

    def toggle(self, stop: Stop) -> None:
        """Turn a stop on if it is off, off if it is on."""
        self.change(stop, replace(stop, on=not stop.on))


def run(trace: Trace, stops: Iterable[Stop], index: int, *, reverse: bool = False) -> int | None:
    """Return the nearest event after another, or before it, that one of some stops holds for; None if there is none.

    A block is read when it is needed: the nearest event is found however long the trace is.

    Args:
        trace: The trace.
        stops: Those to stop at; what is no condition never holds.
        index: Where to begin; this event itself is passed over.
        reverse: Run back.
    """
    from ..condition import any_of

    start = index - 1 if reverse else index + 1
    conditions = list(_conditions(trace, stops))
    if not conditions or not 0 <= start < len(trace):
        return None
    return next(trace.matching(any_of(conditions), start=start, reverse=reverse), None)


def _conditions(trace: Trace, stops: Iterable[Stop]) -> Iterator[Condition]:
    for stop in stops:
        with suppress(ConditionError):
            yield stop.condition(trace)
