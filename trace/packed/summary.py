"""What a reader needs to know of a packed block before it decodes it: the content of the index, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..codec import revive
from ..errors import BadRecord
from ..journal.open_events import FIRST_THREAD, NESTING, UNKNOWN, OpenEvents
from ..journal.records import EventRow, Exit, History, Keyframe, Names, Value
from ..layout import EVENTS, NOTES
from .block import PackedBlock
from .template import Template


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
        threads: If events of other threads than the first are in it: for each thread and event name in the block the
            number of the thread's name, of the event's name, and of the latest such event. Else nothing.
        open_threads: For each of `open` the number of its thread's name; nothing if all are of the first thread.
        notes: Of each RUN, EXCEPTION, GAP and END in it the events before it, its type, its fields, its position.
        values: Lowest and highest serial number of the large values in it; empty if there are none.
        new_names: First number, and names, of each record that defines some.
    """

    offset: int
    event: int
    events: int
    names: list[list[int]] = field(default_factory=list)
    history: list[list[int]] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    exits: list[list[int]] = field(default_factory=list)
    threads: list[list[int]] = field(default_factory=list)
    open_threads: list[int] = field(default_factory=list)
    notes: list[list[Any]] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    new_names: list[tuple[int, list[Any]]] = field(default_factory=list)


def summarize(block: PackedBlock, offset: int, event: int, opened: OpenEvents) -> Summary:
    """Read what the index needs of a block.

    Args:
        block: The block.
        offset: Its place in the file.
        event: Number of its first event.
        opened: The events that are open before it; brought to its end.

    Raises:
        BadRecord: It is damaged.
    """
    found = Summary(offset, event, block.events, open=list(opened.numbers))
    found.open_threads = list(opened.threads) if {*opened.threads} - {FIRST_THREAD} else []
    before = event + np.cumsum(block.are_events)
    for number, template in enumerate(block.templates):
        positions = block.positions(number)
        if template.kind in EVENTS and len(positions):
            name, last = template["name"].skeleton, int(before[positions[-1]]) - 1
            found.names.append([name, len(positions), last])
            found.threads.append([thread_of(template), name, last])
        elif template.kind in (Keyframe.TYPE, Names.TYPE):
            _add_names(found, block, number)
        elif template.kind == History.TYPE:
            _add_history(found, block, number)
        elif template.kind in NOTES:
            _add_notes(found, block, number, positions, before)
    found.values = serials(block)
    found.names, found.threads = _merged(found.names), _latest(found.threads)
    found.notes.sort(key=lambda note: note[3])
    _follow_open(found, block, opened, before)
    return found


def _add_names(found: Summary, block: PackedBlock, number: int) -> None:
    template = block.templates[number]
    firsts, lists = block.numbers(number, template["first_name"]), block.column(number, template["names"])
    for first, names in zip(firsts.tolist(), lists, strict=True):
        if type(names) is not list:
            raise BadRecord("names that are no list")
        if names:
            found.new_names.append((first, revive(names)))


def _add_history(found: Summary, block: PackedBlock, number: int) -> None:
    template = block.templates[number]
    fields = (block.numbers(number, template[name]) for name in ("generation", "edition", "start"))
    generations, editions, starts = fields
    lengths = block.lengths(number, template["entries"])
    for generation in np.unique(generations):
        here = generations == generation
        ends = starts[here] + lengths[here]
        edges = (starts[here].min(), ends.max(), editions[here].min(), editions[here].max())
        found.history.append([int(generation), *map(int, edges)])


def serials(block: PackedBlock) -> list[int]:
    """Return the lowest and highest serial number of the large values in a block, nothing if there are none.

    Raises:
        BadRecord: It is damaged.
    """
    kinds = enumerate(template.kind for template in block.templates)
    numbers = [number for number, kind in kinds if kind == Value.TYPE and block.counts[number]]
    found = [block.numbers(number, block.templates[number]["serial"]) for number in numbers]
    return [min(int(one.min()) for one in found), max(int(one.max()) for one in found)] if found else []


def _add_notes(found: Summary, block: PackedBlock, number: int, positions: Any, before: Any) -> None:
    kind, part = block.templates[number].kind, block.templates[number]["fields"]
    for position, fields in zip(positions.tolist(), block.column(number, part), strict=True):
        if type(fields) is not dict:
            raise BadRecord("a note without fields")
        found.notes.append([int(before[position]), kind, revive(fields), position])


def _merged(names: list[list[int]]) -> list[list[int]]:
    merged: dict[int, list[int]] = {}
    for name, count, last in names:
        known = merged.setdefault(name, [name, 0, last])
        known[1:] = known[1] + count, max(known[2], last)
    return list(merged.values())


def thread_of(template: Template) -> int:
    """Return the number of the name of the thread that a template's events are of, see `OpenEvents`."""
    thread = template.thread
    return FIRST_THREAD if thread is None else thread


def _latest(threads: list[list[int]]) -> list[list[int]]:
    """Return the latest event of each name in each thread; nothing where there is but the first thread."""
    latest: dict[tuple[int, int], int] = {}
    for thread, name, last in threads:
        latest[thread, name] = max(last, latest.get((thread, name), last))
    others = any(thread != FIRST_THREAD for thread, _ in latest)
    return [[*key, last] for key, last in latest.items()] if others else []


def _follow_open(found: Summary, block: PackedBlock, opened: OpenEvents, before: Any) -> None:
    for kind, position, said in nesting(block):
        number = opened.take(kind, said, int(before[position]) - 1)
        if UNKNOWN < number < found.event:
            found.exits.append([number, position])


def nesting(block: PackedBlock) -> Iterator[tuple[int, int, int]]:
    """Give type and position of each record of `NESTING`, and what it says, see `OpenEvents.take`."""
    places = np.flatnonzero(block.are(*NESTING))
    said = np.zeros(block.records, np.int64)
    for number, template in enumerate(block.templates):
        if template.kind == Keyframe.TYPE:
            said[block.positions(number)] = block.numbers(number, template["open"])
        elif template.kind == Exit.OF_TYPE:
            said[block.positions(number)] = block.numbers(number, template["back"])
        elif template.kind == EventRow.OPEN_TYPE:
            said[block.positions(number)] = thread_of(template)
    templates = block.templates
    for place, number, value in zip(places.tolist(), block.ids[places].tolist(), said[places].tolist(), strict=True):
        yield templates[number].kind, place, value
