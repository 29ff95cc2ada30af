"""The file that a trace is appended to, and what others do to it meanwhile.

It is ours as long as the descriptor leads to the file that we made and its size is what we have written. Whoever cuts
it, appends to it, replaces or deletes it, or closes the descriptor and gets another file under its number, is noticed
within `LOOK_BYTES` of trace, or, where the position tells nothing, within `FULL_LOOKS` times that. One case remains: if
others put their file under just this descriptor (`dup2`), as many bytes get into it. A write to a descriptor that is
only closed fails at once.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ...trace.journal.frame import EXT_8, MAX_HEAD, head
from ...trace.limits import MAX_RECORD

LOOK_BYTES: Final = 1024
"""Bytes of trace between two looks at the position in the file: some forty events. A look costs a microsecond or two:
with 256 bytes recording takes 2.5 % longer, with these 1 %."""

FULL_LOOKS: Final = 8
"""Looks of which one is at the file itself, which costs 1 us."""

OUT_OF_REACH: Final = (1000, 200, 100)
"""Numbers from which on the descriptor is placed, the first that the process may have. Loops that close "all"
descriptors often end below, and a number that was closed is given away again only when all lower ones are taken."""

MAX_REPAIRS: Final = 8
"""How often recording goes on in a file that others changed; after that they are taken to write to it all the time."""

MAX_SURPLUS: Final = 4 * MAX_RECORD
"""Bytes that a write which failed may have left."""

FLAGS: Final = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""How a trace is opened. It is read only to find out whose bytes are in it."""

BEGINNING: Final = 64
"""Bytes by which the file is known again; its random id is among them."""

NONE: Final = -1
"""A descriptor that no file has."""


class Changed(OSError):
    """The trace was changed while it was written; the recording goes on with a new block, or in a new file.

    Attributes:
        events: How many were in it, if what follows is in another file.
    """

    def __init__(self, text: str, events: int = 0) -> None:
        super().__init__(text)
        self.events = events


class TraceFile:
    """Appends to a file, and finds out when it is not as it was left.

    Args:
        path: Its name, absolute.
        descriptor: Opened with `FLAGS`, and empty.
        renew: Called when the trace can't go on in what there is: with what happened, and whether the file is ours
            and empty again. It calls `reopen`, writes the header, and raises `Changed`; or it raises OSError, and is
            called again with the next write.

    Attributes:
        path: Its name.
        size: Bytes that were handed over whole since this file was begun.
    """

    def __init__(self, path: Path, descriptor: int, renew: Callable[[str, bool], None]) -> None:
        """Take the file over."""
        self._renew = renew
        self.reopen(path, descriptor)

    def reopen(self, path: Path, descriptor: int) -> None:
        """Write to another file from now on; it is empty."""
        self.path = path
        self._descriptor = _out_of_reach(descriptor)
        found = os.fstat(self._descriptor)
        self._identity: tuple[int, int] | None = (found.st_dev, found.st_ino)
        self._repairs = 0
        self.restart()

    def restart(self) -> None:
        """Write to the same file from its beginning: it is empty again."""
        self._beginning = b""
        self._torn = False  # what is in the file beyond `size` is left of a write that failed
        self._look_at = 0  # the size from which on the next write looks first
        self._looks = 0
        self._shift = 0  # bytes that the file is longer, or shorter, than what was handed over
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append whole records.

        Raises:
            Changed: The file was changed by others; `data` is not in it.
            OSError: It could not be written; what was written of `data` is cut off again.
        """
        if self.size >= self._look_at:
            self._look()
        try:
            written = os.write(self._descriptor, data)
            if written < len(data):
                self._append(data[written:])
        except OSError as error:
            self._rescue(data, error)
        except BaseException:
            self._doubt()
            raise
        self.size += len(data)

    def cut(self, size: int) -> None:
        """Bring the file back to the first `size` bytes that were handed over, after a write that was interrupted.

        Raises:
            Changed: The file is not as we left it.
            OSError: It can't be cut now; the next write tries it first.
        """
        self._doubt()
        found = self._found()
        end = size + self._shift
        if found is None or not found.st_nlink or found.st_size < end or not self._records_in(end, found.st_size):
            self._torn = False
            self._check()
            return
        if found.st_size > end:
            try:
                os.ftruncate(self._descriptor, end)
            except PermissionError:  # of a file that may only grow: a reader passes over it
                self._shift = found.st_size - size
        self.size = size
        self._torn = False

    def check(self) -> None:
        """Look closely, whatever the last look was.

        Raises:
            Changed: The file was changed by others.
        """
        self._looks = 0
        self._look()

    def is_in_place(self) -> bool:
        """Tell whether the file of this name is this one."""
        return self._is_ours(_stat(self.path))

    def close(self) -> None:
        """Leave the file, which is never opened again; close the descriptor, if it still leads there."""
        descriptor, self._descriptor = self._descriptor, NONE
        ours = self._is_ours(_stat(descriptor))
        self._identity = None
        if ours:
            os.close(descriptor)

    def _append(self, data: bytes) -> None:
        written = 0
        while written < len(data):  # a disk that gets full takes a part; the next attempt tells why
            written += os.write(self._descriptor, data[written:])

    def _doubt(self) -> None:
        self._torn = True
        self._looks = self._look_at = 0

    def _rescue(self, data: bytes, error: OSError) -> None:
        """Cut off what a failed write left, and write again where only the descriptor was bad."""
        lost = error.errno in (errno.EBADF, errno.ESTALE)
        if lost:
            self._descriptor = NONE
        try:
            self.cut(self.size)
        except Changed:
            raise
        except OSError:
            raise error from None
        if not lost:
            raise error
        self._doubt()
        self._append(data)
        self._torn = False

    def _look(self) -> None:
        """See whether the file ends where we left it: after an append the position is its end."""
        if self._torn:
            self.cut(self.size)
        if not self._looks % FULL_LOOKS or not self._is_at_end():
            self._check()
        if not self._beginning:
            self._beginning = self._read(BEGINNING, 0)
        self._looks += 1
        self._look_at = self.size + (LOOK_BYTES if self._descriptor >= OUT_OF_REACH[-1] else 0)

    def _is_at_end(self) -> bool:
        try:
            return os.lseek(self._descriptor, 0, os.SEEK_CUR) == self.size + self._shift
        except OSError:
            return False

    def _check(self) -> None:
        found = self._found()
        if found is None or not found.st_nlink:
            replaced = os.path.lexists(self.path)
            self._renew(f"{self.path} was {'replaced' if replaced else 'deleted'} while it was written", False)
            return
        foreign = found.st_size - self.size - self._shift
        if foreign > 0:
            self._go_on(found.st_size, f"others appended {foreign:,} bytes to {self.path}")
        elif foreign < 0:
            self._go_on_after_cut(found.st_size)

    def _go_on_after_cut(self, end: int) -> None:
        """Go on in the middle of a file that begins as ours does; from the start of one that was emptied."""
        if self._beginning and self._read(BEGINNING, 0) == self._beginning:
            self._go_on(end, f"{self.path} was cut to {end:,} bytes while it was written")
        elif self._records_in(0, end):  # written by us since then, and of no use without what was before
            os.ftruncate(self._descriptor, 0)
            self._renew(f"{self.path} was emptied while it was written", True)
        else:
            self._renew(f"{self.path} was emptied, and written to by others, while it was written", False)

    def _go_on(self, end: int, what: str) -> None:
        """Go on behind what the file holds now: a reader finds the next keyframe, and tells of the damage."""
        self._repairs += 1
        if self._repairs > MAX_REPAIRS:
            self._renew(f"{what}, and so again and again", False)
        self._shift = end - self.size
        self._looks = self._look_at = 0
        raise Changed(what)

    def _found(self) -> os.stat_result | None:
        """Return the state of our file; None if no descriptor leads to it any more.

        A number that leads elsewhere is somebody else's: it is neither written to nor closed.
        """
        found = _stat(self._descriptor)
        if self._is_ours(found):
            return found
        self._descriptor = NONE
        if self._identity is None:
            return None
        try:
            descriptor = os.open(self.path, FLAGS)
        except OSError:
            return None
        found = _stat(descriptor)
        if not self._is_ours(found) or not self._begins_as_ours(descriptor):  # a number of a file is used again, too
            os.close(descriptor)
            return None
        self._descriptor = _out_of_reach(descriptor)
        return found

    def _is_ours(self, found: os.stat_result | None) -> bool:
        return found is not None and (found.st_dev, found.st_ino) == self._identity

    def _records_in(self, place: int, end: int) -> bool:
        """Tell whether a part of the file is nothing but records, the last of which may be torn."""
        if end - place > MAX_SURPLUS:
            return False
        while place < end:
            data = self._read(MAX_HEAD, place)
            found = head(data)
            if found is None:
                return 0 < len(data) < MAX_HEAD and EXT_8 <= data[0] <= EXT_8 + 2
            place += found[0] + found[1]
        return True

    def _begins_as_ours(self, descriptor: int) -> bool:
        return _read(descriptor, len(self._beginning), 0) == self._beginning

    def _read(self, count: int, place: int) -> bytes:
        return _read(self._descriptor, count, place)


def _read(descriptor: int, count: int, place: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, count, place)
    os.lseek(descriptor, place, os.SEEK_SET)
    return os.read(descriptor, count)


def _stat(file: int | Path) -> os.stat_result | None:
    """Return a file's state, None if there is no such file or descriptor."""
    try:
        return os.stat(file)
    except (OSError, ValueError):
        return None


def _out_of_reach(descriptor: int) -> int:
    """Give a descriptor a number that others rarely close, and that is rarely given away again."""
    try:
        import fcntl
    except ImportError:  # Windows
        return descriptor
    for number in OUT_OF_REACH:
        try:
            copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, number)
        except OSError:  # beyond the process's limit
            continue
        os.close(descriptor)
        return copy
    return descriptor
