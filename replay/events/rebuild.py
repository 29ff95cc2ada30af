"""Rebuilds one event: from the keyframe of its block, row by row, to what was before and after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...trace import paths
from ...trace.codec import revive
from ...trace.errors import BadRecord
from ...trace.journal.naming import MORE
from ...trace.journal.records import EventRow, Exit, History, Rare, Record, pairs, read_record
from ...trace.layout import is_count
from ...trace.names import Names
from ...trace.packed.block import PackedBlock, joined
from ...trace.reading.directory import Directory
from ...trace.values import ABSENT, Described, HistoryRef, Plain, Shortened
from ..rows.row_layout import shape_of
from ..rows.stored import StoredValues
from ..rows.writes import places_in_row
from .event import Call, Change, Message, Probed, Snapshot
from .history import LOST, HistoryIndex, HistoryView, Place

Chain = dict[str, Plain]

_MAPS: Final = (*(kind.section for kind in paths.KINDS if kind.keyed and kind.chained), paths.OTHER.section)
"""Sections of a snapshot that have a value for each key, or path."""


class Rows:
    """The records of a trace, each put together when it is asked for.

    Args:
        directory: The trace's blocks.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def block(self, place: Place) -> PackedBlock:
        """Return the block that holds a record; raises BadRecord."""
        block = self._directory.block(place[0])
        if block is None:
            raise BadRecord("a damage")
        if not 0 <= place[1] < block.records:
            raise BadRecord("a record that is not there")
        return block

    def record(self, place: Place) -> Record:
        """Return one record; raises BadRecord."""
        return read_record(*joined(*self.block(place).row(place[1])))


class Rebuilt:
    """One event as it was rebuilt; the fields are those of `event.Event`."""

    def __init__(self) -> None:
        self.before: Chain = {}
        self.after: Chain = {}
        self.inputs: dict[str, Plain] = {}
        self.inputs_after: dict[str, Plain] = {}
        self.changes: list[Change] = []
        self.calls: list[Call] = []
        self.messages: list[Message] = []
        self.replaced_by: list[str] = []
        self.joined: int | None = None
        self.probes: list[Probed] = []
        self._raw_calls: list[tuple[str, int]] = []
        self._raised: dict[int, Plain] = {}
        self._raised_at: dict[int, Plain] = {}

    def finish(self) -> None:
        """Put the calls together, which the row and the end of a nested event may share."""
        for position, (callback, microseconds) in enumerate(self._raw_calls):
            raised = self._raised.get(position)
            text = raised if raised is None or type(raised) is str else "(an exception)"
            replaced = callback in self.replaced_by
            at = self._raised_at.get(position)
            self.calls.append(Call(callback, microseconds / 1e6, text, replaced, at if type(at) is str else None))

    def add_calls(self, calls: Iterator[tuple[str, int]], raised: Plain, raised_at: Plain) -> None:
        """Add calls; the exceptions, and where they were raised, by their position among all calls of the event."""
        self._raw_calls += calls
        for known, found in ((self._raised, raised), (self._raised_at, raised_at)):
            if type(found) is dict:
                known.update(found)


class Rebuilder:
    """Rebuilds events.

    Args:
        rows: The trace's records.
        names: Its names.
        history: Where the entries of the log history lie.
        stored: The large values.
        args: Training arguments of the run's header: the chain holds only what differs from them.
        loop: The cause of what changed between two events.
    """

    def __init__(
        self,
        rows: Rows,
        names: Names,
        history: HistoryIndex,
        stored: StoredValues,
        args: Mapping[str, Plain],
        loop: str,
    ) -> None:
        self._rows = rows
        self._names = names
        self._history = history
        self._stored = stored
        self._value_of = stored.bounded()
        self._args = args
        self._loop = loop
        self._reached: tuple[Place, Chain] = (-1, 0), {}

    def event(self, place: Place, end: Place | None) -> Rebuilt:
        """Rebuild one event.

        Args:
            place: Where its row is.
            end: Where the record of its end is, for an event in which others were nested.
        """
        rebuilt = Rebuilt()
        self._value_of = self._stored.bounded()
        chain = self._chain(place)
        row = self._rows.record(place)
        if isinstance(row, EventRow):
            self._begin(rebuilt, row, chain)
            self._inside(rebuilt, row, chain)
        last = self._end(end) if end is not None else None
        if last is not None and end is not None:
            self._inside(rebuilt, last, self._chain(end))
        rebuilt.finish()
        return rebuilt

    def _end(self, place: Place) -> Exit | None:
        """Return the record of an event's end; None if it was lost: the directory told of its block then."""
        try:
            row = self._rows.record(place)
        except BadRecord:
            return None
        return row if isinstance(row, Exit) else None

    def value(self, value: Plain) -> Plain:
        """Return what a value of the chain stands for."""
        return self._stored(value)

    def snapshot(self, chain: Chain, inputs: dict[str, Plain]) -> Snapshot:
        """Sort the watched values into their kinds."""
        maps: dict[str, dict[str, Plain]] = {section: {} for section in _MAPS}
        maps[paths.ARGS.section].update(self._args)
        others: dict[str, Any] = {}
        value_of = self._stored.bounded()
        for path, raw in chain.items():
            (kind, key), value = paths.kind_of(path), value_of(raw)
            if kind.section in maps:
                maps[kind.section][key] = value
            elif kind.section:
                others[kind.section] = whole_list(value) if kind is paths.LR else value
        args = maps[paths.ARGS.section]
        maps[paths.ARGS.section] = {key: value for key, value in args.items() if value is not ABSENT}
        others |= {name: _mapping(inputs.get(name)) for name in paths.SHAPED}
        others["inputs"] = {name: value for name, value in inputs.items() if name not in paths.SHAPED}
        return Snapshot(**{**maps, **others})

    def _chain(self, place: Place) -> Chain:
        """Return the watched values as they were before a record.

        The walk goes on from where the last one ended, if that is on the way: stepping through a trace costs
        one row a step, not half a block.
        """
        block = self._rows.block(place)
        start = block.keyframe_before(place[1])
        (known, begin), chain = self._reached
        if known != place[0] or not start < begin <= place[1]:
            begin, chain = start, {}
        self._walk(chain, block, begin, place[1])
        self._reached = place, chain
        return dict(chain)

    def _walk(self, chain: Chain, block: PackedBlock, begin: int, end: int) -> None:
        """Write what the records between two positions changed.

        All rows of a template change the same paths, so that its last one hides those before it.
        """
        for template, position in block.last_of_each(begin, end):
            rank = int(block.ranks[position])
            for _, number, part in places_in_row(shape_of(block.templates[template])):
                path = self._names.text(number)
                if not paths.kind_of(path)[0].given:
                    _set(chain, path, self.view(revive(block.value(template, part, rank))))

    def _begin(self, rebuilt: Rebuilt, row: EventRow, chain: Chain) -> None:
        rare = row.rare or {}
        by = rare.get(Rare.BETWEEN_CAUSE)
        cause = self._loop if by is None else self._names.text(by)
        rebuilt.changes += self._change(chain, {}, cause, row.between, inside=False)
        rebuilt.before = dict(chain)
        rebuilt.inputs = {**_nones(chain.get(paths.NONES.name)), **self._inputs(rare.get(Rare.INPUTS))}
        rebuilt.inputs_after = dict(rebuilt.inputs)
        joined = rare.get(Rare.JOINED)
        rebuilt.joined = joined if type(joined) is int else None
        rebuilt.probes += self._probes(rare.get(Rare.PROBES))

    def _inside(self, rebuilt: Rebuilt, row: EventRow | Exit, chain: Chain) -> None:
        for number, flat in pairs(row.inside):
            cause = self._names.text(number)
            rebuilt.changes += self._change(chain, rebuilt.inputs_after, cause, flat, inside=True)
        rare = row.rare or {}
        rebuilt.after = chain
        calls = ((self._names.text(callback), duration) for callback, duration in pairs(row.calls))
        rebuilt.add_calls(calls, rare.get(Rare.RAISED), rare.get(Rare.RAISED_AT))
        rebuilt.messages += self._messages(rare.get(Rare.MESSAGES))
        rebuilt.replaced_by += self._texts(rare.get(Rare.REPLACED))

    def _change(
        self, chain: Chain, inputs: dict[str, Plain], cause: str, flat: Any, *, inside: bool
    ) -> Iterator[Change]:
        """Apply pairs to the chain, or to the event's own inputs, and tell what each of them changed."""
        for number, raw in pairs(flat):
            path, new = self._names.text(number), self.view(raw)
            kind, key = paths.kind_of(path)
            if kind.given:
                new = self._value_of(new)
                old = _change_input(inputs, kind, key, new)
            else:
                old = chain.get(path, self._args.get(key, ABSENT) if kind.overlay else ABSENT)
                _set(chain, path, new)
            yield Change(path, self._value_of(old), self._value_of(new), cause, inside)

    def view(self, value: Plain) -> Plain:
        """Return a value as it is shown: a reference to the log history becomes the history."""
        if not isinstance(value, HistoryRef):
            return value
        return HistoryView(value, self._history.length(value), self._entry)

    def _inputs(self, raw: Plain) -> dict[str, Plain]:
        if type(raw) is not dict:
            return {}
        named = {self._names.text(number): self._value_of(value) for number, value in raw.items()}
        shaped: dict[str, Plain] = {name: self._shaped(named[name]) for name in paths.SHAPED if name in named}
        return {**named, **shaped}

    def _shaped(self, value: Plain) -> Plain:
        """Return what `[shape, value, ...]` stands for."""
        if type(value) is not list or not value:
            return value
        keys = self._names.shape(value[0])
        if keys is None or len(keys) != len(value) - 1:
            return LOST
        return dict(zip(keys, map(self._value_of, value[1:]), strict=True))

    def _entry(self, ref: HistoryRef, position: int) -> Plain:
        try:
            place = self._history.find(ref, position)
            record = self._rows.record(place) if place is not None else None
        except BadRecord:
            return self._history.lost
        if not isinstance(record, History) or not 0 <= position - record.start < len(record.entries):
            return self._history.lost
        return self._shaped(record.entries[position - record.start])

    def _messages(self, raw: Plain) -> Iterator[Message]:
        for item in raw if type(raw) is list else ():
            if type(item) is not list or len(item) < 4:
                continue
            cause, *texts = item[:4]
            if all(type(text) is str for text in texts):
                yield Message(self._names.text(cause), *texts)

    def _probes(self, raw: Plain) -> Iterator[Probed]:
        for item in raw if type(raw) is list else ():
            if type(item) is not list or len(item) < 3:
                continue
            probe, took, value, raised, *_ = [*item, None]
            if is_count(took):
                text = raised if type(raised) is str else None
                yield Probed(self._names.text(probe), self._value_of(value), took / 1e6, text)

    def _texts(self, raw: Plain) -> Iterator[str]:
        return (self._names.text(number) for number in (raw if type(raw) is list else ()))


def _nones(names: Plain) -> dict[str, Plain]:
    """Return the arguments of an event that were None, and are not recorded otherwise."""
    return {name: None for name in (names if type(names) is list else ()) if type(name) is str}


def _set(chain: Chain, path: str, value: Plain) -> None:
    if value is ABSENT and not paths.kind_of(path)[0].overlay:
        chain.pop(path, None)
    else:
        chain[path] = value


def _change_input(inputs: dict[str, Plain], kind: paths.Kind, path: str, new: Plain) -> Plain:
    """Change one key of an input, on a copy: what was before stays as it was; return the old value."""
    name, key = (kind.name, path) if kind is not paths.INPUTS else path.partition(".")[::2]
    mapping = inputs.get(name)
    if type(mapping) is not dict:
        return ABSENT
    inputs[name] = {**mapping, key: new}
    if new is ABSENT:
        del inputs[name][key]
    return mapping.get(key, ABSENT)


def _mapping(value: Plain) -> Mapping[str, Plain] | None:
    if type(value) is Shortened and type(value.kept) is dict:
        return {**value.kept, MORE: Described("shortened", f"{len(value.kept):,} of {value.length:,} keys were kept")}
    return value if type(value) is dict else None


def whole_list(value: Plain) -> list[Plain] | None:
    """Return a list, with a mark at its end where it was shortened; None if it is none."""
    if type(value) is Shortened and type(value.kept) is list:
        return [*value.kept, Described("shortened", f"{len(value.kept):,} of {value.length:,} were kept")]
    return value if type(value) is list else None
