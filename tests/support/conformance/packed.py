"""The sound conformance files of the packed form, and the JSON a reader has to find in them, written by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import msgpack

from support.conformance import journal
from support.conformance.by_hand import (
    FLOAT,
    ID,
    INT,
    PACKED,
    TIME,
    VALUE,
    block,
    header,
    numbers,
    record,
    values,
    zstd_raw,
)
from support.conformance.case import NONE, Book, Case, Records, change, event
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.frame import SYNC
from tracetui.trace.values import ABSENT, Described, HistoryRef, Shortened

STATE = "state.x"
NAMES = ["on_step_begin", STATE]
KEY = (2, [SYNC, ID, INT, INT, INT, INT, 0, 0, VALUE, [1, INT]])
"""A keyframe with one path in the chain, at which nothing is open."""

STEP = (4, [0, TIME, INT, [1, INT]])
"""An event that sets the path."""


def packed(data: bytes, segments: int = 32) -> bytes:
    """Return a journal as `tracetui pack` writes it, but for the compression, which differs from version to version."""
    stored = mock.patch("tracetui.trace.packed.streams._shortest", lambda data, level: (0, data))
    with tempfile.TemporaryDirectory() as folder, stored, mock.patch("tracetui.trace.packed.index.compress", zstd_raw):
        path, target = Path(folder, "journal.mpk"), Path(folder, "packed.mpk")
        path.write_bytes(data)
        pack_trace(path, target, segments=segments)
        return target.read_bytes()


def frames(data: bytes) -> list[tuple[int, int]]:
    """Return where each record begins and ends."""
    places = [*Records(data).places, len(data)]
    return list(pairwise(places))


def as_journal() -> Iterator[Case]:
    """The features of a journal, packed: the JSON is the same."""
    for make in (journal.events, journal.changes, journal.inputs, journal.probes, journal.nested, journal.gaps):
        yield packed_of(make())
    for make in (journal.history, journal.calls, journal.notes, journal.names, journal.unknown, journal.arguments):
        yield packed_of(make())
    yield packed_of(journal.blocks(), "one-block")
    yield packed_of(journal.blocks(), "several-blocks", segments=1)


def packed_of(case: Case, name: str | None = None, segments: int = 32) -> Case:
    """Return a case of the journal, packed."""
    return Case(f"packed-{name or case.name}", f"{case.about} Packed.", packed(case.data, segments), case.expected)


def all_values() -> Case:
    """Values of every kind, twice each, in streams of their own."""
    given = {
        "none": None,
        "true": True,
        "nan": float("nan"),
        "infinities": [float("inf"), float("-inf")],
        "negative zero": -0.0,
        "least float": 5e-324,
        "int and float": [1, 1.0],
        "int 64": [-(1 << 63), (1 << 64) - 1, (1 << 63)],
        "big int": 1 << 64,
        "big ints": [1 << 64, -(1 << 63) - 1, 10**40],
        "text": "naïve ☃ 🤗",
        "mark": "\ufeffbegins with a byte order mark",
        "lone surrogate": "a\udc80b",
        "two surrogates": "\ud83e\udd17",
        "surrogate in a key": {"\ud800": 1},
        "bytes": b"\x00\xff",
        "tuple": (1, (2, [3]), ()),
        "keys": {1: "int", 1.5: "float", None: "none", False: "false", "": "empty", "__proto__": "text"},
        "same keys": {1: "int", "1": "text"},
        "key of two": {(1, 2): "tuple"},
        "empty": [{}, [], "", b""],
        "deep": [[[[[[[[[[{"a": [1]}]]]]]]]]]],
        "tensor": Described("torch.Tensor", "shape=(2, 3) dtype=float32 device=cuda:0"),
        "set": Described("set", "2 elements", ["a", "b"]),
        "shortened": Shortened("list", 100_000, 0xDEADBEEF, [1, 2.0]),
        "absent": [ABSENT],
        "list": list(range(20)),
    }
    expected = {
        "none": None,
        "true": True,
        "nan": "NaN",
        "infinities": ["Infinity", "-Infinity"],
        "negative zero": -0.0,
        "least float": 5e-324,
        "int and float": [1, 1.0],
        "int 64": [-9223372036854775808, 18446744073709551615, 9223372036854775808],
        "big int": 18446744073709551616,
        "big ints": [18446744073709551616, -9223372036854775809, 10**40],
        "text": "naïve ☃ 🤗",
        "mark": "\ufeffbegins with a byte order mark",
        "lone surrogate": "a\\udc80b",
        "two surrogates": "\\ud83e\\udd17",
        "surrogate in a key": {"\\ud800": 1},
        "bytes": {"$bytes": "00ff"},
        "tuple": {"$tuple": [1, {"$tuple": [2, [3]]}, {"$tuple": []}]},
        "keys": {"1": "int", "1.5": "float", "null": "none", "false": "false", "": "empty", "__proto__": "text"},
        "same keys": {"$pairs": [[1, "int"], ["1", "text"]]},
        "key of two": {"$pairs": [[{"$tuple": [1, 2]}, "tuple"]]},
        "empty": [{}, [], "", {"$bytes": ""}],
        "deep": [[[[[[[[[[{"a": [1]}]]]]]]]]]],
        "tensor": {"$described": "torch.Tensor", "text": "shape=(2, 3) dtype=float32 device=cuda:0"},
        "set": {"$described": "set", "text": "2 elements", "value": ["a", "b"]},
        "shortened": {"$shortened": "list", "length": 100000, "digest": 3735928559, "kept": [1, 2.0]},
        "absent": [{"$absent": True}],
        "list": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    }
    book = Book()
    for start in (100, 200):
        book.event("on_step_begin", start, between={f"state.{key}": value for key, value in given.items()})
    found = [event(index, "on_step_begin", 100 + 100 * index, before={"state": expected}) for index in range(2)]
    return Case("packed-values", "Values of every kind.", packed(bytes(book.data)), {"events": found})


def history() -> Case:
    """The log history over several packed blocks: edited in a later one, and cut."""
    book = Book()
    entries = [book.shaped({"loss": 1.0 / (1 << step), "step": step}) for step in range(4)]
    for step in range(4):
        book.writer.history(1, step + 1, step, [entries[step]], time=100 * step + 50)
        book.event("on_log", 100 * step + 100, between={"state.log_history": HistoryRef(1, step + 1, step + 1)})
        book.writer.restart_block()
    book.writer.history(1, 5, 3, [book.shaped({"loss": 9.5, "step": 3})], time=450)
    book.event("on_log", 500, inside=[("A", {"state.log_history": HistoryRef(1, 4, 5)})])
    book.writer.history(2, 6, 0, ["no mapping", None], time=550)
    book.event("on_log", 600, between={"state.log_history": HistoryRef(2, 2, 6)})
    one, two, three = {"loss": 1.0, "step": 0}, {"loss": 0.5, "step": 1}, {"loss": 0.25, "step": 2}
    four, edited = {"loss": 0.125, "step": 3}, {"loss": 9.5, "step": 3}
    lists: list[Any] = [[one], [one, two], [one, two, three], [one, two, three, four], [one, two, three, edited]]
    lists.append(["no mapping", None])
    found = [
        event(index, "on_log", 100 * index + 100, after={"state": {"log_history": entries}})
        for index, entries in enumerate(lists)
    ]
    found[4]["before"] = {"state": {"log_history": [one, two, three, four]}}
    return Case("packed-history-over-blocks", "state.log_history.", packed(bytes(book.data), 1), {"events": found})


def nested() -> Case:
    """An event that begins in one packed block and ends in another."""
    book = Book()
    book.event("on_epoch_end", 100, 25, between={STATE: 1}, inside=[("A", {STATE: 2})], calls={"A": 5}, opens=True)
    for number in range(4):
        book.writer.restart_block()
        book.event("on_evaluate", 200 + 100 * number, inside=[("B", {STATE: 3 + number})])
    book.writer.exit(675, book.groups([("A", {STATE: 9})]), book.calls({"B": 7}), time=800)
    book.event("on_step_begin", 900)
    changes = [change(STATE, NONE, 1, "Trainer", False), change(STATE, 1, 2, "A"), change(STATE, 6, 9, "A")]
    calls = [{"callback": "A", "duration": 5e-6}, {"callback": "B", "duration": 7e-6}]
    first = event(0, "on_epoch_end", 100, 700, changes=changes, calls=calls, after={"state": {"x": 9}})
    inner = [event(1 + number, "on_evaluate", 200 + 100 * number) for number in range(4)]
    for number, one in enumerate(inner):
        one["changes"] = [change(STATE, 2 + number, 3 + number, "B")]
    last = event(5, "on_step_begin", 900, before={"state": {"x": 9}})
    about = "An event that begins in one packed block and ends in another."
    return Case("packed-nested-over-blocks", about, packed(bytes(book.data), 1), {"events": [first, *inner, last]})


def times() -> Case:
    """Events that begin before the one before them ended, and journal blocks of a packed block that begin anew."""
    book = Book()
    for key in range(3):
        book.event("on_step_end", 1_000 * key + 500, 400)
        book.event("on_save", 1_000 * key + 600, 7)
        book.event("on_step_begin", 1_000 * key + 600, 0)
        book.writer.restart_block()
    found = []
    for key in range(3):
        found.append(event(3 * key, "on_step_end", 1_000 * key + 500, 400))
        found.append(event(3 * key + 1, "on_save", 1_000 * key + 600, 7))
        found.append(event(3 * key + 2, "on_step_begin", 1_000 * key + 600, 0))
    return Case("packed-times", "Times as pauses, some below 0.", packed(bytes(book.data)), {"events": found})


def by_hand(events: list[int], stream: Any, *, count: int = 0, first: int = 0, chain: int = -1) -> list[Any]:
    """Return a block of one journal block whose events set `STATE`, stored as `stream` says, ten microseconds apart."""
    size = len(events)
    streams = [
        *(numbers([number], width=1) for number in (1 + first, count, first * size)),
        numbers([1_000 * first], width=4),
        values(NAMES),
        numbers([chain], width=8),
        numbers([10] * size, 1, 0),  # pauses
        numbers([0] * size, 0, 0),  # durations
        stream,
    ]
    order = [0] + [1] * size
    return block(first * size, size, [KEY, STEP], order, *streams)


def steps(given: list[Any], first: int = 0, time: int = 0) -> list[dict[str, Any]]:
    """Return what is expected of the events of `by_hand`."""
    return [
        event(first + index, "on_step_begin", time + 10 * index + 10, 0, before={"state": {"x": value}})
        for index, value in enumerate(given)
    ]


def whole_file(*payloads: list[Any]) -> bytes:
    """Return a file of packed blocks, without an index."""
    return header() + b"".join(record(PACKED, payload) for payload in payloads)


LOW, HIGH = -(1 << 63), (1 << 63) - 1


def wraps() -> Iterator[Case]:
    """Numbers in each order and each width, some of whose differences wrap around."""
    forms = [
        ("0-1", [-128, 127, 0, -1, 5], numbers([-128, 127, 0, -1, 5], 0, 1)),
        ("0-2", [-32768, 32767, 256], numbers([-32768, 32767, 256], 0, 2)),
        ("0-4", [-(1 << 31), (1 << 31) - 1, 65536], numbers([-(1 << 31), (1 << 31) - 1, 65536], 0, 4, method=1)),
        ("0-8", [LOW, HIGH, 0, 1 << 40], numbers([LOW, HIGH, 0, 1 << 40], 0, 8)),
        ("1-0", [7, 7, 7, 7], numbers([7, 7, 7, 7], 1, 0)),
        ("1-1", [LOW, HIGH, LOW, HIGH], numbers([LOW, HIGH, LOW, HIGH], 1, 1)),
        ("1-8", [0, LOW, 0, HIGH, -2], numbers([0, LOW, 0, HIGH, -2], 1, 8)),
        ("2-0", [HIGH - 1, HIGH, LOW, LOW + 1], numbers([HIGH - 1, HIGH, LOW, LOW + 1], 2, 0)),
        ("2-2", [1, 4, 9, 16, -300], numbers([1, 4, 9, 16, -300], 2, 2, method=1)),
        ("2-8", [HIGH, LOW, LOW, HIGH, 0], numbers([HIGH, LOW, LOW, HIGH, 0], 2, 8)),
        ("2-only", [5, -5], numbers([5, -5], 2, 8)),
    ]
    for name, given, stream in forms:
        data = whole_file(by_hand(given, stream))
        about = f"Numbers of order {name[0]}, {name[2:]} bytes wide: differences wrap around in 64 bits."
        yield Case(f"packed-numbers-{name}", about, data, {"events": steps(given)})


def copies() -> Case:
    """Streams that are copies: of integers, and of the bits of floats."""
    key = (2, [SYNC, ID, 1, 0, 0, 0, 0, 0, ["on_step_begin", STATE, "state.y", "state.z"], []])
    row = (4, [0, TIME, INT, [1, INT, 2, FLOAT, 3, FLOAT]])
    bits = [0x3FF0000000000000, LOW, 0x7FF8000000000000, 1]  # 1.0, -0.0, NaN, the least float
    streams = [numbers([10] * 4, 1, 0), 1, numbers(bits), 3, 3]
    payload = block(0, 4, [key, row], [0, 1, 1, 1, 1], *streams)
    found = [
        event(index, "on_step_begin", 10 + 20 * index, 10, before={"state": {"x": bits[index], "y": value, "z": value}})
        for index, value in enumerate([1.0, -0.0, "NaN", 5e-324])
    ]
    return Case("packed-copies", "Streams that are copies of others.", whole_file(payload), {"events": found})


def unknown() -> Case:
    """What a newer version may add to a packed block."""
    key = (2, [SYNC, ID, 1, 0, 0, 0, 0, 0, NAMES, [], "a field of a newer version"])
    templates = [
        key,
        (4, [0, TIME, INT, [1, VALUE], None, None, {99: VALUE}, VALUE]),
        (77, [VALUE, INT, {"a": [FLOAT]}]),
        (4, [0, TIME, INT, [], [], [], {}]),
    ]
    new = msgpack.ExtType(50, b"new")
    streams = [numbers([10, 10], 0, 1), numbers([5, 5], 0, 2), values(new, 2), values("a", "b"), values({}, [1])]
    streams += [values("of a newer version"), numbers([1], 0, 1), numbers([1], 0, 8)]
    streams += [[*numbers([7], 0, 1), "an item of a newer version"], numbers([0], 0, 0)]
    payload = block(0, 3, templates, [0, 1, 2, 3, 1], *streams)
    described = {"$described": "msgpack extension 50", "text": "3 bytes", "value": {"$bytes": "6e6577"}}
    found = [
        event(0, "on_step_begin", 10, 5, before={"state": {"x": described}}),
        event(1, "on_step_begin", 22, 0, changes=[]),
        event(2, "on_step_begin", 32, 5, before={"state": {"x": 2}}),
    ]
    data = whole_file([*payload, "a field of a newer version"])
    return Case("packed-unknown-record", "What a newer version may add to a packed block.", data, {"events": found})


def compressed() -> Case:
    """Streams that are compressed, with tables and matches; the bytes depend on the version of zstd."""
    book = Book()
    texts = [f"step {number}: {number * number % 97} of {number * 31 % 89}" for number in range(80)]
    for number, text in enumerate(texts):
        book.event("on_log", 100 * number + number % 7, between={STATE: {"text": text, "loss": 1 / (number + 1)}})
    found = []
    for number, text in enumerate(texts):
        value = {"text": text, "loss": 1 / (number + 1)}
        found.append(event(number, "on_log", 100 * number + number % 7, before={"state": {"x": value}}))
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder, "journal.mpk"), Path(folder, "packed.mpk")
        path.write_bytes(bytes(book.data))
        pack_trace(path, target)
        data = target.read_bytes()
    return Case("packed-compressed", "Streams compressed by zstd.", data, {"events": found}, exact=False)


def parts() -> Case:
    """The trace that is damaged below: packed blocks of four events, index, trailer."""
    book = Book()
    found = []
    for number in range(20):
        book.event("on_step_begin", 100 * number, between={STATE: number})
        found.append(event(number, "on_step_begin", 100 * number, before={"state": {"x": number}}))
        if number % 4 == 3:
            book.writer.restart_block()
    book.end(2_000, 20)
    done = {"reason": "finished", "time": 0.002}
    about = "Packed blocks, index and trailer."
    return Case("packed-parts", about, packed(bytes(book.data), 1), {"events": found, "end": done})


def put_together() -> Iterator[Case]:
    """Files of other parts than index and trailer at the end."""
    whole = parts()
    data, places = whole.data, frames(whole.data)
    index = places[-2][0]
    yield whole
    yield Case("packed-no-index", "Neither index nor trailer.", data[:index], whole.expected)
    yield Case("packed-no-trailer", "An index without a trailer.", data[: places[-1][0]], whole.expected)
    yield mixed()


def mixed() -> Case:
    """Journal blocks, packed blocks and again journal blocks."""
    book = Book()
    for number in range(6):
        book.event("on_step_begin", 100 * number, between={STATE: number})
        book.event("on_step_end", 100 * number + 50, inside=[("A", {f"state.only_{number}": 1.5})])
        book.writer.restart_block()
    journal, keys = bytes(book.data), Records(bytes(book.data)).keyframes
    pieces = frames(packed(journal, 2))[1:4]
    middle = packed(journal, 2)[pieces[1][0] : pieces[1][1]]
    data = header() + journal[keys[0] : keys[2]] + middle + journal[keys[4] :]
    found = []
    for number in range(6):
        known = {f"only_{past}": 1.5 for past in range(number)}
        found.append(event(2 * number, "on_step_begin", 100 * number, before={"state": {"x": number, **known}}))
        known[f"only_{number}"] = 1.5
        found.append(event(2 * number + 1, "on_step_end", 100 * number + 50, after={"state": {"x": number, **known}}))
    return Case("packed-mixed", "Journal blocks and packed blocks.", data, {"events": found, "end": None})


def cases() -> list[Case]:
    """Return all sound cases of the packed form."""
    made = [*as_journal(), all_values(), history(), nested(), times(), *wraps(), copies(), unknown(), compressed()]
    made += put_together()
    return [Case(c.name, c.about, c.data, {"damage": [], **c.expected}, exact=c.exact) for c in made]
