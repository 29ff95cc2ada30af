"""Conformance files whose index or trailer lies: a reader from the front passes over both, and finds the truth.

The JSON says nothing of damage: to a reader from the front there is none, and whoever compares the index with the
blocks, as `tracetui verify` does, reports one at the end of the file. The JSON is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgpack

from support.conformance.by_hand import ID, record, zstd_raw, zstd_zeros
from support.conformance.case import Book, Case, event
from support.conformance.hostile import BIG_INT
from support.conformance.packed import frames, packed
from support.hostile.noise import records
from tracetui.trace.packed.zstd import decompress

INDEX, TRAILER = 13, 14
Index = dict[str, Any]
FINISHED = {"reason": "finished", "time": 0.001}


def whole() -> tuple[bytes, Index]:
    """Return a packed trace of five blocks of two events each, less its index and its trailer; and the index."""
    book = Book()
    for number in range(10):
        book.event("on_step_begin", 100 * number, between={"state.x": number})
        if number % 2:
            book.writer.restart_block()
    book.end(1_000, 10)
    data = packed(bytes(book.data), 1)
    _, size, content = msgpack.unpackb(records(data)[-2][1])
    return data[: frames(data)[-2][0]], msgpack.unpackb(decompress(content, size), strict_map_key=False)


def truth() -> list[dict[str, Any]]:
    """Return what the blocks hold."""
    return [event(number, "on_step_begin", 100 * number, before={"state": {"x": number}}) for number in range(10)]


LIES: dict[str, tuple[str, Callable[[Index], Any]]] = {
    "ends": ("Ends that are not there.", lambda index: index["blocks"][1][6].append([0, 1 << 60])),
    "ends-before": ("An end before the first record.", lambda index: index["blocks"][1][6].append([0, -1])),
    "no-names": ("No names of events.", lambda index: [block[3].clear() for block in index["blocks"]]),
    "names": ("Other names.", lambda index: index["names"].reverse()),
    "history": ("2**60 entries.", lambda index: index["blocks"][0][4].append([0, 0, 1 << 60, 0, 9])),
    "opened": ("Thousands of open events.", lambda index: index["blocks"][1].__setitem__(5, [0] * 5_000)),
    "fewer": ("An event fewer.", lambda index: index["blocks"][-1].__setitem__(2, 1)),
    "more": ("60,000 events.", lambda index: index["blocks"][-1].__setitem__(2, 60_000)),
    "places": ("A block where there is none.", lambda index: index["blocks"][0].__setitem__(0, 60)),
    "notes-before": ("A note before all.", lambda index: index["notes"].append([-5, 9, {"type": "E"}])),
    "notes-after": ("A note after 2**62 events.", lambda index: index["notes"].append([1 << 62, 9, {"type": "E"}])),
    "notes-deep": ("A deep note.", lambda index: index["notes"].append([1, 9, {"type": "E", "step": deep(300)}])),
    "notes-number": ("A note after a huge number of events.", lambda index: index["notes"].append([huge(), 10, {}])),
    "no-blocks": ("No blocks.", lambda index: index["blocks"].clear()),
}


def deep(levels: int) -> Any:
    """Return arrays inside each other."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def huge() -> msgpack.ExtType:
    """Return an integer of thousands of digits."""
    return msgpack.ExtType(BIG_INT, b"\x01" * 2_500)


def lies() -> Iterator[Case]:
    """Index records that are as specified, and say something else than the blocks."""
    for name, (about, lie) in LIES.items():
        data, index = whole()
        lie(index)
        content = msgpack.packb(index)
        yield case(name, about, data, record(INDEX, [ID, len(content), zstd_raw(content)]))
    data = whole()[0]
    for name, about, payload in (
        ("size", "A size of thousands of digits.", [ID, huge(), b"x"]),
        ("bomb", "An index that expands to far more than it says.", [ID, 99, zstd_zeros(1 << 24)]),
        ("array", "An index that is no map.", [ID, 1, zstd_raw(b"\x90")]),
        ("trace", "An index of another trace.", [bytes(16), 1, zstd_raw(b"\x80")]),
        ("fields", "An index without fields.", []),
    ):
        yield case(name, about, data, record(INDEX, payload))


def case(name: str, about: str, data: bytes, index: bytes, place: int | None = None) -> Case:
    """Return a case of blocks, an index and a trailer."""
    place = len(data) if place is None else place
    trailer = record(TRAILER, [ID, place.to_bytes(8, "big")])
    expected = {"events": truth(), "end": FINISHED}
    return Case(f"packed-hostile-index-{name}", about, data + index + trailer, expected)


def trailers() -> Iterator[Case]:
    """Trailers that lead elsewhere."""
    data, index = whole()
    content = msgpack.packb(index)
    for name, place in (("trailer", len(data) - 1), ("trailer-far", (1 << 64) - 1), ("trailer-block", 52)):
        about = f"A trailer that leads to byte {place:,}."
        yield case(name, about, data, record(INDEX, [ID, len(content), zstd_raw(content)]), place)


def swapped() -> Case:
    """Two blocks of one length have changed places: each lies where the index expects the other one."""
    data, index = whole()
    (first, middle), (_, end) = frames(data)[4:6]
    assert middle - first == end - middle
    mixed = data[:first] + data[middle:end] + data[first:middle] + data[end:]
    content = msgpack.packb(index)
    about = "Each of two blocks lies where the index expects the other one."
    found = case("swapped", about, mixed, record(INDEX, [ID, len(content), zstd_raw(content)]))
    damage = [{"kind": "missing records", "offset": first}, {"kind": "bad record", "offset": middle}]
    return replace(found, expected={**found.expected, "events": [*truth()[:6], *truth()[8:]], "damage": damage})


def cases() -> list[Case]:
    """Return all cases."""
    return [*lies(), *trailers(), swapped()]
