"""What can be asked of a run of events: a column for each value, the changes; no event as an object.

`EventColumns` is the contract. Conditions, `Trace.series`, `Trace.writes` and `Trace.paths` ask by it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...trace.values import ABSENT, Plain
from .pattern import Pattern

Path: TypeAlias = tuple[str, ...]
"""A column's name: ``("step",)``, ``("state", "best_metric")``, ``("logs", "eval/loss")``."""

Keys: TypeAlias = tuple[str | int, ...]
"""The way into a value: keys of mappings, numbers of elements."""


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

    @classmethod
    def of(cls, values: NDArray[Any]) -> Values:
        """Return values; `ABSENT` counts as not present."""
        if values.dtype != object:
            return cls(values, np.ones(len(values), np.bool_))
        return cls(values, np.fromiter((value is not ABSENT for value in values), np.bool_, len(values)))

    def at(self, places: NDArray[np.int64] | None) -> Values:
        """Return the values of some events; None: of all."""
        if places is None:
            return self
        if self.codes is not None:
            return Values(self.values, self.present[places], self.codes[places])
        return Values(self.values[places], self.present[places])

    def plain(self, places: NDArray[np.integer[Any]] | slice = slice(None)) -> list[Plain]:
        """Return the values of some events as Python's own objects, `ABSENT` where there is none."""
        present = self.present[places]
        codes = None if self.codes is None else np.where(present, self.codes[places], 0)
        if not present.any():
            return [ABSENT] * len(present)
        found: list[Plain] = (self.values[places] if codes is None else self.values[codes]).tolist()
        if present.all():
            return found
        return [value if here else ABSENT for value, here in zip(found, present.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes of one path by one cause, in any order; there may be several at one event.

    Attributes:
        events: For each change the position of its event in the chunk; int64.
        old, new: For each change its values, not present where there was or is none (`ABSENT`). None if they were
            not asked for.
        path, by: The path, and the cause, as in `event.Change`.
        inside: They happened inside their events; False: between these and the record before each.
        places: Numbers that grow from each change of an event to its next, over all `Changes` of a chunk; int64.
    """

    events: NDArray[np.int64]
    old: Values | None = None
    new: Values | None = None
    path: str = ""
    by: str = ""
    inside: bool = False
    places: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """How a path is used in some events.

    Attributes:
        writes: How many changes of it there are.
        given: How many events were given it.
        events: Numbers of the first and the last of these events; None if there is none.
    """

    writes: int = 0
    given: int = 0
    events: tuple[int, int] | None = None

    def plus(self, other: Use) -> Use:
        """Return both together."""
        known = [events for events in (self.events, other.events) if events is not None]
        edges = (min(first for first, _ in known), max(last for _, last in known)) if known else None
        return Use(self.writes + other.writes, self.given + other.given, edges)


class EventColumns(Protocol):
    """A run of consecutive events, some thousands of them, as columns.

    A client asks for a value once per chunk at most, and only if it can matter for some event of it. Arrays that
    are returned are never written to. What is asked raises `trace.errors.BadRecord` where the file is damaged.
    """

    def __len__(self) -> int:
        """Return the number of events in the chunk."""
        ...

    @property
    def first(self) -> int:
        """Number, in the trace, of the first event."""
        ...

    def value(self, path: Path, after: bool, keys: Keys = (), at: NDArray[np.int64] | None = None) -> Values:
        """Return a value of each event.

        Args:
            path: One of ``("event",)`` its name, ``("index",)``, ``("step",)``, ``("epoch",)``, ``("time",)`` and
                ``("duration",)`` in seconds, ``("depth",)``, ``("thread",)`` its name, ``("lr",)`` a list; or a kind
                and the key of the value: state, control, args, logs, metrics, inputs, callbacks (by label), probes (by
                name). A key is taken as it is in the trace, dots and slashes included. A path that no event has is no
                error: nothing is present.
            after: As it was after all callbacks; False: as the loop handed it in. True is asked for only of what
                can change: state, control, args, logs, metrics, inputs, lr, callbacks, and kinds that this version
                does not know.
            keys: Not the value itself is wanted, but what lies in it under these; present where there is that.
            at: Positions of the events that are wanted, ascending; None: all of the chunk.
        """
        ...

    def changes(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterable[Changes]:
        """Return the changes of values: those since the record before an event, and those inside it; each once.

        Args:
            path: Which paths, each as in `event.Change.path`: ``control.should_save``.
            by: Which causes; None: any.
            old, new: Whether `Changes.old` and `Changes.new` are needed.
        """
        ...

    def changes_after(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterable[Changes]:
        """Return the changes directly after events of the chunk, each at the event that had ended.

        They are changes of the event that followed, too. Arguments as those of `changes`.
        """
        ...

    def paths(self) -> Mapping[str, Use]:
        """Return all paths that are written or given here, or stand in a keyframe, and their uses."""
        ...

    def called(self, callback: Pattern) -> NDArray[np.bool_]:
        """Return which events called a callback's hook; callbacks are matched by label, ``PrinterCallback``."""
        ...

    def raised(self, kind: Pattern | None) -> NDArray[np.bool_]:
        """Return which events raised: an exception left a hook, or ended a call of the loop at or after the event.

        Args:
            kind: Type of the exception: it has to match the whole name in the trace or what follows its last dot.
                None: any.
        """
        ...


def item(value: Plain, key: str | int) -> Plain:
    """Return an element of a list by its number, or a value of a mapping by its key; `ABSENT` if there is none."""
    if type(value) is dict:
        return value.get(key, ABSENT)
    if type(key) is int and isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return value[key] if -len(value) <= key < len(value) else ABSENT
    return ABSENT


def items(value: Plain, keys: Keys) -> Plain:
    """Return what lies in a value under some keys, one after the other; `ABSENT` if nothing does.

    A key of a mapping may itself have dots in it: the longest that is there is taken.
    """
    while keys:
        size = _longest(value, keys) if type(value) is dict else 1
        value = item(value, keys[0] if size == 1 else ".".join(map(str, keys[:size])))
        keys = keys[size:]
    return value


def other(old: Plain, new: Plain) -> bool:
    """Tell whether a value is another one: 1, 1.0 and True are three."""
    return type(old) is not type(new) or old != new


def _longest(mapping: dict[Any, Plain], keys: Keys) -> int:
    """Return how many keys, with dots between them, are one of a mapping."""
    texts = next((number for number, key in enumerate(keys) if type(key) is not str), len(keys))
    return next((size for size in range(texts, 1, -1) if ".".join(map(str, keys[:size])) in mapping), 1)


def as_objects(values: Sequence[Any]) -> NDArray[Any]:
    """Return values as they are, in an array."""
    array = np.empty(len(values), object)
    for position, value in enumerate(values):  # numpy would take a list of lists for a table
        array[position] = value
    return array


def as_step(value: Plain) -> int:
    """Return a step, -1 for what is no integer of 64 bits."""
    return value if type(value) is int and -(1 << 63) <= value < 1 << 63 else -1
