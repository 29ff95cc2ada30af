"""Streams: the values of one hole, record after record, as few bytes.

A stream of numbers keeps the differences (of the first or second order, or none) that are smallest, each in as
many bytes as the largest needs, all first bytes before all second ones; floats are taken as their 64 bits. Any
other stream is its values' msgpack forms in a row. Both go through zstd where that makes them shorter.
"""

from __future__ import annotations

from typing import Any, Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from ..codec import counting
from ..errors import BadRecord
from .zstd import LEVEL, compress, decompress

STORED: Final = 0
ZSTD: Final = 1

MAX_ORDER: Final = 2
WIDTHS: Final = (0, 1, 2, 4, 8)
_TYPES: Final = {1: "<i1", 2: "<i2", 4: "<i4", 8: "<i8"}

Numbers = NDArray[np.int64]


def encode_numbers(values: Numbers, level: int = LEVEL) -> list[Any]:
    """Return the stored form of integers (floats: of their bits): [method, order, first values, width, data]."""
    order, firsts, rest = _smallest_differences(values)
    width = _width(rest)
    planes = rest.astype(_TYPES[width]).view(np.uint8).reshape(-1, width).T.tobytes() if width else b""
    method, data = _shortest(planes, level)
    return [method, order, firsts, width, data]


def decode_numbers(stored: Any, count: int) -> Numbers:
    """Return `count` integers.

    Args:
        stored: What `encode_numbers` returned, from anywhere.
        count: How many there have to be, already checked against a limit.

    Raises:
        BadRecord: It is not that.
    """
    method, order, firsts, width, data = _fields(stored, int, int, list, int, bytes)
    if not 0 <= order <= MAX_ORDER or width not in WIDTHS or len(firsts) != order or order > count:
        raise BadRecord("a stream of numbers has an order or a width that there is not")
    planes = _expanded(method, data, (count - order) * width)
    found = np.empty(count, np.int64)
    found[order:] = _from_planes(planes, count - order, width)
    found[:order] = _int64s(firsts)
    for start in range(order - 1, -1, -1):
        found[start:].cumsum(out=found[start:])
    return found


def encode_values(packed: bytes, level: int = LEVEL) -> list[Any]:
    """Return the stored form of values in a row, each in its msgpack form: [method, length, data]."""
    method, data = _shortest(packed, level)
    return [method, len(packed), data]


def decode_values(stored: Any, count: int, limit: int, *, bounded: bool = True) -> list[Any]:
    """Return `count` values, extensions left as `msgpack.ExtType`.

    Args:
        stored: What `encode_values` returned, from anywhere.
        count: How many there have to be.
        limit: Bytes that they may have in their msgpack forms.
        bounded: They come from a file: there may be only so many arrays and maps in them.

    Raises:
        BadRecord: It is not that, or larger.
    """
    packed = decode_packed(stored, limit)
    options = {"max_buffer_size": max(1, len(packed)), **(counting(len(packed)) if bounded else {})}
    unpacker = msgpack.Unpacker(None, raw=False, strict_map_key=False, **options)
    try:
        unpacker.feed(packed)
        values = [unpacker.unpack() for _ in range(count)]
        whole = unpacker.tell() == len(packed)
    except (ValueError, TypeError, RecursionError, MemoryError, msgpack.UnpackException) as error:
        raise BadRecord(f"a stream holds no valid values: {type(error).__name__}: {error}") from None
    if not whole:
        raise BadRecord("a stream holds more values than it should")
    return values


def decode_packed(stored: Any, limit: int) -> bytes:
    """Return the msgpack forms of values in a row; arguments and errors as those of `decode_values`."""
    method, length, data = _fields(stored, int, int, bytes)
    if not 0 <= length <= limit:
        raise BadRecord(f"a stream claims {length:,} bytes")
    return _expanded(method, data, length)


def _smallest_differences(values: Numbers) -> tuple[int, list[int], Numbers]:
    firsts: list[int] = []
    best, rest, smallest = (0, firsts, values), values, _cost(values)
    for order in range(1, min(MAX_ORDER, len(values)) + 1):
        firsts, rest = [*firsts, int(rest[0])], np.diff(rest)
        cost = _cost(rest)
        if cost < smallest:
            best, smallest = (order, firsts, rest), cost
    return best


def _cost(values: Numbers) -> float:
    """Return about how many bits are in the values."""
    return float(np.log2(np.abs(values.astype(np.float64)) + 1).sum())


def _width(values: Numbers) -> int:
    if not len(values):
        return 0
    low, high = int(values.min()), int(values.max())
    if low == high == 0:
        return 0
    return next(width for width in WIDTHS[1:] if -(1 << 8 * width - 1) <= low and high < 1 << 8 * width - 1)


def _shortest(data: bytes, level: int) -> tuple[int, bytes]:
    packed = compress(data, level) if len(data) > 12 else data
    return (ZSTD, packed) if len(packed) < len(data) else (STORED, data)


def _expanded(method: int, data: bytes, length: int) -> bytes:
    if method == ZSTD:
        return decompress(data, length)
    if method != STORED or len(data) != length:
        raise BadRecord("a stream is stored in a way that there is not, or with a wrong length")
    return data


def _from_planes(planes: bytes, count: int, width: int) -> Any:
    """Return integers of the width that they are stored in; 0 for those of no width."""
    if width < 2:
        return np.frombuffer(planes, np.int8) if width else 0
    bytes_ = np.frombuffer(planes, np.uint8).reshape(width, count).T
    return np.ascontiguousarray(bytes_).view(_TYPES[width]).reshape(count)


def _int64s(firsts: list[Any]) -> list[int]:
    if any(type(first) is not int or not -(1 << 63) <= first < 1 << 63 for first in firsts):
        raise BadRecord("a stream begins with what is no integer of 64 bits")
    return firsts


def _fields(stored: Any, *kinds: type) -> list[Any]:
    if type(stored) is not list or len(stored) < len(kinds):
        raise BadRecord("a stream has too few fields")
    fields = stored[: len(kinds)]
    if tuple(map(type, fields)) != kinds:
        raise BadRecord("a stream has a field of a wrong type")
    return fields
