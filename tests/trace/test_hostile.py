"""Files whose checksums are right and whose content is a lie: an error about the trace, or damage; nothing else."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from support.hostile.by_hand import (
    HEADER,
    HUGE,
    ID,
    JOURNAL_HEADER,
    RUNS,
    block,
    cost,
    handmade,
    keyframe,
    looked_at,
    raw,
)
from support.hostile.everything import look_at
from support.hostile.noise import ODD, changed, flips, framed, records
from support.hostile.runs import packed
from tracetui.cli.main import tracetui
from tracetui.replay import Trace
from tracetui.trace.codec import pack, revive, unpack
from tracetui.trace.errors import BadRecord, NewerVersion, NotATrace, TraceError
from tracetui.trace.jobs.pack import NotPacked, pack_trace
from tracetui.trace.jobs.recover import NotRecovered, recover
from tracetui.trace.journal.frame import SYNC
from tracetui.trace.journal.records import MAGIC, EventRow, Header, Keyframe, Note, read_record
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import MAX_RECORD
from tracetui.trace.packed.streams import encode_numbers
from tracetui.trace.packed.template import read_template

# -- any content


FILES = [*RUNS, *(packed(run, 3) for run in RUNS)]


@pytest.mark.slow
@settings(max_examples=300)
@given(st.integers(0, 1 << 32), st.sampled_from(range(len(FILES))))
def test_no_content_is_believed(tmp_path_factory: pytest.TempPathFactory, seed: int, file: int) -> None:
    """Whatever stands in records, streams, index and trailer: all views of it end, with values or with damage."""
    data = changed(random.Random(seed), FILES[file], flips)
    for whole in (False, True):
        with suppress(NotATrace, NewerVersion):
            look_at(Trace.from_bytes(data, whole=whole))
    path = tmp_path_factory.mktemp("hostile") / "trace.mpk"
    path.write_bytes(data)
    with suppress(NotATrace, NewerVersion, NotRecovered, NotPacked):
        recover(path, path.with_suffix(".copy"))
        pack_trace(path.with_suffix(".copy"), path.with_suffix(".packed"))
        look_at(Trace.open(path.with_suffix(".packed")))


@pytest.mark.slow
def test_no_content_stops_the_command(tmp_path: Path) -> None:
    """The verbs print what there is of a hostile file, or one line of an error."""
    runner = CliRunner()
    for seed in range(60):
        path = tmp_path / "trace.mpk"
        path.write_bytes(changed(random.Random(seed), FILES[seed % len(FILES)], flips))
        for verb in (["info"], ["info", "--json"], ["events", "--json"], ["events"], ["verify"], ["show", "0"]):
            result = runner.invoke(tracetui, [verb[0], str(path), *verb[1:]])
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                assert isinstance(result.exception, TraceError), (seed, verb, result.exception)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_odd_values_anywhere(value: Any) -> None:
    """A value of the wrong kind in the place of any field of any record is damage, or is shown."""
    rows = [
        (EventRow.TYPE, [1, 0, 0, 5, [0, 1], [0, [0, 1]], [0, 1], {1: {0: [1, 2]}, 2: [[0, "a", "b", "c"]], 5: 1}]),
        (EventRow.OPEN_TYPE, [1, 0, 0, 5]),
        (6, [1, 5, [0, [0, 1]], [0, 1]]),
        (3, [1, 0, ["a"]]),
        (7, [1, 1, 1, 0, [[0, 1]]]),
        *((kind, [1, {"time": 5, "number": 1, "type": "E", "count": 1, "run": {}}]) for kind in range(8, 12)),
        (99, [1, "new"]),
    ]
    first = [SYNC, ID, 1, 0, 0, 0, 0, 0, ["e"], [0, 1]]
    for kind, items in [*rows, (Keyframe.TYPE, first), (Header.TYPE, [MAGIC, 1, ID, 0.0, {}])]:
        for place in range(len(items)):
            record = raw(kind, *items[:place], value, *items[place + 1 :])
            front = [record] if kind == Header.TYPE else [JOURNAL_HEADER, record]
            rest = [keyframe(), record] if kind == Header.TYPE else []
            middle = [] if kind in (Header.TYPE, Keyframe.TYPE) else [JOURNAL_HEADER, keyframe(1, 0, 0, ("e",)), record]
            with suppress(NewerVersion, *((NotATrace,) if kind in (Header.TYPE, Keyframe.TYPE) else ())):
                looked_at(*(middle or [*front, *rest]))


# -- findings, each once


def test_integers_that_python_does_not_print() -> None:
    """An integer of thousands of digits is no count, no name, no version and no size, and no error's text."""
    with pytest.raises(BadRecord):
        read_record(EventRow.TYPE, msgpack.packb([HUGE, 0, 0, 0]))
    row = raw(EventRow.TYPE, 1, 0, 0, 5, [HUGE, 1], [HUGE, [HUGE, 1]], [HUGE, 1], {1: {HUGE: 1}, 6: HUGE})
    trace = looked_at(JOURNAL_HEADER, keyframe(names=("e",)), row)
    assert "<unknown name>" in [change.path for change in trace[0].changes]
    assert trace.damage
    assert looked_at(JOURNAL_HEADER, keyframe(), raw(99, HUGE)).damage
    assert looked_at(raw(1, MAGIC, HUGE, ID, 0.0, {})).damage
    whole = records(packed(RUNS[0], 3))
    index = [raw(13, ID, HUGE, b"x") if kind == 13 else (kind, payload) for kind, payload in whole]
    assert len(looked_at(*index)) == 30


def test_a_small_integer_needs_no_extension() -> None:
    """An integer in the form of the large ones would pass for a count in one reader, and for none in another."""
    with pytest.raises(BadRecord, match="has itself"):
        unpack(msgpack.packb(msgpack.ExtType(32, b"\x05")))
    assert unpack(pack([1 << 64, -(1 << 63) - 1])) == [1 << 64, -(1 << 63) - 1]


@pytest.mark.parametrize("depth", [250, 600, 1_000])
def test_deep_values(depth: int) -> None:
    """What is nested so deeply that Python can't compare or pack it again is refused where it enters."""
    data = b"\x91" * depth + b"\x90"
    if depth < 256:
        assert unpack(data)
    else:
        with pytest.raises(BadRecord, match="deep"):
            unpack(data)
    row = EventRow.TYPE, b"\x95\x01\x00\x00\x05\x92\x00" + data
    assert bool(looked_at(JOURNAL_HEADER, keyframe(names=("state.x",)), row).damage) == (depth > 255)


def test_values_that_are_no_keys() -> None:
    """A map whose key is a list in disguise is damage in the columns, too."""
    with pytest.raises(BadRecord):
        revive({msgpack.ExtType(33, b"\x91\x90"): 1})


def test_times_of_other_writers() -> None:
    """Msgpack's own extension for times is a number in the columns as it is in an event."""
    assert revive(msgpack.Timestamp(5, 500_000_000)) == 5.5
    row = raw(EventRow.TYPE, 1, 0, 0, 5, [1, msgpack.Timestamp(5)])
    trace = looked_at(JOURNAL_HEADER, keyframe(names=("e", "state.epoch")), row)
    assert trace[0].epoch == 5.0 == float(trace.columns.epoch[0])


def test_extensions_that_no_packed_block_can_hold() -> None:
    """An extension below 0 is damage; and whatever a journal holds that can't be packed is told of, not raised."""
    with pytest.raises(BadRecord, match="own"):
        unpack(b"\xd4\xfb\x00")
    row = EventRow.TYPE, b"\x95\x01\x00\x00\x05\x92\x00\xd7\xff" + b"\xff" * 8
    assert looked_at(JOURNAL_HEADER, keyframe(names=("state.x",)), row).damage


def test_maps_without_end() -> None:
    """A record of nothing but empty maps, seventy times as large in memory, is refused."""
    data = b"\xdd" + (MAX_RECORD - 5).to_bytes(4, "big") + b"\x80" * (MAX_RECORD - 5)

    def attempt() -> None:
        with pytest.raises(BadRecord, match="more arrays and maps"):
            unpack(data)

    _, memory = cost(attempt)
    assert memory < 30 << 20


def test_small_lists_in_every_event_of_a_journal(tmp_path: Path) -> None:
    """Many small lists in each of thousands of events are read, where no packed block could hold them; that is said."""
    data = bytearray()
    writer = TraceWriter(data.extend, ID, 0.0, {})
    pairs = [writer.name("state.x"), [[1] for _ in range(12)]]
    for number in range(6_000):
        writer.event(writer.name("e"), number, 5, pairs)
    trace = Trace.from_bytes(bytes(data))
    assert trace[5_999].before.state["x"] == [[1]] * 12
    assert not trace.damage
    writer.note(Note.END, {"reason": "finished", "events": 6_000}, time=6_000)
    (tmp_path / "trace.mpk").write_bytes(data)
    with pytest.raises(NotPacked, match="no packed block can hold"):
        pack_trace(tmp_path / "trace.mpk")
    assert (tmp_path / "trace.mpk").read_bytes() == data


def test_a_packed_block_of_an_event_that_nobody_counts_up_to() -> None:
    """The number of a packed block's first event is a claim: the events after it are read however high it is."""
    for event in ((1 << 62) - 1, (1 << 63) - 2):
        rows = [keyframe(event=event, names=("e",)), raw(4, 1, 0, 0, 5)]
        after = [keyframe(2, 1, event + 1), raw(4, 1, 0, 0, 7)]
        trace = looked_at(HEADER, block(rows, event), *after)
        assert [round(1e6 * event.duration) for event in trace] == [5, 7]
        assert [damage.kind for damage in trace.damage] == ["missing records"]


def test_a_journal_block_without_end() -> None:
    """A journal block of more events, records or bytes than one may have is damage from there on."""
    for count, record in ((300, raw(4, 0, 0, 5)), (3_000, raw(99)), (30, raw(99, b"x" * 100_000))):
        kind, payload = record
        items = msgpack.unpackb(payload)
        rows = [raw(kind, number + 1, *items) for number in range(count)]
        trace = looked_at(JOURNAL_HEADER, keyframe(names=("e",)), *rows)
        assert "more than it may" in trace.damage[0].message
        assert len(trace) == (256 if count == 300 else 0)


def test_a_packed_block_of_one_journal_block_without_end() -> None:
    """So is it in a packed block, where each event would be rebuilt from the keyframe."""
    rows = [raw(5, number + 1, 0, 0, 0) for number in range(1_000)]
    trace = looked_at(HEADER, block([keyframe(names=("e",)), *rows]))
    assert trace.damage
    assert all(event.lost for event in map(trace.__getitem__, range(len(trace))))


def test_more_open_events_than_there_may_be() -> None:
    """Events nested without end are damage."""
    rows = []
    for number in range(4):
        opened = [raw(5, row + 1, 0, 0, 0) for row in range(200)]
        first = Keyframe(ID, number + 1, 200 * (number > 0), 200 * number, 0, 200 * number, 0, ["e"], [])
        rows += [(Keyframe.TYPE, first.payload()), *opened]
    assert looked_at(HEADER, block(rows)).damage
    journal = looked_at(JOURNAL_HEADER, *rows)
    assert len(journal) == 255
    assert "more events inside each other" in journal.damage[0].message


def test_a_call_of_more_than_64_bits() -> None:
    """A duration that no column can hold is damage where it stands, and takes no other event along."""
    trace = looked_at(
        JOURNAL_HEADER, keyframe(names=("e",)), raw(4, 1, 0, 0, 5), raw(4, 2, 0, 0, 5, None, None, [0, HUGE])
    )
    assert len(trace) == 1
    assert trace.damage[0].offset > 52


def test_many_templates_are_not_quadratic() -> None:
    """A block in which each record has a template of its own is read in about the time that its records take."""
    many = 20_000
    templates = [part for number in range(many) for part in (15 + number % 100, [number])]
    parts = [handmade(templates, list(range(1, many + 1)), [], 0)]
    seconds, memory = cost(lambda: looked_at(HEADER, *parts))
    assert seconds < 40  # as it is traced
    assert memory < 200 << 20


@pytest.mark.parametrize(
    "skeleton",
    [
        [0, "t", "i", "v"],
        [0, "t", "i", ["i", 1]],
        [0, "t", "i", None, ["i", []]],
        [0, "t", "i", None, [0, "v"]],
        [0, "t", "i", None, [0, ["i", 1]]],
        [0, "t", "i", None, None, ["i", 1]],
        ["i", "t", "i"],
    ],
    ids=str,
)
def test_a_hole_in_the_place_of_a_name(skeleton: list[Any]) -> None:
    """What a record is about can't be a value: the columns, which look at skeletons alone, would miss it."""

    def holes(item: Any) -> Any:
        if isinstance(item, list):
            return [holes(part) for part in item]
        return msgpack.ExtType(64, item.encode()) if isinstance(item, str) else item

    with pytest.raises((ValueError, BadRecord)):
        read_template(EventRow.TYPE, holes(skeleton))
    read_template(EventRow.TYPE, holes([0, "t", "i", [0, "v"], [0, [0, "i"]], [0, "i"], {1: {0: "v"}}]))


def test_a_deep_skeleton() -> None:
    """A skeleton of many levels, which would exhaust Python's stack somewhere later, is refused at once."""
    deep: Any = msgpack.ExtType(64, b"v")
    for _ in range(40):
        deep = [deep]
    with pytest.raises(ValueError, match="levels"):
        read_template(EventRow.TYPE, [0, msgpack.ExtType(64, b"t"), msgpack.ExtType(64, b"i"), [0, deep]])


HOLES = [msgpack.ExtType(64, kind) for kind in (b"t", b"i", b"i", b"i", b"v")]


def test_numbers_below_zero() -> None:
    """A stream gives negative numbers as easily as others: they are no times, durations or counts."""
    minus = encode_numbers(np.array([-5], np.int64))
    plus = encode_numbers(np.array([5], np.int64))
    event = [4, [0, HOLES[0], HOLES[1]]]
    assert looked_at(HEADER, handmade(event, [1], [minus, plus], 1)).damage
    assert looked_at(HEADER, handmade(event, [1], [plus, minus], 1)).damage
    history = [7, [HOLES[1], HOLES[2], HOLES[3], [1]]]
    for streams in ([minus, plus, plus], [plus, minus, plus], [plus, plus, minus]):
        assert looked_at(HEADER, handmade(history, [1], streams, 0), whole=True).damage


def test_times_beyond_64_bits_are_not_negative() -> None:
    """The time of a keyframe and that of an event in it are added without wrapping around."""
    late = Keyframe(ID, 1, 0, 0, (1 << 63) - 1, 0, 0, ["e"], []).payload()
    trace = looked_at(JOURNAL_HEADER, (2, late), raw(4, 1, 0, (1 << 63) - 1, (1 << 63) - 1))
    assert trace[0].time == ((1 << 64) - 2) / 1e6


def test_durations_beyond_63_bits_are_not_negative() -> None:
    """The duration of an event's beginning and that of its end are added without wrapping around."""
    long = (1 << 63) - 1
    trace = looked_at(JOURNAL_HEADER, keyframe(names=("e",)), raw(5, 1, 0, 0, long), raw(6, 2, long))
    assert trace[0].duration == ((1 << 64) - 2) / 1e6


@pytest.mark.slow
def test_more_names_of_events_than_16_bits_count() -> None:
    """The name of an event is right however many there are."""
    parts = [JOURNAL_HEADER]
    count = 66_000
    for number in range(0, count, 256):
        some = range(number, min(count, number + 256))
        names = Keyframe(ID, number // 256 + 1, 256 * (number > 0), number, 0, 0, number, [f"e{n}" for n in some], [])
        parts += [(2, names.payload()), *(raw(4, n - number + 1, n, 0, 0) for n in some)]
    trace = Trace.from_bytes(framed(parts))
    assert trace.columns.name_of(count - 1) == f"e{count - 1}"
    assert trace[count - 1].name == f"e{count - 1}"
