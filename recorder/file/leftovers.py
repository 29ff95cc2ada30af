"""Traces of Trainers that were made and never ran: they are removed when the process ends as it should.

A Trainer that is made to save a model, or to be looked at, leaves a trace with `on_init_end` alone. It tells something
only where the process was killed, or an exception ended it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from ...trace.errors import TraceError
from ...trace.journal.records import EventRow, Exit, Keyframe, Names, Note, Rare
from ...trace.reading.reader import TraceReader
from ...trace.reading.scan import Damage, Placed

TELLING = {Rare.MESSAGES, Rare.RAISED, Rare.REPLACED, Rare.PROBES}
"""What makes even this one event worth keeping."""

_left: dict[Path, tuple[int, int, int]] = {}


def leave(path: Path, *, at_exit: bool) -> None:
    """Remove a trace of one event that has ended: now, or at the exit of the process.

    Args:
        path: The trace, which has no writer any more.
        at_exit: The process is about to end.
    """
    with suppress(OSError):
        _left[path] = _identity(path)
    if at_exit:
        remove_all()


def remove_all() -> None:
    """Remove the traces that were left, unless an exception ends the process, or one has become something else."""
    while _left:
        path, identity = _left.popitem()
        with suppress(OSError, TraceError):
            if not _fails() and _identity(path) == identity and _tells_nothing(path):
                path.unlink()


def forget() -> None:
    """In a forked process: what was left before is the parent's."""
    _left.clear()


def _identity(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino, found.st_size


def _fails() -> bool:
    return getattr(sys, "last_exc", None) is not None or getattr(sys, "last_value", None) is not None


def _tells_nothing(path: Path) -> bool:
    """Tell whether there is nothing in a trace but `on_init_end`, with nothing happening in it."""
    reader = TraceReader.open(path)
    try:
        items = list(reader.items())
    finally:
        reader.close()
    names: dict[int, object] = {}
    rows = []
    for item in items:
        match item.record if isinstance(item, Placed) else item:
            case Damage() | Exit() | Note(type=Note.EXCEPTION | Note.GAP):
                return False
            case Keyframe(first_name=first, names=found) | Names(first_name=first, names=found):
                names.update(enumerate(found, first))
            case EventRow() as row:
                rows.append(row)
    if [names.get(row.name) for row in rows] != ["on_init_end"]:
        return False
    return not rows[0].inside and TELLING.isdisjoint(rows[0].rare)
