"""`Series`: the values of one path over a run, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from ...trace.values import UNKNOWN, Plain
from ..rows.values import EventColumns, Keys, Path, Values, as_step

STEP: Final = ("step",)
TIME: Final = ("time",)

ROOM: Final = 1 << 23
"""Values that there is room for at first: memory that is not written to is never taken. A file may claim any number."""

EXACT: Final = 1 << 53
"""Integers up to here are floats, too."""


class ValueKind(IntEnum):
    """What a value of a series is, and what stands for it in `Series.value`."""

    NUMBER = 0
    """A finite number, exactly as it is."""
    ROUNDED = 1
    """An integer that no float is: the nearest float, an infinity beyond all of them."""
    NAN = 2
    """NaN."""
    INFINITE = 3
    """An infinity, with its sign."""
    BOOL = 4
    """A truth value: 1.0 or 0.0."""
    NONE = 5
    """None: NaN. It is a value; an event without one is not in the series."""
    TEXT = 6
    """A text: NaN."""
    OTHER = 7
    """A container, bytes, an object that is described only, or what was shortened: NaN."""


@dataclass(frozen=True, eq=False)
class Series:
    """The values of one path, an item for each event that has one.

    An event that is not there had no such value, or is among `lost`. The arrays take 33 bytes an item, 8 of them for
    the times, which are read when they are asked for: they are most of what a series of a few values would cost.

    Attributes:
        path: The path.
        after: The values are those after all callbacks; False: as the Trainer handed them in.
        index: Numbers of the events, ascending; int64.
        step: The step of each before its callbacks, -1 where it is no integer of 64 bits; int64.
        value: The numbers, NaN where a value is none; float64.
        kind: A `ValueKind` for each value; uint8.
        exact: The values as they are in the trace, each read when it is asked for.
        lost: Begin and end (exclusive) of each run of events of which nothing could be read; int64, two columns.
        read_times: Returns the times of events, given by their numbers.
    """

    path: str
    after: bool
    index: NDArray[np.int64]
    step: NDArray[np.int64]
    value: NDArray[np.float64]
    kind: NDArray[np.uint8]
    exact: Exact = field(repr=False)
    lost: NDArray[np.int64]
    read_times: Callable[[NDArray[np.int64]], NDArray[np.float64]] = field(repr=False)

    @cached_property
    def time(self) -> NDArray[np.float64]:
        """Seconds since the start of the recording, at the begin of each; float64, NaN where it can't be read."""
        return self.read_times(self.index)

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self.index)

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which values are finite numbers, truth values among them: what can be drawn."""
        found: NDArray[np.bool_] = np.isfinite(self.value)
        return found

    def find(self, events: Any) -> NDArray[np.int64]:
        """Return for each of some events the place of its value in the series; -1 where it has none.

        Args:
            events: Numbers of events, in any order: another series' `index`, for instance.
        """
        wanted = np.asarray(events, np.int64)
        if not len(self.index):
            return np.full(wanted.shape, -1, np.int64)
        places = np.minimum(np.searchsorted(self.index, wanted), len(self.index) - 1)
        return np.where(self.index[places] == wanted, places, -1)


Block = tuple[int, Values]
"""Number of the first of some events, and their values."""


class Exact(Sequence[Plain]):
    """The exact values of a series.

    Args:
        index: Numbers of the events.
        read: Returns the values of the block that an event is in; None if it can't be read any more.
    """

    def __init__(self, index: NDArray[np.int64], read: Callable[[int], Block | None]) -> None:
        self._index = index
        self._read = read
        self._block: Block | None = None

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._index)

    @overload
    def __getitem__(self, place: int) -> Plain: ...
    @overload
    def __getitem__(self, place: slice) -> list[Plain]: ...
    def __getitem__(self, place: Any) -> Any:
        """Return one value (raises IndexError), or those of a slice; `trace.values.UNKNOWN` for what is lost."""
        if isinstance(place, slice):
            return [self._value(event) for event in self._index[place].tolist()]
        return self._value(int(self._index[place]))

    def __iter__(self) -> Iterator[Plain]:
        """Read the values one by one."""
        return map(self._value, map(int, self._index))

    def _value(self, event: int) -> Plain:
        if self._block is None or not 0 <= event - self._block[0] < len(self._block[1].present):
            self._block = self._read(event)
        if self._block is None:
            return UNKNOWN
        local = event - self._block[0]
        return self._block[1].plain(slice(local, local + 1))[0]


@dataclass(frozen=True, slots=True)
class Found:
    """What a run of events has of a series; the fields are those of `Series`."""

    index: NDArray[np.int64]
    step: NDArray[np.int64]
    value: NDArray[np.float64]
    kind: NDArray[np.uint8]


_TYPES: Final = {"index": np.int64, "step": np.int64, "value": np.float64, "kind": np.uint8}


def joined(found: Iterable[Found], most: int) -> dict[str, NDArray[Any]]:
    """Return the columns of a series by their names.

    Args:
        found: The parts, of which each is dropped when it has been taken.
        most: How many values there may be, as far as the file says.
    """
    columns = {name: np.empty(min(most, ROOM), kind) for name, kind in _TYPES.items()}
    count = 0
    for part in found:
        end = count + len(part.index)
        if end > len(columns["index"]):
            columns = {name: _larger(column, count, 2 * end) for name, column in columns.items()}
        for name, column in columns.items():
            column[count:end] = getattr(part, name)
        count = end
    if 2 * count > len(columns["index"]):
        return {name: column[:count] for name, column in columns.items()}
    return {name: columns.pop(name)[:count].copy() for name in _TYPES}


def _larger(column: NDArray[Any], count: int, room: int) -> NDArray[Any]:
    found = np.empty(room, column.dtype)
    found[:count] = column[:count]
    return found


def found_in(columns: EventColumns, path: Path, keys: Keys, after: bool) -> Iterator[Found]:
    """Give what a run of events has of a series; nothing if none of them has a value.

    Args:
        columns: The events.
        path, keys, after: What is asked for, see `values.EventColumns.value`.

    Raises:
        BadRecord: The file is damaged there.
    """
    values = columns.value(path, after, keys)
    places = np.flatnonzero(values.present)
    if len(places):
        steps = _steps(columns.value(STEP, False, at=places))
        yield Found(places + columns.first, steps, *numbers(values, places))


def numbers(values: Values, places: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return some events' values as floats, and the kind of each.

    Args:
        values: The values.
        places: Positions of the events, all of them present.
    """
    if values.codes is None:
        return _numbers(values.values[places])
    if len(values.values) > len(places):
        return _numbers(values.values[values.codes[places]])
    floats, kinds = _numbers(values.values)
    return floats[values.codes[places]], kinds[values.codes[places]]


def _steps(values: Values) -> NDArray[np.int64]:
    """Return steps, -1 where there is no integer of 64 bits."""
    if values.values.dtype == np.int64 and values.codes is not None and len(values.values):
        return np.where(values.present, values.values[values.codes], -1)
    return np.array(list(map(as_step, values.plain())), np.int64)


def _numbers(values: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    if values.dtype == object:
        pairs = list(map(_number, values))
        floats = np.fromiter((number for number, _ in pairs), np.float64, len(pairs))
        return floats, np.fromiter((kind for _, kind in pairs), np.uint8, len(pairs))
    floats = values.astype(np.float64)
    kinds = np.full(len(values), ValueKind.BOOL if values.dtype == np.bool_ else ValueKind.NUMBER, np.uint8)
    if values.dtype == np.float64:
        kinds[np.isnan(floats)] = ValueKind.NAN
        kinds[np.isinf(floats)] = ValueKind.INFINITE
    elif values.dtype == np.int64:
        far = np.flatnonzero((values > EXACT) | (values < -EXACT))
        kinds[far] = [_number(value)[1] for value in values[far].tolist()]
    return floats, kinds


def _number(value: Plain) -> tuple[float, ValueKind]:
    kind = type(value)
    if kind is float:
        return value, ValueKind.NUMBER if np.isfinite(
            value
        ) else ValueKind.NAN if value != value else ValueKind.INFINITE
    if kind is bool:
        return float(value), ValueKind.BOOL
    if kind is int:
        return _rounded(value)
    if value is None:
        return np.nan, ValueKind.NONE
    return np.nan, ValueKind.TEXT if kind is str else ValueKind.OTHER


def _rounded(value: int) -> tuple[float, ValueKind]:
    try:
        near = float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf, ValueKind.ROUNDED
    return near, ValueKind.NUMBER if near == value else ValueKind.ROUNDED
