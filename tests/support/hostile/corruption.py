"""Damages traces at random, each case repeatable by its number, and compares what is shown with what was recorded.

    python -m support.hostile.corruption FIRST COUNT

runs cases by themselves, in the folder `tests`.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from support.project import ROOT
from tracetui.cli.verify import problems
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.event import Event
from tracetui.replay.history import LOST, HistoryView
from tracetui.trace.errors import NotATrace
from tracetui.trace.frame import MAX_HEAD, head
from tracetui.trace.pack import pack_trace
from tracetui.trace.reader import TraceReader
from tracetui.trace.records import EventRow, History, Keyframe, Names, Note, Rare
from tracetui.trace.recover import RECOVERED, recover
from tracetui.trace.scan import Placed
from tracetui.trace.values import UNKNOWN, HistoryRef
from tracetui.trace.writer import TraceWriter

SAMPLES = ROOT / "samples" / "traces"
CONDITIONS = tuple(
    map(
        parse,
        (
            'event == "on_log" and logs.loss > 0.5',
            'changed("control.should_save") or isnan(logs.grad_norm)',
            "step > 3 and not control.should_log",
        ),
    )
)
COLUMNS = ("name", "step", "epoch", "time", "duration", "depth", "phases", "flags", "marks")


# -- what is damaged


def several_blocks(data: bytes, events: int) -> bytes:
    """Return a recorded journal of one block in blocks of so many events."""
    copy = bytearray()
    reader = TraceReader.from_bytes(data)
    assert reader.header is not None
    writer = TraceWriter(copy.extend, reader.header.id, reader.header.created, reader.header.run)
    begin = now = 0
    for item in reader.items():
        assert isinstance(item, Placed)
        record = item.record
        if isinstance(record, (Keyframe, Names)):
            begin = record.time if isinstance(record, Keyframe) else begin
            for name in record.names:
                writer.name(tuple(name) if type(name) is list else name)
        elif isinstance(record, History):
            writer.history(record.generation, record.edition, record.start, record.entries, time=now)
        elif isinstance(record, Note):
            writer.note(record.type, record.fields, time=record.fields["time"])
        elif isinstance(record, EventRow):
            now = begin + record.time
            parts = record.between, record.inside, record.calls, record.rare
            writer.event(record.name, now, record.duration, *parts, opens=record.opens)
            if writer.events % events == 0:
                writer.restart_block()
    return bytes(copy)


def nested_run(seed: int, events: int = 90) -> bytes:
    """Return a journal of nested events, of log histories that grow, are edited and cut, and of a value that grows."""
    chance, growth = random.Random(seed), random.Random(seed)
    grown: list[Any] = ["x" * 40] * 60
    copy = bytearray()
    writer = TraceWriter(copy.extend, bytes([seed]) * 16, 1.0, {"args": {"lr": 0.1}})
    entries: list[dict[str, Any]] = []
    generation = edition = now = 0
    names = ("on_step_begin", "on_step_end", "on_log", "on_save", "on_evaluate")
    while writer.events < events:
        now += chance.randrange(50)
        between: list[Any] = [writer.name("state.global_step"), writer.events // 3]
        if chance.random() < 0.4:
            how = chance.choice(("append", "append", "edit", "cut"))
            entries, generation, start = _history(chance, how, entries, generation)
            if entries[start:]:
                edition += 1
                stored = [[writer.name(tuple(entry)), *entry.values()] for entry in entries[start:]]
                writer.history(generation, edition, start, stored, time=now)
            between += [writer.name("state.log_history"), HistoryRef(generation, len(entries), edition)]
        if growth.random() < 0.3:
            path, grown = writer.name("callbacks.Grown"), [*grown, growth.random()]
            between += [path, writer.stored(path, grown)]
        by, flag = writer.name("Cause"), writer.name("control.should_save")
        inside = [by, [flag, chance.random() < 0.5, writer.name("state.x"), chance.choice((None, "x", 0.5, 1 << 70))]]
        rare: dict[int, Any] = {Rare.MESSAGES: [[by, "WARNING", "log", "text"]]} if chance.random() < 0.1 else {}
        if chance.random() < 0.3:
            loss = chance.choice((0.25, 0.75, float("nan")))
            rare[Rare.INPUTS] = {writer.name("logs"): [writer.name(("loss", "grad_norm")), loss, 1.0]}
        opens = chance.random() < 0.15
        name = writer.name(chance.choice(names))
        writer.event(name, now, 0 if opens else 5, between, inside, [by, 2], rare, opens=opens)
        if writer.open and chance.random() < 0.3:
            writer.exit(9, [by, [flag, chance.random() < 0.5]], [by, 1], time=now)
        if chance.random() < 0.12:
            writer.restart_block()
    while writer.open:
        writer.exit(9, time=now)
    writer.note(Note.EXCEPTION, {"number": 1, "type": "E", "message": "m", "ended": "train"}, time=now)
    writer.note(Note.END, {"reason": "finished", "events": writer.events}, time=now)
    return bytes(copy)


def _history(chance: random.Random, how: str, entries: list[Any], generation: int) -> tuple[list[Any], int, int]:
    entry = {"loss": chance.random(), "step": len(entries)}
    if how == "cut" and len(entries) > 1:
        return entries[: len(entries) // 2], generation + 1, 0
    if how == "edit" and entries:
        return [*entries[:-1], entry], generation, len(entries) - 1
    return [*entries, entry], generation, len(entries)


def packed(data: bytes, segments: int) -> bytes:
    """Return a journal in its packed form."""
    with tempfile.TemporaryDirectory() as folder:
        journal, target = Path(folder, "journal.mpk"), Path(folder, "packed.mpk")
        journal.write_bytes(data)
        pack_trace(journal, target, segments=segments)
        return target.read_bytes()


# -- what is known of it


@dataclass(frozen=True)
class Facts:
    """What is shown of an event, in texts that are equal only where the values are, types and NaN included.

    Attributes:
        begin: What its first record holds.
        end: What the record of its end may add to, in order: changes, calls, messages; and what was after it.
        histories: The log histories in it.
    """

    begin: str
    end: tuple[list[str], list[str], list[str], str]
    histories: list[list[str]]


def facts(event: Event) -> Facts:
    """Take an event apart."""
    histories: list[list[str]] = []

    def text(value: Any) -> str:
        if isinstance(value, HistoryView):
            histories.append([repr(entry) for entry in value])
            return "history"
        return repr({key: text(item) for key, item in value.items()}) if isinstance(value, dict) else repr(value)

    def moment(snapshot: Any) -> str:
        names = ("state", "control", "logs", "metrics", "inputs", "lr", "callbacks", "other")
        return repr([text(getattr(snapshot, name)) for name in names])

    def change(change: Any) -> str:
        return f"{change.path} {text(change.old)} {text(change.new)} {change.by}"

    between = [change(item) for item in event.changes if not item.inside]
    begin = repr((event.name, event.time, moment(event.before), between, event.callbacks, event.probes, event.joined))
    changes = [change(item) for item in event.changes if item.inside]
    return Facts(
        begin, (changes, list(map(repr, event.calls)), list(map(repr, event.messages)), moment(event.after)), histories
    )


@dataclass
class Sound:
    """A file before it is damaged.

    Attributes:
        data: The file.
        facts: Of all its events, in order.
        by_begin: Numbers of the events that begin alike.
        is_packed: It is in the packed form.
        id: Of the trace.
    """

    data: bytes
    facts: list[Facts]
    by_begin: dict[str, list[int]]
    is_packed: bool
    id: str

    @classmethod
    def of(cls, data: bytes) -> Sound:
        """Read it all."""
        trace = Trace.from_bytes(data, whole=True)
        assert trace.damage == ()
        found = [facts(event) for event in trace]
        by_begin: dict[str, list[int]] = {}
        for number, item in enumerate(found):
            by_begin.setdefault(item.begin, []).append(number)
        blocks = trace._directory.blocks
        return cls(data, found, by_begin, blocks[0].offset >= 0, trace.id)


@cache
def sound() -> tuple[Sound, ...]:
    """Return the files that are damaged."""
    recorded = several_blocks((SAMPLES / "why_did_it_stop.mpk").read_bytes(), 24)
    journals = [nested_run(1), nested_run(2), nested_run(3, 40), recorded]
    return tuple(Sound.of(form(data)) for data in journals for form in (bytes, lambda data: packed(data, 3)))


# -- how it is damaged


def flipped(chance: random.Random, data: bytes) -> bytes:
    """Flip some bits."""
    copy = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 3, 20)) if copy else 0):
        copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
    return bytes(copy)


def cut(chance: random.Random, data: bytes) -> bytes:
    """Cut the end off, or the beginning."""
    place = chance.randrange(len(data) + 1)
    return data[place:] if chance.random() < 0.2 else data[:place]


def overwritten(chance: random.Random, data: bytes) -> bytes:
    """Write zeros, noise, or another part of the file over a range."""
    begin, end = _range(chance, data)
    other = chance.randrange(len(data) + 1)
    fill = chance.choice((bytes(end - begin), chance.randbytes(end - begin), data[other : other + end - begin]))
    return data[:begin] + fill + data[begin + len(fill) :]


def removed(chance: random.Random, data: bytes) -> bytes:
    """Take a range out."""
    begin, end = _range(chance, data)
    return data[:begin] + data[end:]


def inserted(chance: random.Random, data: bytes) -> bytes:
    """Put noise in."""
    begin, end = _range(chance, data)
    return data[:begin] + chance.randbytes(end - begin) + data[begin:]


def doubled(chance: random.Random, data: bytes) -> bytes:
    """Put a range in once more, where it is or elsewhere."""
    begin, end = _range(chance, data)
    place = chance.choice((begin, end, chance.randrange(len(data) + 1)))
    return data[:place] + data[begin:end] + data[place:]


def swapped(chance: random.Random, data: bytes) -> bytes:
    """Let two ranges change places."""
    one, two, three, four = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    return data[:one] + data[three:four] + data[two:three] + data[one:two] + data[four:]


def records_moved(chance: random.Random, data: bytes) -> bytes:
    """Take out, double or swap whole records."""
    parts = list(_records(data))
    if len(parts) < 2:
        return data
    one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
    how = chance.randrange(3)
    if how == 0:
        del parts[min(one, two) : max(one, two, min(one, two) + 1)]
    elif how == 1:
        parts.insert(two, parts[one])
    else:
        parts[one], parts[two] = parts[two], parts[one]
    return b"".join(parts)


def of_another(chance: random.Random, data: bytes) -> bytes:
    """Put some records of another trace in."""
    parts = list(_records(data))
    others = list(_records(chance.choice(sound()).data))
    begin = chance.randrange(len(others))
    place = chance.randrange(len(parts) + 1)
    return b"".join([*parts[:place], *others[begin : begin + chance.randrange(1, 9)], *parts[place:]])


WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    flipped,
    flipped,
    cut,
    overwritten,
    removed,
    inserted,
    doubled,
    swapped,
    records_moved,
    of_another,
)


def _range(chance: random.Random, data: bytes) -> tuple[int, int]:
    begin = chance.randrange(len(data) + 1)
    return begin, min(len(data), begin + chance.choice((1, 1, 4, 40, 400, 4_000)))


def _records(data: bytes) -> Iterator[bytes]:
    begin = 0
    for end in _frames(data):
        yield data[begin:end]
        begin = end
    if data[begin:]:
        yield data[begin:]


def _frames(data: bytes) -> Iterator[int]:
    """Give the place after each record, as long as heads follow each other."""
    place = 0
    while (found := head(data[place : place + MAX_HEAD])) is not None and place + found[0] + found[1] <= len(data):
        place += found[0] + found[1]
        yield place


def case(number: int) -> tuple[Sound, bytes, list[str]]:
    """Return a file, the same damaged, and how."""
    chance = random.Random(number)
    file = chance.choice(sound())
    data = file.data
    ways = [chance.choice(WAYS) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
    for way in ways:
        data = way(chance, data)
    return file, data, [way.__name__ for way in ways]


# -- what must be so


@dataclass
class Report:
    """What came of some cases.

    Attributes:
        cases, refused, told: Cases; those that are no trace; those of which damage was told.
        slowest: Seconds of the slowest case.
        memory: Bytes that the process took at most, more than before the first case.
        wrong: What must not be, by the number of the case.
    """

    cases: int = 0
    refused: int = 0
    told: int = 0
    slowest: float = 0.0
    memory: int = 0
    wrong: list[str] = field(default_factory=list)


def run(first: int, count: int) -> Report:
    """Run cases from number `first` on."""
    report = Report()
    empty = _peak()
    sound()
    for number in range(first, first + count):
        begin = time.perf_counter()
        try:
            _one(number, report)
        except Exception as error:
            kind = type(error).__name__
            report.wrong.append(f"case {number} {case(number)[2]}: {kind}: {error}"[:2_000])
        report.cases += 1
        report.slowest = max(report.slowest, time.perf_counter() - begin)
    report.memory = _peak() - empty
    return report


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _one(number: int, report: Report) -> None:
    file, data, ways = case(number)
    try:
        by_index, whole = Trace.from_bytes(data), Trace.from_bytes(data, whole=True)
    except NotATrace:
        report.refused += 1
        return
    shown = check_events(file, by_index)
    check_columns(by_index)
    shown_whole = check_events(file, whole)
    report.told += bool(whole.damage)
    if data != file.data:
        check_told(file, whole, shown_whole)
    if file.is_packed and len(ways) == 1:
        check_numbers(file, by_index, shown, ways[0])
        check_numbers(file, whole, shown_whole, ways[0])
    if number % 4 == 0:
        assert bool(list(problems(whole))) == bool(whole.damage or whole.gaps)
    if number % 3 == 0:
        check_recovered(file, data, shown_whole)


def check_events(file: Sound, trace: Trace) -> list[int]:
    """Compare each event with those of the sound file; return their numbers there, -1 for those that are lost."""
    found = []
    for event in map(trace.__getitem__, range(len(trace))):
        if event.lost:
            assert trace.damage, "an event is lost, and nothing is said"
            found.append(-1)
        else:
            found.append(_recorded(file, trace, event))
    return found


def _recorded(file: Sound, trace: Trace, event: Event) -> int:
    seen = facts(event)
    if repr(LOST) in repr((seen.begin, seen.end)) or any(
        text in repr(seen) for text in ("<unknown name", UNKNOWN.text)
    ):
        assert trace.damage, "a name or a value is lost, and nothing is said"
        return event.index
    if trace.id not in ("", file.id):  # the header is lost, and a block of another trace comes first
        file = next(other for other in sound() if other.id == trace.id)
    numbers = file.by_begin.get(seen.begin, [])
    told = bool(trace.damage) or trace.end is None or trace.end.reason == RECOVERED
    fitting = [number for number in numbers if _agree(seen, file.facts[number], told)]
    assert fitting, f"event {event.index} is none that was recorded: {seen} instead of {numbers[:1]} " + repr(
        [file.facts[number] for number in numbers[:1]]
    )
    return event.index if event.index in fitting else fitting[0]


def _agree(seen: Facts, recorded: Facts, damaged: bool) -> bool:
    if seen.end != recorded.end:
        if not damaged or not any(recorded.end):
            return False
        # Its end is lost: the histories after it are others.
        return all(mine == theirs[: len(mine)] for mine, theirs in zip(seen.end[:3], recorded.end[:3], strict=True))
    if len(seen.histories) != len(recorded.histories):
        return False
    for mine, theirs in zip(seen.histories, recorded.histories, strict=True):
        if len(mine) != len(theirs) and not (damaged and len(mine) < len(theirs)):
            return False
        if any(one != two and not (damaged and one == repr(LOST)) for one, two in zip(mine, theirs, strict=False)):
            return False
    return True


def check_columns(trace: Trace) -> None:
    """Read all columns, search, and compare both with the events."""
    columns = {name: np.asarray(getattr(trace.columns, name)) for name in COLUMNS}
    assert all(len(column) == len(trace) for column in columns.values())
    events = [trace[number] for number in range(len(trace))]
    for condition in CONDITIONS:
        assert all(0 <= number < len(trace) for number in trace.matching(condition))
    logged = set(trace.matching(parse('event == "on_log"')))
    list(trace.columns.changed), list(trace.columns.caused), list(trace.columns.keys)
    for event in events:
        if not event.lost:
            assert (event.name == "on_log") == (event.index in logged), event.index
            step = event.step if type(event.step) is int else -1
            assert columns["step"][event.index] == step, event.index
            assert columns["time"][event.index] == event.time, event.index


def check_told(file: Sound, trace: Trace, shown: list[int]) -> None:
    """Without a word of damage what is there is the beginning of what was recorded, and its end stands only there."""
    if not trace.damage and not trace.gaps:
        assert shown == list(range(len(shown))), "events are missing, and nothing is said"
        assert len(shown) == len(file.facts) or trace.end is None, "events are missing at the end, and nothing is said"


def check_numbers(file: Sound, trace: Trace, shown: list[int], way: str) -> None:
    """After one damage of a packed trace events keep their numbers."""
    if way in ("flipped", "cut", "overwritten", "removed", "inserted"):
        wrong = [(index, number) for index, number in enumerate(shown) if number not in (-1, index)]
        assert not wrong, f"events have other numbers: {wrong[:3]}"


def check_recovered(file: Sound, data: bytes, shown: list[int]) -> None:
    """What is recovered is sound, holds what could be read, and can be packed."""
    with tempfile.TemporaryDirectory() as folder:
        damaged, copy, small = (Path(folder, name) for name in ("damaged.mpk", "copy.mpk", "packed.mpk"))
        damaged.write_bytes(data)
        result = recover(damaged, copy)
        trace = Trace.open(copy)
        assert all("name" in damage.message for damage in trace.damage), trace.damage
        assert len(trace) == result.events
        assert sum(number >= 0 for number in shown) <= result.events
        told = Trace.open(copy)
        told._directory.damage += result.damage
        check_events(file, told)
        check_same(data, trace)
        pack_trace(copy, small, segments=2)
        assert [facts(event) for event in Trace.open(small)] == [facts(event) for event in trace]


def check_same(data: bytes, copy: Trace) -> None:
    """What a damaged file still shows, the recovered one shows: events with all that is in them, notes, the run."""
    for damaged in (Trace.from_bytes(data, whole=True), Trace.from_bytes(data)):
        before = [event for event in map(damaged.__getitem__, range(len(damaged))) if not event.lost]
        if len(before) == len(copy):  # else by a part of an index that lies
            for one, two in zip(before, copy, strict=True):
                assert _shows(facts(one), facts(two)), f"event {one.index}: {facts(one)} instead of {facts(two)}"
    assert all(copy.run.get(key) == value for key, value in damaged.run.items()), "a part of the run's header is lost"
    kept = [(error.type, error.message, error.ended) for error in copy.exceptions]
    assert all((error.type, error.message, error.ended) in kept for error in damaged.exceptions), "a lost exception"
    assert {gap.reason for gap in damaged.gaps} <= {gap.reason for gap in copy.gaps}, "a lost gap"
    assert damaged.end is None or damaged.end == copy.end, "another end"


def _shows(damaged: Facts, recovered: Facts) -> bool:
    """Tell whether nothing is missing; what was open at a damage has an end, and of a history the lost end is cut."""
    if damaged.begin != recovered.begin:
        return False
    if any(mine != theirs[: len(mine)] for mine, theirs in zip(damaged.end[:3], recovered.end[:3], strict=True)):
        return False
    if damaged.end != recovered.end:
        return True
    return all(
        mine[: len(theirs)] == theirs and set(mine[len(theirs) :]) <= {repr(LOST)}
        for mine, theirs in zip(damaged.histories, recovered.histories, strict=True)
    )


if __name__ == "__main__":
    outcome = run(int(sys.argv[1]), int(sys.argv[2]))
    print(*outcome.wrong, sep="\n")
    outcome.wrong = [str(len(outcome.wrong))]
    print(outcome)
