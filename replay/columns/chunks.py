"""The blocks of a trace as chunks, and what one block has to know of the others: ends, phases, threads."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property
from typing import Final

from ...trace.errors import BadRecord
from ...trace.framework import Framework
from ...trace.journal.open_events import FIRST_THREAD, UNKNOWN, OpenEvents
from ...trace.journal.records import EventRow
from ...trace.packed.block import PackedBlock
from ...trace.packed.summary import Summary
from ...trace.reading.cache import Cache
from ...trace.reading.directory import Directory
from ..events.event import MAIN_THREAD
from ..events.notes import Notes
from ..rows.stored import StoredValues
from .changed_paths import ChangedPaths
from .chunk import LOST_NAME, Begin, Chunk, EndRow
from .marks import GAP
from .phases import Phases

FEW_EVENTS: Final = 1 << 11
"""As many events as a chunk costs that has none."""

CACHED_EVENTS: Final = 1 << 18
"""Events of the chunks that are kept: what was looked at of a chunk takes 0.1 to 0.4 MB for its 8,192."""


class Chunks:
    """The chunks of a trace, by the number of their block.

    Args:
        directory: The trace's blocks.
        notes: Its exceptions and gaps.
        framework: What its framework calls things.
        stored: Its large values.
        pause: Called before each block is decoded, and now and then in a search; it may raise to end the search.

    Attributes:
        chunk: Returns the chunk of a block; None if the block is damaged, which is then reported.
        directory, framework, stored, pause: As given.
        length: Number of events.
        names: Event names.
        name_ids: For the number of an event's name its place among them.
        threads: Names of the threads of the events that were looked at, the first is the one that began the recording.
        changed: Which paths change in which block, as far as that is known.
    """

    def __init__(
        self,
        directory: Directory,
        notes: Notes,
        framework: Framework,
        stored: StoredValues,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        first = notes.run.get("thread")
        self.threads: list[str] = [first if type(first) is str else MAIN_THREAD]
        self._thread_places = {self.threads[0]: 0}
        self.directory = directory
        self.framework = framework
        self._known_phases = Phases(framework.phases)
        self.stored = stored
        self.pause = pause
        self.changed = ChangedPaths()
        self._exception_events = sorted(notes.exception_events)
        self._gap_events = sorted(notes.gap_events)
        self.length = len(directory)
        self.names, self.name_ids = self._event_names()
        self.chunk = Cache(self._load, lambda chunk: FEW_EVENTS + (len(chunk) if chunk else 0), CACHED_EVENTS)

    def _thread_place(self, number: int) -> int:
        """Return the place of a thread among `threads`, by the number of its name."""
        text = self.threads[0] if number == FIRST_THREAD else self.directory.names.text(number)
        if text not in self._thread_places:
            self._thread_places[text] = len(self.threads)
            self.threads.append(text)
        return self._thread_places[text]

    def row_after(self, index: int) -> int | None:
        """Return the event before which stands what was written directly after another; None if there is none.

        Raises:
            BadRecord: A block is damaged.
        """
        number = self.directory.find(index)
        chunk = self.chunk(number) if number >= 0 else None
        local = index - self.directory.blocks[number].event
        if chunk is None or local >= len(chunk):
            return None
        end = chunk.ends.get(local)
        place = self.far_ends.get(index) if end is None else (number, end)
        if place is None and chunk.shapes[chunk.block.ids[chunk.events[local]]].kind == EventRow.TYPE:
            place = number, int(chunk.events[local])
        found = self._next_row(*place) if place is not None else None
        follows = found is not None and self._thread(index) in (0, self._thread(found))
        return found if follows and found not in self._gap_events else None

    def _thread(self, index: int) -> int:
        """Return the place of an event's thread among `threads`; of an event that is lost that of the first."""
        number = self.directory.find(index)
        chunk = self.chunk(number) if number >= 0 else None
        local = index - self.directory.blocks[number].event
        return int(chunk.thread[local]) if chunk is not None and local < len(chunk) else 0

    def _next_row(self, number: int, position: int) -> int | None:
        """Return the event whose row is the next after a record; None if an end is next, or that is not known."""
        chunk = self.chunk(number)
        while chunk is not None:
            found = chunk.followers.next(position)
            if found is not None:
                return found if found != UNKNOWN else None
            number, position = number + 1, -1
            chunk = self.chunk(number) if number < len(self.directory.blocks) else None
        return None

    def changed_before(self, index: int) -> tuple[set[str], str]:
        """Return the paths that changed between an event and the record before it, and the cause; raises BadRecord."""
        chunk = self.chunk(self.directory.find(index))
        if chunk is None:
            return set(), ""
        shape, text = chunk.shapes[chunk.block.ids[chunk.events[index - chunk.begin.event]]], self.directory.names.text
        cause = self.framework.loop if shape.between_cause is None else text(shape.between_cause)
        return {text(path) for path, _ in shape.between}, cause

    def has_far_ends(self, number: int) -> bool:
        """Tell whether an event that begins in a block ends in another."""
        return bool(_inside(self._far_events, self.directory.blocks[number]))

    def stop(self, number: int) -> int:
        """Return the number of the event after a block (-1: before the first), and after what was lost behind it."""
        blocks = self.directory.blocks
        return blocks[number + 1].event if number + 1 < len(blocks) else self.length

    def _event_names(self) -> tuple[list[str], dict[int, int]]:
        texts: dict[str, int] = {}
        ids: dict[int, int] = {}
        for summary in self.directory.blocks:
            for name, _, _ in summary.names:
                if name not in ids:
                    ids[name] = texts.setdefault(self.directory.names.text(name), len(texts))
        texts.setdefault(LOST_NAME, len(texts))
        return list(texts), ids

    def _load(self, number: int) -> Chunk | None:
        self.pause()
        try:
            if self.directory.block(number) is None:
                return None
            return Chunk(lambda: self._block(number), self._begin(number), self.directory.names)
        except BadRecord as error:
            self.directory.report(number, str(error))
            return None

    def _block(self, number: int) -> PackedBlock:
        block = self.directory.block(number)
        if block is None:
            raise BadRecord("a damage")
        return block

    def _begin(self, number: int) -> Begin:
        summary = self.directory.blocks[number]
        return Begin(
            event=summary.event,
            phases=self._phases[number],
            opened=OpenEvents(summary.open, summary.open_threads),
            name_ids=self.name_ids,
            thread_place=self._thread_place,
            far_ends={event: self.far_ends[event] for event in _inside(self._far_events, summary)},
            end_row=self._end_row,
            exceptions=set(_inside(self._exception_events, summary)),
            gaps=set(_inside(self._gap_events, summary)),
            stored=self.stored,
            framework=self.framework,
            known_phases=self._known_phases,
        )

    def _end_row(self, number: int, position: int) -> EndRow:
        chunk = self.chunk(number)
        try:
            return chunk.end_row(position) if chunk is not None else EndRow(0, 0, GAP)
        except BadRecord as error:
            self.directory.report(number, str(error))
            return EndRow(0, 0, GAP)

    @cached_property
    def far_ends(self) -> dict[int, tuple[int, int]]:
        """For each event that ends in another block than it begins in: number of that block, position of the record."""
        return {
            event: (number, position)
            for number, summary in enumerate(self.directory.blocks)
            for event, position in summary.exits
        }

    @cached_property
    def _far_events(self) -> list[int]:
        return sorted(self.far_ends)

    @cached_property
    def _phases(self) -> list[dict[int, int]]:
        """For each block the phases that are open at its begin, by thread; of the threads in it, and the first."""
        latest: dict[int, dict[str, int]] = {FIRST_THREAD: {}}
        found = []
        for summary in self.directory.blocks:
            rows = summary.threads or [[FIRST_THREAD, name, last] for name, _, last in summary.names]
            here = {FIRST_THREAD, *(thread for thread, _, _ in rows)}
            found.append({thread: self._known_phases.after(latest.setdefault(thread, {})) for thread in here})
            for thread, name, last in rows:
                text = self.directory.names.text(name)
                latest[thread][text] = max(last, latest[thread].get(text, -1))
        return found


def _inside(events: list[int], summary: Summary) -> list[int]:
    """Return those of some sorted events that begin in a block."""
    return events[bisect_left(events, summary.event) : bisect_left(events, summary.event + summary.events)]
