"""The changes in a chunk: which values, by whom, from what to what, and at which events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from ...trace.packed.template import Part
from ...trace.paths import INPUTS, SHAPED, kind_of
from ...trace.values import ABSENT, Plain
from ..events.event import Change
from ..rows.pattern import Pattern
from ..rows.values import Changes, Values, as_objects
from ..rows.writes import INSIDE, ROW, Written, causes_in_row, values_of
from .chunk import Chunk
from .elsewhere import Elsewhere
from .given import Given


@dataclass(frozen=True, slots=True)
class _Place:
    """A write that all rows of a template hold in one place: template, place in the row, path, cause, value."""

    template: int
    place: int
    path: str
    by: str
    part: Part


class ChunkChanges:
    """The changes in one chunk.

    Args:
        chunk: The chunk.
        given: What its events were given.
        elsewhere: What is needed of the rest of the trace.
        value_of: Returns what a reference to a large value stands for.
    """

    def __init__(self, chunk: Chunk, given: Given, elsewhere: Elsewhere, value_of: Callable[[Plain], Plain]) -> None:
        self._chunk = chunk
        self._given = given
        self._elsewhere = elsewhere
        self._value_of = value_of
        self._sources: dict[str, Written] = {}
        self._wanted: tuple[Pattern, Pattern | None] | None = None
        self._places: list[_Place] = []

    def at(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterator[Changes]:
        """Give the changes of each event, see `values.EventColumns.changes`."""
        asked = self._asked(path)
        told = np.zeros(len(self._chunk) + 1, np.bool_)  # one more: there end those of no event here
        told[asked] = True
        for write in self._found(path, by):
            owners = self._chunk.owners(write.template)
            events = np.where((owners >= 0) & (owners < len(self._chunk)), owners, len(self._chunk))
            here = (events < len(self._chunk)) & ~told[events]
            if here.any():
                yield self._changes(write, events, here, old=old, new=new)
        for local in asked:
            changes = enumerate(self._elsewhere.event(self._chunk.begin.event + local).changes)
            yield from _told(local, changes, path, by)

    def after(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterator[Changes]:
        """Give the changes directly after each event, see `values.EventColumns.changes_after`."""
        for write in self._found(path, by):
            if write.place < INSIDE:
                events = self._ended_before[self._chunk.owners(write.template)]
                here = events >= 0
                if here.any():
                    yield self._changes(write, events, here, old=old, new=new)
        yield from self._after_the_last(path, by)

    def _found(self, path: Pattern, by: Pattern | None) -> list[_Place]:
        """Return the writes that are wanted; a condition asks twice."""
        if self._wanted != (path, by):
            self._wanted, self._places = (path, by), list(self._search(path, by))
        return self._places

    def _search(self, path: Pattern, by: Pattern | None) -> Iterator[_Place]:
        text = self._chunk.names.text
        numbers = self._chunk.numbers(path.text) if path.exact else None
        fits = cache(lambda number: path.matches(text(number)) if numbers is None else number in numbers)
        for template, shape in enumerate(self._chunk.shapes):
            for place, cause, written, part in causes_in_row(shape) if shape.is_event or shape.is_exit else ():
                if fits(written):
                    by_whom = self._chunk.begin.framework.loop if cause is None else text(cause)
                    if by is None or by.matches(by_whom):
                        yield _Place(template, place, text(written), by_whom, part)

    def _changes(
        self, write: _Place, events: NDArray[np.int64], here: NDArray[np.bool_], *, old: bool, new: bool
    ) -> Changes:
        """Return the changes that a template's rows hold in one place, those of some of the rows."""
        block, inside = self._chunk.block, write.place >= INSIDE
        places = block.positions(write.template)[here] * ROW + write.place
        source = self._source(write.path) if old else None
        if source is not None and not inside and kind_of(write.path)[0].given:
            source = Written(())  # nothing is given before an event begins
        before = source.at(places - 1) if source is not None else None
        after = values_of(block, write.template, write.part, self._value_of)[here] if new else None
        values = before, None if after is None else Values.of(after)
        return Changes(events[here], *values, write.path, write.by, inside, places)

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
            if path.may_begin(f"{kind}."):
                asked.update(self._given.odd(kind, kind))
        for name in self._arguments if path.may_begin(INPUTS.path("")) else ():
            if path.may_begin(INPUTS.path(name)):
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
