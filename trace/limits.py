"""Bounds that hold for every trace, so that no file can make its reader allocate without limit."""

from __future__ import annotations

from typing import Final

MAX_RECORD: Final = 1 << 20
"""Bytes of one record's payload. The worst costs its reader about 30 times its size in memory."""

MAX_NESTING: Final = 64
"""Levels of marks (tuples, descriptions) inside each other."""

MAX_DEPTH: Final = 256
"""Levels of values inside each other; the recorder stops at 16."""

BLOCK_EVENTS: Final = 256
"""Events between two keyframes: what one damaged byte can cost, and what a seek has to decode at most."""

MAX_OPEN: Final = 255
"""Events that are open at once: nested inside each other."""

BLOCK_BYTES: Final = 256 * 1024
"""Bytes after which a new keyframe is written even if the block holds fewer events."""

SEGMENT_RECORDS: Final = 1 << 11
"""Records of one journal block: 256 events, their ends, names, entries, and whatever newer versions add."""

SEGMENT_BYTES: Final = 1 << 21
"""Bytes of their payloads: `BLOCK_BYTES`, and what one event more may bring."""

FEW_CONTAINERS: Final = 1 << 16
"""Arrays and maps that any record may hold; beyond them it needs `CONTAINER_BYTES` bytes for each."""

CONTAINER_BYTES: Final = 8
"""An empty map is one byte in a file, and 72 in memory."""

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
"""Bytes that a packed block may expand to in addition, whatever its size in the file."""

LARGE_VALUE: Final = 2_048
"""Bytes from which on a watched value is a record of its own, which keyframes refer to instead of repeating it."""

MAX_VALUE: Final = 1 << 18
"""Bytes of one value, for every writer; the recorder keeps a quarter of this."""

MAX_LINKS: Final = 64
"""VALUE records that a value consists of: one whole, and edits of it."""

ROW_BYTES: Final = 1 << 17
"""Bytes of a row from which on its values are records of their own."""

NOTE_BYTES: Final = 1 << 19
"""Bytes of a note; what is longer is shortened."""

KEYFRAME_BYTES: Final = 1 << 17
"""Bytes of the chain in a keyframe from which on even its small values are records of their own."""

NAMES_BYTES: Final = 1 << 15
"""Bytes of names that one record introduces, and that one keyframe repeats."""
