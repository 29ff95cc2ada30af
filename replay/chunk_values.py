"""Answers what a condition asks of a chunk, from its columns alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..trace.paths import ARGS, GIVEN, INPUTS, NONES, PROBES
from ..trace.records import Rare
from ..trace.values import ABSENT, Plain, Shortened
from .chunk import Chunk
from .chunks import Chunks
from .event import Change, Event
from .pattern import Pattern
from .shape import Shape
from .values import Changes, Path, Values
from .writes import INSIDE, ROW, Piece, Written, as_objects, places_in_row, values_of

_SHORT: Final = {"step": "state.global_step", "epoch": "state.epoch"}


class ChunkValues:
    """The events of one chunk, as `values.EventColumns` wants them.

    Args:
        chunk: The chunk.
        chunks: Of the trace, whose `names` and `threads` the chunk counts.
        event: Returns an event by its number; asked for the few that end in another block than they begin in.
        changes_before: Returns what changed between an event and the record before it, by the event's number.
        args: Training arguments of the run's header: the trace holds only what differs from them.
        exceptions: Numbers of events, and type of the exception that came with or after each.
    """

    def __init__(
        self,
        chunk: Chunk,
        chunks: Chunks,
        event: Callable[[int], Event],
        changes_before: Callable[[int], Iterable[Change]],
        args: Mapping[str, Plain],
        exceptions: Sequence[tuple[int, str]],
    ) -> None:
        """Look at nothing yet."""
        self._chunk = chunk
        self._chunks = chunks
        self._event = event
        self._changes_before = changes_before
        self._args = args
        self._exceptions = exceptions
        self._value_of = chunk.begin.stored.bounded(apart=False)

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._chunk)

    def value(self, path: Path, after: bool) -> Values:
        """Return a value of each event, see `EventColumns`."""
        if path == ("event",):
            return self._all(as_objects(self._chunks.names), self._chunk.name)
        if path == ("thread",):
            codes = self._chunk.thread  # it may be the first to name a thread
            return self._all(as_objects(self._chunks.threads), codes)
        if path == ("index",):
            return self._all(np.arange(len(self), dtype=np.int64) + self._chunk.begin.event)
        if path in (("time",), ("duration",), ("depth",)):
            found: NDArray[Any] = getattr(self._chunk, path[0])
            return self._all(found.astype(np.int64) if found.dtype == np.uint8 else found)
        if path[0] in GIVEN:
            given = self._at(self._input(path[0], path[1]), after, path)
            return self._with_nones(given, path[1]) if path[0] == INPUTS.name else given
        if path[0] == PROBES.name:
            return self._probe(path[1])
        text = _SHORT.get(path[0], ".".join(path))
        found_values = self._at(self._chunk.written(text), after, path)
        return self._with_header(found_values, path[1]) if path[0] == ARGS.name else found_values

    def changes(self, path: Pattern, by: Pattern | None, values: bool) -> Iterable[Changes]:
        """Return the changes of some paths by some causes, see `EventColumns`."""
        for number, shape in enumerate(self._chunk.shapes):
            causes = self._causes(shape)
            for place, written, part in places_in_row(shape) if shape.is_event or shape.is_exit else ():
                text = self._chunk.names.text(written)
                if path.matches(text) and (by is None or by.matches(causes[place])):
                    new = values_of(self._chunk.block, number, part, self._value_of) if values else None
                    yield from self._changes_at(number, place, text, new)
        yield from self._far_changes(path, by, values)
        yield from self._changes_after(path, by, values)

    def called(self, callback: Pattern) -> NDArray[np.bool_]:
        """Return which events called a callback's hook."""
        mask = np.zeros(len(self), np.bool_)
        for number, shape in enumerate(self._chunk.shapes):
            if any(callback.matches(self._chunk.names.text(label)) for label, _ in shape.calls):
                mask[self._inside(self._chunk.event_of[self._chunk.block.positions(number)])] = True
        return mask

    def raised(self, kind: Pattern | None) -> NDArray[np.bool_]:
        """Return which events raised, or were followed by an exception that ended a call of the Trainer."""
        mask = np.zeros(len(self), np.bool_)
        for number, shape in enumerate(self._chunk.shapes):
            if Rare.RAISED in shape.rare:
                self._mark_raised(mask, number, shape, kind)
        for event, name in self._exceptions:
            if self._chunk.begin.event <= event < self._chunk.begin.event + len(self) and _is_kind(name, kind):
                mask[event - self._chunk.begin.event] = True
        return mask

    def _mark_raised(self, mask: NDArray[np.bool_], number: int, shape: Shape, kind: Pattern | None) -> None:
        places = self._chunk.event_of[self._chunk.block.positions(number)]
        texts = values_of(self._chunk.block, number, shape.rare[Rare.RAISED])
        for place, raised in zip(places.tolist(), texts, strict=True):
            texts_of = raised.values() if type(raised) is dict else ()
            names = [text.partition(":")[0] for text in texts_of if type(text) is str]
            if 0 <= place < len(self) and any(_is_kind(name, kind) for name in names):
                mask[place] = True

    def _all(self, values: NDArray[Any], codes: NDArray[Any] | None = None) -> Values:
        return Values(values, np.ones(len(self), np.bool_), codes)

    def _at(self, written: Written, after: bool, path: Path) -> Values:
        """Return what a path is before or after each event."""
        found = written.at(self._chunk.after if after else self._chunk.before)
        far = self._chunk.begin.far_ends
        if not after or not far:
            return found
        # The after of such an event stands in another block: rare enough to take every value as an object.
        values = as_objects((found.values if found.codes is None else found.values[found.codes]).tolist())
        present = found.present.copy()
        for event in far:
            local, snapshot = event - self._chunk.begin.event, self._event(event).after
            section = getattr(snapshot, path[0]) if len(path) > 1 else {path[0]: snapshot.lr}
            value = (section or {}).get(path[-1], ABSENT)
            values[local], present[local] = value, value is not ABSENT
        return Values(values, present)

    def _with_header(self, found: Values, key: str) -> Values:
        """Put the argument of the run's header where the chain says nothing of it."""
        if key not in self._args:
            return found
        table = as_objects([*found.values.tolist(), self._args[key]])
        codes = np.arange(len(self)) if found.codes is None else found.codes
        return self._all(table, np.where(found.present, codes, len(table) - 1))

    def _with_nones(self, found: Values, key: str) -> Values:
        """Put None where an argument that is not recorded otherwise was None: see `paths.NONES`."""
        if not self._chunk.names.numbers(NONES.name):
            return found
        lists = self._chunk.written(NONES.name).at(self._chunk.before)
        named = np.array([type(names) is list and key in names for names in lists.values.tolist()], np.bool_)
        none = named[lists.codes] & lists.present & ~found.present
        table = as_objects([*found.values.tolist(), None])
        codes = np.arange(len(self)) if found.codes is None else found.codes
        return Values(table, found.present | none, np.where(found.present, codes, len(table) - 1))

    def _input(self, kind: str, key: str) -> Written:
        """Collect what the events were given under a key, and what was changed of it inside them."""
        pieces = list(self._input_pieces(kind, key))
        if self._chunk.ends:
            pieces += self._at_ends(Written(pieces), self._chunk.names.numbers(f"{kind}.{key}"))
        return Written(pieces)

    def _input_pieces(self, kind: str, key: str) -> Iterator[Piece]:
        block, names = self._chunk.block, self._chunk.names
        path = names.numbers(f"{kind}.{key}")
        yield self._chunk.events * ROW, None
        for number, shape in enumerate(self._chunk.shapes):
            rows = block.positions(number) * ROW
            for name, part in shape.inputs:
                given = self._given(number, kind, key, name, part)
                if given is not None:
                    yield rows + INSIDE - 1, given
            for place, written, part in places_in_row(shape):
                if written in path and shape.is_event:
                    yield rows + place, values_of(block, number, part, self._value_of)

    def _given(self, number: int, kind: str, key: str, name: int, part: Any) -> NDArray[Any] | None:
        """Return the value that a template's rows were given under a key; None if it is not among them."""
        text = self._chunk.names.text(name)
        if kind == INPUTS.name:
            return values_of(self._chunk.block, number, part, self._value_of) if text == key else None
        if text != kind:
            return None
        parts = part.parts()
        if parts and type(parts[0].skeleton) is int:
            keys = self._chunk.names.shape(parts[0].skeleton) or []
            found = len(keys) == len(parts) - 1 and key in keys
            if not found:
                return None
            return values_of(self._chunk.block, number, parts[1 + keys.index(key)], self._value_of)
        whole = values_of(self._chunk.block, number, part, self._value_of)
        return as_objects([self._picked(item, key) for item in whole])

    def _picked(self, item: Any, key: str) -> Any:
        """Return one value of logs or metrics that were stored as one value."""
        if type(item) is list and item:
            keys = self._chunk.names.shape(item[0]) or []
            return item[1 + keys.index(key)] if key in keys and len(keys) == len(item) - 1 else ABSENT
        mapping = item.kept if type(item) is Shortened else item
        return mapping.get(key, ABSENT) if type(mapping) is dict else ABSENT

    def _at_ends(self, rows: Written, path: set[int]) -> Iterator[Piece]:
        """Give what the inputs of events that others are nested in are at their end."""
        block, ends = self._chunk.block, self._chunk.ends
        left = rows.at(self._chunk.events[list(ends)] * ROW + ROW - 1)
        values = left.values if left.codes is None else left.values[left.codes]
        known = [value if here else ABSENT for value, here in zip(values.tolist(), left.present.tolist(), strict=True)]
        yield np.array(list(ends.values()), np.int64) * ROW, as_objects(known)
        for number, shape in enumerate(self._chunk.shapes):
            for place, written, part in places_in_row(shape):
                if written in path and shape.is_exit:
                    yield block.positions(number) * ROW + place, values_of(block, number, part, self._value_of)

    def _probe(self, name: str) -> Values:
        pieces: list[Piece] = [(self._chunk.events * ROW, None)]
        for number, shape in enumerate(self._chunk.shapes):
            for probe, part in shape.probes:
                if self._chunk.names.text(probe) == name:
                    values = values_of(self._chunk.block, number, part, self._value_of)
                    pieces.append((self._chunk.block.positions(number) * ROW + 1, values))
        return Written(pieces).at(self._chunk.before)

    def _causes(self, shape: Shape) -> dict[int, str]:
        """Return the cause of each write in a row, by its place."""
        text = self._chunk.names.text
        between = "Trainer" if shape.between_cause is None else text(shape.between_cause)
        causes = dict.fromkeys(range(len(shape.between)), between)
        return causes | {place: text(cause) for place, (cause, _, _) in enumerate(shape.writes_inside(), INSIDE)}

    def _inside(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return places[(places >= 0) & (places < len(self))]

    def _changes_at(self, number: int, place: int, path: str, new: NDArray[Any] | None) -> Iterator[Changes]:
        rows = self._chunk.block.positions(number)
        events = self._chunk.event_of[rows]
        if place < INSIDE:  # written directly after the event before, too
            rows, events = np.tile(rows, 2), np.append(events, self._ended_before[events])
            new = None if new is None else np.tile(new, 2)
        here = (events >= 0) & (events < len(self))
        if not here.any():
            return
        if new is None:
            yield Changes(events[here])
            return
        kind, _, key = path.partition(".")
        source = self._input(kind, key) if kind in GIVEN else self._chunk.written(path)
        old = source.at((rows[here] * ROW + place) - 1)
        written = Written([(np.arange(len(rows), dtype=np.int64), new)])
        yield Changes(events[here], old, written.at(np.flatnonzero(here)))

    @cached_property
    def _ended_before(self) -> NDArray[np.int64]:
        return self._chunk.followers.before()

    def _changes_after(self, path: Pattern, by: Pattern | None, values: bool) -> Iterator[Changes]:
        """Give what was written directly after an event, where that stands in another block."""
        first, last = self._chunk.begin.event, self._chunk.followers.last
        for event in {*self._chunk.begin.far_ends, *([last] if last >= first else ())}:
            following = self._chunks.row_after(event)
            if following is None or following < first + len(self):
                continue
            paths, cause = self._chunks.changed_before(following)
            if not any(map(path.matches, paths)) or (by is not None and not by.matches(cause)):
                continue
            if values:
                yield from self._told(event, self._changes_before(following), path, by, values)
            else:
                yield Changes(np.array([event - first]))

    def _told(
        self, event: int, changes: Iterable[Change], path: Pattern, by: Pattern | None, values: bool
    ) -> Iterator[Changes]:
        for change in changes:
            if path.matches(change.path) and (by is None or by.matches(change.by)):
                events = np.array([event - self._chunk.begin.event])
                yield Changes(events, _one(change.old), _one(change.new)) if values else Changes(events)

    def _far_changes(self, path: Pattern, by: Pattern | None, values: bool) -> Iterator[Changes]:
        """Give the changes at the end of events that end in another block."""
        for event in self._chunk.begin.far_ends:
            yield from self._told(event, self._event(event).changes, path, by, values)


def _one(value: Plain) -> Values:
    return Values(as_objects([value]), np.array([value is not ABSENT]))


def _is_kind(name: str, kind: Pattern | None) -> bool:
    return kind is None or kind.matches(name) or kind.matches(name.rpartition(".")[2])
