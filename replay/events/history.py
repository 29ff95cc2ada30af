"""``state.log_history`` as it was at an event: a sequence whose entries are read when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.journal.records import History
from ...trace.packed.block import PackedBlock
from ...trace.reading.directory import Directory
from ...trace.values import UNREAD, Described, HistoryRef, Plain

LOST = Described("lost", "this entry was in a damaged part of the file")


Place = tuple[int, int]
"""Number of a block, and position of a record in it."""


class HistoryIndex:
    """Where the entries of each list lie.

    Args:
        directory: The trace's blocks.
        limit: Longest list that the file can hold. A longer one is a lie, and a loop over it would not end.

    Attributes:
        lost: What stands in the place of an entry that is not to be found.
    """

    def __init__(self, directory: Directory, limit: int) -> None:
        self._directory = directory
        self._limit = limit
        self.lost = UNREAD if directory.unread else LOST
        self._ends: dict[int, int] = {}
        self._runs: dict[int, list[_Run]] = {}  # by generation
        self._editions: list[tuple[int, int]] = []  # first edition in a block, block
        for number, summary in enumerate(directory.blocks):
            if summary.history:
                self._editions.append((min(run[3] for run in summary.history), number))
            for generation, start, end, first, _ in summary.history:
                if start < limit:
                    self._ends[generation] = min(max(end, self._ends.get(generation, 0)), limit)
                    self._runs.setdefault(generation, []).append((start, number, end, first))
        for runs in self._runs.values():
            runs.sort()
        self._editions.sort()
        self._located: Callable[[int], Located] = lru_cache(CACHED_BLOCKS)(self._locate)

    def length(self, ref: HistoryRef) -> int:
        """Return how many entries a list has, as far as the file holds them."""
        end = self._limit if self._directory.unread else self._ends.get(ref.generation, 0)
        return max(0, min(ref.length, end))

    def find(self, ref: HistoryRef, position: int) -> Place | None:
        """Return the record that holds an entry for a list; None if it is missing, or a lost record may hold an edit.

        Raises:
            BadRecord: It was in a block that is damaged.
        """
        runs = self._runs.get(ref.generation, [])
        last = bisect_right(runs, (position, len(self._directory.blocks)))
        for _, number, end, first in reversed(runs[max(0, last - MAX_LOOKS) : last]):
            if position >= end or first > ref.edition:
                continue
            located = self._located(number)
            holds = (located.generation == ref.generation) & (located.start <= position) & (position < located.end)
            found = np.flatnonzero(holds & (located.edition <= ref.edition))
            if len(found):
                latest = found[int(np.argmax(located.edition[found]))]
                edition = int(located.edition[latest])
                known = edition == ref.edition or self._is_known(edition + 1)
                return (number, int(located.record[latest])) if known else None
        return None

    def _is_known(self, edition: int) -> bool:
        """Tell whether a record is in the file: only the next one may hold the entry again, edited."""
        place = bisect_right(self._editions, (edition, len(self._directory.blocks))) - 1
        return place >= 0 and bool((self._located(self._editions[place][1]).edition == edition).any())

    def _locate(self, number: int) -> Located:
        block = self._directory.block(number)
        if block is None:
            raise BadRecord("a damage")
        columns: list[list[NDArray[np.int64]]] = [[np.empty(0, np.int64)] for _ in range(5)]
        for template, shape in enumerate(block.templates):
            if shape.kind == History.TYPE:
                for column, values in zip(columns, _columns(block, template), strict=True):
                    column.append(values)
        return Located(*map(np.concatenate, columns))


CACHED_BLOCKS: Final = 8

MAX_LOOKS: Final = 8
"""Blocks that are looked into for an entry, no more than are kept: only an edited one stands in more than one."""

_Run = tuple[int, int, int, int]
"""Of the entries of a list in a block the first, the block, the place after the last, the first edition."""


@dataclass(frozen=True, slots=True)
class Located:
    """The HISTORY records of a block, a column for each field; `record` is their position."""

    generation: NDArray[np.int64]
    edition: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    record: NDArray[np.int64]


def _columns(block: PackedBlock, template: int) -> tuple[NDArray[np.int64], ...]:
    fields = block.templates[template]
    generation, edition, start = (block.numbers(template, fields[name]) for name in ("generation", "edition", "start"))
    lengths = block.lengths(template, fields["entries"])
    return generation, edition, start, start + lengths, block.positions(template)


class HistoryView(Sequence[Plain]):
    """The log history at one event; read-only.

    Args:
        ref: What stands for it in the file.
        length: How many entries there are.
        read: Returns one of them, by `ref` and its position.
    """

    def __init__(self, ref: HistoryRef, length: int, read: Callable[[HistoryRef, int], Plain]) -> None:
        self._ref = ref
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
        return self._read(self._ref, position)

    def __iter__(self) -> Iterator[Plain]:
        """Read the entries one by one."""
        return (self[position] for position in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Compare entry by entry with any sequence; the same history of one trace is equal, NaN or not."""
        if isinstance(other, HistoryView) and (self._ref, self._read) == (other._ref, other._read):
            return True
        return isinstance(other, (list, tuple, HistoryView)) and len(other) == len(self) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the length; the entries may be many."""
        return f"<log history of {len(self):,} entries>"
