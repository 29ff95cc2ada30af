"""Turns a journal into a packed trace: compressed columnar blocks, and an index at the end.

The new file is written beside the old one, read back and compared record by record, and only then takes the old
one's place: whenever this is interrupted, one of the two is there, whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgpack

from ..errors import BadRecord, TraceError
from ..journal.frame import checksum_start, frame
from ..journal.records import PACKED_VERSION, Header, Note
from ..limits import MAX_RECORD, PACKED_SEGMENTS
from ..packed.block import PackedBlock, Raw
from ..packed.index import Trailer, index_frame
from ..reading.assembly import assemble
from ..reading.directory import Directory
from ..reading.reader import Progress, TraceReader
from ..reading.scan import Damage, Placed, PlacedBlock

_BINARY: Final = getattr(os, "O_BINARY", 0)


class NotPacked(TraceError):
    """The trace can't be packed; it stays as it is."""


@dataclass(frozen=True, slots=True)
class Packing:
    """What became of a trace.

    Attributes:
        path: The packed file.
        events: Events in it.
        before, after: Bytes of the trace, and of the packed file.
    """

    path: Path
    events: int
    before: int
    after: int


def pack_trace(
    path: str | os.PathLike[str],
    target: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    *,
    segments: int = PACKED_SEGMENTS,
) -> Packing:
    """Write a trace in its packed form.

    Args:
        path: The trace. It has to be sound, and to have ended: what is still appended to it would be lost.
        target: The new file; None: it takes the place of the trace.
        progress: Called now and then with the bytes done and the bytes in all.
        segments: Journal blocks (256 events each) that go into one packed block: what a damage can cost.

    Raises:
        FileExistsError: There is a file of the name `target` already.
        OSError, NotATrace, NewerVersion: The trace cannot be read, or the new file not written.
        NotPacked: It is damaged, has not ended, is packed already, or would not come back as it was.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.packing-{os.getpid()}") if target is None else Path(target)
    with closing(TraceReader.open(path)) as reader:
        _check(reader)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                events, ended = _write(reader, file, temporary, segments, _part(progress, 0))
            if target is None and not ended:
                raise NotPacked(f"{reader.path} has no end: its run goes on, or was killed (then recover it first)")
            _compare(reader, temporary, _part(progress, 1))
            if target is None:
                _replace(path, temporary, reader.size)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink()
            if isinstance(error, BadRecord):
                raise NotPacked(f"{reader.path} holds what no packed block can hold: {error}") from None
            raise
    packed = path if target is None else temporary
    return Packing(packed, events, reader.size, packed.stat().st_size)


def _check(reader: TraceReader) -> None:
    if reader.header is None:
        raise NotPacked(f"{reader.path} has no header: recover it first")
    if reader.header.version >= PACKED_VERSION:
        raise NotPacked(f"{reader.path} is packed already")


def _write(
    reader: TraceReader, file: BinaryIO, path: Path, segments: int, progress: Progress | None
) -> tuple[int, bool]:
    """Write header, blocks, their index and the trailer; return the number of events, and whether END is the last."""
    assert reader.header is not None
    header = Header(reader.header.id, reader.header.created, reader.header.run, PACKED_VERSION)
    last = 0
    file.write(frame(Header.TYPE, checksum_start(0, Header.TYPE), header.payload()))
    for item in assemble(reader, progress, segments=segments):
        if isinstance(item, Damage):
            raise NotPacked(f"{reader.path} is damaged ({item.message}): recover it first")
        last = item.block.templates[item.block.ids[-1]].kind
        if len(item.payload) > MAX_RECORD:
            raise NotPacked(f"{reader.path} holds more at one place than a packed block can")
        file.write(frame(PackedBlock.TYPE, checksum_start(0, PackedBlock.TYPE), item.payload, wide=True))
    file.flush()
    with closing(TraceReader.open(path)) as written:
        directory = Directory(written)
    index = index_frame(header.id, directory.content())
    if index is not None:
        offset = file.tell()
        file.write(index + Trailer(header.id, offset).frame())
    file.flush()
    os.fsync(file.fileno())
    return len(directory), last == Note.END


def _compare(reader: TraceReader, path: Path, progress: Progress | None) -> None:
    """Read the packed file, and compare each record with the one it was made of; raises NotPacked."""
    with closing(TraceReader.open(path)) as written:
        kept = (item.frame for item in reader.items(progress) if isinstance(item, Placed))
        next(kept)  # the header: its version differs
        for kind, payload in _records(written):
            was = next(kept, None)
            if was is None or was.type != kind or not _same(was.payload, payload):
                place = f"byte {was.offset:,}" if was is not None else "its end"
                raise NotPacked(f"{reader.path} would not come back as it is, at {place}")
        if next(kept, None) is not None:
            raise NotPacked(f"{reader.path} would not come back whole")


def _records(reader: TraceReader) -> Iterator[Raw]:
    for item in reader.whole():
        if isinstance(item, Damage):
            raise NotPacked(f"the packed trace would be damaged: {item.message}")
        if isinstance(item, PlacedBlock):
            yield from item.block.payloads()


def _same(was: bytes, now: bytes) -> bool:
    return was == now or _shortest_form(was) == _shortest_form(now)


def _shortest_form(payload: bytes) -> bytes:
    """Return a payload as msgpack writes it here: another writer may choose longer forms of the same values."""
    items = msgpack.unpackb(payload, raw=False, strict_map_key=False, ext_hook=msgpack.ExtType)
    packed: bytes = msgpack.packb(items)
    return packed


def _replace(path: Path, temporary: Path, size: int) -> None:
    """Put the packed file in the place of the journal, unless the journal has grown since."""
    if path.stat().st_size != size:
        raise NotPacked(f"{path} has changed meanwhile")
    os.chmod(temporary, path.stat().st_mode & 0o777)
    os.replace(temporary, path)


def _part(progress: Progress | None, half: int) -> Progress | None:
    """Return a progress function for the first (0) or second (1) half of the work."""
    if progress is None:
        return None
    return lambda done, total: progress(done + half * total, 2 * total)
