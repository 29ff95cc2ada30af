"""The conformance files of the packed form that are damaged, or made to deceive; the JSON is written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgpack

from support.conformance.by_hand import ID, INT, PACKED, TIME, VALUE, block, numbers, values, zstd_raw, zstd_zeros
from support.conformance.case import Case
from support.conformance.packed import NAMES, by_hand, frames, parts, steps, whole_file
from tracetui.trace.journal.frame import SYNC


def damaged() -> Iterator[Case]:
    """`parts`, damaged in different ways."""
    whole = parts()
    data, found = whole.data, whole.expected["events"]
    places = frames(data)
    blocks, (index, trailer) = places[1:-2], places[-2:]
    middle = blocks[2]

    def case(name: str, about: str, data: bytes, left: list[int], *damage: tuple[str, int], ended: bool = True) -> Case:
        listed = [{"kind": kind, "offset": offset} for kind, offset in damage]
        done = whole.expected["end"] if ended else None
        return Case(
            f"packed-damaged-{name}",
            about,
            data,
            {"events": [found[old] for old in left], "damage": listed, "end": done},
        )

    everything, around = list(range(20)), [*range(8), *range(12, 20)]
    yield case(
        "block", "A bit in the middle block.", flipped(data, middle[0] + 60), around, ("bad checksum", middle[0])
    )
    yield case("sync", "A bit in a sync marker.", flipped(data, middle[0] + 15), around, ("bad checksum", middle[0]))
    yield case("index", "A bit in the index.", flipped(data, index[0] + 30), everything, ("bad checksum", index[0]))
    yield case(
        "trailer", "A bit in the trailer.", flipped(data, trailer[0] + 20), everything, ("bad checksum", trailer[0])
    )
    yield case(
        "first",
        "A bit in the first block.",
        flipped(data, blocks[0][0] + 60),
        everything[4:],
        ("bad checksum", blocks[0][0]),
    )
    torn = data[: blocks[3][0] + 50]
    yield case("torn", "Cut in the middle of a block.", torn, everything[:12], ("torn tail", blocks[3][0]), ended=False)
    without = data[: middle[0]] + data[middle[1] :]
    missing = case(
        "missing",
        "A block is gone.",
        without[: index[0] - middle[1] + middle[0]],
        around,
        ("missing records", middle[0]),
    )
    yield missing
    yield swapped(whole, blocks, index[0])
    junk = data[: middle[0]] + SYNC + b"junk" * 20 + data[middle[0] :]
    yield case("junk", "Bytes that belong to nothing.", junk[: index[0] + 92], everything, ("bad checksum", middle[0]))
    yield case("no-header", "The header is gone.", data[places[1][0] : index[0]], everything, ("missing records", 0))


def flipped(data: bytes, place: int) -> bytes:
    """Return the data with one bit flipped."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def swapped(whole: Case, blocks: list[tuple[int, int]], index: int) -> Case:
    """The second and the third block have changed places."""
    data, found = whole.data, whole.expected["events"]
    first, second, third = (data[begin:end] for begin, end in blocks[:3])
    mixed_up = data[: blocks[0][0]] + first + third + second + data[blocks[3][0] : index]
    late = blocks[1][0] + len(third)
    kept = [*found[:4], *found[8:]]
    damage = [{"kind": "missing records", "offset": blocks[1][0]}, {"kind": "bad record", "offset": late}]
    expected = {"events": kept, "damage": damage, "end": whole.expected["end"]}
    return Case("packed-damaged-swapped", "Two blocks have changed places.", mixed_up, expected)


def hostile() -> Iterator[Case]:
    """Blocks whose checksum is right, and that are none: the middle one of three."""
    good = [
        by_hand([number, 10 + number], numbers([number, 10 + number], width=1), count=2 * bool(number), first=number)
        for number in range(3)
    ]
    middle = good[1]

    def case(name: str, about: str, payload: list[Any]) -> Case:
        data = whole_file(good[0], payload, good[2])
        place = frames(data)[2][0]
        found = [*steps([0, 10]), *steps([2, 12], 4, 2_000)]
        return Case(
            f"packed-hostile-{name}",
            about,
            data,
            {"events": found, "damage": [{"kind": "bad record", "offset": place}]},
        )

    def with_stream(number: int, stream: Any) -> list[Any]:
        streams = list(middle[7])
        streams[number] = stream
        return [*middle[:7], streams]

    def with_templates(*templates: tuple[int, Any]) -> list[Any]:
        items = values(*(item for template in templates for item in template))
        return [*middle[:5], len(templates), items, middle[7]]

    size = 1 << 31
    key, row = msgpack.unpackb(b"\x94" + middle[6][2], ext_hook=msgpack.ExtType, strict_map_key=False)[1::2]
    yield case("bomb", "A stream of values that claims gigabytes.", with_stream(5, [1, size, zstd_zeros(1 << 24)]))
    yield case(
        "bomb-numbers",
        "A stream of numbers that expands to far more.",
        with_stream(9, [1, 0, [], 8, zstd_zeros(1 << 24)]),
    )
    yield case(
        "window",
        "A zstd frame with a window of a terabyte.",
        with_stream(9, [1, 0, [], 1, b"\x28\xb5\x2f\xfd\x00\xf0\x11\x00\x00ab"]),
    )
    yield case(
        "frames", "Two zstd frames in one stream.", with_stream(9, [1, 0, [], 1, zstd_raw(b"\1") + zstd_raw(b"\2")])
    )
    yield case("method", "A method that there is not.", with_stream(9, [2, 0, [], 1, b"\1\2"]))
    yield case("order", "An order that there is not.", with_stream(9, [0, 3, [1, 2, 3], 1, b""]))
    yield case("width", "A width that there is not.", with_stream(9, [0, 0, [], 3, b"\1\2\3\4\5\6"]))
    yield case("first", "A first number beyond 64 bits.", with_stream(9, [0, 1, [1 << 63], 1, b"\1"]))
    yield case("short", "A stream with too few values.", with_stream(9, [0, 0, [], 1, b"\1"]))
    yield case("copy-later", "A copy of a stream that comes later.", with_stream(7, 9))
    yield case("copy-order", "A copy of the numbers of the templates.", with_stream(1, 0))
    yield case("copy-copy", "A copy of a copy.", [*middle[:7], [*middle[7][:8], 7, 8]])
    yield case("copy-length", "A copy of a stream of another length.", with_stream(9, 1))
    yield case("copy-values", "A copy of a stream of values.", with_stream(6, 5))
    yield case("few-streams", "Fewer streams than holes.", [*middle[:7], middle[7][:-1]])
    yield case("no-streams", "No streams at all.", [*middle[:7], []])
    yield case("more-streams", "More streams than holes.", [*middle[:7], [*middle[7], middle[7][-1]]])
    yield case("template", "A record of a template that there is not.", with_stream(0, numbers([0, 1, 2], width=1)))
    yield case("no-keyframe", "The first record is no keyframe.", with_stream(0, numbers([1, 0, 1], width=1)))
    yield case("type", "A packed block in a packed block.", with_templates((2, key), (PACKED, row)))
    yield case(
        "hole",
        "A hole of a kind that there is not.",
        with_templates((2, key), (4, [*row[:3], [1, msgpack.ExtType(64, b"x")]])),
    )
    yield case("no-time", "An event without its time.", with_templates((2, key), (4, [0, INT, INT, [1, INT]])))
    yield case("two-times", "A time where there can be none.", with_templates((2, key), (4, [0, TIME, INT, [1, TIME]])))
    yield case("path", "A path that is a hole.", with_templates((2, key), (4, [0, TIME, INT, [INT, 1]])))
    yield case(
        "pairs",
        "Pairs that are a hole.",
        [*with_templates((2, key), (4, [0, TIME, INT, VALUE]))[:7], [*middle[7][:9], values([1, 1], [1, 2])]],
    )
    yield case("events", "Another number of events than it says.", [*middle[:3], 3, *middle[4:]])
    yield case("event", "Another number of the first event than its keyframe says.", [*middle[:2], 3, *middle[3:]])
    yield case("trace", "A keyframe of another trace.", with_templates((2, [key[0], bytes(16), *key[2:]]), (4, row)))
    yield endless(case)


def endless(case: Callable[[str, str, list[Any]], Case]) -> Case:
    """A small block that would make sixty megabytes of records."""
    key = (2, [SYNC, ID, 2, 2, 2, 1_000, 0, 0, NAMES, []])
    wide = (4, [0, TIME, INT, [1, [True] * 3_000]])
    many = 20_000
    zeros = numbers([0] * many, 1, 0)
    steps = numbers([0] + [1] * many, 2, 1)
    steps = [1, *steps[1:4], zstd_raw(steps[4])]
    payload = [*block(2, many, [key, wide], [0], zeros, zeros)[:7], [steps, zeros, zeros]]
    payload[4] = many + 1
    return case("endless", "A small block with very many bytes of records.", payload)


def cases() -> list[Case]:
    """Return all cases that are not sound."""
    return [*damaged(), *hostile()]
