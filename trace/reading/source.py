"""Reads a file by offset, in windows, without ever mapping it: a file that shrinks gives short reads, no signal."""

from __future__ import annotations

import os
import threading
from typing import BinaryIO, Final

WINDOW: Final = 1 << 20
"""Bytes of one read, when a read begins where the last one ended."""

NEAR: Final = 1 << 16
"""Bytes of one read at any other place: usually a packed block."""


class Source:
    """A file (or bytes in memory) of a size fixed at opening.

    Args:
        file: Opened for reading in binary, seekable.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        self._window = 0, b""  # where it begins, and what it holds
        self._lock = threading.Lock()  # a file has one position

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`, fewer at the end of the file; in any thread."""
        if offset >= self.size:
            return b""
        with self._lock:
            start, window = self._window
            begin = offset - start
            if begin < 0 or begin + length > len(window):
                reads_on = 0 <= begin <= len(window)
                self._file.seek(offset)
                window = self._file.read(min(max(length, WINDOW if reads_on else NEAR), self.size - offset))
                self._window, begin = (offset, window), 0
        return window[begin : begin + length]

    def find(self, pattern: bytes, offset: int) -> int:
        """Return the place of the next `pattern` at or after `offset`, -1 if there is none; in any thread."""
        overlap = len(pattern) - 1
        while offset + overlap < self.size:
            start, window = self._window
            if not start <= offset < start + len(window) - overlap:
                start, window = offset, self.read(offset, WINDOW)
            place = window.find(pattern, offset - start)
            if place >= 0:
                return start + place
            if len(window) <= overlap:
                return -1
            offset = start + len(window) - overlap
        return -1

    def grow(self) -> bool:
        """Take the size as it is now, and tell whether it is another; raises ValueError if it is less than it was."""
        size = self._file.seek(0, 2)
        if size < self.size:
            raise ValueError("the file has shrunk")
        if size > self.size:
            self.size, self._window = size, (0, b"")
            return True
        return False

    def is_file(self, path: str) -> bool:
        """Tell whether this is still the file of that name; raises OSError."""
        return os.path.samestat(os.fstat(self._file.fileno()), os.stat(path))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __del__(self) -> None:
        """Close the file with its last user: a trace is read from as long as anyone looks at it."""
        self._file.close()
