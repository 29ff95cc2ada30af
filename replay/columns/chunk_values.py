"""Answers what is asked of a chunk, from its columns alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...trace.journal.records import Rare
from ...trace.paths import ARGS, GIVEN, INPUTS, PROBES, SHAPED
from ...trace.values import ABSENT
from ..rows.pattern import Pattern
from ..rows.row_layout import Shape
from ..rows.values import Changes, Keys, Path, Use, Values, as_objects, items
from ..rows.writes import values_of
from .changes import ChunkChanges
from .chunk import Chunk
from .chunk_paths import uses
from .elsewhere import Elsewhere
from .given import Given


class ChunkValues:
    """The events of one chunk, as `values.EventColumns` wants them.

    Args:
        chunk: The chunk.
        elsewhere: What is needed of the rest of the trace.

    Attributes:
        first: Number of the first event.
        chunk: As given.
    """

    def __init__(self, chunk: Chunk, elsewhere: Elsewhere) -> None:
        self.chunk = chunk
        self.first = chunk.begin.event
        self._elsewhere = elsewhere
        stored = chunk.begin.stored.bounded(apart=False)
        self._value_of = lambda value: stored(elsewhere.view(value))
        self._given = Given(chunk, self._value_of)
        self._changes = ChunkChanges(chunk, self._given, elsewhere, self._value_of)

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.chunk)

    def value(self, path: Path, after: bool, keys: Keys = (), at: NDArray[np.int64] | None = None) -> Values:
        """Return a value of each event, see `EventColumns`."""
        own = self._own(path) if len(path) == 1 else None
        if own is not None:
            return own.at(at)
        kind, key = path if len(path) > 1 else ("", "")  # a kind alone, ``logs``, is no path of these
        if kind == PROBES.name:
            return self._given.probed(key, keys).at(at)
        if kind in GIVEN:
            return self._of_inputs(kind, key, after, keys).at(at)
        framework = self.chunk.begin.framework
        text = {"step": framework.step, "epoch": framework.epoch}.get(path[0], ".".join(path))
        missing = self._elsewhere.args.get(key, ABSENT) if kind == ARGS.name else ABSENT
        written = self.chunk.written(text, self._value_of, missing, keys)
        places = self.chunk.after if after else self.chunk.before
        if not after or not self.chunk.begin.far_ends:
            return written.at(places if at is None else places[at])
        return self._told(written.at(places), tuple(text.split(".", 1)), keys, []).at(at)

    def changes(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterable[Changes]:
        """Return the changes of some paths by some causes, see `EventColumns`."""
        return self._changes.at(path, by, old=old, new=new)

    def changes_after(self, path: Pattern, by: Pattern | None, *, old: bool, new: bool) -> Iterable[Changes]:
        """Return those directly after events of the chunk, see `EventColumns`."""
        return self._changes.after(path, by, old=old, new=new)

    def paths(self) -> dict[str, Use]:
        """Return all paths of the chunk, see `EventColumns`."""
        return uses(self.chunk, self._given)

    def called(self, callback: Pattern) -> NDArray[np.bool_]:
        """Return which events called a callback's hook."""
        mask = np.zeros(len(self), np.bool_)
        for number, shape in enumerate(self.chunk.shapes):
            if any(callback.matches(self.chunk.names.text(label)) for label, _ in shape.calls):
                mask[self._inside(self.chunk.event_of[self.chunk.block.positions(number)])] = True
        return mask

    def raised(self, kind: Pattern | None) -> NDArray[np.bool_]:
        """Return which events raised, or were followed by an exception that ended a call of the loop."""
        mask = np.zeros(len(self), np.bool_)
        for number, shape in enumerate(self.chunk.shapes):
            if Rare.RAISED in shape.rare:
                self._mark_raised(mask, number, shape, kind)
        for event, name in self._elsewhere.exceptions:
            if self.first <= event < self.first + len(self) and _is_kind(name, kind):
                mask[event - self.first] = True
        return mask

    def _mark_raised(self, mask: NDArray[np.bool_], number: int, shape: Shape, kind: Pattern | None) -> None:
        places = self.chunk.event_of[self.chunk.block.positions(number)]
        texts = values_of(self.chunk.block, number, shape.rare[Rare.RAISED])
        for place, raised in zip(places.tolist(), texts, strict=True):
            texts_of = raised.values() if type(raised) is dict else ()
            names = [text.partition(":")[0] for text in texts_of if type(text) is str]
            if 0 <= place < len(self) and any(_is_kind(name, kind) for name in names):
                mask[place] = True

    def _inside(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return places[(places >= 0) & (places < len(self))]

    def _own(self, path: Path) -> Values | None:
        """Return what is an event's own, and no value of the trace; None if it is none of that."""
        if path == ("event",):
            return self._all(as_objects(self._elsewhere.chunks.names), self.chunk.name)
        if path == ("thread",):
            codes = self.chunk.thread  # it may be the first to name a thread
            return self._all(as_objects(self._elsewhere.chunks.threads), codes)
        if path == ("index",):
            return self._all(np.arange(len(self), dtype=np.int64) + self.first)
        if path in (("time",), ("duration",), ("depth",)):
            found: NDArray[Any] = getattr(self.chunk, path[0])
            return self._all(found.astype(np.int64) if found.dtype == np.uint8 else found)
        return None

    def _all(self, values: NDArray[Any], codes: NDArray[Any] | None = None) -> Values:
        return Values(values, np.ones(len(self), np.bool_), codes)

    def _of_inputs(self, kind: str, key: str, after: bool, keys: Keys) -> Values:
        if kind == INPUTS.name and key in SHAPED:  # which are kinds of their own
            return Values(np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_))
        found = self._given.value(kind, key, after, keys)
        if after:
            found = self._told(found, (kind, key), keys, self._given.odd(kind, kind if kind in SHAPED else key))
        return self._given.with_nones(found, key) if kind == INPUTS.name and not keys else found

    def _told(self, found: Values, path: Path, keys: Keys, odd: Iterable[int]) -> Values:
        """Put what a path is after events that only they themselves know: odd ones, and those with far ends."""
        asked = {*odd, *(event - self.first for event in self.chunk.begin.far_ends)}
        if not asked:
            return found
        values = as_objects(found.plain())
        for local in asked:
            after_all = self._elsewhere.event(self.first + local).after
            values[local] = items(after_all.value(".".join(path), ABSENT), keys)
        return Values.of(values)


def _is_kind(name: str, kind: Pattern | None) -> bool:
    return kind is None or kind.matches(name) or kind.matches(name.rpartition(".")[2])
