"""The changes in a chunk: which values, by whom, from what to what, and at which events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..trace.paths import INPUTS, SHAPED, kind_of
from ..trace.template import Part
from ..trace.values import ABSENT, Plain
from .chunk import Chunk
from .elsewhere import Elsewhere
from .event import Change
from .given import Given
from .pattern import Pattern
from .shape import Shape
from .values import Changes, Values, as_objects
from .writes import INSIDE, ROW, Written, places_in_row, values_of


class ChunkChanges:
    """The changes in one chunk.

    Args:
        chunk: The chunk.
        given: What its events were given.
        elsewhere: What is needed of the rest of the trace.
        value_of: Returns what a reference to a large value stands for.
    """

    def __init__(self, chunk: Chunk, given: Given, elsewhere: Elsewhere, value_of: Callable[[Plain], Plain]) -> None:
        """Look at nothing yet."""
        self._chunk = chunk
        self._given = given
        self._elsewhere = elsewhere
        self._value_of = value_of
        self._sources: dict[str, Written] = {}

    def at(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterator[Changes]:
        """Give the changes of each event, see `values.EventColumns.changes`."""
        asked = self._asked(path)
        told = np.zeros(len(self._chunk) + 1, np.bool_)  # one more: there end those of no event here
        told[asked] = True
        for number, _, place, text, part, cause in self._found(path, by):
            owners = self._chunk.owners(number)
            events = np.where((owners >= 0) & (owners < len(self._chunk)), owners, len(self._chunk))
            here = (events < len(self._chunk)) & ~told[events]
            if here.any():
                found = self._changes(number, place, text, part, here, old=old, new=new)
                yield replace(found, events=events[here], by=cause, inside=place >= INSIDE)
        for local in asked:
            changes = enumerate(self._elsewhere.event(self._chunk.begin.event + local).changes)
            yield from _told(local, changes, path, by)

    def after(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterator[Changes]:
        """Give the changes directly after each event, see `values.EventColumns.changes_after`."""
        for number, shape, place, text, part, cause in self._found(path, by):
            if shape.is_event and place < INSIDE:
                events = self._ended_before[self._chunk.event_of[self._chunk.block.positions(number)]]
                here = events >= 0
                if here.any():
                    found = self._changes(number, place, text, part, here, old=old, new=new)
                    yield replace(found, events=events[here], by=cause)
        yield from self._after_the_last(path, by)

    def _found(self, path: Pattern, by: Pattern | None) -> Iterator[tuple[int, Shape, int, str, Part, str]]:
        """Give template, shape, place in the row, path, part and cause of the writes that are wanted."""
        numbers = self._chunk.numbers(path.text) if path.exact else None
        fits: dict[int, bool] = {}
        for number, shape in enumerate(self._chunk.shapes):
            for place, written, part in places_in_row(shape) if shape.is_event or shape.is_exit else ():
                if numbers is not None:
                    wanted = written in numbers
                else:
                    wanted = fits[written] if written in fits else path.matches(self._chunk.names.text(written))
                    fits[written] = wanted
                if wanted:
                    cause = self._cause(shape, place)
                    if by is None or by.matches(cause):
                        yield number, shape, place, self._chunk.names.text(written), part, cause

    def _cause(self, shape: Shape, place: int) -> str:
        text = self._chunk.names.text
        if place < INSIDE:
            return self._chunk.begin.framework.loop if shape.between_cause is None else text(shape.between_cause)
        return text(next(cause for at, (cause, _, _) in enumerate(shape.writes_inside(), INSIDE) if at == place))

    def _changes(
        self, number: int, place: int, path: str, part: Part, here: NDArray[np.bool_], *, old: bool, new: bool
    ) -> Changes:
        """Return the changes that a template's rows hold in one place, those of some of the rows."""
        places = self._chunk.block.positions(number)[here] * ROW + place
        source = self._source(path) if old else None
        if source is not None and place < INSIDE and kind_of(path)[0].given:
            source = Written(())  # nothing is given before an event begins
        before = source.at(places - 1) if source is not None else None
        after = None
        if new:
            values: NDArray[Any] = values_of(self._chunk.block, number, part, self._value_of)
            after = Values.of(values[here])
        return Changes(places, before, after, path, places=places)

    def _source(self, path: str) -> Written:
        """Return all writes of a path, once."""
        if path not in self._sources:
            kind, key = kind_of(path)
            if kind.given:
                self._sources[path] = self._given.written(kind.name, key)
            else:
                missing = self._elsewhere.args.get(key, ABSENT) if kind.overlay else ABSENT
                self._sources[path] = self._chunk.written(path, self._value_of, missing)
        return self._sources[path]

    def _asked(self, path: Pattern) -> list[int]:
        """Return the events that have to tell themselves what was changed in them."""
        first = self._chunk.begin.event
        asked = {event - first for event in self._chunk.begin.far_ends}
        for kind in SHAPED:
            if not path.exact or path.text.startswith(kind):
                asked.update(self._given.odd(kind, kind))
        for name in {name for name in self._arguments if not path.exact or path.text.startswith(INPUTS.path(name))}:
            asked.update(self._given.odd(INPUTS.name, name))
        return sorted(asked)

    @cached_property
    def _arguments(self) -> set[str]:
        """Names of the arguments of which something is changed in this chunk."""
        numbers = {path for shape in self._chunk.shapes for _, path, _ in shape.writes_inside()}
        kinds = (kind_of(self._chunk.names.text(number)) for number in numbers)
        return {key.partition(".")[0] for kind, key in kinds if kind is INPUTS}

    @cached_property
    def _ended_before(self) -> NDArray[np.int64]:
        return self._chunk.followers.before()

    def _after_the_last(self, path: Pattern, by: Pattern | None) -> Iterator[Changes]:
        """Give what was written directly after an event, where that stands in another block."""
        chunks = self._elsewhere.chunks
        first, last = self._chunk.begin.event, self._chunk.followers.last
        for event in {*self._chunk.begin.far_ends, *([last] if last >= first else ())}:
            following = chunks.row_after(event)
            if following is None or following < first + len(self._chunk):
                continue
            paths, cause = chunks.changed_before(following)
            if any(map(path.matches, paths)) and (by is None or by.matches(cause)):
                changes = enumerate(self._elsewhere.changes_before(following))
                yield from _told(event - first, changes, path, by)


def _told(local: int, changes: Iterable[tuple[int, Change]], path: Pattern, by: Pattern | None) -> Iterator[Changes]:
    for place, change in changes:
        if path.matches(change.path) and (by is None or by.matches(change.by)):
            old, new = (Values.of(as_objects([value])) for value in (change.old, change.new))
            where = np.array([local], np.int64), np.array([place], np.int64)
            yield Changes(where[0], old, new, change.path, change.by, change.inside, where[1])
