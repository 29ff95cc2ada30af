"""An index that lies: nothing in it is believed so far that it could end in anything but values or damage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from support.hostile.by_hand import (
    HUGE,
    ID,
    RUNS,
    looked_at,
)
from support.hostile.noise import framed, records
from support.hostile.runs import packed, several_blocks
from tracetui.replay import Trace
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.packed.block import PackedBlock
from tracetui.trace.packed.zstd import compress, decompress


def with_index(change: Callable[[dict[str, Any]], None], run: bytes | None = None) -> list[tuple[int, bytes]]:
    """Return a packed trace whose index was changed."""
    found = []
    for kind, payload in records(packed(RUNS[0] if run is None else run, 3)):
        if kind == 13:
            trace, size, data, *beside = msgpack.unpackb(payload)
            content = msgpack.unpackb(decompress(data, size), strict_map_key=False, ext_hook=msgpack.ExtType)
            change(content)
            packed_content = msgpack.packb(content)
            payload = msgpack.packb([trace, len(packed_content), compress(packed_content), *beside])
        found.append((kind, payload))
    return found


LIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "ends that are not there": lambda index: index["blocks"][1][6].append([0, 1 << 60]),
    "ends before the first record": lambda index: index["blocks"][1][6].append([0, -1]),
    "no names": lambda index: [block[3].clear() for block in index["blocks"]],
    "other names": lambda index: index["names"].reverse(),
    "a history of 2**60 entries": lambda index: index["blocks"][0][4].append([0, 0, 1 << 60, 0, 9]),
    "a history without entries": lambda index: [block[4].clear() for block in index["blocks"]],
    "thousands of open events": lambda index: index["blocks"][1].__setitem__(5, [0] * 5_000),
    "an event fewer": lambda index: index["blocks"][-1].__setitem__(2, index["blocks"][-1][2] - 1),
    "events that are not there": lambda index: index["blocks"][-1].__setitem__(2, 60_000),
    "places in the middle": lambda index: index["blocks"][0].__setitem__(0, index["blocks"][0][0] + 1),
    "notes before the first event": lambda index: index["notes"].append([-5, 9, {"type": "E"}]),
    "notes of no number": lambda index: index["notes"].append([HUGE, 10, {}]),
    "notes after the last event": lambda index: index["notes"].append([1 << 62, 9, {"type": "E"}]),
    "deep notes": lambda index: index["notes"].append([1, 9, {"type": "E", "step": [[[]]]}]),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_index_that_lies(lie: str) -> None:
    """Nothing in an index is believed so far that it could end in anything but values or damage."""
    parts = with_index(LIES[lie])
    looked_at(*parts)
    whole = looked_at(*parts, whole=True)
    assert [event.name for event in whole] == [event.name for event in Trace.from_bytes(RUNS[0])]
    assert whole.damage, "the index says something else, and nothing is said"


def test_an_index_of_one_block_for_another() -> None:
    """A block that lies where the index expects another one is not taken for that."""
    parts = records(packed(several_blocks(nested_like(), 12), 1))
    places = [number for number, (kind, _) in enumerate(parts) if kind == PackedBlock.TYPE]
    lengths = [len(parts[place][1]) for place in places]
    one, two = next((a, b) for a in places for b in places if a < b and lengths[a - 1] == lengths[b - 1])
    parts[one], parts[two] = parts[two], parts[one]
    trace = Trace.from_bytes(framed(parts))
    assert trace[0 if one == places[0] else 12 * (one - 1)].lost
    assert trace.damage


def nested_like() -> bytes:
    """Return a run whose packed blocks are all alike, and of one length."""
    data = bytearray()
    writer = TraceWriter(data.extend, ID, 0.0, {})
    for number in range(60):
        writer.event(writer.name("e"), 1_000 + number, 5, [writer.name("state.x"), number % 7])
    writer.note(Note.END, {"reason": "finished"}, time=5_000)
    return bytes(data)
