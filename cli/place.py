"""A trace as it is named on the command line: ``trace.mpk``, ``trace.mpk#412``, ``-`` for stdin."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .progress import Progress, progress_bar

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
def opened(place: Place, *, whole: bool = False) -> Iterator[Trace]:
    """Open a trace, with a progress bar where that takes long; a pipe is read to its end first.

    Args:
        place: The trace.
        whole: Read all of a packed trace.

    Raises:
        OSError, TraceError: It cannot be read.
    """
    trace = _open(place, whole)
    try:
        yield trace
    finally:
        trace.close()


def loader(place: Place, *, whole: bool = False) -> Callable[[Progress | None], Trace]:
    """Return a function that reads a trace, taking a function for the progress; a pipe is read here, to its end.

    Raises:
        OSError: The pipe cannot be read.
    """
    from ..replay.trace import Trace

    if place.path == "-":
        data = sys.stdin.buffer.read()
        return lambda progress: Trace.from_bytes(data, place.name, whole=whole)
    if os.path.exists(place.path) and stat.S_ISFIFO(os.stat(place.path).st_mode):
        return lambda progress: Trace.from_bytes(Path(place.path).read_bytes(), place.name, whole=whole)
    return lambda progress: Trace.open(place.path, progress=progress, whole=whole)


def _open(place: Place, whole: bool) -> Trace:
    load = loader(place, whole=whole)
    with progress_bar(f"reading {place.name}") as progress:
        return load(progress)
