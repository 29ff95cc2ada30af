"""Journal blocks that are read at once say the same as those that are read record by record, whatever is in them."""

from __future__ import annotations

import random
import struct
from typing import Any
from unittest import mock

import msgpack
import pytest

from support.campaigns import sample
from support.conformance.committed import committed
from support.hostile.corruption import case
from support.hostile.damage import sample as small
from support.hostile.noise import ODD, changed, flips, framed, records
from support.hostile.runs import nested_run, several_blocks
from support.project import ROOT
from tracetui.trace.errors import NewerVersion, NotATrace
from tracetui.trace.journal.records import EventRow, Header, History, Keyframe
from tracetui.trace.packed.zstd import QUICK
from tracetui.trace.reading.assembly import Assembled, Collected, assemble
from tracetui.trace.reading.reader import TraceReader

SAMPLES = [path.read_bytes() for path in sorted((ROOT / "samples" / "traces").glob("*.mpk"))]
FILES = {**{case.name: case.data for case in committed()}, **dict(enumerate(SAMPLES))}
ID = bytes(16)


def read(data: bytes, segments: int = 3) -> tuple[list[Any], int]:
    """Return all that is read of a file, and how many records of it were read at once."""
    taken: list[int] = []

    def noted(self: Collected, scanner: Any) -> Any:
        for item in take_stretch(self, scanner):
            taken.append(item.block.records)
            yield item

    take_stretch = Collected.take_stretch
    try:
        with mock.patch.object(Collected, "take_stretch", noted):
            items = list(assemble(TraceReader.from_bytes(data), segments=segments, level=QUICK))
    except (NotATrace, NewerVersion) as error:
        return [type(error)], 0
    return [(item.offset, item.payload) if isinstance(item, Assembled) else item for item in items], sum(taken)


def read_slowly(data: bytes, segments: int = 3) -> list[Any]:
    """Return all that is read of a file record by record."""
    with mock.patch("tracetui.trace.reading.assembly.read_stretch", return_value=None):
        return read(data, segments)[0]


def assert_same(data: bytes, segments: int = 3) -> int:
    """Compare the two; return how many records were read at once."""
    found, taken = read(data, segments)
    assert found == read_slowly(data, segments)
    return taken


def test_every_file() -> None:
    """Of every conformance file, every hostile one and every sample both ways give the same blocks and damage."""
    assert len(FILES) > 200
    for data in FILES.values():
        assert_same(data)


@pytest.mark.slow
def test_a_fault_at_every_byte() -> None:
    """One wrong bit anywhere in a small trace, or its end anywhere, gives the same damage and the same blocks."""
    data = small(blocks=3, rows=1)
    assert assert_same(data, 2) == len(records(data)) - 1
    for place in range(len(data)):
        for bit in (0, 4):
            assert_same(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :], 2)
        assert_same(data[:place], 2)


@pytest.mark.slow
def test_random_damage() -> None:
    """Whatever is flipped, cut, moved, doubled or taken from another trace, both ways give the same."""
    for number in sample(range(20_000), 600, "damage, both ways"):
        assert_same(case(number)[1])


# -- what records hold


def odd_values(chance: random.Random) -> Any:
    """Return a value of any kind, integers near the bounds of their widths most of all."""
    bound = 1 << chance.choice((5, 7, 8, 15, 16, 31, 32, 62, 63, 64))
    number = chance.choice((bound, bound - 1, -bound, -bound - 1, chance.randrange(300)))
    number = number if -(1 << 63) <= number < 1 << 64 else 7
    text = "é" * chance.choice((0, 1, 15, 16, 31, 32, 127, 128, 200))
    numbers = [chance.choice((1, 300, 0.5, -1)) for _ in range(chance.choice((0, 1, 2, 15, 16, 17)))]
    sound = (
        number,
        number,
        chance.random(),
        text,
        numbers,
        msgpack.ExtType(38, b"\x93\x01\x02\x03"),
        None,
        True,
        {"a": 1},
    )
    return chance.choice(sound if chance.random() < 0.98 else ODD)


def events(chance: random.Random) -> list[tuple[int, list[Any]]]:
    """Return type and items of some records of one form, whose values differ: those of half of them in kind, too."""
    count = chance.choice((1, 3, 6, 7, 20))
    form, loose = chance.randrange(7), chance.random() < 0.2
    paths = [chance.choice((3, 127, 128, 255, 70_000)) for _ in range(chance.choice((0, 1, 2, 8, 9)))]
    constants = [odd_values(chance) for _ in paths]

    def value(place: int = 0) -> Any:
        constant = constants[place] if place < len(constants) else 5
        if loose:
            return odd_values(chance)
        return chance.choice((chance.randrange(1 << 40), 5)) if type(constant) is int else constant

    def pairs() -> list[Any]:
        return [item for place, path in enumerate(paths) for item in (path, value(place))]

    shaped = [40, *(chance.random() for _ in paths)]
    rare = chance.choice(({1: {12: shaped}}, {1: {12: shaped, 13: [7]}}, {8: 5}, {5: 2, 1: {}}, {}, {2: [[1, "a"]]}))
    calls = [item for path in paths for item in (path, 1 << chance.randrange(60))]
    tails = [], [pairs()], [None, [3, pairs()]], [pairs(), [3, pairs(), 4, []], calls], [None, None, calls, rare]
    found = []
    for _ in range(count):
        row = [chance.randrange(70_000), chance.randrange(1 << 20), chance.randrange(300)]
        if form == 6:
            entries = [[[40, *(value(place) for place in range(3))]], [], [5, 5]][chance.choice((0, 0, 0, 1, 2))]
            found.append((History.TYPE, [*row, entries]))
        else:
            tail = [pairs()] if form == 5 else tails[form]
            found.append((EventRow.TYPE, [9, *row[1:], *tail]))
    return found


def journal(chance: random.Random) -> list[tuple[int, bytes]]:
    """Return the records of a journal whose rows hold anything that is allowed."""
    parts = [(Header.TYPE, Header(ID, 0.0, {}).payload())]
    event = records_before = 0
    for block in range(1, chance.choice((2, 3, 5))):
        parts.append((Keyframe.TYPE, Keyframe(ID, block, records_before, event, 0, 0, 0, [], []).payload()))
        rows = [row for _ in range(chance.choice((1, 3, 6))) for row in events(chance)][:250]
        chance.shuffle(rows)
        for number, (kind, items) in enumerate(rows, 1):
            parts.append((kind, msgpack.packb([number, *items])))
        event, records_before = event + sum(kind == EventRow.TYPE for kind, _ in rows), len(rows)
    return parts


def longer(chance: random.Random, payload: bytes) -> bytes:
    """Write a small integer, or the head of a list, in a longer form than it needs."""
    place = chance.randrange(len(payload))
    byte = payload[place]
    if byte < 0x80:
        form = chance.choice(
            (b"\xcc%c", b"\xcd\0%c", b"\xce\0\0\0%c", b"\xd0%c", b"\xd2\0\0\0%c", b"\xcf" + bytes(7) + b"%c")
        )
        return payload[:place] + form % byte + payload[place + 1 :]
    head = struct.pack(">BH", 0xDC, byte & 15) if 0x90 <= byte < 0xA0 else payload[place : place + 1]
    return payload[:place] + head + payload[place + 1 :]


def spoilt(chance: random.Random, parts: list[tuple[int, bytes]]) -> bytes:
    """Return a file of records, some of which are changed, with right checksums."""
    for _ in range(chance.choice((0, 1, 1, 2))):
        number = chance.randrange(1, len(parts))
        kind, payload = parts[number]
        how = chance.random() if payload else 1.0  # of one that was cut to nothing there is nothing to change
        if how < 0.4:
            payload = longer(chance, payload)
        elif how < 0.7:
            place = chance.randrange(len(payload))
            payload = payload[:place] + bytes([chance.randrange(256)]) + payload[place + 1 :]
        elif how < 0.8:
            payload = payload[: chance.randrange(len(payload) + 1)]
        else:
            return changed(chance, framed(parts), flips)
        parts[number] = kind, payload
    return framed(parts)


def _all_forms(numbers: Any) -> int:
    return sum(assert_same(spoilt(chance, journal(chance)), 2) for chance in map(random.Random, numbers))


def test_rows_of_any_form() -> None:
    """Rows of every form, with every kind of value, in longer forms than needed, or changed, are read to the same."""
    assert _all_forms(range(120)) > 2_000


@pytest.mark.slow
def test_many_rows_of_any_form() -> None:
    """The same, thousands of times."""
    assert _all_forms(sample(range(120, 50_000), 2_000, "rows of any form")) > 10_000


@pytest.mark.parametrize("rare", [b"\x82\x08\x05\x08\x06", b"\x81\x01\x82\x0c\x91\x05\x0c\x91\x05"])
def test_a_key_twice(rare: bytes) -> None:
    """Of a key that stands in a map twice the last counts, both ways."""
    first = Keyframe(ID, 1, 0, 0, 0, 0, 0, [], [])
    rows = [(EventRow.TYPE, b"\x98" + bytes([number]) + b"\1\2\3\xc0\xc0\xc0" + rare) for number in range(1, 20)]
    header = Header.TYPE, Header(ID, 0.0, {}).payload()
    assert assert_same(framed([header, (Keyframe.TYPE, first.payload()), *rows])) == 20


def rows_of(*tail: Any, name: int = 0, count: int = 20) -> bytes:
    """Return a journal of two blocks, the second of some events that say the same."""
    header, start = (Header.TYPE, Header(ID, 0.0, {}).payload()), msgpack.packb([1, 0, 1, 1])
    first, second = (
        (Keyframe.TYPE, Keyframe(ID, block, block - 1, block - 1, 0, 0, 0, ["a"], []).payload()) for block in (1, 2)
    )
    rows = [(EventRow.TYPE, msgpack.packb([number, name, 1, 1, *tail])) for number in range(1, count + 1)]
    return framed([header, first, (EventRow.TYPE, start), second, *rows])


@pytest.mark.parametrize("pairs", [600, 5_000])
def test_events_that_change_much(pairs: int) -> None:
    """A row may have thousands of changes, groups or calls: more than Python may have calls inside each other."""
    for tail in ([[1, 5] * pairs], [None, [3, [1, 5] * pairs]], [None, [3, []] * pairs], [None, None, [3, 5] * pairs]):
        data = rows_of(*tail, count=7)
        assert assert_same(data) == len(records(data)) - 1


def test_names_that_are_none() -> None:
    """A number below zero in the place of an event's name damages its own journal block, and no other."""
    assert_same(rows_of(name=-1))
    assert [item for item in read_slowly(rows_of(name=-1)) if type(item) is tuple]


def test_more_lists_than_a_record_may_have() -> None:
    """Nor do records that hold more lists than they may, where they lie in one piece with what is sound."""
    data = rows_of(None, [1, [1, []] * 32_767, 2, [1, []] * 32_767, 3, [1, []] * 9], count=6)
    with mock.patch("tracetui.trace.reading.stretch.AHEAD", len(data)):
        assert_same(data)


@pytest.mark.parametrize(
    "data", [nested_run(1), nested_run(2), several_blocks(SAMPLES[0], 24)], ids=("one", "two", "recorded")
)
def test_records_changed_by_an_attacker(data: bytes) -> None:
    """Nested events, histories that are edited, large values: changed with right checksums they read the same."""
    for number in range(40):
        assert_same(changed(random.Random(number), data, flips))


def test_what_is_read_at_once() -> None:
    """All blocks of a sound journal are read at once: else the tests above compare nothing."""
    data = nested_run(3, 400)
    assert assert_same(data) == len(records(data)) - 1
