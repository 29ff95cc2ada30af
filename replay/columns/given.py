"""What the events of a chunk were given (logs, metrics, other arguments, what probes returned), as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...trace.packed.template import Part
from ...trace.paths import NONES, SHAPED, kind_of
from ...trace.values import ABSENT, Plain, Shortened
from ..rows.row_layout import Shape
from ..rows.values import Keys, Values, as_objects, items
from ..rows.writes import INSIDE, ROW, Piece, Written, places_by_path, scattered, values_of
from .chunk import Chunk


class Given:
    """What the events of one chunk were given.

    Args:
        chunk: The chunk.
        value_of: Returns what a reference to a large value stands for.

    Attributes:
        value_of: As given.
    """

    def __init__(self, chunk: Chunk, value_of: Callable[[Plain], Plain]) -> None:
        self._chunk = chunk
        self.value_of = value_of

    def value(self, kind: str, key: str, after: bool, keys: Keys = ()) -> Values:
        """Return what each event was given under a key, as it was before or after its callbacks.

        Args:
            kind: Of `paths.GIVEN`.
            key: Key of the logs or metrics, or the argument's name.
            after: What was changed of it inside the events counts.
            keys: What is wanted of each value, see `values.EventColumns.value`.
        """
        if after and self._numbers(kind, key):
            return self.written(kind, key, keys).at(self._chunk.after)
        return scattered(len(self._chunk), self._given(kind, key, keys))

    def _given(self, kind: str, key: str, keys: Keys) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        for number, shape in enumerate(self._chunk.shapes):
            given = self._part(number, shape, kind, key, keys) if shape.inputs and shape.is_event else None
            if given is not None:
                yield self._chunk.owners(number), given

    def _numbers(self, kind: str, key: str) -> set[int]:
        """Return the numbers of a path if it is changed inside some event of this chunk."""
        numbers = self._chunk.names.numbers(f"{kind}.{key}") if kind in SHAPED else set()
        written = (places_by_path(shape).keys() for shape in self._chunk.shapes if not shape.is_keyframe)
        return numbers if numbers and not all(map(numbers.isdisjoint, written)) else set()

    def written(self, kind: str, key: str, keys: Keys = ()) -> Written:
        """Return where all that was given under a key stands, and what was changed of it; arguments as for `value`."""
        rows = [(events, values) for events, values in self._given(kind, key, keys)]
        pieces: list[Piece] = [(self._chunk.events * ROW, None)]
        pieces += [(self._chunk.events[events] * ROW + INSIDE - 1, values) for events, values in rows]
        path = self._numbers(kind, key)
        pieces += self._inside(path, keys, ends=False)
        if self._chunk.ends and kind in SHAPED:
            pieces.append(self._left(Written(pieces)))
            pieces += self._inside(path, keys, ends=True)
        return Written(pieces)

    def _inside(self, path: set[int], keys: Keys, *, ends: bool) -> Iterator[Piece]:
        """Give what was written to a path inside events, in the rows that begin or in those that end them."""
        block = self._chunk.block
        for number, shape in enumerate(self._chunk.shapes if path else ()):
            if shape.is_exit if ends else shape.is_event:
                known = places_by_path(shape)
                for place, part in [write for written in path for write in known.get(written, ())]:
                    if place >= INSIDE:
                        values = values_of(block, number, part, self.value_of, keys)
                        yield block.positions(number) * ROW + place, values

    def _left(self, rows: Written) -> Piece:
        """Return what the arguments of events that others are nested in are when their ends begin."""
        ends = self._chunk.ends
        left = rows.at(self._chunk.events[list(ends)] * ROW + ROW - 1)
        return np.array(list(ends.values()), np.int64) * ROW, as_objects(left.plain())

    def _part(self, number: int, shape: Shape, kind: str, key: str, keys: Keys) -> NDArray[Any] | None:
        """Return what a template's rows were given under a key; None if it is not among them."""
        name = kind if kind in SHAPED else key
        part = self.parts(shape).get(name) if kind in SHAPED or key not in SHAPED else None
        if part is None:
            return None
        if kind not in SHAPED:
            return values_of(self._chunk.block, number, part, self.value_of, keys)
        named = self.keys(part)
        if named is not None:
            value = named.get(key)
            return values_of(self._chunk.block, number, value, self.value_of, keys) if value is not None else None
        whole = values_of(self._chunk.block, number, part, self.value_of)
        return as_objects([items(self.mapping(item).get(key, ABSENT), keys) for item in whole])

    def parts(self, shape: Shape) -> dict[str, Part]:
        """Return the parts of a shape that hold arguments, by their names."""
        return {self._chunk.names.text(name): part for name, part in shape.inputs}

    def keys(self, part: Part) -> Mapping[str, Part] | None:
        """Return the parts of logs or metrics by their keys; None where those do not stand in the template."""
        parts = part.parts() if type(part.skeleton) is list else []
        if not parts or type(parts[0].skeleton) is not int:
            return None
        keys = self._chunk.names.shape(parts[0].skeleton) or []
        return dict(zip(keys, parts[1:], strict=True)) if len(keys) == len(parts) - 1 else {}

    def mapping(self, item: Plain) -> Mapping[str, Plain]:
        """Return logs or metrics that were stored as one value; nothing if the value is no mapping."""
        if type(item) is list and item:
            keys = self._chunk.names.shape(item[0]) or []
            named = zip(keys, item[1:], strict=False) if len(keys) == len(item) - 1 else ()
            return {key: self.value_of(value) for key, value in named}
        mapping = item.kept if type(item) is Shortened else item
        return mapping if type(mapping) is dict else {}

    def with_nones(self, found: Values, name: str) -> Values:
        """Put None where an argument that is not recorded otherwise was None: see `paths.NONES`."""
        if not self._chunk.names.numbers(NONES.name):
            return found
        lists = self._chunk.written(NONES.name).at(self._chunk.before)
        named = np.array([type(names) is list and name in names for names in lists.values.tolist()], np.bool_)
        none = named[lists.codes] & lists.present & ~found.present
        table = as_objects([*found.values.tolist(), None])
        codes = np.arange(len(found.present)) if found.codes is None else found.codes
        return Values(table, found.present | none, np.where(found.present, codes, len(table) - 1))

    def probed(self, name: str, keys: Keys) -> Values:
        """Return what a probe returned at each event."""
        found = [
            (self._chunk.owners(number), values_of(self._chunk.block, number, part, self.value_of, keys))
            for number, shape in enumerate(self._chunk.shapes)
            for probe, part in (shape.probes if shape.is_event else ())
            if self._chunk.names.text(probe) == name
        ]
        return scattered(len(self._chunk), found)

    def odd(self, kind: str, name: str) -> list[int]:
        """Return the events, counted from the first of the chunk, in which columns can't tell what was changed.

        A change of a key of an argument is a change of that argument; a change of logs that are no mapping is none.

        Args:
            kind: Of `paths.GIVEN`.
            name: Name of the argument; of logs and metrics the kind again.
        """
        found: set[int] = set()
        for number, shape in enumerate(self._chunk.shapes):
            if any(self._is_of(path, kind, name) for _, path, _ in shape.writes_inside()):
                local = self._chunk.owners(number)
                found |= set(local[(local >= 0) & (local < len(self._chunk))].tolist())
        return sorted(event for event in found if kind not in SHAPED or not self._is_sure(event, kind))

    def _is_of(self, path: int, kind: str, name: str) -> bool:
        found, key = kind_of(self._chunk.names.text(path))
        return found.name == kind and (kind in SHAPED or key.partition(".")[0] == name)

    def _is_sure(self, event: int, kind: str) -> bool:
        """Tell whether an event was given a mapping, by its template."""
        part = self.parts(self._chunk.shapes[self._chunk.block.ids[self._chunk.events[event]]]).get(kind)
        return part is not None and bool(self.keys(part))
