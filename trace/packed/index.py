"""The end of a packed trace: its index, and the trailer that tells where that begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ..codec import pack, unpack
from ..errors import BadRecord, TooLarge
from ..journal.frame import checksum_start, frame
from ..layout import INDEX, TRAILER
from ..limits import MAX_RECORD
from .zstd import compress, decompress

VALUES: Final = "values"
"""Where large values lie. The field is separate, so that readers without large values compare the rest as before."""


@dataclass(slots=True)
class IndexRecord:
    """An index.

    Attributes:
        trace: Id of the trace, 16 bytes.
        content: Plain values; under ``values`` what stands beside them in the record, if there is anything.
    """

    TYPE: ClassVar[int] = INDEX.type
    trace: bytes
    content: Any

    @classmethod
    def read(cls, payload: bytes) -> IndexRecord:
        """Build the record from its payload; raises BadRecord."""
        items = unpack(payload)
        if type(items) is not list or not INDEX.fits(items):
            raise BadRecord("an index has too few fields, or wrong ones")
        fields = INDEX.fields(items)
        size = fields["size"]
        if not 0 < size <= MAX_RECORD:
            raise BadRecord("an index claims more bytes than one may have, or none")
        content = unpack(decompress(fields["data"], size))
        if type(content) is dict:
            content.pop(VALUES, None)
            if VALUES in fields:
                content[VALUES] = fields[VALUES]
        return cls(fields["trace"], content)


@dataclass(slots=True)
class Trailer:
    """The last record of a packed trace, always `BYTES` long: the place of its index."""

    TYPE: ClassVar[int] = TRAILER.type
    BYTES: ClassVar[int] = 36
    trace: bytes
    offset: int

    def frame(self) -> bytes:
        """Return the whole record."""
        payload = pack(TRAILER.items(trace=self.trace, offset=self.offset.to_bytes(8, "big")))
        return frame(self.TYPE, checksum_start(0, self.TYPE), payload)

    @classmethod
    def read(cls, payload: bytes) -> Trailer:
        """Build the record from its payload; raises BadRecord."""
        items = unpack(payload)
        fields = TRAILER.fields(items) if type(items) is list and TRAILER.fits(items) else {"offset": b""}
        if len(fields["offset"]) != 8:
            raise BadRecord("a trailer has too few fields, or wrong ones")
        return cls(fields["trace"], int.from_bytes(fields["offset"], "big"))


def index_frame(trace: bytes, content: dict[str, Any]) -> bytes | None:
    """Return the record that holds an index; None if it would be too large (enough for 100 million events).

    Args:
        trace: Id of the trace.
        content: Plain values.
    """
    try:
        raw = pack({key: value for key, value in content.items() if key != VALUES})
        payload = pack(INDEX.items(trace=trace, size=len(raw), data=compress(raw), values=content.get(VALUES)))
    except TooLarge:
        return None
    return frame(IndexRecord.TYPE, checksum_start(0, IndexRecord.TYPE), payload)
