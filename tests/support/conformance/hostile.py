"""Conformance files of journals whose checksums are right and whose content is a lie: what fuzzing found, each once.

The JSON is written by hand. Those of the packed form are in `hostile_packed`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import msgpack

from support.conformance.by_hand import ID, header
from support.conformance.case import NONE, Case, change, event
from tracetui.trace.journal.frame import SYNC, checksum_start, frame

NAMES = ["on_step_begin", "state.x", "A", "state.log_history"]
HIGHEST = (1 << 63) - 1
BIG_INT, TUPLE, DESCRIBED, HISTORY = 32, 33, 34, 38
EVENT, ENTER = 4, 5


def ext(code: int, data: bytes) -> bytes:
    """Return an extension, of a type below 0, too, which `msgpack.ExtType` refuses."""
    return struct.pack(">BHb", 0xC8, len(data), code) + data


HUGE = ext(BIG_INT, b"\x01" * 2_500)
"""An integer of 6,000 digits."""


def array(*items: Any) -> bytes:
    """Return an array of at most 15 items; bytes are taken as msgpack that is ready."""
    return bytes([0x90 | len(items)]) + b"".join(one if type(one) is bytes else msgpack.packb(one) for one in items)


class Journal:
    """Puts a journal together record by record.

    Attributes:
        data: The file so far.
    """

    def __init__(self) -> None:
        """Write a header."""
        self.data = header(version=1)
        self._seed = 0

    def keyframe(self, block: int, records: int, at: int, *, time: int = 0, opened: int = 0, first: int = 0) -> None:
        """Begin a block; `at` is the number of its first event."""
        payload = [SYNC, ID, block, records, at, time, opened, first, NAMES, []]
        start = len(self.data)
        self.data += frame(2, checksum_start(0, 2), msgpack.packb(payload), wide=True)
        self._seed = int.from_bytes(self.data[start + 6 : start + 10], "big")

    def record(self, kind: int, *items: Any) -> None:
        """Write a record."""
        self.data += frame(kind, checksum_start(self._seed, kind), array(*items))


def step(index: int, start: int, **more: Any) -> dict[str, Any]:
    """Return what is expected of an event that took five microseconds."""
    return event(index, "on_step_begin", start, 5, **more)


def bad(name: str, about: str, kind: int, *items: Any) -> Case:
    """An event, a record that is none, an event that can't be read therefore, and another block."""
    journal = Journal()
    journal.keyframe(1, 0, 0)
    journal.record(EVENT, 1, 0, 10, 5)
    place = len(journal.data)
    journal.record(kind, 2, *items)
    journal.record(EVENT, 3, 0, 30, 5)
    journal.keyframe(2, 3, 3, time=1_000)
    journal.record(EVENT, 1, 0, 40, 5)
    damage = [{"kind": "bad record", "offset": place}]
    return Case(f"hostile-{name}", about, journal.data, {"events": [step(0, 10), step(1, 1_040)], "damage": damage})


def setting(name: str, about: str, value: bytes) -> Case:
    """`bad`, where a value is what is wrong."""
    return bad(name, about, EVENT, 0, 20, 5, array(1, value))


def numbers() -> Iterator[Case]:
    """Numbers where there can be none of them."""
    yield bad("integer-count", "A duration of thousands of digits.", EVENT, 0, 20, HUGE)
    yield bad("integer-name", "The name of an event is a number of thousands of digits.", EVENT, HUGE, 20, 5)
    yield bad("integer-call", "A call that took thousands of digits.", EVENT, 0, 20, 5, None, None, array(2, HUGE))
    yield bad("count-time", "A time below 0.", EVENT, 0, -20, 5)
    yield bad("count-duration", "A duration below 0.", EVENT, 0, 20, -5)
    yield bad("count-number", "A name below 0 of an event.", EVENT, -1, 20, 5)
    yield bad("count-beyond", "A duration of 64 bits.", EVENT, 0, 20, 1 << 63)
    yield bad("count-history", "An edition below 0.", 7, 1, -1, 0, array())
    yield bad("count-true", "A duration that is true.", EVENT, 0, 20, True)
    yield setting("integer-small", "A small integer in the form of large ones.", ext(BIG_INT, b"\x05"))
    edge = ((1 << 64) - 1).to_bytes(9, "big")
    yield setting("integer-64", "An integer of 64 bits in the form of large ones.", ext(BIG_INT, edge))


def values() -> Iterator[Case]:
    """Values that are none."""
    yield setting("deep", "A value nested 300 levels.", b"\x91" * 300 + b"\x90")
    yield setting("deep-by-one", "A record of 257 levels, the last an empty array.", b"\x91" * 254 + b"\x90")
    marks = b"\x90"
    for _ in range(65):
        marks = b"\x91" + ext(TUPLE, marks)
    yield setting("deep-tuples", "Tuples inside each other, 65 levels.", marks[1:])
    yield setting("key", "A key that is an array.", b"\x81\x91\x01\x01")
    yield setting("key-tuple", "A key that is a tuple of an array.", b"\x81" + ext(TUPLE, b"\x91\x90") + b"\x01")
    odd = array("a", "b", {})
    yield setting("key-described", "A key that is described by a map.", b"\x81" + ext(DESCRIBED, odd) + b"\x01")
    yield setting("extension", "An extension below 0.", ext(-5, b"\x00"))
    yield setting("time-long", "A time of too many nanoseconds.", ext(-1, struct.pack(">Iq", 1_000_000_000, 5)))
    yield setting("time-short", "A time of too many nanoseconds, in 8 bytes.", ext(-1, b"\xff" * 8))
    yield setting("time-length", "A time of five bytes.", ext(-1, b"\x00" * 5))
    yield setting("maps", "Empty maps, more than there may be.", struct.pack(">BI", 0xDD, 65_600) + b"\x80" * 65_600)


def timestamps() -> Case:
    """Times in msgpack's own extension, in each of its three forms."""
    forms = [
        (5.0, struct.pack(">I", 5)),
        (5.5, struct.pack(">Q", 500_000_000 << 34 | 5)),
        (-4.000000001, struct.pack(">Iq", 999_999_999, -5)),
        (-9.223372036854776e18, struct.pack(">Iq", 5, -(1 << 63))),
    ]
    journal = Journal()
    journal.keyframe(1, 0, 0)
    for number, (_, data) in enumerate(forms, 1):
        journal.record(EVENT, number, 0, 10, 5, array(1, ext(-1, data)))
    found = [step(index, 10, before={"state": {"x": seconds}}) for index, (seconds, _) in enumerate(forms)]
    return sound("times", "Times of other writers: a float, the seconds.", journal, found)


def sound(name: str, about: str, journal: Journal, found: list[dict[str, Any]], **more: Any) -> Case:
    """Return a case of a file in which nothing is damaged."""
    return Case(f"hostile-{name}", about, journal.data, {"events": found, "damage": [], **more})


def numbers_of_names() -> Case:
    """Names whose numbers are no numbers of names.

    The JSON says nothing of damage: that a name is not defined is reported, but is not at any place in the file.
    """
    journal = Journal()
    journal.keyframe(1, 0, 0)
    rare = b"\x82\x01\x81" + HUGE + b"\x01\x06" + HUGE
    journal.record(EVENT, 1, 0, 10, 5, array(HUGE, 1), array(-1, array(HUGE, 2)), array(HUGE, 3), rare)
    journal.record(EVENT, 2, 0, 20, 5, array(7, 3, HIGHEST, 4))
    unknown = "<unknown name>"
    first = [change(unknown, NONE, 1, unknown, False), change(unknown, 1, 2, unknown)]
    second = [change("<unknown name 7>", NONE, 3, "Trainer", False)]
    second.append(change(f"<unknown name {HIGHEST}>", NONE, 4, "Trainer", False))
    calls = [{"callback": unknown, "duration": 3e-6}]
    found = [step(0, 10, changes=first, inputs={unknown: 1}, calls=calls), step(1, 20, changes=second)]
    return Case("hostile-integer-names", "Numbers that are no names.", journal.data, {"events": found})


def last_names() -> Case:
    """The highest number that a name may have, and one more; nothing of damage, as above."""
    journal = Journal()
    journal.keyframe(1, 0, 0)
    journal.record(3, 1, (1 << 20) - 1, ["last", "none"])
    journal.record(3, 2, HIGHEST, ["none"])
    for number, name in enumerate(((1 << 20) - 1, 1 << 20, HIGHEST), 3):
        journal.record(EVENT, number, name, 10, 5)
    names = ["last", f"<unknown name {1 << 20}>", f"<unknown name {HIGHEST}>"]
    found = [event(index, name, 10, 5) for index, name in enumerate(names)]
    return Case("hostile-names", "The highest number of a name, and higher ones.", journal.data, {"events": found})


def highest() -> Iterator[Case]:
    """Counts that are as high as they may be."""
    journal = Journal()
    journal.keyframe(1, 0, 0, time=HIGHEST)
    journal.record(EVENT, 1, 0, HIGHEST, HIGHEST)
    found = [event(0, "on_step_begin", 2 * HIGHEST, HIGHEST)]
    yield sound("time", "A time beyond 64 bits, which does not wrap around.", journal, found)
    journal = Journal()
    start = len(journal.data)
    journal.keyframe(HIGHEST, HIGHEST, HIGHEST, opened=HIGHEST)
    journal.record(6, 1, 5)
    journal.record(EVENT, 2, 0, 10, 5)
    late = len(journal.data)
    journal.keyframe(5, 1, HIGHEST)
    journal.record(EVENT, 1, 0, 20, 5)
    damage = [{"kind": "missing records", "offset": start}, {"kind": "bad record", "offset": late}]
    about = "A keyframe of the highest numbers, and one that is lower by one than the event after."
    yield Case("hostile-highest", about, journal.data, {"events": [step(0, 10)], "damage": damage})


def history() -> Case:
    """A list that claims 2**60 entries."""
    journal = Journal()
    journal.keyframe(1, 0, 0)
    journal.record(7, 1, 1, 1, 0, ["a", "b"])
    journal.record(EVENT, 2, 0, 10, 5, array(3, ext(HISTORY, array(1, 1 << 60, 1))))
    found = [step(0, 10, before={"state": {"log_history": ["a", "b"]}})]
    return sound("history", "A log history that claims 2**60 entries.", journal, found)


def endless(name: str, about: str, count: int, kind: int, *items: Any, left: int = 0) -> Case:
    """Many records of a kind in one block, of which the first `left` are events, and the last is one too many."""
    journal = Journal()
    journal.keyframe(1, 0, 0)
    for number in range(1, count):
        journal.record(kind, number, *items)
    place = len(journal.data)
    journal.record(kind, count, *items)
    journal.keyframe(2, count, count * bool(left), time=1_000)
    journal.record(EVENT, 1, 0, 40, 5)
    found = [{"index": index, "event": "on_step_begin"} for index in range(left)]
    expected = {"events": [*found, step(left, 1_040)], "damage": [{"kind": "bad record", "offset": place}]}
    return Case(f"hostile-{name}", about, journal.data, expected)


def opened() -> Iterator[Case]:
    """More events inside each other than there may be."""
    yield endless("open", "256 events inside each other.", 256, ENTER, 0, 10, 0, left=255)
    journal = Journal()
    journal.keyframe(1, 0, 0, opened=255)
    journal.record(6, 1, 5)
    journal.record(ENTER, 2, 0, 10, 5)
    place = len(journal.data)
    journal.record(ENTER, 3, 0, 20, 5)
    expected = {"events": [step(0, 10)], "damage": [{"kind": "bad record", "offset": place}]}
    about = "Unknown events that are open at a keyframe, as many as there may be, and one more."
    yield Case("hostile-open-unknown", about, journal.data, expected)


def cases() -> list[Case]:
    """Return all cases."""
    found = [*numbers(), *values(), timestamps(), numbers_of_names(), last_names(), *highest(), history()]
    found.append(endless("events", "257 events in a block.", 257, EVENT, 0, 10, 5, left=256))
    found.append(endless("records", "2,049 records in a block.", 2_049, 99))
    return [*found, *opened()]
