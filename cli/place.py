"""A trace as it is named on the command line: ``trace.mpk``, ``trace.mpk#412``, ``-`` for stdin."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .progress import progress_bar

if TYPE_CHECKING:
    from ..replay.trace import Trace

_WITH_INDEX = re.compile(r"(?P<path>.+)#(?P<index>-?[0-9]{1,18})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A trace, and perhaps an event in it.

    Attributes:
        path: Path of the file, or ``-``.
        index: Index of the event; negative from the end; None if none was given.
    """

    path: str
    index: int | None = None

    @property
    def name(self) -> str:
        """What messages call the trace."""
        return "stdin" if self.path == "-" else self.path


def parse(word: str) -> Place:
    """Return the place that a word names; a file whose name itself ends in ``#412`` is taken as it is."""
    found = _WITH_INDEX.fullmatch(word)
    if found is None or os.path.lexists(word):
        return Place(word)
    return Place(found["path"], int(found["index"]))


@contextmanager
def opened(place: Place) -> Iterator[Trace]:
    """Open a trace, with a progress bar where that takes long; a pipe is read to its end first.

    Raises:
        OSError, TraceError: It cannot be read.
    """
    trace = _open(place)
    try:
        yield trace
    finally:
        trace.close()


def _open(place: Place) -> Trace:
    from ..replay.trace import Trace

    if place.path == "-":
        return Trace.from_bytes(sys.stdin.buffer.read(), place.name)
    if stat.S_ISFIFO(os.stat(place.path).st_mode):
        return Trace.from_bytes(Path(place.path).read_bytes(), place.name)
    with progress_bar(f"reading {place.name}") as progress:
        return Trace.open(place.path, progress=progress)
