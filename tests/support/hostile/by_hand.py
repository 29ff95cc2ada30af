"""Files put together from records of anything, their checksums right, and a look at all that they show."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from support.hostile.everything import look_at
from support.hostile.noise import framed
from support.hostile.runs import nested_run
from tracetui.cli.verify import problems
from tracetui.replay import Trace
from tracetui.trace.journal.frame import SYNC
from tracetui.trace.journal.records import Header, Keyframe
from tracetui.trace.packed.block import PackedBlock
from tracetui.trace.packed.encode import encode
from tracetui.trace.packed.streams import encode_numbers, encode_values

ID = bytes(range(16))
HUGE = msgpack.ExtType(32, b"\x01" * 5_000)
"""An integer that Python refuses to print."""

HEADER = (Header.TYPE, Header(ID, 0.0, {}, 2).payload())
JOURNAL_HEADER = (Header.TYPE, Header(ID, 0.0, {}).payload())
RUNS = [nested_run(seed, 30) for seed in (1, 2)]


def keyframe(block: int = 1, records: int = 0, event: int = 0, names: tuple[Any, ...] = ()) -> tuple[int, bytes]:
    """Return a keyframe."""
    return Keyframe.TYPE, Keyframe(ID, block, records, event, 0, 0, 0, list(names), []).payload()


def raw(kind: int, *items: Any) -> tuple[int, bytes]:
    """Return a record of anything."""
    return kind, msgpack.packb(list(items))


def block(rows: list[tuple[int, bytes]], event: int = 0) -> tuple[int, bytes]:
    """Return a packed block."""
    return PackedBlock.TYPE, encode(ID, event, rows)


def handmade(templates: list[Any], ids: list[int], streams: list[Any], events: int) -> tuple[int, bytes]:
    """Return a packed block of one keyframe and whatever else."""
    first = [SYNC, ID, 1, 0, 0, 0, 0, 0, ["e"], []]
    skeletons = encode_values(b"".join(map(msgpack.packb, [2, first, *templates])))
    numbers = encode_numbers(np.array([0, *ids], np.int64))
    items = [SYNC, ID, 0, events, 1 + len(ids), 1 + len(templates) // 2, skeletons, [numbers, *streams]]
    return PackedBlock.TYPE, msgpack.packb(items)


def looked_at(*parts: tuple[int, bytes], whole: bool = False) -> Trace:
    """Open a file of some records, and look at everything in it."""
    trace = Trace.from_bytes(framed(list(parts)), whole=whole)
    look_at(trace)
    list(problems(trace))
    return trace


def cost(work: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds and the bytes at most that a piece of work takes."""
    tracemalloc.start()
    try:
        begin = time.process_time()
        work()
        return time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
