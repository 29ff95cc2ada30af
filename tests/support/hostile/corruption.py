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
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from support.hostile.facts import Facts, Sound, facts, sound
from support.hostile.ways import WAYS
from tracetui.cli.verify import problems
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.events.event import Event
from tracetui.replay.events.history import LOST
from tracetui.trace.errors import NotATrace
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.jobs.recover import RECOVERED, recover
from tracetui.trace.values import UNKNOWN

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


def case(number: int) -> tuple[Sound, bytes, list[str]]:
    """Return a file, the same damaged, and how."""
    chance = random.Random(number)
    file = chance.choice(sound())
    data = file.data
    ways = [chance.choice(WAYS) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
    for way in ways:
        data = way(chance, data)
    return file, data, [way.__name__ for way in ways]


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
