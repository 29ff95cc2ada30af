"""Bounds that hold for every trace, so that no file can make its reader allocate without limit."""

from __future__ import annotations

from typing import Final

MAX_RECORD: Final = 1 << 20
"""Bytes of one record's payload. A payload of empty maps costs its reader about 72 times its size in memory."""

MAX_NESTING: Final = 64
"""Levels of marks (tuples, descriptions) inside each other. msgpack itself stops plain nesting at 1,024."""

BLOCK_EVENTS: Final = 256
"""Events between two keyframes: what one damaged byte can cost, and what a seek has to decode at most."""

BLOCK_BYTES: Final = 256 * 1024
"""Bytes after which a new keyframe is written even if the block holds fewer events."""

MAX_NAMES: Final = 1 << 20
"""Interned names of one trace."""

BLOCK_RECORDS: Final = 1 << 16
"""Records of one packed block."""

PACKED_SEGMENTS: Final = 32
"""Journal blocks that one packed block takes up: 8,192 events, what a seek has to decompress at most."""

PACKED_BYTES: Final = 3 << 18
"""Bytes of the records after which a packed block takes up no further journal block."""

MAX_EXPANDED: Final = 1 << 21
"""Bytes that the records of a packed block may have: its last journal block may be larger than others."""

MAX_GROWTH: Final = 256
"""How many times its own bytes the records of a packed block may have, so that no small file is work for hours;
a real block grows twentyfold, and one of a run without any noise is filled up with zeros."""

FREE_BYTES: Final = 1 << 14
"""Bytes that they may have besides."""
