"""Changes what stands in a trace and makes all checksums right again, as an attacker would."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any
from zlib import crc32

import msgpack

from tracetui.trace.journal.frame import MAX_HEAD, head
from tracetui.trace.journal.records import Keyframe
from tracetui.trace.packed.block import PackedBlock
from tracetui.trace.packed.index import IndexRecord, Trailer
from tracetui.trace.packed.zstd import compress, zstd
from tracetui.trace.reading.scan import SEEDLESS

Noise = Callable[[random.Random, bytes], bytes]
"""Changes bytes."""

MOST = 1 << 16
"""Bytes that are taken out of a zstd frame."""

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

INTS = (0, 1, 2, 63, 255, 256, 65_536, 1 << 31, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, -1, -2, -(1 << 63))
EXTENSIONS = (
    (32, b"\x01" * 5_000),
    (32, b"\x05"),
    (33, b"\x91\x90"),
    (34, b"\x93\xa1a\xa1b\x90"),
    (36, b""),
    (38, b"\x93\x01\x02\x03"),
    (38, b"\x93\x01\xcf\x10\x00\x00\x00\x00\x00\x00\x00\x05"),
    (63, b"x"),
    *((64, kind) for kind in (b"i", b"v", b"t", b"f", b"?")),
)
ODD: tuple[Any, ...] = (
    *INTS,
    *(msgpack.ExtType(*extension) for extension in EXTENSIONS),
    *(None, True, False, 0.5, float("nan"), float("inf"), "", "x", b"", [], {}, [0], [1, 0], [[]], {1: {}}, {"a": 1}),
    msgpack.Timestamp(5, 5),
    [[0] * 9, "x" * 99],
)


def records(data: bytes) -> list[tuple[int, bytes]]:
    """Return type and payload of each record, as long as heads follow each other."""
    found = []
    while (first := head(data[:MAX_HEAD])) is not None and len(data) >= first[0] + first[1]:
        found.append((first[2], data[first[0] : first[0] + first[1]]))
        data = data[first[0] + first[1] :]
    return found


def framed(parts: list[tuple[int, bytes]]) -> bytes:
    """Return a file of records, their checksums right, and the trailer's word about where the index is, too."""
    data = bytearray()
    seed = index = 0
    for kind, payload in parts:
        if kind == Trailer.TYPE and len(payload) == 29:
            payload = payload[:-8] + struct.pack(">Q", index)
        index = len(data) if kind == IndexRecord.TYPE else index
        crc = crc32(struct.pack(">IB", 0 if kind in SEEDLESS else seed, kind) + payload)
        if kind in (Keyframe.TYPE, PackedBlock.TYPE) or len(payload) > 251:
            data += struct.pack(">BIBI", 0xC9, len(payload) + 4, kind, crc)
        else:
            data += struct.pack(">BBBI", 0xC7, len(payload) + 4, kind, crc)
        data += payload
        seed = crc if kind == Keyframe.TYPE else seed
    return bytes(data)


def changed(chance: random.Random, data: bytes, noise: Noise) -> bytes:
    """Return a file with some records changed, taken out or doubled."""
    parts = records(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4)) if parts else 0):
        number = chance.randrange(len(parts))
        kind, payload = parts[number]
        how = chance.random()
        if how < 0.06:
            parts.insert(chance.randrange(len(parts) + 1), parts[number])
        elif how < 0.1 and len(parts) > 1:
            del parts[number]
        else:
            parts[number] = kind, noise(chance, payload) if how < 0.2 else _payload(chance, payload, noise)
    return framed(parts)


def _payload(chance: random.Random, payload: bytes, noise: Noise) -> bytes:
    """Change some values in a payload, and in what is compressed in it."""
    try:
        items = msgpack.unpackb(payload, raw=False, strict_map_key=False, ext_hook=msgpack.ExtType)
        for _ in range(chance.choice((1, 1, 2, 5))):
            items = _value(chance, items, noise)
        return bytes(msgpack.packb(items))
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException):
        return noise(chance, payload)


def _value(chance: random.Random, value: Any, noise: Noise) -> Any:
    if isinstance(value, list) and type(value) is list and value and chance.random() < 0.93:
        return _in_list(chance, value, noise)
    if type(value) is dict and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        return {**value, key: _value(chance, value[key], noise)}
    if type(value) is bytes and len(value) > 2:
        return _bytes(chance, value, noise)
    if type(value) is int and chance.random() < 0.5:
        return value + chance.choice((-1, 1, 2, 1 << 16))
    return chance.choice(ODD)


def _in_list(chance: random.Random, value: list[Any], noise: Noise) -> list[Any]:
    place, how = chance.randrange(len(value)), chance.random()
    if how < 0.06:
        return value[:place] + value[place + 1 :]
    if how < 0.12:
        return [*value[:place], value[chance.randrange(len(value))], *value[place:]]
    return [*value[:place], _value(chance, value[place], noise), *value[place + 1 :]]


def _bytes(chance: random.Random, data: bytes, noise: Noise) -> bytes:
    """Change what a zstd frame holds, or the bytes."""
    inner = _expanded(data)
    if inner is None:
        return noise(chance, data)
    return compress(_row_of_values(chance, inner, noise) if chance.random() < 0.7 else noise(chance, inner), 1)


def _expanded(data: bytes) -> bytes | None:
    if not data.startswith(ZSTD_MAGIC):
        return None
    try:
        return bytes(zstd.ZstdDecompressor().decompress(data, max_length=MOST))
    except zstd.ZstdError:
        return None


def _row_of_values(chance: random.Random, data: bytes, noise: Noise) -> bytes:
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, ext_hook=msgpack.ExtType)
    unpacker.feed(data)
    try:
        values = list(unpacker)
        for _ in range(chance.choice((1, 1, 3))):
            place = chance.randrange(len(values))
            values[place] = _value(chance, values[place], noise)
        return b"".join(map(msgpack.packb, values))
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException):
        return noise(chance, data)


def flips(chance: random.Random, data: bytes) -> bytes:
    """Overwrite a few bytes."""
    copy = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5)) if copy else 0):
        copy[chance.randrange(len(copy))] = chance.randrange(256)
    return bytes(copy)
