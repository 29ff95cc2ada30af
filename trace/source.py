"""Reads a file by offset, in windows, without ever mapping it: a file that shrinks gives short reads, no signal."""

from __future__ import annotations

import os
from typing import BinaryIO, Final

WINDOW: Final = 1 << 20
"""Bytes read at once by whoever reads on from where the last window ended."""

NEAR: Final = 1 << 16
"""Bytes read at once anywhere else: a packed block, as a rule."""


class Source:
    """A file (or bytes in memory) of a size fixed at opening.

    Args:
        file: Opened for reading in binary, seekable.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Take the size as it is now."""
        self._file = file
        self.size = file.seek(0, 2)
        self._start = 0
        self._window = b""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`, fewer at the end of the file."""
        if offset >= self.size:
            return b""
        begin = offset - self._start
        if begin < 0 or begin + length > len(self._window):
            reads_on = 0 <= begin <= len(self._window)
            self._file.seek(offset)
            self._window = self._file.read(min(max(length, WINDOW if reads_on else NEAR), self.size - offset))
            self._start, begin = offset, 0
        return self._window[begin : begin + length]

    def find(self, pattern: bytes, offset: int) -> int:
        """Return the place of the next `pattern` at or after `offset`, -1 if there is none."""
        overlap = len(pattern) - 1
        while offset + overlap < self.size:
            if not self._start <= offset < self._start + len(self._window) - overlap:
                self.read(offset, WINDOW + 1)  # more than is there: the window begins here
            place = self._window.find(pattern, offset - self._start)
            if place >= 0:
                return self._start + place
            if len(self._window) <= overlap:
                return -1
            offset = self._start + len(self._window) - overlap
        return -1

    def grow(self) -> None:
        """Take the size as it is now; raises ValueError if it is less than it was."""
        size = self._file.seek(0, 2)
        if size < self.size:
            raise ValueError("the file has shrunk")
        if size > self.size:
            self.size, self._window = size, b""

    def is_file(self, path: str) -> bool:
        """Tell whether this is still the file of that name; raises OSError."""
        return os.path.samestat(os.fstat(self._file.fileno()), os.stat(path))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __del__(self) -> None:
        """Close the file with its last user: a trace is read from as long as anyone looks at it."""
        self._file.close()
