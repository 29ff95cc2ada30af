"""The end of a packed trace: its index, and the trailer that tells where that begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from .codec import pack, unpack
from .errors import BadRecord, TooLarge
from .frame import checksum_start, frame
from .limits import MAX_RECORD
from .zstd import compress, decompress

VALUES: Final = "values"
"""Where large values lie. It is a field of its own: whoever knows of none compares the rest of an index as ever."""


@dataclass(slots=True)
class IndexRecord:
    """An index.

    Attributes:
        trace: Id of the trace, 16 bytes.
        content: Plain values; under ``values`` what stands beside them in the record, if there is anything.
    """

    TYPE: ClassVar[int] = 13
    trace: bytes
    content: Any

    @classmethod
    def read(cls, payload: bytes) -> IndexRecord:
        """Build the record from its payload; raises BadRecord."""
        items = unpack(payload)
        if type(items) is not list or [type(item) for item in items[:3]] != [bytes, int, bytes]:
            raise BadRecord("an index has too few fields, or wrong ones")
        trace, size, data = items[:3]
        if not 0 < size <= MAX_RECORD:
            raise BadRecord("an index claims more bytes than one may have, or none")
        content = unpack(decompress(data, size))
        if type(content) is dict:
            content.pop(VALUES, None)
            if len(items) > 3:
                content[VALUES] = items[3]
        return cls(trace, content)


@dataclass(slots=True)
class Trailer:
    """The last record of a packed trace, always `BYTES` long: the place of its index."""

    TYPE: ClassVar[int] = 14
    BYTES: ClassVar[int] = 36
    trace: bytes
    offset: int

    def frame(self) -> bytes:
        """Return the whole record."""
        payload = pack([self.trace, self.offset.to_bytes(8, "big")])
        return frame(self.TYPE, checksum_start(0, self.TYPE), payload)

    @classmethod
    def read(cls, payload: bytes) -> Trailer:
        """Build the record from its payload; raises BadRecord."""
        items = unpack(payload)
        if type(items) is not list or [type(item) for item in items[:2]] != [bytes, bytes] or len(items[1]) != 8:
            raise BadRecord("a trailer has too few fields, or wrong ones")
        return cls(items[0], int.from_bytes(items[1], "big"))


def index_frame(trace: bytes, content: dict[str, Any]) -> bytes | None:
    """Return the record that holds an index; None if it would be too large (enough for 100 million events).

    Args:
        trace: Id of the trace.
        content: Plain values.
    """
    try:
        raw = pack({key: value for key, value in content.items() if key != VALUES})
        beside = [content[VALUES]] if VALUES in content else []
        payload = pack([trace, len(raw), compress(raw), *beside])
    except TooLarge:
        return None
    return frame(IndexRecord.TYPE, checksum_start(0, IndexRecord.TYPE), payload)
