"""What a reader needs to know of a packed block before it decodes it: the content of the index, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from .codec import revive
from .errors import BadRecord
from .limits import MAX_OPEN
from .packed import PackedBlock
from .records import EventRow, Exit, History, Keyframe, Names, Note
from .template import EVENTS

UNKNOWN: Final = -1
"""Number of an event that is open, and whose begin was lost."""


@dataclass(slots=True)
class Summary:
    """One packed block.

    Attributes:
        offset: Place in the file; -1 if it is in none.
        event: Number of its first event.
        events: How many begin in it.
        names: For each event name its number, how many there are, and the number of the latest of them.
        history: Of the entries of `log_history` in it: generation, start, end, first and last edition of each run.
        open: Numbers of the events that were open before it, the innermost last.
        exits: Of those, the ones that end in it: number, and position of the record that ends it.
        notes: Of each RUN, EXCEPTION, GAP and END in it the events before it, its type, its fields, its position.
        new_names: First number, and names, of each record that defines some.
    """

    offset: int
    event: int
    events: int
    names: list[list[int]] = field(default_factory=list)
    history: list[list[int]] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    exits: list[list[int]] = field(default_factory=list)
    notes: list[list[Any]] = field(default_factory=list)
    new_names: list[tuple[int, list[Any]]] = field(default_factory=list)


def summarize(block: PackedBlock, offset: int, event: int, opened: list[int]) -> Summary:
    """Read what the index needs of a block.

    Args:
        block: The block.
        offset: Its place in the file.
        event: Number of its first event.
        opened: Numbers of the events that are open before it; brought to its end.

    Raises:
        BadRecord: It is damaged.
    """
    found = Summary(offset, event, block.events, open=list(opened))
    before = event + np.cumsum(block.are_events)
    for number, template in enumerate(block.templates):
        positions = block.positions(number)
        if template.kind in EVENTS and len(positions):
            name = template.skeleton[0]
            found.names.append([name, len(positions), int(before[positions[-1]]) - 1])
        elif template.kind in (Keyframe.TYPE, Names.TYPE):
            _add_names(found, block, number)
        elif template.kind == History.TYPE:
            _add_history(found, block, number)
        elif Note.RUN <= template.kind <= Note.END:
            _add_notes(found, block, number, positions, before)
    found.names = _merged(found.names)
    found.notes.sort(key=lambda note: note[3])
    _follow_open(found, block, opened, before)
    return found


def _add_names(found: Summary, block: PackedBlock, number: int) -> None:
    parts = block.templates[number].parts()
    place = (7, 8) if block.templates[number].kind == Keyframe.TYPE else (0, 1)
    firsts, lists = block.numbers(number, parts[place[0]]), block.column(number, parts[place[1]])
    for first, names in zip(firsts.tolist(), lists, strict=True):
        if type(names) is not list:
            raise BadRecord("names that are no list")
        if names:
            found.new_names.append((first, revive(names)))


def _add_history(found: Summary, block: PackedBlock, number: int) -> None:
    parts = block.templates[number].parts()
    generations, editions, starts = (block.numbers(number, part) for part in parts[:3])
    lengths = block.lengths(number, parts[3])
    for generation in np.unique(generations):
        here = generations == generation
        ends = starts[here] + lengths[here]
        edges = (starts[here].min(), ends.max(), editions[here].min(), editions[here].max())
        found.history.append([int(generation), *map(int, edges)])


def _add_notes(found: Summary, block: PackedBlock, number: int, positions: Any, before: Any) -> None:
    kind, parts = block.templates[number].kind, block.templates[number].parts()
    for position, fields in zip(positions.tolist(), block.column(number, parts[0]), strict=True):
        if type(fields) is not dict:
            raise BadRecord("a note without fields")
        found.notes.append([int(before[position]), kind, revive(fields), position])


def _merged(names: list[list[int]]) -> list[list[int]]:
    merged: dict[int, list[int]] = {}
    for name, count, last in names:
        known = merged.setdefault(name, [name, 0, last])
        known[1:] = known[1] + count, max(known[2], last)
    return list(merged.values())


def _follow_open(found: Summary, block: PackedBlock, opened: list[int], before: Any) -> None:
    for kind, position, value in nesting(block):
        if kind == Keyframe.TYPE:
            del opened[value:]
            opened += [UNKNOWN] * (min(value, MAX_OPEN) - len(opened))
        elif kind == EventRow.OPEN_TYPE:
            if len(opened) >= MAX_OPEN:
                raise BadRecord("more events inside each other than there may be")
            opened.append(int(before[position]) - 1)
        elif opened:
            number = opened.pop()
            if UNKNOWN < number < found.event:
                found.exits.append([number, position])


def nesting(block: PackedBlock) -> Iterator[tuple[int, int, int]]:
    """Give type and position of each record that opens or ends an event; for a keyframe how many are open there."""
    places = np.flatnonzero(block.are(Keyframe.TYPE, EventRow.OPEN_TYPE, Exit.TYPE))
    counts = np.zeros(block.records, np.int64)
    for number, template in enumerate(block.templates):
        if template.kind == Keyframe.TYPE:
            counts[block.positions(number)] = block.numbers(number, template.parts()[6])
    templates = block.templates
    for place, number, count in zip(places.tolist(), block.ids[places].tolist(), counts[places].tolist(), strict=True):
        yield templates[number].kind, place, count
