"""Packed blocks put together by hand, after docs/format.md: streams of every form, compression that never changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgpack

from tracetui.trace.journal.frame import SYNC, checksum_start, frame

ID = bytes(range(16))
INT, FLOAT, TIME, VALUE = (msgpack.ExtType(64, kind) for kind in (b"i", b"f", b"t", b"v"))
PACKED = 12
BLOCK_BYTES = 1 << 17
MASK = (1 << 64) - 1


def record(kind: int, payload: Any) -> bytes:
    """Return a record whose checksum has no seed."""
    return frame(kind, checksum_start(0, kind), msgpack.packb(payload), wide=kind == PACKED)


def header(version: int = 2, run: dict[str, Any] | None = None) -> bytes:
    """Return a header."""
    return record(1, ["tracetui-trace", version, ID, 1_700_000_000.5, run or {}])


def zstd_raw(data: bytes, *_: Any) -> bytes:
    """Return a zstd frame that holds the data as it is."""
    parts = [data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)] or [b""]
    blocks = [zstd_block(0, len(part), part, last=part is parts[-1]) for part in parts]
    return zstd_head(len(data)) + b"".join(blocks)


def zstd_zeros(size: int) -> bytes:
    """Return a zstd frame that holds very many zeros in very few bytes; `size` is a multiple of 128 KiB."""
    count = size // BLOCK_BYTES
    blocks = (zstd_block(1, BLOCK_BYTES, b"\0", last=number == count - 1) for number in range(count))
    return b"\x28\xb5\x2f\xfd\x00\x58" + b"".join(blocks)  # no size in the head, a window of 2 MiB


def zstd_head(size: int) -> bytes:
    """Return the head of a frame of one segment, with its size in four bytes."""
    return b"\x28\xb5\x2f\xfd\xa0" + size.to_bytes(4, "little")


def zstd_block(kind: int, size: int, data: bytes, *, last: bool) -> bytes:
    """Return a block: kind 0 as it is, 1 one byte over and over."""
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + data


def numbers(values: Sequence[int], order: int = 0, width: int = 8, *, method: int = 0) -> list[Any]:
    """Return a stream of numbers, in a form of one's choice."""
    first, rest = [], list(values)
    for _ in range(order):
        first.append(rest[0])
        rest = [signed(after - before) for before, after in pairwise(rest)]
    whole = [difference.to_bytes(width, "little", signed=True) for difference in rest if width]
    planes = b"".join(bytes(one[plane] for one in whole) for plane in range(width))
    return [method, order, first, width, zstd_raw(planes) if method else planes]


def signed(value: int) -> int:
    """Return a number of 64 bits that has wrapped around."""
    return (value + (1 << 63) & MASK) - (1 << 63)


def values(*items: Any, method: int = 0) -> list[Any]:
    """Return a stream of values."""
    row = b"".join(map(msgpack.packb, items))
    return [method, len(row), zstd_raw(row) if method else row]


def block(
    event: int, events: int, templates: Sequence[tuple[int, list[Any]]], order: Sequence[int], *streams: Any
) -> list[Any]:
    """Return the payload of a packed block.

    Args:
        event: Number of its first event.
        events: How many it holds.
        templates: Record type and skeleton of each.
        order: For each record the number of its template.
        streams: One for each hole.
    """
    skeletons = values(*(item for template in templates for item in template))
    rows = [numbers(order, width=1), *streams]
    return [SYNC, ID, event, events, len(order), len(templates), skeletons, rows]
