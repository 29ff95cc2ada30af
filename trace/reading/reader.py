"""Opens a trace for reading: its header, all its records in order, or one block of them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from ..errors import BadRecord, NewerVersion, NotATrace, Replaced
from ..journal.frame import SYNC
from ..journal.records import MAGIC, PACKED_VERSION, Header
from ..packed.block import PackedBlock
from ..packed.index import IndexRecord, Trailer
from .scan import BAD_RECORD, CHECKSUM, MISSING, Damage, Placed, PlacedBlock, Scanner, read_frame, scan
from .source import Source

MAGIC_BYTES: Final = MAGIC.encode()
HEAD_BYTES: Final = 64
"""The name of the format stands within this many bytes from the start."""

PROGRESS_STEP: Final = 1 << 18
"""Bytes between two calls of a progress function."""

Progress = Callable[[int, int], None]

_Item = TypeVar("_Item", Placed | Damage, Placed | PlacedBlock | Damage)


class TraceReader:
    """Reads one trace; never writes.

    Args:
        source: The file, of a size fixed at opening.
        path: Its name, for messages.

    Attributes:
        header: The header, or None if it could not be read.

    Raises:
        NotATrace: The file holds neither a header nor a keyframe.
        NewerVersion: Its version is not known here.
    """

    def __init__(self, source: Source, path: str = "trace") -> None:
        """Read the header."""
        self.path = path
        self._source = source
        self.header = self._read_header()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> TraceReader:
        """Open a file; raises OSError, NotATrace, NewerVersion."""
        # The file stays open as long as the reader: it is closed with it.
        return cls(Source(Path(path).open("rb")), os.fspath(path))

    @classmethod
    def from_bytes(cls, data: bytes, path: str = "trace") -> TraceReader:
        """Read a trace that is in memory already, e.g. one that came through a pipe."""
        return cls(Source(io.BytesIO(data)), path)

    @property
    def size(self) -> int:
        """Bytes of the file when it was opened."""
        return self._source.size

    def items(self, progress: Progress | None = None) -> Iterator[Placed | Damage]:
        """Read everything.

        Args:
            progress: Called now and then with the bytes read and the bytes in all.

        Yields:
            Each record with its place, each damage in its place.
        """
        yield from self._no_header()
        yield from self.told(scan(self._source), progress)

    def scanner(self, offset: int = 0) -> Scanner:
        """Return what reads everything from a place on, as `items` does, but leaves packed blocks whole."""
        return Scanner(self._source, offset, whole=True)

    def whole(
        self, progress: Progress | None = None, scanner: Scanner | None = None
    ) -> Iterator[Placed | PlacedBlock | Damage]:
        """Read everything as `items` does, but leave packed blocks whole; with a scanner that whoever asks has made."""
        yield from self._no_header()
        yield from self.told((scanner or self.scanner()).run(), progress)

    def _no_header(self) -> Iterator[Damage]:
        if self.header is None and self._source.read(0, 1) and self._starts_with_keyframe():
            yield Damage(MISSING, 0, 0, "the header is missing")

    def told(self, items: Iterator[_Item], progress: Progress | None) -> Iterator[_Item]:
        """Pass items on, and tell how far they have come."""
        due = 0
        for item in items:
            offset = item.offset if isinstance(item, Damage) else item.frame.offset
            if progress is not None and offset >= due:
                progress(offset, self.size)
                due = offset + PROGRESS_STEP
            yield item
        if progress is not None:
            progress(self.size, self.size)

    def follower(self) -> Scanner:
        """Return a scanner that continues from its place, and waits for the end of an unfinished record."""
        return Scanner(self._source, whole=True, follow=True)

    def grow(self) -> bool:
        """Take note of what was appended to the file, and tell whether anything was; raises Replaced if it was cut."""
        try:
            return self._source.grow()
        except ValueError:
            raise Replaced(f"{self.path} was cut while it was followed: open it anew") from None

    def check_name(self) -> None:
        """Raise Replaced if the file is not the one of that name any more."""
        try:
            same = self._source.is_file(self.path)
        except OSError:
            same = False
        if not same:
            raise Replaced(f"{self.path} is not the file any more that was followed: open it anew")

    def packed_block(self, offset: int) -> PackedBlock | Damage:
        """Read the packed block at `offset`, where there should be one; in any thread."""
        frame = read_frame(self._source, offset)
        if frame is None:
            return Damage(CHECKSUM, offset, 0, "a wrong checksum")
        if frame.type != PackedBlock.TYPE:
            return Damage(BAD_RECORD, offset, 0, "another record")
        try:
            return PackedBlock(frame.payload)
        except BadRecord as error:
            return Damage(BAD_RECORD, offset, 0, str(error))

    def index(self) -> Any:
        """Return the content of the index at the end, None if there is none or it is damaged."""
        found = read_frame(self._source, self.size - Trailer.BYTES) if self.size > Trailer.BYTES else None
        try:
            trailer = Trailer.read(found.payload) if found is not None and found.type == Trailer.TYPE else None
            place = read_frame(self._source, trailer.offset) if trailer is not None else None
            index = IndexRecord.read(place.payload) if place is not None and place.type == IndexRecord.TYPE else None
        except BadRecord:
            return None
        whole = index is not None and self.header is not None and index.trace == self.header.id
        return index.content if index is not None and whole else None

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def _read_header(self) -> Header | None:
        first = next(scan(self._source), None)
        if first is None:
            raise NotATrace(f"{self.path} is empty: not a trace")
        if isinstance(first, Placed) and isinstance(first.record, Header):
            return self._supported(first.record)
        if MAGIC_BYTES not in self._source.read(0, HEAD_BYTES) and self._source.find(SYNC, 0) < 0:
            raise NotATrace(f"{self.path} is not a trace: it does not begin as one and holds no keyframe")
        return None

    def _supported(self, header: Header) -> Header:
        if header.version > PACKED_VERSION:
            text = f"{self.path} has format version {header.version}; this tracetui reads up to {PACKED_VERSION}"
            raise NewerVersion(text + ": upgrade tracetui to open it")
        return header

    def _starts_with_keyframe(self) -> bool:
        first = next(scan(self._source), None)
        return isinstance(first, Placed)
