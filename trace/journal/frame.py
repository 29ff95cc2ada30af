"""The frame of a record: one msgpack ``ext`` value that carries type, length and checksum.

``ext(type, crc32 (4 bytes, big endian) + payload)``. The checksum is taken over a seed of 4 bytes, the type
byte and the payload. The seed is 0 for HEADER and KEYFRAME, and the checksum of the latest keyframe for all
that follow it: a record that was moved to another block, or into another file, does not pass.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from ..limits import MAX_RECORD

SYNC: Final = b"\x00mpk~sync\xff\xfe\x01"
"""12 bytes at a fixed place in every keyframe: where reading goes on after damage."""

SYNC_OFFSET: Final = 13
"""Bytes from a keyframe's first byte to its sync marker: ext 32 header, checksum, array and bin headers."""

CRC_BYTES: Final = 4
MAX_HEAD: Final = 6 + CRC_BYTES

_HEAD_8 = struct.Struct(">BBBI")
_HEAD_16 = struct.Struct(">BHBI")
_HEAD_32 = struct.Struct(">BIBI")

EXT_8: Final = 0xC7
_HEADS: Final = {EXT_8: _HEAD_8, 0xC8: _HEAD_16, 0xC9: _HEAD_32}
SHORT_HEAD: Final = _HEAD_8.pack
"""Makes the head of a frame with up to 251 bytes of payload, from `EXT_8`, length, type and checksum."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One record as it lies in the file.

    Attributes:
        offset: Place of its first byte in the file.
        length: Bytes of the whole frame.
        type: Record type, 0 to 127.
        crc: Checksum as stored.
        payload: One msgpack value.
    """

    offset: int
    length: int
    type: int
    crc: int
    payload: bytes


def checksum_start(seed: int, kind: int) -> int:
    """Return the checksum of a frame's seed and type, with which the payload's is continued."""
    return crc32(struct.pack(">IB", seed, kind))


def frame(kind: int, start: int, payload: bytes, *, wide: bool = False) -> bytes:
    """Return the bytes of a record.

    Args:
        kind: Record type.
        start: What `checksum_start` returned for this type and block.
        payload: One msgpack value.
        wide: Use the 32-bit length form always, so that a sync marker stands at a fixed place.
    """
    crc = crc32(payload, start)
    length = len(payload) + CRC_BYTES
    if length <= 0xFF and not wide:
        return SHORT_HEAD(EXT_8, length, kind, crc) + payload
    if length <= 0xFFFF and not wide:
        return _HEAD_16.pack(0xC8, length, kind, crc) + payload
    return _HEAD_32.pack(0xC9, length, kind, crc) + payload


def seed_of(keyframe: bytes) -> int:
    """Return the checksum of a keyframe's record, the seed of those that follow it in its block."""
    return int(_HEAD_32.unpack_from(keyframe)[-1])


def head(data: bytes) -> tuple[int, int, int, int] | None:
    """Read the head of a frame.

    Args:
        data: The first `MAX_HEAD` bytes of the frame, or what there is.

    Returns:
        Bytes of the head with its checksum, bytes of the payload, type, checksum; None if this is no frame.
    """
    layout = _HEADS.get(data[0]) if data else None
    if layout is None or len(data) < layout.size:
        return None
    _, length, kind, crc = layout.unpack_from(data)
    plausible = CRC_BYTES <= length <= MAX_RECORD + CRC_BYTES and kind < 128
    return (layout.size, length - CRC_BYTES, kind, crc) if plausible else None
