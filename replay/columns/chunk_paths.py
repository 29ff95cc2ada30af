"""Which paths a chunk has, found in its templates: how often each was written or given, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ...trace.paths import INPUTS, NONES, PROBES, SHAPED
from ..rows.row_layout import Shape
from ..rows.values import Use
from ..rows.writes import places_in_row, values_of
from .chunk import Chunk
from .given import Given


def uses(chunk: Chunk, given: Given) -> dict[str, Use]:
    """Return how often each path of a chunk was written or given.

    Args:
        chunk: The chunk.
        given: What its events were given.

    Raises:
        BadRecord: The block is damaged.
    """
    found: dict[str, Use] = {}
    text = chunk.names.text
    for number, shape in enumerate(chunk.shapes):
        if shape.is_keyframe:
            _add(found, (text(path) for path, _ in shape.between), Use())
        elif shape.is_event or shape.is_exit:
            events = chunk.owners(number) + chunk.begin.event
            events = events[events >= 0]
            _add(found, (text(path) for _, path, _ in places_in_row(shape)), _use(events, writes=1))
            if shape.is_event:
                _add_given(found, chunk, given, number, shape, events)
    for name, use in _nones(chunk):
        _add(found, [INPUTS.path(name)], use)
    return found


def _add_given(
    found: dict[str, Use], chunk: Chunk, given: Given, number: int, shape: Shape, events: NDArray[np.int64]
) -> None:
    use = _use(events, given=1)
    for name, part in given.parts(shape).items():
        keys = given.keys(part) if name in SHAPED else None
        if name not in SHAPED:
            _add(found, [INPUTS.path(name)], use)
        elif keys is not None:
            _add(found, (f"{name}.{key}" for key in keys), use)
        else:
            whole = values_of(chunk.block, number, part, given.value_of)
            for event, value in zip(events.tolist(), whole, strict=True):
                keys_here = (key for key in given.mapping(value) if type(key) is str)
                _add(found, (f"{name}.{key}" for key in keys_here), Use(given=1, events=(event, event)))
    _add(found, {PROBES.path(chunk.names.text(probe)) for probe, _ in shape.probes}, use)


def _nones(chunk: Chunk) -> Iterator[tuple[str, Use]]:
    """Give the arguments that are not recorded otherwise, and at which events they were None."""
    if not chunk.names.numbers(NONES.name) or not len(chunk):
        return
    lists = chunk.written(NONES.name).at(chunk.before)
    for place, names in enumerate(lists.values.tolist()):
        events = np.flatnonzero(lists.present & (lists.codes == place)) + chunk.begin.event
        use = _use(events, given=1)
        yield from ((name, use) for name in {*_texts(names)} if name not in SHAPED and use.given)


def _texts(names: object) -> Iterator[str]:
    return (name for name in (names if type(names) is list else ()) if type(name) is str)


def _use(events: NDArray[np.int64], *, writes: int = 0, given: int = 0) -> Use:
    count = len(events)
    edges = (int(events.min()), int(events.max())) if count else None
    return Use(writes * count, given * count, edges)


def _add(found: dict[str, Use], paths: Iterable[str], use: Use) -> None:
    for path in paths:
        known = found.get(path)
        found[path] = use if known is None else known.plus(use)
