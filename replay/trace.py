"""`Trace`: a recorded run, as columns for all events and objects for the one that is looked at."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from ..trace.reader import Progress, TraceReader
from ..trace.records import EventRow, Exit, History, Keyframe, Note, Record
from ..trace.records import Names as NamesRecord
from ..trace.scan import BAD_RECORD, Damage, Placed
from ..trace.values import Plain, Shortened
from . import columns as column
from .columns import ColumnBuilder, Columns
from .event import End, Event, ExceptionRecord, Gap
from .history import HistoryIndex
from .names import Names
from .rebuild import Blocks, Rebuilder, Rebuilt


class Trace:
    """A trace that is open for reading. It is a sequence of `Event`.

    Attributes:
        path: The file.
        id: Id of the recording, 32 hexadecimal digits; empty if no record holding it could be read.
        size: Bytes.
        run: The run's header.
        columns: What a list of events shows.
        damage: What could not be read, each with its place; empty for a sound file.
        exceptions: What ended calls of the Trainer.
        gaps: What the recorder itself could not record.
        end: How the recording ended; None: it still runs, or was killed.
    """

    def __init__(self, reader: TraceReader, progress: Progress | None = None) -> None:
        """Read all records once.

        Args:
            reader: The open file.
            progress: Called now and then with the bytes read and the bytes in all.
        """
        scan = _Scan(reader)
        scan.run(progress)
        header = reader.header
        self.path = reader.path
        self.size = reader.size
        self.id = (header.id if header is not None else scan.id).hex()
        self.run: Mapping[str, Plain] = MappingProxyType(scan.run_header)
        self.columns = Columns(scan.builder)
        self.damage: tuple[Damage, ...] = tuple(scan.damage)
        self.exceptions = tuple(scan.exceptions)
        self.gaps: tuple[Gap, ...] = tuple(scan.gaps)
        self.end = scan.end
        self._reader = reader
        self._first_events = scan.first_events
        self._numbers = scan.numbers
        self._ends = scan.ends
        args = header.run.get("args") if header is not None else None
        blocks = Blocks(reader, scan.offsets)
        self._rebuilder = Rebuilder(blocks, scan.names, scan.history, args if type(args) is dict else {})

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Trace:
        """Open a trace.

        Args:
            path: The file.
            progress: Called now and then with the bytes read and the bytes in all.

        Raises:
            OSError: It cannot be read.
            NotATrace: It is no trace.
            NewerVersion: It needs a newer tracetui.
        """
        return cls(TraceReader.open(path), progress)

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "trace") -> Trace:
        """Open a trace that is in memory; raises as `open` does."""
        return cls(TraceReader.from_bytes(data, name))

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.columns)

    def __getitem__(self, index: int) -> Event:
        """Return an event; raises IndexError."""
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"no event {index}: the trace has {len(self):,}")
        block = bisect_right(self._first_events, position) - 1
        rebuilt = self._rebuilder.event((block, self._numbers[position]), self._ends.get(position))
        return self._event(position, rebuilt)

    def __iter__(self) -> Iterator[Event]:
        """Walk the events, one at a time."""
        return (self[index] for index in range(len(self)))

    def exceptions_at(self, index: int) -> tuple[ExceptionRecord, ...]:
        """Return the exceptions that came with an event, or after it and before the next."""
        return tuple(record for record in self.exceptions if record.index == index)

    def close(self) -> None:
        """Close the file: events can't be read any more."""
        self._reader.close()

    def __enter__(self) -> Trace:
        """Return the trace, which is closed at the end of the ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def _event(self, index: int, rebuilt: Rebuilt) -> Event:
        columns, rebuilder = self.columns, self._rebuilder
        roster = rebuilt.before.get("roster")
        return Event(
            index=index,
            name=columns.name_of(index),
            time=float(columns.time[index]),
            duration=float(columns.duration[index]),
            depth=int(columns.depth[index]),
            before=rebuilder.snapshot(rebuilt.before, rebuilt.inputs),
            after=rebuilder.snapshot(rebuilt.after, rebuilt.inputs_after),
            calls=tuple(rebuilt.calls),
            changes=tuple(rebuilt.changes),
            messages=tuple(rebuilt.messages),
            callbacks=tuple(map(str, roster)) if type(roster) is list else (),
            exceptions=self.exceptions_at(index),
            joined=rebuilt.joined,
            probes=tuple(rebuilt.probes),
        )


class _Scan:
    """The one pass over all records at opening."""

    def __init__(self, reader: TraceReader) -> None:
        self._reader = reader
        self.id = b""
        self.names = Names()
        self.builder = ColumnBuilder(self.names)
        self.history = HistoryIndex(reader.size)
        self.run_header: dict[str, Plain] = dict(reader.header.run) if reader.header is not None else {}
        self.damage: list[Damage] = []
        self.exceptions: list[ExceptionRecord] = []
        self.gaps: list[Gap] = []
        self.end: End | None = None
        self.offsets: list[int] = []
        self.first_events: list[int] = []
        self.numbers = array("H")
        self.ends: dict[int, tuple[int, int]] = {}
        self._exception_places: dict[int, int] = {}
        self._number = 0
        self._sound = True

    def run(self, progress: Progress | None) -> None:
        for item in self._reader.items(progress):
            if isinstance(item, Damage):
                self.damage.append(item)
                self._sound = False
            else:
                self._take(item)
        self._report_names()

    def _take(self, placed: Placed) -> None:
        record = placed.record
        if isinstance(record, Keyframe):
            self._keyframe(record, placed.frame.offset)
            return
        self._number += 1
        self._take_record(record)

    def _take_record(self, record: Record) -> None:
        match record:
            case EventRow():
                self.numbers.append(self._number)
                self.builder.event(record)
            case Exit():
                index = self.builder.exit(record)
                if index is not None:
                    self.ends[index] = (len(self.offsets) - 1, self._number)
            case NamesRecord():
                self.names.define(record.first, record.names)
            case History():
                self.history.add(record, (len(self.offsets) - 1, self._number))
            case Note():
                self._note(record)

    def _keyframe(self, record: Keyframe, offset: int) -> None:
        self._number = 0
        self.id = self.id or record.trace
        self.offsets.append(offset)
        self.first_events.append(len(self.numbers))
        self.names.define(record.first_name, record.names)
        self.builder.keyframe(record.chain, record.time, record.open, self._sound)
        self._sound = True

    def _note(self, note: Note) -> None:
        last = len(self.numbers) - 1
        fields = note.fields
        time = _number(fields.get("time")) / 1e6
        if note.type == Note.RUN and type(fields.get("run")) is dict:
            self.run_header.update(fields["run"])
        elif note.type == Note.EXCEPTION:
            self._exception(fields, last, time)
        elif note.type == Note.GAP:
            self.gaps.append(Gap(last + 1, int(_number(fields.get("count"))), _text(fields.get("reason"))))
            self.builder.mark_next(column.GAP)
        elif note.type == Note.END:
            self.end = End(_text(fields.get("reason")), time)

    def _exception(self, fields: dict[str, Plain], last: int, time: float) -> None:
        ended = _text(fields.get("ended"))
        number = fields.get("number")
        if "type" not in fields:
            place = self._exception_places.get(number) if type(number) is int else None
            if place is not None:
                known = self.exceptions[place]
                self.exceptions[place] = replace(known, ended=(*known.ended, ended))
            return
        if type(number) is int:
            self._exception_places[number] = len(self.exceptions)
        kind, message, trace, place_text = (
            _text(fields.get(name)) for name in ("type", "message", "traceback", "place")
        )
        inside, step = fields.get("inside") is True, fields.get("step")
        self.exceptions.append(
            ExceptionRecord(max(last, 0), kind, message, trace, place_text, step, (ended,), time, inside)
        )
        self.builder.mark(column.EXCEPTION, last)

    def _report_names(self) -> None:
        for numbers, what in (
            (self.names.unknown, "is not defined"),
            (self.names.conflicts, "is defined twice"),
        ):
            for number in sorted(numbers)[:20]:
                self.damage.append(Damage(BAD_RECORD, 0, 0, f"name {number} {what}"))


def _text(value: Plain) -> str:
    value = value.kept if isinstance(value, Shortened) else value
    return value if type(value) is str else ""


def _number(value: Plain) -> float:
    return value if type(value) in (int, float) and abs(value) < 1 << 62 else 0
