"""What a condition needs to know of events: a column for each value that it names, no event as an object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .pattern import Pattern

Path: TypeAlias = tuple[str, ...]
"""A column's name: ``("step",)``, ``("state", "best_metric")``, ``("logs", "eval/loss")``."""


@dataclass(frozen=True, slots=True)
class Values:
    """One value per event.

    Attributes:
        values: One value per event; with `codes`, a table of values. The dtype is bool, int64, float64 or object;
            object holds any plain value of a trace, of different types too, and integers beyond 64 bits.
        present: False where the event has no such value; what `values` and `codes` hold there is never looked at.
            One bool per event.
        codes: None, or for each event the place of its value in `values`: for what takes few different values,
            as names of events do, a comparison then costs one look at each of them. Any integer dtype.
    """

    values: NDArray[Any]
    present: NDArray[np.bool_]
    codes: NDArray[np.integer[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes of watched values, in any order; there may be several at one event.

    Attributes:
        events: For each change the position of its event in the chunk; int64.
        old, new: For each change its values, not present where there was or is none (`ABSENT`). None if they were
            not asked for.
    """

    events: NDArray[np.int64]
    old: Values | None = None
    new: Values | None = None


class EventColumns(Protocol):
    """A run of consecutive events, some thousands of them, as columns.

    A condition asks for a value once per chunk at most, and only if it can matter for some event of it. Arrays that
    are returned are never written to.
    """

    def __len__(self) -> int:
        """Return the number of events in the chunk."""
        ...

    def value(self, path: Path, after: bool) -> Values:
        """Return a value of each event.

        Args:
            path: One of ``("event",)`` its name, ``("index",)``, ``("step",)``, ``("epoch",)``, ``("time",)`` and
                ``("duration",)`` in seconds, ``("depth",)``, ``("thread",)`` its name, ``("lr",)`` a list; or a kind
                and the key of the value: state, control, args, logs, metrics, inputs, callbacks (by label), probes (by
                name). A key is taken as it is in the trace, dots and slashes included. A path that no event has is no
                error: nothing is present.
            after: As it was after all callbacks; False: as the Trainer handed it in. True is asked for only of state,
                control, args, logs, metrics, inputs, lr and callbacks.
        """
        ...

    def changes(self, path: Pattern, by: Pattern | None, values: bool) -> Iterable[Changes]:
        """Return the changes of values: those since the event before, inside the event, and directly after it.

        Args:
            path: Which paths, each as in `event.Change.path`: ``control.should_save``.
            by: Which causes; None: any.
            values: Whether `Changes.old` and `Changes.new` are needed.
        """
        ...

    def called(self, callback: Pattern) -> NDArray[np.bool_]:
        """Return which events called a callback's hook; callbacks are matched by label, ``PrinterCallback``."""
        ...

    def raised(self, kind: Pattern | None) -> NDArray[np.bool_]:
        """Return which events raised: an exception left a hook, or ended a call of the Trainer at or after the event.

        Args:
            kind: Type of the exception: it has to match the whole name in the trace or what follows its last dot.
                None: any.
        """
        ...
