"""``state.log_history`` as it was at an event: a sequence whose entries are read when they are asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from ..trace.records import History
from ..trace.values import Described, HistoryRef, Plain

LOST = Described("lost", "this entry was in a damaged part of the file")


Place = tuple[int, int]
"""Number of a block, and of a record in it."""


class HistoryIndex:
    """Where the entries of each list lie.

    Args:
        limit: No list can be longer than this: the bytes of the file. A longer one is a lie that would make
            whoever walks it walk for ever.
    """

    def __init__(self, limit: int) -> None:
        """Know no entry yet."""
        self._limit = limit
        self._ends: dict[int, int] = {}
        self._starts: dict[int, array[int]] = {}
        self._places: dict[int, list[Place]] = {}
        self._edits: dict[tuple[int, int], list[tuple[int, Place]]] = {}

    def add(self, record: History, place: Place) -> None:
        """Take note of a record: new entries, or the last known ones as they were edited, and new ones."""
        generation, end = record.generation, self._ends.get(record.generation, 0)
        last = record.start + len(record.entries)
        if record.start >= self._limit:
            return
        for position in range(record.start, min(end, last)):
            self._edits.setdefault((generation, position), []).append((record.edition, place))
        if last > end or generation not in self._starts:
            self._starts.setdefault(generation, array("q")).append(max(record.start, end))
            self._places.setdefault(generation, []).append(place)
            self._ends[generation] = max(end, last)

    def length(self, ref: HistoryRef) -> int:
        """Return how many entries a list has, as far as the file holds them."""
        return max(0, min(ref.length, self._ends.get(ref.generation, 0)))

    def find(self, ref: HistoryRef, position: int) -> Place | None:
        """Return the record that may hold an entry as it was in a list; None if there is none."""
        edits = self._edits.get((ref.generation, position), ())
        for edition, place in reversed(edits):
            if edition <= ref.edition:
                return place
        starts = self._starts.get(ref.generation, array("q"))
        number = bisect_right(starts, position) - 1
        return self._places[ref.generation][number] if number >= 0 else None


class HistoryView(Sequence[Plain]):
    """The log history at one event; read-only.

    Args:
        length: How many entries there are.
        read: Returns one of them.
    """

    def __init__(self, length: int, read: Callable[[int], Plain]) -> None:
        """Read nothing yet."""
        self._length = length
        self._read = read

    def __len__(self) -> int:
        """Return how many entries there were."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> Plain: ...
    @overload
    def __getitem__(self, index: slice) -> list[Plain]: ...
    def __getitem__(self, index: Any) -> Any:
        """Return an entry (`LOST` if it was in a damaged part of the file), or a list of them."""
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError("log history index out of range")
        return self._read(position)

    def __iter__(self) -> Iterator[Plain]:
        """Read the entries one by one."""
        return (self[position] for position in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Compare entry by entry with any sequence."""
        return isinstance(other, (list, tuple, HistoryView)) and len(other) == len(self) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the length; the entries may be many."""
        return f"<log history of {len(self):,} entries>"
