"""Everything that is watched across events: one look tells what changed, as pairs for a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import is_, itemgetter
from typing import Any, Final

from ...trace.codec import packed_size
from ...trace.journal.writer import TraceWriter
from ...trace.paths import ARGS, CONTROL, LR, STATE
from ...trace.values import HistoryRef, Plain
from ..interruptions import interrupts
from .plain import Plainer
from .watch import NOTHING, HistoryWatch, Watch, same

_FLOATS: Final = {float}
_RATE: Final = itemgetter("lr")
_NUMBERS: Final = {float, bool, int}

MAX_HISTORY_ENTRIES: Final = 256
"""Entries in one HISTORY record: a resumed run brings its whole history along."""

MAX_HISTORY_BYTES: Final = 1 << 17
"""Bytes of the entries in one HISTORY record that holds several."""

FEW_RATES: Final = 128
"""Learning rates that stand in a row as they are."""


class Watches:
    """The chain of watched values: state, control, args, learning rates.

    Attributes:
        look_control: Returns what changed in control alone since the last look.

    Args:
        writer: Takes new entries of the log history, and gives names their numbers.
        plain: Turns any value into a plain one.
    """

    def __init__(self, writer: TraceWriter, plain: Plainer) -> None:
        """Know nothing yet: the first look reports everything."""
        self._writer = writer
        self._plain = plain
        self._state = Watch(STATE.name, writer.name, plain.field, writer.stored, frozenset({"log_history"}))
        self._control = Watch(CONTROL.name, writer.name, plain.field, writer.stored)
        self.look_control: Final = self._control.look
        self._look_state: Final = self._state.look
        self._args = Watch(ARGS.name, writer.name, plain.field, writer.stored)
        self._history, self._history_ref = HistoryWatch(), HistoryRef(0, 0)
        self._edition = 0
        self._history_path = writer.name(STATE.path("log_history"))
        self._rates: list[Any] = []
        self._floats: Sequence[float] = ()  # the rates where none can change in place
        self._rates_path = writer.name(LR.name)
        self._shapes: dict[tuple[str, ...], int] = {}

    def begin(self, args: object, state: object, control: object) -> list[Plain]:
        """Return all values as they are now, as pairs. Args are noted as known, since the run's header has them."""
        self._args.look(args)
        self._first_args = self._args.seen
        pairs = self.look(state, control, 0)
        return pairs if self._history.length else [*pairs, self._history_path, self._history_ref]

    def again(self, args: object, state: object, control: object, time: int) -> list[Plain]:
        """Return all values as they are now, as pairs, as if nothing had been looked at before.

        Args:
            args, state, control: The Trainer's.
            time: Microseconds since the start of the recording.
        """
        for watch in (self._state, self._control):
            watch.forget()
        self._rates, self._floats = [], ()
        pairs = self.look(state, control, time)
        if self._history.length and self._history_path not in pairs[::2]:
            pairs = [*pairs, self._history_path, self._history_ref]
        self._args.expect(self._first_args)
        return pairs + self.look_args(args)

    def look(self, state: object, control: object, time: int, *, closely: bool = True) -> list[Plain]:
        """Return what changed in state and control since the last look; `NOTHING` in most cases.

        Args:
            state, control: The Trainer's.
            time: Microseconds since the start of the recording.
            closely: See `Watch.look` and `HistoryWatch.look`.
        """
        # The history first: it is written at once, and when that fails no other change has been looked at.
        new = self._look_history(getattr(state, "log_history", None), closely, time)
        in_control, in_state = self.look_control(control), self._look_state(state, closely)
        if new:
            return [*in_control, *in_state, self._history_path, self._history_ref]
        return in_control + in_state if in_control and in_state else in_control or in_state

    def look_briefly(self, state: Any, control: Any, time: int) -> list[Plain]:
        """Return what `look` returns when not `closely`: in most cases after nothing but a few comparisons."""
        of_state, of_control, of_history = self._state, self._control, self._history
        try:
            fields, flags, history = state.__dict__, control.__dict__, state.log_history
        except AttributeError:
            return self.look(state, control, time, closely=False)
        length = of_history.length
        known = history is of_history.list and len(history) == length and (not length or history[-1] is of_history.last)
        if not known or of_control.loose:
            return self.look(state, control, time, closely=False)
        raw = of_control.raw
        same = len(flags) == len(raw) and all(map(is_, flags.values(), raw))
        in_control = NOTHING if same else of_control.compare(flags)
        raw = of_state.raw
        if len(fields) == len(raw) and all(map(is_, fields.values(), raw)):
            return in_control
        in_state = of_state.compare(fields)
        return in_control + in_state if in_control else in_state

    def look_args(self, args: object) -> list[Plain]:
        """Return what changed in args since the last look."""
        return self._args.look(args) if args is not None else NOTHING

    def look_rates(self, optimizer: Any) -> list[Plain]:
        """Return the learning rate of each parameter group, if one changed since the last look."""
        try:
            groups = optimizer.param_groups
            try:
                rates = [*map(_RATE, groups)]
            except KeyError:
                rates = [group.get("lr") for group in groups]
        except Exception as error:  # there is none, or one of a foreign kind: no rates to record
            if interrupts(error):
                raise
            return NOTHING
        if self._floats and len(rates) == len(self._floats) and all(map(is_, rates, self._floats)):
            return NOTHING
        # Only floats are compared as they are: comparing tensors would wait for an accelerator.
        floats = {*map(type, rates)} == _FLOATS
        new = rates if floats else [self._plain(rate) for rate in rates]
        if new == self._rates if floats and self._floats else same(self._rates, new):
            return NOTHING
        self._rates, self._floats = new, new if floats else ()
        few = len(new) <= FEW_RATES
        return [self._rates_path, new if few else self._writer.stored(self._rates_path, self._plain(new))]

    def _look_history(self, history: object, closely: bool, time: int) -> bool:
        """Write what is new in the history, if anything is."""
        try:
            new = self._history.look(history, closely=closely)
            if new is not None:
                self._append_history(*new, time)
        except BaseException:  # where it stopped nobody knows: the next look takes the whole list for a new one
            self._history = HistoryWatch(self._history.generation + 1)
            raise
        return new is not None

    def _append_history(self, start: int, entries: list[Any], time: int) -> None:
        generation = self._history.generation
        shaped = map(self.shaped, entries)
        for part in _parts(shaped) if len(entries) > 1 else (list(shaped),):
            self._writer.history(generation, self._edition + 1, start, part, time=time)
            self._edition += 1  # only now: a number that is missing means that entries are
            start += len(part)
        self._history_ref = HistoryRef(generation, self._history.length, self._edition)

    def shaped(self, mapping: object) -> Plain:
        """Return a dict with text keys as a list of its shape's number and its values; else a plain value."""
        if type(mapping) is dict and set(map(type, mapping)) == {str}:
            values = list(mapping.values())
            number = self._shapes.get(tuple(mapping))
            if number is not None and len(values) == len(mapping) and _are_numbers(values):
                return [number, *values]
        return self._new_shape(mapping)

    def _new_shape(self, mapping: object) -> Plain:
        value = self._plain(mapping)
        if type(value) is not dict or len(value) > MAX_SHAPE or not all(type(key) is str for key in value):
            return value if type(value) is not list else {"": value}
        keys = tuple(value)
        number = self._writer.shape(keys)
        if number is None:
            return value
        if type(mapping) is dict and keys == tuple(mapping):
            self._shapes[keys] = number  # none of the keys hides anything
        return [number, *value.values()]


def _parts(entries: Iterator[Plain]) -> Iterator[list[Plain]]:
    """Give entries in parts, each for one HISTORY record."""
    part: list[Plain] = []
    size = 0
    for entry in entries:
        size += packed_size(entry)
        if part and (size > MAX_HISTORY_BYTES or len(part) == MAX_HISTORY_ENTRIES):
            yield part
            part, size = [], packed_size(entry)
        part.append(entry)
    if part:
        yield part


def _are_numbers(values: list[Any]) -> bool:
    kinds = set(map(type, values))
    return kinds <= _NUMBERS and (int not in kinds or -(1 << 63) <= min(values) <= max(values) < 1 << 63)


MAX_SHAPE: Final = 200
"""Keys of a mapping whose shape is interned."""
