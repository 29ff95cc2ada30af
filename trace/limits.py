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
