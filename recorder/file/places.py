"""Names of traces: the one that is asked for, and the next free one."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .trace_file import FLAGS

DEFAULT: Final = "trace.mpk"
"""Name of a trace for which only a folder is given."""

SPECIAL: Final = ("/dev/", "/proc/", "/sys/")
"""Where names belong to the system, whatever they lead to."""

MEMORY: Final = "/dev/shm/"  # noqa: S108
"""A folder for everybody's files, in memory, all the same."""

ATTEMPTS: Final = 10
"""Times that a file is replaced which another process makes again at the same moment."""


def wanted(path: str | os.PathLike[str]) -> Path:
    """Return the name that is meant, absolute: the program may go to another folder before the first event.

    Args:
        path: As given by the user; ``~`` is the home, and what ends with a slash is a folder.
    """
    text = os.path.expanduser(path)
    if text.endswith(tuple(separator for separator in (os.sep, os.altsep) if separator)):
        text = os.path.join(text, DEFAULT)
    try:
        return Path(os.path.abspath(text))
    except OSError:  # the folder that the process is in was deleted
        return Path(text)


def create(path: Path, rank: int | None, *, overwrite: bool = False) -> tuple[Path, int]:
    """Make the file of a trace, readable by its owner alone.

    Args:
        path: The name that is meant; for a folder, `DEFAULT` in it.
        rank: Becomes part of the name; None where there is only one process.
        overwrite: Replace what has the name.

    Returns:
        The name, free until now, and a descriptor.

    Raises:
        OSError: No file can be made there, or the name is that of a device or a pipe.
    """
    if overwrite:
        target = first_choice(path, rank)
        for _ in range(ATTEMPTS):
            target.unlink(missing_ok=True)
            try:
                return target, _make(target)
            except FileExistsError:
                continue
    for target in _names(path, rank):
        try:
            return target, _make(target)
        except FileExistsError:
            continue
    raise AssertionError("the numbers have no end")


def first_choice(path: Path, rank: int | None) -> Path:
    """Return the name that a trace gets if it is free; raises OSError."""
    return next(_names(path, rank))


def _names(path: Path, rank: int | None) -> Iterator[Path]:
    if path.is_dir():
        path = path / DEFAULT
    text = str(path)
    special = text.startswith(SPECIAL) and not text.startswith(MEMORY)  # /dev/stdout may lead to a regular file
    if special or _is_no_file(path):
        raise OSError(f"{path} is no regular file")
    end = ("" if rank is None else f".rank{rank}") + path.suffix
    for number in itertools.count():
        yield path.with_name(f"{path.stem}-{number}{end}" if number else f"{path.stem}{end}")


def _is_no_file(path: Path) -> bool:
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:  # there is none, or it was removed just now
        return False


def _make(path: Path) -> int:
    return os.open(path, FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
