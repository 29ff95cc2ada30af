"""The standard streams as the command uses them, whatever it was started with."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn

_NAMES: Final = ("stdin", "stdout", "stderr")


@contextmanager
def usable_streams() -> Iterator[None]:
    """Give stand-ins for streams that are closed, and have those that know ASCII alone show the rest escaped.

    Without stdin or stdout, reading and printing raise an OSError that names the stream; words for a closed stderr
    go nowhere. Their descriptors are taken meanwhile: else the next file that is opened would get them.
    """
    before = {name: getattr(sys, name) for name in _NAMES}
    closed = [name for name, stream in before.items() if stream is None]
    _take_descriptors(len(closed))
    for name in closed:
        stand_in: Any = _Closed(name) if name != "stderr" else open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        setattr(sys, name, stand_in)
    try:
        with _escaping():
            yield
    finally:
        for name in closed:
            setattr(sys, name, before[name])


class _Closed(io.TextIOBase):
    """Stands in for a stream that is not there."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def buffer(self) -> _Closed:
        """Itself: there are no bytes, either."""
        return self

    def read(self, size: int | None = -1) -> NoReturn:
        """Raise OSError."""
        raise OSError(errno.EBADF, "is closed", self._name)

    def write(self, text: object) -> NoReturn:
        """Raise OSError."""
        raise OSError(errno.EBADF, "is closed", self._name)


def _take_descriptors(closed: int) -> None:
    """Open as many of the descriptors 0 to 2 as are closed; a program that is started later does not get them."""
    for _ in range(closed):
        with suppress(OSError):
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor > 2:  # it was not closed after all
                os.close(descriptor)


@contextmanager
def _escaping() -> Iterator[None]:
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, io.TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors=errors)
