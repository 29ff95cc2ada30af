"""`Trace`: a recorded run, as columns for all events and objects for the one that is looked at."""

from __future__ import annotations

import math
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..trace.errors import BadRecord
from ..trace.frameworks import framework_of
from ..trace.limits import MAX_GROWTH
from ..trace.paths import INPUTS, NONES, ROSTER
from ..trace.reading.directory import Directory
from ..trace.reading.reader import Progress, TraceReader
from ..trace.reading.scan import Damage
from ..trace.reading.unchecked import unchecked
from ..trace.values import Described, Plain
from .columns.chunk import LOST_NAME, Chunk
from .columns.chunks import Chunks
from .columns.columns import Columns
from .columns.elsewhere import Elsewhere
from .events.event import Change, Event, ExceptionRecord, Gap, Snapshot
from .events.history import HistoryIndex
from .events.not_called import not_called
from .events.notes import Notes
from .events.rebuild import Rebuilder, Rebuilt, Rows, whole_list
from .questions import Questions
from .rows.stored import StoredValues

if TYPE_CHECKING:
    from .condition import Condition


class Trace(Questions):
    """A trace that is open for reading. It is a sequence of `Event`.

    Attributes:
        path: The file.
        id: Id of the recording, 32 hexadecimal digits; empty if no record holding it could be read.
        size: Bytes.
        run: The run's header.
        framework: What the framework of the run calls things.
        columns: What a list of events shows.
        exceptions: What ended calls of the loop.
        gaps: What the recorder itself could not record.
        missing: Numbers of the events before which something could not be read, ascending; the last may be `len`.
        end: How the recording ended; None: it still runs, or was killed.
        checked: Part of the file that has been checked, 0.0 to 1.0: all of it, unless it was opened `at_once`.
    """

    def __init__(
        self,
        reader: TraceReader,
        progress: Progress | None = None,
        *,
        whole: bool = False,
        follow: bool = False,
        at_once: bool = False,
    ) -> None:
        """Read the index of a packed trace; of any other all records, once.

        Args:
            reader: The open file.
            progress: Called now and then with the bytes read and the bytes in all.
            whole: Read a packed trace from front to end, too: then `damage` is complete.
            follow: The run may be going on: see `poll`.
            at_once: Of a large journal read the keyframes alone: see `check`.
        """
        self.path = reader.path
        self._reader = reader
        found: Directory | None = unchecked(reader) if at_once else None
        self.checked = 0.0 if found is not None else 1.0
        if found is None:
            found = Directory(reader, progress, whole=whole, follow=follow)
        self._directory: Directory = found
        self._pause: Callable[[], None] = lambda: None
        self._look()

    def _look(self) -> None:
        """Take everything as the file has it now."""
        directory, header = self._directory, self._reader.header
        notes = Notes(header.run if header is not None else {}, directory.notes, directory.missing)
        self.size = self._reader.size
        self.id = (header.id if header is not None else directory.trace).hex()
        self.run: Mapping[str, Plain] = MappingProxyType(notes.run)
        stored = StoredValues(directory)
        self.framework = framework_of(header.run if header is not None else {})
        self._chunks = Chunks(directory, notes, self.framework, stored, self._pause)
        self.columns = Columns(self._chunks)
        self.exceptions = tuple(notes.exceptions)
        self._exceptions_by_event: dict[int, list[ExceptionRecord]] = {}
        for record in self.exceptions:
            self._exceptions_by_event.setdefault(record.index, []).append(record)
        self.gaps: tuple[Gap, ...] = tuple(notes.gaps)
        self.missing: tuple[int, ...] = tuple(sorted(directory.missing))
        self.end = notes.end
        args = header.run.get("args") if header is not None else None
        history = HistoryIndex(directory, MAX_GROWTH * self.size)
        self._args: Mapping[str, Plain] = args if type(args) is dict else {}
        loop = self.framework.loop
        self._rebuilder = Rebuilder(Rows(directory), directory.names, history, stored, self._args, loop)
        exceptions = [(record.index, record.type) for record in self.exceptions]
        within = self._chunks, self.__getitem__, self.changes_before
        self._elsewhere = Elsewhere(*within, self._args, exceptions, self._rebuilder.view)

    def apart(self, pause: Callable[[], None] = lambda: None) -> Trace:
        """Return the same trace, as it is now, for another thread: one trace is for one thread at a time.

        The two share the file, and what was found damaged; what they decode is kept by each of them.

        Args:
            pause: Called before each block that the other decodes; what it raises ends what was going on, and whoever
                caught that may go on with the trace.
        """
        other = copy(self)
        other._directory, other._pause = self._directory.apart(), pause
        other._look()
        other._chunks.changed = self._chunks.changed
        return other

    def poll(self) -> int:
        """Read what was appended since the trace was opened with ``follow=True``, or since the last poll.

        A record whose end is not in the file yet is waited for. `len`, `columns`, `end` and the others then say what
        the file holds now; numbers of events stay what they were.

        Returns:
            How many events have come.

        Raises:
            Replaced: The file was cut, or another one has taken its place, before the recording had ended.
        """
        before = len(self)
        self._directory.poll()
        self._look()
        return len(self) - before

    def check(self, progress: Progress | None = None) -> None:
        """Read what has not been read of a trace that was opened `at_once`; of any other there is nothing to do.

        Until then the events, and how many there are, are those that the keyframes tell of, and `damage` is what was
        come upon so far. Afterwards everything is as if the trace had been opened without `at_once`; where something is
        damaged, events have other numbers then. Questions about all events begin with a check.

        Args:
            progress: Called now and then with the bytes read and the bytes in all.
        """
        if self.checked < 1:
            self.take(self.read_all(progress))

    def read_all(self, progress: Progress | None = None) -> Directory:
        """Read everything, in any thread, and keep `checked` up to date; the trace changes when one takes the result.

        Args:
            progress: As for `check`; what it raises ends the reading.
        """

        def note(done: int, size: int) -> None:
            self.checked = min(0.99, done / max(1, size))
            if progress is not None:
                progress(done, size)

        return Directory(self._reader, note)

    def growing(self, progress: Progress | None = None) -> Directory:
        """Read everything, in any thread, of a file that grows: `poll` it there, and `take` its `apart` here.

        So what has come is read while the trace is looked at; `poll` of the trace itself does both at once.

        Args:
            progress: As for `check`; what it raises ends the reading.
        """
        return Directory(self._reader, progress, follow=True)

    def take(self, directory: Directory) -> Callable[[int], int]:
        """Go by what `read_all` has found; return what leads from an event's number so far to its number now."""
        before = self.columns
        self._directory, self.checked = directory, 1.0
        self._look()
        return partial(_number_now, before, self)

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What could not be read; of a packed trace, or while `checked` is below 1, what was found so far.

        `tracetui verify` reads everything.
        """
        return self._directory.told()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        whole: bool = False,
        follow: bool = False,
        at_once: bool = False,
    ) -> Trace:
        """Open a trace.

        Args:
            path: The file.
            progress: Called now and then with the bytes read and the bytes in all.
            whole: Read a packed trace from front to end, instead of its index: then `damage` is complete.
            follow: The run may be going on: `poll` reads what is appended, and a torn tail is no damage.
            at_once: Of a large journal, the trace of a run that was killed, read the keyframes alone, and each block
                when it is looked at: `checked` says that not all has been checked, and `check` does it.

        Raises:
            OSError: It cannot be read.
            NotATrace: It is no trace.
            NewerVersion: It needs a newer tracetui.
        """
        return cls(TraceReader.open(path), progress, whole=whole, follow=follow, at_once=at_once)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "trace", *, whole: bool = False, at_once: bool = False) -> Trace:
        """Open a trace that is in memory; arguments and errors as those of `open`."""
        return cls(TraceReader.from_bytes(data, name), whole=whole, at_once=at_once)

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.columns)

    def __getitem__(self, index: int) -> Event:
        """Return an event; raises IndexError."""
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"no event {index}: the trace has {len(self):,}")
        block = self._directory.find(position)
        try:
            chunk = self._chunks.chunk(block) if block >= 0 else None
            local = position - self._directory.blocks[block].event
            if chunk is None or local >= len(chunk):
                return self._lost(position)
            end = chunk.ends.get(local)
            place = (block, end) if end is not None else self._chunks.far_ends.get(position)
            return self._event(position, chunk, self._rebuilder.event((block, int(chunk.events[local])), place))
        except BadRecord as error:
            self._directory.report(block, str(error))
            return self._lost(position)

    def __iter__(self) -> Iterator[Event]:
        """Walk the events, one at a time; those that are lost are passed over."""
        self.check()
        for summary in self._directory.blocks:
            numbers = range(summary.event, summary.event + summary.events)
            yield from (event for event in map(self.__getitem__, numbers) if not event.lost)

    def _asked(self) -> Elsewhere:
        self.check()
        return self._elsewhere

    def written_after(self, index: int) -> tuple[int, tuple[Change, ...]] | None:
        """Return what was written directly after an event, by what ran between it and the next.

        Returns:
            The number of the event among whose `changes` these are, and the changes; None if there are none.

        Raises:
            IndexError: There is no such event.
        """
        event = self[index]
        try:
            following = self._chunks.row_after(event.index)
            changes = self.changes_before(following) if following is not None else ()
        except BadRecord:  # which is reported when an event of that block is asked for
            return None
        return (following, changes) if following is not None and changes else None

    def changes_before(self, index: int) -> tuple[Change, ...]:
        """Return those changes of an event that happened between it and the record before it; raises BadRecord."""
        block = self._directory.find(index)
        chunk = self._chunks.chunk(block)
        if chunk is None:
            return ()
        rebuilt = self._rebuilder.event((block, int(chunk.events[index - chunk.begin.event])), None)
        return tuple(change for change in rebuilt.changes if not change.inside)

    def unknown(self, condition: Condition) -> list[str]:
        """Return the values of a condition that no event of this trace has: they may be misspelled."""
        table = self._directory.names.table()
        texts = [name for name in table if type(name) is str]
        known = {*self._args, *texts, *(key for name in table if type(name) is list for key in name)}
        named = [path for path in condition.paths if len(path) > 1]
        if NONES.name in known:  # of an argument that was never None nothing is recorded
            named = [path for path in named if path[0] != INPUTS.name]
        return [".".join(path) for path in named if not {path[1], ".".join(path)} & known]

    def exceptions_at(self, index: int) -> tuple[ExceptionRecord, ...]:
        """Return the exceptions that came with an event, or after it and before the next."""
        return tuple(self._exceptions_by_event.get(index, ()))

    def close(self) -> None:
        """Close the file: events can't be read any more."""
        self._reader.close()

    def __enter__(self) -> Trace:
        """Return the trace, which is closed at the end of the ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def _lost(self, index: int) -> Event:
        """Return what stands for an event in a damaged block."""
        nothing = Snapshot()
        exceptions = self.exceptions_at(index)
        return Event(
            *(index, LOST_NAME, math.nan, 0.0, 0, nothing, nothing, (), (), (), (), exceptions),
            thread=self.columns.threads[0],
            lost=True,
        )

    def _event(self, index: int, chunk: Chunk, rebuilt: Rebuilt) -> Event:
        local, rebuilder = index - chunk.begin.event, self._rebuilder
        before, framework = rebuilder.snapshot(rebuilt.before, rebuilt.inputs), self.framework
        roster = whole_list(rebuilder.value(rebuilt.before.get(ROSTER.name)))
        return Event(
            index=index,
            name=self.columns.names[int(chunk.name[local])],
            time=float(chunk.time[local]),
            duration=float(chunk.duration[local]),
            depth=int(chunk.depth[local]),
            before=before,
            after=rebuilder.snapshot(rebuilt.after, rebuilt.inputs_after),
            calls=tuple(rebuilt.calls),
            changes=tuple(rebuilt.changes),
            messages=tuple(rebuilt.messages),
            callbacks=tuple(map(_label, roster or ())),
            exceptions=self.exceptions_at(index),
            joined=rebuilt.joined,
            probes=tuple(rebuilt.probes),
            thread=self.columns.threads[int(chunk.thread[local])],
            step=before.value(framework.step),
            epoch=before.value(framework.epoch),
            not_called=not_called(self.columns.names[int(chunk.name[local])], rebuilt.calls, roster, self.run),
        )


def _label(value: Plain) -> str:
    return f"({value.text})" if type(value) is Described else str(value)


def _number_now(before: Columns, trace: Trace, index: int) -> int:
    """Return the number of the event that had a number before: where events are lost, the one of the same time."""
    if trace.damage or len(trace) != len(before):
        time = float(before.time[index])
        index = bisect_left(trace.columns.time, time) if time == time else index
    return max(0, min(index, len(trace) - 1))
