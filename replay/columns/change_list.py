"""The changes of a trace, one after the other, each with its event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..events.event import Change
from ..rows.pattern import Pattern
from ..rows.values import Changes, EventColumns, Keys, items, other


@dataclass(frozen=True, slots=True)
class Write(Change):
    """A change, and where it happened.

    Attributes:
        event: Number of the event that has it among its `changes`.
    """

    event: int


def writes(columns: EventColumns, path: Pattern, by: Pattern | None, *, reverse: bool) -> Iterator[Write]:
    """Give the changes of a run of events, in the order of these, and in each in that of its `changes`.

    Args:
        columns: The events.
        path, by: Which changes, see `values.EventColumns.changes`.
        reverse: The last one first.

    Raises:
        BadRecord: The file is damaged there.
    """
    found = [part for part in columns.changes(path, by, old=True, new=True) if len(part.events)]
    if not found:
        return
    events, places = (np.concatenate(arrays) for arrays in zip(*map(_where, found), strict=True))
    order = np.lexsort((places, events))
    parts = np.repeat(np.arange(len(found)), [len(part.events) for part in found])
    ranks = np.concatenate([np.arange(len(part.events)) for part in found])
    values = [(part, part.old.plain(), part.new.plain()) for part in found if part.old and part.new]
    for place in order[::-1].tolist() if reverse else order.tolist():
        part, old, new = values[parts[place]]
        rank = ranks[place]
        yield Write(part.path, old[rank], new[rank], part.by, part.inside, columns.first + int(events[place]))


def within(found: Iterable[Write], path: str, keys: Keys) -> Iterator[Write]:
    """Give those changes that change something in a value.

    Args:
        found: Changes of the value.
        path: What it is called.
        keys: The way there, see `values.EventColumns.value`.
    """
    for write in found:
        old, new = items(write.old, keys), items(write.new, keys)
        if other(old, new):
            yield replace(write, path=path, old=old, new=new)


def _where(changes: Changes) -> tuple[np.ndarray, np.ndarray]:
    return changes.events, changes.places if changes.places is not None else np.zeros(len(changes.events), np.int64)
