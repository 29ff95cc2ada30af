"""A trace as it is named on the command line: ``trace.mpk``, ``trace.mpk#412``, ``-`` for stdin."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import click

from .progress import Progress, progress_bar

if TYPE_CHECKING:
    from ..replay.trace import Trace
    from ..trace.framework import Framework

_WITH_INDEX = re.compile(r"(?P<path>.+)#(?P<index>-?[0-9]{1,4000})", re.DOTALL)

_PATIENCE = 64 << 20
"""Bytes of a pipe after which it is no trace if nothing of one has been seen: it may have no end."""


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
    """Return the place that a word names; a file whose name itself ends in ``#412`` is taken as it is.

    Raises:
        click.UsageError: The word is empty.
    """
    if not word:
        raise click.UsageError("the name of the trace is empty")
    found = _WITH_INDEX.fullmatch(word)
    if found is None or os.path.lexists(word):
        return Place(_path(word))
    return Place(_path(found["path"]), int(found["index"]))


def _path(word: str) -> str:
    """Return the path that a ``file://`` address means; any other word as it is."""
    if not word.startswith("file://") or os.path.lexists(word):
        return word
    from urllib.request import url2pathname

    return url2pathname(urlsplit(word).path) or word


def needs_file(place: Place, verb: str) -> None:
    """Raise click.UsageError if a place is a pipe or a device: what `verb` does takes a file."""
    kind = "a pipe" if place.path == "-" else _odd_kind(place.path)
    if kind:
        raise click.UsageError(f"{verb} needs a file, not {kind}")


def framework_named(place: Place) -> Framework:
    """Return the framework that a file's header names, for messages; of what is no such file the default."""
    from ..trace.errors import TraceError
    from ..trace.frameworks import DEFAULT, framework_of
    from ..trace.reading.reader import TraceReader

    if place.path == "-" or _odd_kind(place.path):
        return DEFAULT
    with suppress(OSError, TraceError), closing(TraceReader.open(place.path)) as reader:
        return framework_of(reader.header.run if reader.header is not None else {})
    return DEFAULT


def _odd_kind(path: str) -> str:
    """Return the kind of a path that is neither a file nor a folder; "" for files, folders and missing paths."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return "a device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "a pipe"


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


def loader(place: Place, *, whole: bool = False, at_once: bool = False) -> Callable[[Progress | None], Trace]:
    """Return a function that reads a trace, taking a function for the progress; a pipe is read here, to its end.

    Raises:
        OSError: The pipe cannot be read.
    """
    from ..replay.trace import Trace

    if place.path == "-":
        data = _read(sys.stdin.buffer, place.name)
        return lambda progress: Trace.from_bytes(data, place.name, whole=whole, at_once=at_once)
    if _odd_kind(place.path):
        return lambda progress: Trace.from_bytes(_read_all(place.path), place.name, whole=whole, at_once=at_once)
    return lambda progress: Trace.open(place.path, progress=progress, whole=whole, at_once=at_once)


def _read_all(path: str) -> bytes:
    with open(path, "rb") as file:
        return _read(file, path)


def _read(stream: BinaryIO, name: str) -> bytes:
    """Read a pipe to its end; raises NotATrace if it is none, also where it has no end."""
    from ..trace.reading.reader import TraceReader

    begin = stream.read(_PATIENCE)
    if len(begin) < _PATIENCE:
        return begin
    TraceReader.from_bytes(begin, name)
    return begin + stream.read()


def _open(place: Place, whole: bool) -> Trace:
    try:
        load = loader(place, whole=whole)
        with progress_bar(f"reading {place.name}") as progress:
            return load(progress)
    except OSError as error:
        error.filename = error.filename or place.name
        raise
