"""A hostile file costs neither memory nor time without limit."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from tracetui.trace.codec import unpack
from tracetui.trace.errors import BadRecord
from tracetui.trace.journal.frame import SYNC, checksum_start, frame
from tracetui.trace.journal.records import Header, Keyframe
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import MAX_RECORD
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.source import Source

MANY = MAX_RECORD - 6000


def ext(code: int, data: bytes) -> bytes:
    """Return a msgpack extension value."""
    return struct.pack(">BIb", 0xC9, len(data), code) + data


def tuples(depth: int, data: bytes) -> bytes:
    """Return tuples around a packed value."""
    for _ in range(depth):
        data = ext(33, b"\x91" + data)
    return data


BOMBS: dict[str, bytes] = {
    "array that declares 4 G elements": b"\xdd\xff\xff\xff\xff",
    "map that declares 4 G elements": b"\xdf\xff\xff\xff\xff",
    "text that declares 4 GB": b"\xdb\xff\xff\xff\xff",
    "extension that declares 4 GB": b"\xc9\xff\xff\xff\xff\x21",
    "nested arrays that declare as much as they may": (b"\xdd" + struct.pack(">I", MANY)) * 1000 + b"\xc0" * MANY,
    "arrays nested 100,000 deep": b"\x91" * 100_000,
    "maps nested 100,000 deep": b"\x81\x01" * 100_000,
    "tuples nested 1,000 deep": tuples(1_000, b"\xc0"),
}


def cost(work: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds and the bytes at most that a piece of work takes."""
    tracemalloc.start()
    try:
        begin = time.perf_counter()
        work()
        return time.perf_counter() - begin, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(data: bytes) -> None:
    """A value that declares more than there is, or nests too deeply, is an error at once."""

    def attempt() -> None:
        with pytest.raises(BadRecord):
            unpack(data)

    seconds, _ = cost(attempt)
    assert seconds < 2


def test_the_largest_record_costs_bounded_memory() -> None:
    """The worst that one record can cost is known: 1 MiB of texts of one letter, about 30 times its size."""
    count = MAX_RECORD // 3 - 5
    data = b"\xdd" + struct.pack(">I", count) + b"\xa2\xc4\x80" * count
    _, memory = cost(lambda: unpack(data))
    assert memory < 40 * MAX_RECORD


def test_a_frame_that_declares_too_much_is_damage() -> None:
    """The length of a record is checked before anything is read or allocated."""
    good = bytearray()
    TraceWriter(good.extend, bytes(16), 0.0, {})
    data = bytes(good) + struct.pack(">BIBI", 0xC9, 0x7FFFFFFF, 4, 0) + b"x" * 100
    seconds, memory = cost(lambda: list(TraceReader.from_bytes(data).items()))
    assert memory < 8 << 20
    assert seconds < 2


def test_keyframes_that_fail_do_not_make_the_search_quadratic() -> None:
    """A file of heads that each declare a megabyte is given up after a bounded number of checksums."""
    lure = struct.pack(">BIBI", 0xC9, MAX_RECORD, Keyframe.TYPE, 0) + b"\x9a\xc4\x0c" + SYNC
    header = frame(Header.TYPE, checksum_start(0, Header.TYPE), Header(bytes(16), 0.0, {}).payload())
    data = header + lure * (4 * MAX_RECORD // len(lure))
    seconds, _ = cost(lambda: list(TraceReader.from_bytes(data).items()))
    assert seconds < 10


def test_sync_markers_alone_do_not_make_the_search_quadratic() -> None:
    """A file of nothing but sync markers is given up after handling a bounded multiple of its bytes."""
    handled = 0

    class Counted(bytes):
        """Bytes read from the file, counted with every slice that is taken of them."""

        def __getitem__(self, key: Any) -> Any:
            nonlocal handled
            part = super().__getitem__(key)
            handled += len(part) if isinstance(part, bytes) else 1
            return part

    class File(io.BytesIO):
        """A file that counts."""

        def read(self, size: int | None = -1) -> bytes:
            nonlocal handled
            data = super().read(size)
            handled += len(data)
            return Counted(data)

    header = frame(Header.TYPE, checksum_start(0, Header.TYPE), Header(bytes(16), 0.0, {}).payload())
    data = header + SYNC * ((1 << 18) // len(SYNC))
    list(TraceReader(Source(File(data))).items())
    assert handled < 100 * len(data)
