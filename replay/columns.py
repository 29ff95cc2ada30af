"""What a list of events shows, as columns: one pass over the records fills them, no event is kept as an object."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from ..trace.records import EventRow, Exit, Rare
from ..trace.values import Plain
from .names import Names
from .phases import Phases

CHANGED: Final = 1
EXCEPTION: Final = 2
NONFINITE: Final = 4
MESSAGE: Final = 8
GAP: Final = 16

FLAGS: Final = ("should_training_stop", "should_epoch_stop", "should_save", "should_evaluate", "should_log")

Postings = Mapping[str, NDArray[np.int64]]
"""For a text the numbers of the events that it belongs to, sorted."""


class Columns:
    """The columns of a trace, arrays of length n.

    Attributes:
        names: Event names; `name` holds indices into them.
        step: ``state.global_step``, -1 where it is no integer of 64 bits.
        epoch: ``state.epoch``, NaN where there is none.
        time, duration: Seconds.
        depth: Indentation: phases around the event, and events that it happened inside of.
        phases: Sum of `phases.TRAIN` and so on.
        flags: Control after the event, bits in the order of `FLAGS`.
        marks: Sum of `CHANGED`, `EXCEPTION`, `NONFINITE`, `MESSAGE`, `GAP`.
        changed: By path, the events in or before which it changed.
        caused: By cause, the events of which it changed something.
        keys: By key of logs or metrics, the events that carry it.
    """

    FLAGS: ClassVar[tuple[str, ...]] = FLAGS

    def __init__(self, builder: ColumnBuilder) -> None:
        """Take over what the builder collected."""
        self.names = builder.names
        self.name = np.frombuffer(builder.name, np.uint16) if builder.name else np.empty(0, np.uint16)
        self.step = _column(builder.step, np.int64)
        self.epoch = _column(builder.epoch, np.float64)
        self.time = _column(builder.time, np.float64)
        self.duration = _column(builder.duration, np.float64)
        self.depth = _column(builder.depth, np.uint8)
        self.phases = _column(builder.phases, np.uint8)
        self.flags = _column(builder.flags, np.uint8)
        self.marks = _column(builder.marks, np.uint8)
        self.changed: Postings = _postings(builder.changed)
        self.caused: Postings = _postings(builder.caused)
        self.keys: Postings = builder.key_postings()

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.name)

    def name_of(self, index: int) -> str:
        """Return an event's name."""
        return self.names[int(self.name[index])]


class ColumnBuilder:
    """Collects the columns, record by record.

    Args:
        table: The trace's names.
    """

    def __init__(self, table: Names) -> None:
        """Begin without an event."""
        self._table = table
        self._name_index: dict[str, int] = {}
        self.names: list[str] = []
        self.name, self.step, self.epoch = array("H"), array("q"), array("d")
        self.time, self.duration = array("d"), array("d")
        self.depth, self.phases, self.flags, self.marks = array("B"), array("B"), array("B"), array("B")
        self.changed: dict[str, array[int]] = {}
        self.caused: dict[str, array[int]] = {}
        self._shapes: dict[int, array[int]] = {}
        self._texts: dict[int, str] = {}
        self._kinds: dict[int, tuple[str, int]] = {}
        self._phases = Phases()
        self._step, self._epoch, self._flags = -1, math.nan, 0
        self._pending_mark = 0
        self._nonfinite_at = -1  # the latest event at which something became NaN or infinite
        self._open: list[int | None] = []

    def keyframe(self, chain: Plain, base: int, open_events: int, follows: bool) -> None:
        """Take the values at the head of a block.

        Args:
            chain: Pairs of path and value.
            base: Microseconds since the start of the recording, from which the block's times count.
            open_events: Events that have begun and not ended.
            follows: Nothing is missing between this block and the one before.
        """
        self._base = base
        self._step, self._epoch, self._flags = -1, math.nan, 0
        self._set_all(chain)
        del self._open[open_events:]  # the end of these could not be recorded
        if not follows:
            self._pending_mark = GAP
            self._open = [None] * min(open_events, 255)

    def event(self, row: EventRow) -> None:
        """Take an event."""
        index = len(self.name)
        marks, self._pending_mark = self._pending_mark, 0
        if row.between:
            by = row.rare.get(Rare.BETWEEN_CAUSE) if row.rare else None
            self._change(index, "Trainer" if by is None else self._text(by), row.between)
        self.step.append(self._step)
        self.epoch.append(self._epoch)
        if row.inside:
            marks |= CHANGED
            self._change_inside(index, row.inside)
        if row.rare:
            marks |= self._rare(index, row.rare)
        self._append(row, marks | (NONFINITE if self._nonfinite_at == index else 0))
        if row.opens:
            self._open.append(index)

    def exit(self, row: Exit) -> int | None:
        """Take the end of the innermost open event; return its number, None if it is not known."""
        index = self._open.pop() if self._open else None
        at = len(self.name) - 1 if index is None else index
        if row.inside and at >= 0:
            self._change_inside(at, row.inside)
        if index is not None:
            self.duration[index] = row.duration / 1e6
            self.flags[index] = self._flags
            self.marks[index] |= (CHANGED if row.inside else 0) | (self._rare(index, row.rare) if row.rare else 0)
        return index

    def mark(self, mark: int, index: int) -> None:
        """Mark an event."""
        if 0 <= index < len(self.marks):
            self.marks[index] |= mark

    def mark_next(self, mark: int) -> None:
        """Mark the event that comes next."""
        self._pending_mark |= mark

    @property
    def in_event(self) -> bool:
        """Whether an event is open."""
        return bool(self._open)

    def key_postings(self) -> Postings:
        """Return the events by each key of their logs or metrics."""
        by_key: dict[str, list[NDArray[np.int64]]] = {}
        for shape, events in self._shapes.items():
            for key in self._table.shape(shape) or ():
                by_key.setdefault(key, []).append(_column(events, np.int64))
        return {key: np.unique(np.concatenate(parts)) for key, parts in by_key.items()}

    def _append(self, row: EventRow, marks: int) -> None:
        text = self._text(row.name)
        number = self._name_index.get(text)
        if number is None:
            number = self._name_index[text] = min(len(self.names), 0xFFFF)
            if len(self.names) <= 0xFFFF:
                self.names.append(text)
        depth, phases = self._phases.follow(text)
        self.name.append(number)
        self.time.append((self._base + row.time) / 1e6)
        self.duration.append(row.duration / 1e6)
        self.depth.append(min(depth + len(self._open), 255))
        self.phases.append(phases)
        self.flags.append(self._flags)
        self.marks.append(marks)

    def _change_inside(self, index: int, groups: Any) -> None:
        for position in range(0, len(groups), 2):
            self._change(index, self._text(groups[position]), groups[position + 1])

    def _change(self, index: int, cause: str, flat: Any) -> None:
        if flat:
            _post(self.caused, cause, index)
        for position in range(0, len(flat), 2):
            _post(self.changed, self._text(flat[position]), index)
            if _nonfinite(flat[position + 1]):
                self._nonfinite_at = index
        self._set_all(flat)

    def _set_all(self, flat: Any) -> None:
        for position in range(0, len(flat), 2):
            kind, bit = self._kind(flat[position])
            if not kind:
                continue
            value = flat[position + 1]
            if kind == "step":
                self._step = value if type(value) is int and -(1 << 63) <= value < 1 << 63 else -1
            elif kind == "epoch":
                self._epoch = _as_float(value)
            else:
                self._flags = self._flags | bit if value is True else self._flags & ~bit

    def _kind(self, path: int) -> tuple[str, int]:
        kind = self._kinds.get(path)
        if kind is None:
            text = self._text(path)
            flag = text.removeprefix("control.")
            kind = ("flag", 1 << FLAGS.index(flag)) if text != flag and flag in FLAGS else ("", 0)
            kind = {"state.global_step": ("step", 0), "state.epoch": ("epoch", 0)}.get(text, kind)
            self._kinds[path] = kind
        return kind

    def _rare(self, index: int, rare: Mapping[int, Plain]) -> int:
        marks = MESSAGE if rare.get(Rare.MESSAGES) else 0
        if rare.get(Rare.RAISED):
            marks |= EXCEPTION
        inputs = rare.get(Rare.INPUTS)
        for value in inputs.values() if type(inputs) is dict else ():
            marks |= self._input(index, value)
        return marks

    def _input(self, index: int, value: Plain) -> int:
        if type(value) is not list or not value:
            values = value.values() if type(value) is dict else (value,)
            return NONFINITE if any(map(_nonfinite, values)) else 0
        if type(value[0]) is int:
            self._shapes.setdefault(value[0], array("q")).append(index)
        return NONFINITE if any(map(_nonfinite, value)) else 0

    def _text(self, number: int) -> str:
        text = self._texts.get(number)
        if text is None:
            text = self._texts[number] = self._table.text(number)
        return text


def _post(postings: dict[str, array[int]], key: str, index: int) -> None:
    events = postings.get(key)
    if events is None:
        postings[key] = array("q", (index,))
    elif events[-1] < index or events[-1] > index:
        events.append(index)


def _postings(collected: dict[str, array[int]]) -> Postings:
    return {key: _sorted(_column(events, np.int64)) for key, events in collected.items()}


def _sorted(events: NDArray[np.int64]) -> NDArray[np.int64]:
    return events if bool(np.all(events[1:] > events[:-1])) else np.unique(events)


def _column(values: Any, kind: Any) -> NDArray[Any]:
    return np.frombuffer(values, kind) if len(values) else np.empty(0, kind)


def _nonfinite(value: Plain) -> bool:
    return type(value) is float and not math.isfinite(value)


def _as_float(value: Plain) -> float:
    if type(value) is float:
        return value
    if type(value) is int and abs(value) < 1 << 1000:
        return float(value)
    return math.nan
