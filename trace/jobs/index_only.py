"""What of a damaged trace is known from its index alone: names, and notes that stood in what was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..codec import unbounded
from ..journal.records import Keyframe, Names, Note
from ..limits import MAX_NAMES
from ..reading.directory import is_index
from ..reading.reader import TraceReader
from ..reading.scan import Placed
from ..values import Plain

KnownNote = tuple[int, int, dict[Any, Plain]]
"""Events before a note, its type, and its fields."""


class IndexOnly:
    """What the index at the end of a trace holds, and no record that can be read.

    Args:
        reader: The open trace.

    Attributes:
        names: First number, and names, of each run of names.
        notes: RUN, EXCEPTION, GAP and END, in order.
        known: All names that stand anywhere, by their numbers.
        events: Events that there were in the packed blocks, as the index counts them.
    """

    def __init__(self, reader: TraceReader) -> None:
        """Read the index, and everything else."""
        content = reader.index()
        right = type(content) is dict and is_index(content, reader.size)
        kept = Counter[tuple[int, bytes]]()
        self.known: dict[int, Plain] = {}
        for item in reader.items():
            record = item.record if isinstance(item, Placed) else None
            if isinstance(record, (Keyframe, Names)):
                self._learn(record.first_name, record.names)
            elif isinstance(record, Note):
                kept[record.type, unbounded(record.fields)] += 1
        names = content["names"] if right else []
        lost = [number for number, name in enumerate(names) if name is not None and number not in self.known]
        self.names = list(_runs(lost, names))
        for first, run in self.names:
            self._learn(first, run)
        self.events: int = sum(content["blocks"][-1][1:3]) if right and content["blocks"] else 0
        self.notes = list(_missing(content["notes"] if right else [], kept))

    def _learn(self, first: int, names: list[Plain]) -> None:
        for number, name in enumerate(names[: max(0, MAX_NAMES - first)], first):
            self.known.setdefault(number, name)


def _runs(numbers: list[int], names: list[Plain]) -> Iterator[tuple[int, list[Plain]]]:
    """Give the runs of numbers without a gap, each with its names."""
    start = 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] != numbers[place - 1] + 1:
            yield numbers[start], [names[number] for number in numbers[start:place]]
            start = place


def _missing(notes: list[Any], kept: Counter[tuple[int, bytes]]) -> Iterator[KnownNote]:
    for before, kind, fields, *_ in notes:
        key = kind, unbounded(fields)
        if kept[key]:
            kept[key] -= 1
        else:
            yield before, kind, fields
