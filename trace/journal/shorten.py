"""Plain values as few bytes: the last resort before a record that would be too large."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from zlib import crc32

from ..codec import packed_size, unbounded
from ..values import Described, Plain, Shortened

MARK_BYTES: Final = 32
"""Bytes of a mark, without the value that it keeps."""


FIELDS: Final = 1_000
"""Keys of a map that stays one."""


def shortened(value: Plain, limit: int) -> Plain:
    """Return a value that takes about `limit` bytes at most, marked where something was left out.

    The items of a container are kept from the front, as long as there is room; in a map none may have more than half of
    what is left, so that a number behind a thousand texts is kept. What can't be measured is described by its type.
    """
    try:
        size = packed_size(value)
    except (ValueError, TypeError):
        return Described(type(value).__name__, "could not be written")
    return value if size <= limit else _cut(value, max(limit - MARK_BYTES, 0), size)


def fitting(fields: dict[str, Plain], limit: int) -> dict[str, Plain]:
    """Return named fields so that they take about `limit` bytes: all of them are there, and maps stay maps."""
    if packed_size(fields) <= limit:
        return fields
    share = limit // len(fields)
    return {
        name: fitting(value, share) if type(value) is dict and 0 < len(value) <= FIELDS else shortened(value, share)
        for name, value in fields.items()
    }


def _cut(value: Any, limit: int, size: int) -> Plain:
    kind = type(value)
    if kind is Shortened:
        inner = shortened(value.kept, limit)
        return Shortened(value.kind, value.length, value.digest, inner.kept if type(inner) is Shortened else inner)
    if kind is Described:
        return Described(value.type[:MARK_BYTES], value.text[: limit // 8], shortened(value.value, limit // 2))
    if kind is dict:
        kept: Any = dict(_kept(value.items(), limit, 2))
    elif kind in (list, tuple):
        kept = kind(item for _, item in _kept(((None, item) for item in value), limit, 1))
    elif kind in (str, bytes):
        kept = value[: limit if kind is bytes or value.isascii() else limit // 4]
    else:
        return Described(kind.__name__, f"{size:,} bytes")
    return kept if len(kept) == len(value) else Shortened(kind.__name__, len(value), _digest(value), kept)


def _kept(pairs: Iterable[tuple[Plain, Plain]], left: int, parts: int) -> Iterable[tuple[Plain, Plain]]:
    """Give keys and items, each item as a part of what is left, as long as there is room."""
    for key, item in pairs:
        left -= packed_size(key)
        small = shortened(item, left // parts)
        left -= packed_size(small)
        if left < 0:
            return
        yield key, small


def _digest(value: Any) -> int:
    try:
        return crc32(unbounded(value))
    except (ValueError, TypeError):
        return 0
