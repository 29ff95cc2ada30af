"""A journal that is opened by its keyframes alone: what it shows at once, and that a check makes of it what it is."""

from __future__ import annotations

import random
from typing import Any

import msgpack
import pytest

from support.campaigns import sample
from support.conformance.committed import committed
from support.hostile.corruption import case
from support.hostile.damage import sample as small
from support.hostile.noise import changed, flips, framed, records
from support.hostile.runs import nested_run, several_blocks
from support.project import ROOT
from tracetui.export.jsonl import full
from tracetui.export.strict_json import dumps
from tracetui.replay import Trace
from tracetui.trace.errors import TraceError
from tracetui.trace.journal.records import Header, Keyframe
from tracetui.trace.limits import SEGMENT_RECORDS
from tracetui.trace.packed.index import IndexRecord

SAMPLES = [path.read_bytes() for path in sorted((ROOT / "samples" / "traces").glob("*.mpk"))]
RECORDED = several_blocks(SAMPLES[0], 24)


@pytest.fixture(autouse=True)
def _any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small journals, too, are opened by their keyframes, in blocks of a few."""
    monkeypatch.setattr("tracetui.trace.reading.unchecked.LEAST", 0)
    monkeypatch.setattr("tracetui.trace.reading.unchecked.TOGETHER", 2)


def everything(trace: Trace) -> list[Any]:
    """Return all that a trace says."""
    shown = [dumps(full(event, trace)) for event in trace]
    known = trace.exceptions, trace.gaps, trace.end, dict(trace.run), trace.columns.counts()
    return [len(trace), trace.id, shown, repr(known), trace.damage]


def opened(data: bytes, *, at_once: bool) -> Trace | type[Exception]:
    """Open a trace, or return what kind of error it is."""
    try:
        return Trace.from_bytes(data, at_once=at_once)
    except TraceError as error:
        return type(error)


def assert_checked_is_read(data: bytes) -> bool:
    """Look at all events before the check, and compare all with the same trace afterwards; tell whether it was one."""
    found, expected = opened(data, at_once=True), opened(data, at_once=False)
    if not isinstance(found, Trace) or not isinstance(expected, Trace):
        assert found is expected
        return False
    was_unchecked = found.checked < 1
    for index in range(len(found) if was_unchecked else 0):
        _ = found[index].after.state, found.columns.depth[index], found.columns.marks[index]
    found.check()
    assert found.checked == 1
    assert everything(found) == everything(expected)
    return was_unchecked


@pytest.mark.slow
def test_every_file() -> None:
    """Of every conformance file, hostile ones too, and every sample the check leads to what reading it whole does."""
    files = [*(case.data for case in committed()), *SAMPLES, RECORDED, nested_run(1)]
    assert sum(map(assert_checked_is_read, files)) > 40


@pytest.mark.slow
def test_a_fault_at_every_byte() -> None:
    """One wrong bit anywhere, or an end anywhere, is told after the check as if the trace had been read whole."""
    data = small(blocks=3, rows=1)
    assert assert_checked_is_read(data)
    for place in range(len(data)):
        assert_checked_is_read(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        assert_checked_is_read(data[:place])


@pytest.mark.slow
def test_random_damage() -> None:
    """So is whatever else happens to a file, and whatever an attacker writes into it."""
    for number in sample(range(20_000), 60, "damage, checked later"):
        assert_checked_is_read(case(number)[1])
    for number in sample(range(20_000), 40, "attacks, checked later"):
        chance = random.Random(number)
        assert_checked_is_read(changed(chance, chance.choice((RECORDED, nested_run(1))), flips))


@pytest.mark.parametrize("data", [RECORDED, nested_run(3, 400)], ids=("recorded", "nested"))
def test_what_is_shown_at_once(data: bytes) -> None:
    """Before the check a sound journal has the same events, with the same values, apart from what lies elsewhere."""
    found, expected = Trace.from_bytes(data, at_once=True), Trace.from_bytes(data)
    assert found.checked == 0
    assert (len(found), found.id, found.end) == (len(expected), expected.id, expected.end)
    for index in range(len(found)):
        mine, theirs = found[index], expected[index]
        assert (mine.name, mine.time, mine.step, mine.thread) == (theirs.name, theirs.time, theirs.step, theirs.thread)
        assert mine.before.control == theirs.before.control
        assert [call.callback for call in mine.calls] == [call.callback for call in theirs.calls][: len(mine.calls)]
        entries = zip(mine.before.state.get("log_history", ()), theirs.before.state.get("log_history", ()), strict=True)
        assert all(dumps(one) == dumps(two) or "not been read" in dumps(one) for one, two in entries)
    assert found.damage == ()


def test_a_question_about_all_events_checks_them() -> None:
    """Nobody counts, searches or walks what is not checked without knowing."""
    for ask in (list, lambda trace: trace.series("state.global_step"), lambda trace: list(trace.writes("state.*"))):
        trace = Trace.from_bytes(RECORDED, at_once=True)
        assert trace.checked == 0
        ask(trace)
        assert trace.checked == 1


def test_a_damaged_middle() -> None:
    """Events around a damage are shown at once with the numbers that they were recorded with; the check tells of it."""
    parts = records(RECORDED)
    keyframes = [place for place, (kind, _) in enumerate(parts) if kind == Keyframe.TYPE]
    place = sum(len(framed([part])) for part in parts[: keyframes[2] + 2])
    data = RECORDED[:place] + b"\xff" + RECORDED[place + 1 :]
    trace, sound = Trace.from_bytes(data, at_once=True), Trace.from_bytes(RECORDED)
    assert (len(trace), trace.damage) == (len(sound), ())
    assert trace[len(trace) - 1].time == sound[len(sound) - 1].time
    lost = [index for index in range(len(trace)) if trace[index].lost]
    assert lost
    assert len(trace.damage) == 1
    late = len(trace) - 1
    number_now = trace.take(trace.read_all())
    assert len(trace) < len(sound)
    assert trace[number_now(late)].time == sound[late].time
    assert trace.damage == Trace.from_bytes(data).damage


def test_keyframes_that_tell_nothing() -> None:
    """Where the keyframes do not follow each other, or there are a thousand false ones, the trace is read whole."""
    parts = records(RECORDED)
    keyframes = [place for place, (kind, _) in enumerate(parts) if kind == Keyframe.TYPE]
    swapped = list(parts)
    swapped[keyframes[1]], swapped[keyframes[2]] = parts[keyframes[2]], parts[keyframes[1]]
    for data in (
        framed(swapped),
        framed([parts[0], *parts[keyframes[1] :]]),
        RECORDED + b"\0mpk~sync\xff\xfe\1" * 1000,
    ):
        trace = Trace.from_bytes(data, at_once=True)
        assert trace.checked == 1
        assert trace.damage == Trace.from_bytes(data).damage != ()


@pytest.mark.slow
def test_keyframes_that_are_no_marks() -> None:
    """Blocks behind the last mark, more than a packed block can hold, are no error: they are read with the check."""
    header, id_ = (Header.TYPE, Header(bytes(16), 0.0, {}).payload()), bytes(16)
    rows = [(99, b"\x91" + msgpack.packb(number)) for number in range(1, SEGMENT_RECORDS + 1)]
    first, *others = (
        Keyframe(id_, block, (block > 1) * len(rows), 0, 0, 0, 0, [], []).payload() for block in range(1, 40)
    )
    hidden = [b"\xdc\0" + bytes([payload[0] - 0x90]) + payload[1:] for payload in others]
    sealed = (IndexRecord.TYPE, b"\x90")  # behind it nothing is read at once
    parts = [header, (Keyframe.TYPE, first), *rows, sealed]
    for payload in hidden:
        parts += [(Keyframe.TYPE, payload), *rows]
    assert assert_checked_is_read(framed(parts))


def test_a_journal_without_events() -> None:
    """It is opened by its keyframes, too, and not read twice."""
    parts = [(Header.TYPE, Header(bytes(16), 0.0, {}).payload())]
    parts += [(Keyframe.TYPE, Keyframe(bytes(16), block, 0, 0, 0, 0, 0, [], []).payload()) for block in range(1, 9)]
    trace = Trace.from_bytes(framed(parts), at_once=True)
    assert (len(trace), trace.checked, trace._directory.unread) == (0, 0, True)
    assert assert_checked_is_read(framed(parts))
