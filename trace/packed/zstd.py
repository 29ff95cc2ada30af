"""Zstandard with a bound: what a file claims to hold is checked before and while it is decompressed."""

from __future__ import annotations

import sys
from typing import Any, Final

from ..errors import BadRecord

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL: Final = 12
"""Above it a packed trace gets 1 % smaller, and takes several times as long to write."""

QUICK: Final = 1
"""For what is kept in memory: a tenth larger, in a tenth of the time."""

WINDOW_LOG: Final = 23
"""A frame that asks for more than 8 MiB to look back in is refused; none of ours is that long."""

_OPTIONS: Final[Any] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}


def compress(data: bytes, level: int = LEVEL) -> bytes:
    """Return one zstd frame."""
    return zstd.compress(data, level)


def decompress(data: bytes, size: int) -> bytes:
    """Return what a frame holds.

    Args:
        data: One zstd frame, from anywhere.
        size: Bytes that it has to hold, already checked against a limit.

    Raises:
        BadRecord: It is no such frame, or holds more or less.
    """
    decompressor = zstd.ZstdDecompressor(options=_OPTIONS)
    try:
        found: bytes = decompressor.decompress(data, max_length=size + 1)
    except (zstd.ZstdError, ValueError) as error:
        raise BadRecord(f"not a valid zstd frame: {error}") from None
    if len(found) != size or not decompressor.eof or decompressor.unused_data:
        raise BadRecord(f"a zstd frame does not hold the {size:,} bytes that it should")
    return found
