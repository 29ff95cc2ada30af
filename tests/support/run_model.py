"""A run in plain Python: writes itself into a trace, and knows what a replay of it has to show."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tracetui.replay.events.event import Event
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import ABSENT, HistoryRef

KEYS = ["global_step", "epoch", "a", "b"]
FLAGS = ["should_log", "should_save"]
CALLBACKS = ["Early", "Late"]
NAMES = ["on_step_begin", "on_step_end", "on_log", "on_my_own"]

values = st.one_of(st.integers(-5, 5), st.booleans(), st.none(), st.text(max_size=3), st.just(1 << 70), st.just(0.5))
changes = st.dictionaries(
    st.sampled_from([f"state.{key}" for key in KEYS] + [f"control.{flag}" for flag in FLAGS]),
    values | st.just(ABSENT),
    max_size=3,
)
entries = st.dictionaries(st.sampled_from(["loss", "step"]), st.integers(0, 9), min_size=1)


@dataclass
class Happening:
    """One event to be written.

    Attributes:
        name: Its name.
        between: What the Trainer changes before it.
        logs: Its logs, or None.
        inside: Callback and what it changes, in order.
        nested: Events inside it, after the first of `inside`.
        history: What happens to the log history before it: "append", "edit", "cut" or nothing.
        entry: The entry for that.
        block: Whether a new block begins before it.
    """

    name: str
    between: dict[str, Any] = field(default_factory=dict)
    logs: dict[str, Any] | None = None
    inside: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    nested: list[Happening] = field(default_factory=list)
    history: str = ""
    entry: dict[str, Any] = field(default_factory=dict)
    block: bool = False


def happenings(depth: int = 2) -> st.SearchStrategy[Happening]:
    """Generate events, with others nested in some of them."""
    nested = st.lists(happenings(depth - 1), max_size=2) if depth else st.just([])
    return st.builds(
        Happening,
        name=st.sampled_from(NAMES),
        between=changes,
        logs=st.none() | entries,
        inside=st.lists(st.tuples(st.sampled_from(CALLBACKS), changes), max_size=3),
        nested=nested,
        history=st.sampled_from(["", "", "append", "edit", "cut"]),
        entry=entries,
        block=st.booleans(),
    )


@dataclass
class Expected:
    """What a replay has to show of one event; `changes` are (path, old, new, by, inside), `directly_after` too."""

    name: str
    before: dict[str, Any]
    level: int
    logs: dict[str, Any] | None
    after: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[str, Any, Any, str, bool]] = field(default_factory=list)
    directly_after: list[tuple[str, Any, Any, str, bool]] = field(default_factory=list)


class Model:
    """Writes events, and keeps what is expected.

    Attributes:
        data: The trace.
        expected: By number of the event.
    """

    def __init__(self) -> None:
        """Write the header."""
        self.data = bytearray()
        self.expected: list[Expected] = []
        self._writer = TraceWriter(self.data.extend, bytes(16), 0.0, {})
        self._now: dict[str, Any] = {}
        self._list: list[dict[str, Any]] = []
        self._generation = self._edition = 0
        self._time = 0
        self._ended: Expected | None = None  # the event that ended last, if none has begun since

    def write(self, happening: Happening, level: int = 0) -> None:
        """Write one event and those inside it."""
        self._time += 10
        if happening.block:
            self._writer.restart_block()
        found: list[tuple[str, Any, Any, str, bool]] = []
        between = self._pairs(happening.between, "Trainer", found, inside=False)
        between += self._history(happening, found)
        rare: dict[int, Any] = {}
        if happening.logs is not None:
            shape = self._writer.name(tuple(happening.logs))
            rare[1] = {self._writer.name("logs"): [shape, *happening.logs.values()]}
        if self._ended is not None:
            self._ended.directly_after = list(found)
        self._ended = None
        event = Expected(happening.name, copy.deepcopy(self._now), level, happening.logs, changes=found)
        self.expected.append(event)
        number = self._writer.name(happening.name)
        first = self._groups(happening.inside[:1], found)
        if not happening.nested:
            rest = self._groups(happening.inside[1:], found)
            self._writer.event(number, self._time, 5, between, first + rest, (), rare or None)
        else:
            self._writer.event(number, self._time, 0, between, first, (), rare or None, opens=True)
            for inner in happening.nested:
                self.write(inner, level + 1)
            self._writer.exit(7, self._groups(happening.inside[1:], found), time=self._time)
        event.after = copy.deepcopy(self._now)
        self._ended = event

    def _groups(self, groups: list[tuple[str, dict[str, Any]]], found: list[Any]) -> list[Any]:
        flat: list[Any] = []
        for callback, changes in groups:
            flat += [self._writer.name(callback), self._pairs(changes, callback, found, inside=True)]
        return flat

    def _pairs(self, changes: dict[str, Any], by: str, found: list[Any], *, inside: bool) -> list[Any]:
        flat: list[Any] = []
        for path, new in changes.items():
            found.append((path, self._now.get(path, ABSENT), new, by, inside))
            flat += [self._writer.name(path), new]
            if new is ABSENT:
                self._now.pop(path, None)
            else:
                self._now[path] = new
        return flat

    def _history(self, happening: Happening, found: list[Any]) -> list[Any]:
        old = copy.deepcopy(self._list)
        if happening.history == "append":
            self._list.append(happening.entry)
            start = len(self._list) - 1
        elif happening.history == "edit" and self._list:
            self._list[-1] = happening.entry
            start = len(self._list) - 1
        elif happening.history == "cut":
            del self._list[len(self._list) // 2 :]
            start, self._generation = 0, self._generation + 1
        else:
            return []
        path = "state.log_history"
        self._edition += 1
        shaped = [[self._writer.name(tuple(entry)), *entry.values()] for entry in self._list[start:]]
        self._writer.history(self._generation, self._edition, start, shaped, time=self._time)
        found.append((path, old if path in self._now else ABSENT, copy.deepcopy(self._list), "Trainer", False))
        self._now[path] = copy.deepcopy(self._list)
        return [self._writer.name(path), HistoryRef(self._generation, len(self._list), self._edition)]


def written(run: list[Happening]) -> Model:
    """Write a run."""
    model = Model()
    for happening in run:
        model.write(happening)
    return model


def chain(section: dict[str, Any]) -> dict[str, Any]:
    """Return the values of one section, by path, the history as a list."""
    return {key: list(value) if key == "log_history" else value for key, value in section.items()}


def assert_same(event: Event, expected: Expected) -> None:
    """Compare everything, and types too: 1 is not True."""
    for snapshot, wanted in ((event.before, expected.before), (event.after, expected.after)):
        found = {f"state.{key}": value for key, value in chain(dict(snapshot.state)).items()}
        found |= {f"control.{key}": value for key, value in snapshot.control.items()}
        assert {key: (type(value), value) for key, value in found.items()} == {
            key: (type(value), value) for key, value in wanted.items()
        }
    assert event.name == expected.name
    assert event.before.logs == expected.logs
    assert [tuple(map(plain, change)) for change in seen(event)] == [tuple(map(plain, c)) for c in expected.changes]


def seen(event: Event) -> list[tuple[Any, ...]]:
    """Return an event's changes as tuples."""
    return [(change.path, change.old, change.new, change.by, change.inside) for change in event.changes]


def plain(value: Any) -> Any:
    """Return a history as the list of its entries."""
    return value if value is ABSENT or isinstance(value, (str, bytes)) or not hasattr(value, "__len__") else list(value)
