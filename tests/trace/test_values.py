"""Large values: stored once, as what was appended, and bounded in what they cost whoever writes or reads them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.conformance.case import CREATED, ID
from support.values import VALUES
from tracetui.export.jsonl import full
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.rows.stored import MOST, TOO_MUCH
from tracetui.trace.codec import pack, packed_size
from tracetui.trace.errors import BadRecord
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.edits import difference, edited, equal
from tracetui.trace.journal.records import Keyframe, Names, Rare, Value
from tracetui.trace.journal.shorten import shortened
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import BLOCK_BYTES, KEYFRAME_BYTES, MAX_LINKS, MAX_RECORD
from tracetui.trace.packed import index
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed
from tracetui.trace.values import UNKNOWN, Described, Shortened, ValueRef

PATH = "state.x"


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_an_edit_makes_the_new_value_of_the_old(old: Any, new: Any) -> None:
    """Whatever two values are, the edit between them is plain, and makes the second of the first, to the bit."""
    before = copy.deepcopy(old)
    assert equal(edited(old, difference(old, new))[0], new)
    assert equal(old, before)
    pack(difference(old, new))


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=5), st.lists(VALUES, max_size=3), VALUES)
def test_what_is_appended_is_all_that_is_stored(begin: list[Any], more: list[Any], key: Any) -> None:
    """A list, a text, bytes, a map, one inside the other: what was appended is all that an edit holds."""
    texts = "a" * 500, "b" * 500 + "é"
    old = {"list": begin, "text": texts[0], "bytes": bytes(500), "short": Shortened("list", 9, 1, begin), "n": 1}
    new = {
        **old,
        "list": begin + more,
        "text": texts[0] + texts[1],
        "bytes": bytes(500) + b"x",
        "short": Shortened("list", 10, 2, begin + more),
        "new": key,
    }
    edit = difference(old, new)
    assert equal(edited(old, edit)[0], new)
    assert packed_size(edit) < 2 * sum(map(packed_size, more)) + packed_size(key) + len(texts[1]) + 200


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES)
def test_no_edit_raises_anything_but_bad_record(base: Any, edit: Any) -> None:
    """An edit from a file is refused, or makes a value: nothing else comes out of it."""
    for one in (
        edit,
        [0],
        [1, 0, 0, edit],
        [1, edit, 1, base],
        [2, edit],
        [2, {"a": edit}],
        [3, 1, 1, edit],
        [4, "", edit],
    ):
        try:
            edited(base, one)
        except BadRecord:
            continue


@settings(max_examples=100, deadline=None)
@given(VALUES, st.integers(0, 2000))
def test_shortened_values_are_small(value: Any, limit: int) -> None:
    """What is shortened takes about as many bytes as it may; what is small enough is itself."""
    found = shortened(value, limit)
    assert packed_size(found) <= max(2 * limit, 200)
    if packed_size(value) <= limit:
        assert found is value


class Book:
    """A trace in memory: one path, set at every event."""

    def __init__(self) -> None:
        """Begin."""
        self.data = bytearray()
        self.writer = TraceWriter(self.data.extend, ID, CREATED, {})

    def step(self, value: Any, path: str = PATH, **more: Any) -> None:
        """Write an event that sets a path."""
        writer = self.writer
        number = writer.name(path)
        writer.event(writer.name("on_step_end"), writer.events, 1, [number, writer.stored(number, value)], **more)


def growing(kind: str, steps: int) -> Iterator[Any]:
    """Give a value of 3 KB that grows, slides, or changes somewhere inside, step after step."""
    text = "abc" * 1000
    for step in range(steps):
        yield {
            "list": [text[:30] + str(n) for n in range(100 + step)],
            "text": text + "".join(f" step {n}" for n in range(step)),
            "bytes": bytes(3000) + bytes(step * 10),
            "nested": {"args": {}, "attributes": {"seen": [[n, "x" * 20] for n in range(200 + step)], "n": step}},
            "keys": {f"key {n}": n * 1.5 for n in range(300 + step)},
            "window": [n / 7 for n in range(step, 500 + step)],
            "cut": Shortened("list", 1000 + step, step, [n / 7 for n in range(500)]),
        }[kind]


KINDS = ("list", "text", "bytes", "nested", "keys", "window", "cut")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_grows_costs_what_it_grows_by(kind: str) -> None:
    """At most about three times the bytes of the last value are written, and 100 for each step."""
    steps = 1100
    book = Book()
    found = list(growing(kind, steps))
    for value in found:
        book.step(value)
    grown = sum(abs(packed_size(two) - packed_size(one)) for one, two in pairwise(found))
    assert len(book.data) < 3 * (packed_size(found[0]) + grown) + 100 * steps + packed_size(found[-1])


@pytest.mark.parametrize("way", ["journal", "packed", "old index"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_of_it_is_read(kind: str, way: str, tmp_path: Path) -> None:
    """At every event, in any order, the value is what it was, in a journal and packed, by an index or without."""
    book, found = Book(), list(growing(kind, 300))
    for value in found:
        book.step(value)
    book.writer.note(11, {"reason": "finished"}, time=1)
    path = tmp_path / "trace.mpk"
    path.write_bytes(book.data)
    if way == "old index":
        with mock.patch.object(index, "VALUES", "none"), mock.patch("tracetui.trace.reading.directory.VALUES", "none"):
            pack_trace(path, segments=1)
    elif way == "packed":
        pack_trace(path, segments=1)
    with Trace.open(path) as trace:
        for event in (299, 5, 270, 0, 31, 32, 33, 64, *range(0, 300, 17)):
            assert equal(trace[event].before.state["x"], found[event])
            assert event == 0 or equal(trace[event].changes[0].old, found[event - 1])
        assert list(trace.matching(parse('changed("state.x")'))) == list(range(300))
        if kind in ("list", "keys"):
            assert list(trace.matching(parse("len(state.x) > 350"))) == [
                n for n, value in enumerate(found) if len(value) > 350
            ]
        assert not trace.damage
    with Trace.open(path, whole=True) as trace:
        assert not trace.damage


def test_a_value_is_stored_once() -> None:
    """One that stays is in one record, whatever the number of keyframes; one that comes again is not written again."""
    book, one, other = Book(), ["a" * 100] * 100, ["b" * 100] * 100
    book.step(one)
    for step in range(2000):
        book.step([one, other][step // 100 % 2])
        book.step(step, "state.n")
    assert len(book.data) < 200_000
    records = [item.record for item in TraceReader.from_bytes(bytes(book.data)).items() if isinstance(item, Placed)]
    assert sum(isinstance(record, Value) for record in records) == 2
    trace = Trace.from_bytes(bytes(book.data))
    assert trace[3999].before.state == {"x": other, "n": 1998}


def test_no_keyframe_is_large() -> None:
    """Three thousand paths, with values too small for records of their own: a keyframe has a bound all the same."""
    book = Book()
    for step in range(3_000):
        book.step("x" * 500, f"state.field{step}")
    items = list(TraceReader.from_bytes(bytes(book.data)).items())
    keyframes = [item for item in items if isinstance(item, Placed) and isinstance(item.record, Keyframe)]
    assert max(len(item.frame.payload) for item in keyframes) < 2 * KEYFRAME_BYTES
    assert len(book.data) < 3_000 * 700 + len(keyframes) * 2 * KEYFRAME_BYTES
    trace = Trace.from_bytes(bytes(book.data))
    assert not trace.damage and len(trace) == 3_000
    assert set(trace[2_999].before.state.values()) == {"x" * 500}


@pytest.mark.slow
def test_names_have_a_bound() -> None:
    """Names that differ at every step end no recording, and make no keyframe large: at last they share one."""
    book = Book()
    for step in range(40_000):
        book.step(step, f"state.step{step}")
        if step % 3 == 0:
            book.writer.shape((f"loss{step}", "x" * 100))
    records = list(TraceReader.from_bytes(bytes(book.data)).items())
    assert all(isinstance(item, Placed) for item in records)
    names = [item.record for item in records if isinstance(item, Placed) and isinstance(item.record, (Keyframe, Names))]
    assert max(packed_size(record.names) for record in names) < 50_000
    assert book.writer.shape(("y" * 200,)) is None and book.writer.is_more(book.writer.name("state.new"))
    trace = Trace.from_bytes(bytes(book.data))
    assert trace[-1].changes[0].path == "state.(more)" and trace[40].changes[0].path == "state.step40"


def large(size: int = 3_000_000) -> list[tuple[str, dict[str, Any]]]:
    """Return parts of an event that are too large together, each of its own kind."""
    text = "x" * size
    return [
        ("between", {"between": [f"state.{n}" if n % 2 == 0 else "y" * 2000 for n in range(2000)]}),
        ("inside", {"inside": ["A", [f"state.{n}" if n % 2 == 0 else text[:2000] for n in range(2000)]]}),
        ("inputs", {"rare": {Rare.INPUTS: {f"name{n}": [text[:60_000]] for n in range(60)}}}),
        ("logs", {"rare": {Rare.INPUTS: {"logs": {"loss": 1.5, "text": text}}}}),
        ("probes", {"rare": {Rare.PROBES: [["probe", 1, text[:100_000]] for _ in range(30)]}}),
        ("messages", {"rare": {Rare.MESSAGES: [["A", "WARNING", "logger", text] for _ in range(3)]}}),
        ("raised", {"rare": {Rare.RAISED: {0: text}}}),
        ("calls", {"calls": [n if n % 2 else "A" for n in range(700_000)]}),
    ]


def numbered(writer: TraceWriter, parts: Any) -> Any:
    """Return parts of a row with the numbers of names where names stand."""
    if isinstance(parts, list):
        return [numbered(writer, part) for part in parts]
    if isinstance(parts, dict):
        return {numbered(writer, key): numbered(writer, part) for key, part in parts.items()}
    named = isinstance(parts, str) and (parts in ("A", "probe", "logs") or parts.startswith(("state.", "name")))
    return writer.name(parts) if named else parts


@pytest.mark.slow
@pytest.mark.parametrize("state", ["fresh", "in a block"])
@pytest.mark.parametrize(("kind", "parts"), large(), ids=[kind for kind, _ in large()])
def test_a_row_that_is_too_large(kind: str, parts: dict[str, Any], state: str, tmp_path: Path) -> None:
    """Whatever is too large in an event: the event is there, its records have their bounds, and so do the others."""
    book = Book()
    if state == "in a block":
        book.step(1)
    book.step(2, **numbered(book.writer, {key: part for key, part in parts.items() if key != "between"}))
    if kind == "between":
        name = book.writer.name("on_step_end")
        book.writer.event(name, 5, 1, numbered(book.writer, parts["between"]))
    for step in range(300):
        book.step(step)
    book.writer.note(11, {"reason": "finished"}, time=1)
    (tmp_path / "trace.mpk").write_bytes(book.data)
    pack_trace(tmp_path / "trace.mpk", tmp_path / "packed.mpk")
    for path in ("trace.mpk", "packed.mpk"):
        with Trace.open(tmp_path / path, whole=True) as trace:
            assert not trace.damage and len(trace) == 301 + (kind == "between") + (state == "in a block")
            shown = [full(event, trace) for event in trace]
            assert shown[-1]["after"]["state"]["x"] == 299
            if kind == "logs":
                logs = shown[state == "in a block"]["logs"]
                assert logs["loss"] == 1.5 and logs["text"]["$shortened"] == "str"


@pytest.mark.parametrize("place", ["run", "note", "history"])
def test_other_records_that_are_too_large(place: str) -> None:
    """The run's header, a note, entries of the history: shortened, and the trace is sound."""
    texts = {f"key{n}": "x" * 50_000 for n in range(100)}
    data = bytearray()
    writer = TraceWriter(data.extend, ID, CREATED, texts if place == "run" else {})
    if place == "note":
        writer.note(8, {"run": texts}, time=0)
    if place == "history":
        writer.history(1, 1, 0, [texts] * 20, time=0)
    writer.event(writer.name("on_step_end"), 1, 1)
    trace = Trace.from_bytes(bytes(data), whole=True)
    assert not trace.damage and len(trace) == 1
    if place != "history":
        assert {value.length for value in trace.run.values()} == {50_000} and len(trace.run) == 100


@pytest.mark.slow
def test_a_reader_puts_a_bounded_number_of_records_together() -> None:
    """The chain of edits that the writer makes is no longer than readers follow, and takes no more bytes."""
    book = Book()
    for value in growing("window", 1500):
        book.step(value)
    records = {}
    for item in TraceReader.from_bytes(bytes(book.data)).items():
        if isinstance(item, Placed) and isinstance(item.record, Value):
            records[item.record.serial] = item.record.base, len(item.frame.payload)
    assert len(records) > 1400
    for serial in list(records)[::13]:
        links = size = 0
        while serial:
            serial, length = records[serial]
            links, size = links + 1, size + length
        assert links <= MAX_LINKS and size <= MAX_RECORD


def test_one_value_named_often_is_not_multiplied() -> None:
    """A file that names one large value a hundred thousand times shows it so often as there is room for, no more."""
    data = bytearray()
    writer = TraceWriter(data.extend, ID, CREATED, {})
    text = "x" * 200_000
    paths = [writer.name(f"state.x{n}") for n in range(20_000)]
    ref = writer.stored(paths[0], text)
    assert ref == ValueRef(1)
    writer.event(writer.name("on_step_end"), 1, 1, [item for path in paths for item in (path, ref)])
    trace = Trace.from_bytes(bytes(data))
    shown = list(trace[0].before.state.values())
    assert shown.count(text) == MOST // 200_000 and shown.count(TOO_MUCH) == 20_000 - shown.count(text)
    assert sum(1 for _ in trace.matching(parse("state.x5 == 1"))) == 0


def test_values_are_not_multiplied_by_edits() -> None:
    """A block of edits that each make a large text costs no more memory than there is for the values of a block."""
    import tracemalloc

    book = Book()
    book.step("x" * 200_000)
    name, path = book.writer.name("on_step_end"), book.writer.name(PATH)
    for serial in range(2, 2000):
        book.writer._append(Value.TYPE, Value(0, serial, 1, [1, 0, 200_000, "y"]), time=0)
        book.writer.event(name, serial, 1, [path, ValueRef(serial)])
    trace = Trace.from_bytes(bytes(book.data))
    tracemalloc.start()
    assert list(trace.matching(parse('state.x == "z"'))) == []
    assert tracemalloc.get_traced_memory()[1] < 4 * MOST
    tracemalloc.stop()
    assert trace[1998].before.state["x"] == "x" * 200_000 + "y"


def test_a_new_file_has_the_values() -> None:
    """A trace that is begun anew, because its file was deleted, has the values that are watched."""
    book = Book()
    for value in growing("nested", 50):
        book.step(value)
    book.data[:] = book.writer.begin_again(ID, CREATED, {})
    book.step(1, "state.n")
    trace = Trace.from_bytes(bytes(book.data), whole=True)
    assert not trace.damage
    assert equal(trace[0].before.state["x"], list(growing("nested", 50))[-1])


def test_a_write_that_fails_loses_no_value() -> None:
    """Where the disk is full, the value is written with the next event that is."""
    book = Book()
    book.step(1)
    failing = True

    def sink(data: bytes) -> None:
        if failing:
            raise OSError("no space")
        book.data.extend(data)

    book.writer._sink = sink
    with pytest.raises(OSError):
        book.step(["x" * 100] * 100)
    failing = False
    number = book.writer.name(PATH)
    book.writer.set_chain(number, ValueRef(1))
    book.step(2, "state.n")
    trace = Trace.from_bytes(bytes(book.data), whole=True)
    assert trace[-1].before.state["x"] == ["x" * 100] * 100 and not trace.damage


def test_blocks_have_their_bounds() -> None:
    """Fifty large values at one event are in several blocks: none holds more than a reader takes."""
    book = Book()
    writer = book.writer
    pairs: list[Any] = []
    for n in range(50):
        path = writer.name(f"state.{n}")
        pairs += (path, writer.stored(path, [f"{n}" * 500] * 200))
    writer.event(writer.name("on_step_end"), 1, 1, pairs)
    trace = Trace.from_bytes(bytes(book.data), whole=True)
    assert not trace.damage and trace[0].before.state["49"] == ["49" * 500] * 200
    assert len(book.data) > BLOCK_BYTES


def test_what_does_not_compress_is_packed(tmp_path: Path) -> None:
    """Many large values of random bytes are packed, into as many blocks as they need."""
    chance = random.Random(1)
    book = Book()
    for _ in range(30):
        book.step([chance.randbytes(9_000) for _ in range(25)])
    book.writer.note(11, {"reason": "finished"}, time=1)
    (tmp_path / "trace.mpk").write_bytes(book.data)
    pack_trace(tmp_path / "trace.mpk")
    with Trace.open(tmp_path / "trace.mpk", whole=True) as trace:
        assert len(trace) == 30 and not trace.damage
        assert len(trace[29].before.state["x"]) == 25


def test_what_is_unknown_is_marked() -> None:
    """A reference to a value that is not there is a description, in the API and in a condition."""
    book = Book()
    book.step(ValueRef(9))
    trace = Trace.from_bytes(bytes(book.data))
    assert trace[0].before.state["x"] == UNKNOWN and isinstance(UNKNOWN, Described)
    assert list(trace.matching(parse("state.x == 1"))) == []
