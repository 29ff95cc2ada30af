"""The values of one path in one block: where it is written, and what it is at any place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...trace.codec import revive
from ...trace.packed.block import PackedBlock
from ...trace.packed.template import CACHED, Part
from ...trace.values import ABSENT, Plain
from .row_layout import Shape
from .values import Keys, Values, as_objects, items

ROW: Final = 1 << 20
"""Places in one row: a write's place is that of its record times this, plus its own in the row."""

INSIDE: Final = 1 << 19
"""From this place in its row on, a change happened inside the event."""

Piece = tuple[NDArray[np.int64], NDArray[Any] | None]
"""Places and values of some writes; None: there the values are taken away."""

_PLAIN_KINDS: Final[dict[type, Any]] = {int: np.int64, float: np.float64, bool: np.bool_}


class Written:
    """All writes of one path in a block.

    Args:
        pieces: The writes, in any order; a value may be `ABSENT`.

    Attributes:
        places: Where, in ascending order.
        values: What.
        present: False where the write took the value away.
    """

    def __init__(self, pieces: Iterable[Piece]) -> None:
        found = [_checked(places, values) for places, values in pieces if len(places)]
        places = _concatenated([piece[0] for piece in found], np.int64)
        order = np.argsort(places, kind="stable")
        self.places: NDArray[np.int64] = places[order]
        self.present: NDArray[np.bool_] = _concatenated([piece[2] for piece in found], np.bool_)[order]
        self.values: NDArray[Any] = _joined([(values, present) for _, values, present in found])[order]

    def at(self, places: NDArray[np.int64]) -> Values:
        """Return the value that the path has at each of some places."""
        if not len(self.places):
            return Values(np.zeros(1, np.int64), np.zeros(len(places), np.bool_), np.zeros(len(places), np.int64))
        found = np.searchsorted(self.places, places, "right") - 1
        codes = np.maximum(found, 0)
        return Values(self.values, (found >= 0) & self.present[codes], codes)


def written(
    block: PackedBlock,
    shapes: list[Shape],
    paths: set[int],
    value_of: Callable[[Plain], Plain],
    missing: Plain = ABSENT,
    keys: Keys = (),
) -> Written:
    """Collect the writes of a path of the chain.

    Args:
        block: The block.
        shapes: Of its templates.
        paths: The numbers of the path's name: one, but for damage.
        value_of: Returns what a reference to a large value stands for.
        missing: The value where a keyframe says nothing of the path.
        keys: What is wanted of each value, see `values.EventColumns.value`.
    """
    return Written(_pieces(block, shapes, paths, value_of, items(missing, keys), keys))


def _pieces(
    block: PackedBlock,
    shapes: list[Shape],
    paths: set[int],
    value_of: Callable[[Plain], Plain],
    missing: Plain,
    keys: Keys,
) -> Iterator[Piece]:
    for number, shape in enumerate(shapes):
        here = places_by_path(shape)
        found = [write for path in paths for write in here.get(path, ())]
        if shape.is_keyframe and not found:  # what it does not name is not there
            positions = block.positions(number)
            yield positions * ROW, None if missing is ABSENT else as_objects([missing] * len(positions))
        for place, part in found:
            yield block.positions(number) * ROW + place, values_of(block, number, part, value_of, keys)


def places_in_row(shape: Shape) -> Iterator[tuple[int, int, Part]]:
    """Give place, path and part of each write in a row."""
    return ((place, path, part) for place, _, path, part in causes_in_row(shape))


@lru_cache(CACHED)
def places_by_path(shape: Shape) -> dict[int, list[tuple[int, Part]]]:
    """Return place and part of each write in a row, by the number of its path."""
    found: dict[int, list[tuple[int, Part]]] = {}
    for place, path, part in places_in_row(shape):
        found.setdefault(path, []).append((place, part))
    return found


def causes_in_row(shape: Shape) -> Iterator[tuple[int, int | None, int, Part]]:
    """Give place, cause (None for the Trainer), path and part of each write in a row."""
    for place, (path, part) in enumerate(shape.between):
        yield place, shape.between_cause, path, part
    for place, (cause, path, part) in enumerate(shape.writes_inside(), INSIDE):
        yield place, cause, path, part


def values_of(
    block: PackedBlock,
    template: int,
    part: Part,
    value_of: Callable[[Plain], Plain] = lambda value: value,
    keys: Keys = (),
) -> NDArray[Any]:
    """Return what a part of a template holds, one value for each of its records.

    Args:
        block, template, part: Where.
        value_of: Returns what a reference to a large value stands for.
        keys: What is wanted of each value, see `values.EventColumns.value`.
    """
    if keys and type(part.skeleton) is list:
        inner, key = part.parts(), keys[0]
        if type(key) is not int or not -len(inner) <= key < len(inner):
            return np.full(int(block.counts[template]), ABSENT, object)
        return values_of(block, template, inner[key], keys=keys[1:])
    found = block.column(template, part)
    if keys:
        return as_objects([items(value_of(revive(value)), keys) for value in found])
    if isinstance(found, np.ndarray):
        return found
    if part.holes == 0 and type(part.skeleton) in _PLAIN_KINDS:
        return np.full(len(found), part.skeleton, _PLAIN_KINDS[type(part.skeleton)])
    return as_objects([value_of(revive(value)) for value in found])


def scattered(count: int, parts: Iterable[tuple[NDArray[np.int64], NDArray[Any]]]) -> Values:
    """Return a value for some of so many events: for those at each part's positions, the later part counts."""
    found = [(events, Values.of(values)) for events, values in parts]
    codes, present, start = np.zeros(count, np.int64), np.zeros(count, np.bool_), 0
    for events, values in found:
        codes[events] = np.arange(start, start + len(events))
        present[events] = values.present
        start += len(events)
    return Values(_joined([(values.values, values.present) for _, values in found]), present, codes)


def _checked(
    places: NDArray[np.int64], values: NDArray[Any] | None
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.bool_]]:
    """Return places, values, and where there is one."""
    if values is None:
        return places, np.zeros(len(places), np.bool_), np.zeros(len(places), np.bool_)
    return places, values, Values.of(values).present


def _joined(pieces: list[tuple[NDArray[Any], NDArray[np.bool_]]]) -> NDArray[Any]:
    """Return arrays as one, of Python's own objects only where the types of what is present differ."""
    kinds = {values.dtype for values, present in pieces if present.any()}
    if len(kinds) != 1:
        return _concatenated([as_objects(values.tolist()) for values, _ in pieces], object)
    kind = kinds.pop()
    return _concatenated([values if present.any() else np.zeros(len(values), kind) for values, present in pieces], kind)


def _concatenated(parts: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)
