"""Events of several threads in plain Python: written into a trace, with what a replay of it has to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from hypothesis import strategies as st

from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter

THREADS = ["MainThread", "heartbeat", "Thread-2 (work)", "logs.loss"]
NAMES = ["on_log", "on_step_begin", "on_step_end", "on_prediction_step", "on_evaluate", "on_train_begin"]
PHASES = ["train", "step", "evaluation"]
BEGINS = {"on_train_begin": "train", "on_step_begin": "step", "on_prediction_step": "evaluation"}
ENDS = {"on_step_end": "step", "on_evaluate": "evaluation"}

MOST = 250
"""Events that are open at once; a reader takes no more than 255."""

Act = tuple[str, int, int, bool]
"""What happens ("begin", "end", "moment", "block", "abandon"), in which thread, which name, whether values change."""


def acts(*more: str, size: int = 40) -> st.SearchStrategy[list[Act]]:
    """Generate what several threads do, in the order in which it happens."""
    what = st.sampled_from(["begin", "begin", "end", "end", "moment", "moment", "block", *more])
    return st.lists(st.tuples(what, st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=size)


def every_order(length: int) -> Iterator[list[Act]]:
    """Give every order in which two threads can begin and end events, followed by an event of each."""
    for steps in product(product(("begin", "end"), (0, 1)), repeat=length):
        opened = [0, 0]
        for what, thread in steps:
            opened[thread] += 1 if what == "begin" else -1
            if min(opened) < 0:
                break
        else:
            for changes in (True, False):
                run = [(what, thread, 0, changes or what == "begin") for what, thread in steps]
                yield [*run, ("moment", 1, 0, True), ("begin", 0, 1, True), ("end", 0, 0, True)]


@dataclass
class Expected:
    """What a replay has to show of one event; changes are (path, old, new, by, inside).

    Attributes:
        begun: How many of its changes are known when it has only begun.
        sure: Its end was written, or it is still open: all of it is known.
    """

    name: str
    thread: str
    time: int
    depth: int
    duration: int
    before: dict[str, int]
    changes: list[tuple[Any, ...]]
    after: dict[str, int] = field(default_factory=dict)
    begun: int = 0
    after_begin: dict[str, int] = field(default_factory=dict)
    directly_after: list[tuple[Any, ...]] = field(default_factory=list)
    ended: bool = False
    sure: bool = True


class Model:
    """Writes what happens, and keeps what is expected.

    Attributes:
        data: The trace.
        expected: By number of the event.
    """

    def __init__(self) -> None:
        """Write the header."""
        self.data = bytearray()
        self.expected: list[Expected] = []
        self._writer = TraceWriter(self.data.extend, bytes(16), 0.0, {})
        self._open: list[Expected] = []
        self._phases: dict[str, set[str]] = {thread: set() for thread in THREADS}
        self._now: dict[str, int] = {}
        self._time = self._value = 0
        self._last: Expected | None = None  # the event whose end is the last row

    def write(self, acts: list[Act]) -> Model:
        """Write what happens, and an END."""
        for what, thread, pick, changes in acts:
            self._time += 10
            if what in ("begin", "moment"):
                self._begin(NAMES[pick], THREADS[thread], changes, opens=what == "begin" and len(self._open) < MOST)
            elif what in ("end", "abandon"):
                self._end(THREADS[thread], changes, written=what == "end")
            else:
                self._writer.restart_block()
        self._writer.note(Note.END, {"reason": "finished", "events": len(self.expected)}, time=self._time)
        return self

    def _begin(self, name: str, thread: str, changes: bool, *, opens: bool) -> None:
        found: list[tuple[Any, ...]] = []
        foreign = any(event.thread != thread for event in self._open)
        between = self._pairs("unknown" if foreign else "Trainer", found, changes, inside=False)
        if self._last is not None and self._last.thread in (thread, THREADS[0]):
            self._last.directly_after = list(found)
        rare: dict[int, Any] = {}
        if thread != THREADS[0]:
            rare[Rare.THREAD] = self._writer.name(thread)
        if foreign and between:
            rare[Rare.BETWEEN_CAUSE] = self._writer.name("unknown")
        before = dict(self._now)
        inside = self._pairs("A", found, changes, inside=True)
        groups = [self._writer.name("A"), inside] if inside else []
        duration = 0 if opens else 5
        self._writer.event(
            self._writer.name(name), self._time, duration, between, groups, (), rare or None, opens=opens
        )
        level = sum(event.thread == thread for event in self._open)
        event = Expected(name, thread, self._time, level + self._follow(name, thread), duration, before, found)
        event.after = event.after_begin = dict(self._now)
        event.begun, event.ended = len(found), not opens
        self.expected.append(event)
        self._last = None if opens else event
        if opens:
            self._open.append(event)

    def _end(self, thread: str, changes: bool, *, written: bool) -> None:
        places = [place for place, event in enumerate(self._open) if event.thread == thread]
        if not places:
            return
        above = len(self._open) - 1 - places[-1]
        single = len({event.thread for event in self._open}) == 1
        event = self._open.pop(places[-1])
        if not written:
            self._writer.abandon(above)
            event.sure, self._last = False, None
            if self.expected[-1].ended:
                self.expected[-1].sure = False  # nobody can say what was directly after it
            return
        inside = self._pairs("B", event.changes, changes, inside=True)
        groups = [self._writer.name("B"), inside] if inside else []
        self._writer.exit(7, groups, time=self._time, back=None if single else above)
        event.duration, event.after, event.ended = 7, dict(self._now), True
        self._last = event

    def _pairs(self, by: str, found: list[tuple[Any, ...]], changes: bool, *, inside: bool) -> list[Any]:
        if not changes:
            return []
        self._value += 1
        path = f"state.{'xyz'[self._value % 3]}"
        found.append((path, self._now.get(path), self._value, by, inside))
        self._now[path] = self._value
        return [self._writer.name(path), self._value]

    def _follow(self, name: str, thread: str) -> int:
        """Return how many phases of its thread are around an event."""
        phases = self._phases[thread]
        edge = BEGINS.get(name) or ENDS.get(name)
        for phase in PHASES[PHASES.index(edge) if edge else len(PHASES) :]:
            phases.discard(phase)
        if name in BEGINS:
            phases.add(BEGINS[name])
        return len(phases) - (name in ("on_train_begin", "on_step_begin"))


def seen(event: Any) -> Iterator[tuple[Any, ...]]:
    """Give an event's changes as tuples."""
    for change in event.changes:
        old = change.old if isinstance(change.old, int) else None
        yield change.path, old, change.new, change.by, change.inside
