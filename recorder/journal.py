"""The file that a recording is appended to: its name, its rights, and its end."""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ..trace.background import pack_later
from ..trace.limits import BLOCK_EVENTS, PACKED_SEGMENTS
from ..trace.records import Note
from ..trace.values import Plain
from ..trace.writer import TraceWriter
from .clock import Clock
from .interruptions import interrupts

LOOK_EVERY: Final = 256
"""Writes between two looks at whether the file is still there: one look takes a microsecond."""

logger = logging.getLogger("tracetui.recorder")

_open_journals: weakref.WeakSet[Journal] = weakref.WeakSet()
_at_exit = False

PACK_EVENTS: Final = BLOCK_EVENTS * PACKED_SEGMENTS
"""Events from which on a trace is packed: a shorter one is small, and opens at once, as it is."""

PROCESS_GROUP_PAUSE: Final = 0.05
"""Seconds."""

RECORD_VARIABLE: Final = "TRACETUI_RECORD"
"""Environment variable that makes any Python record; a process that packs needs none of it."""


class Deleted(OSError):
    """The trace was deleted while it was written, and has been begun anew.

    Attributes:
        events: How many were in it.
    """

    def __init__(self, events: int) -> None:
        """Say what is lost."""
        super().__init__(f"the trace was deleted while it was written, with the {events:,} events in it")
        self.events = events


class Journal:
    """One trace being written.

    Args:
        path: Wanted name. When it is taken, the next free ``name-1.mpk`` is used.
        run: The run's header.
        rank: Rank of this process, which becomes part of the name; None where there is only one.
        overwrite: Replace a file of that name.
        pack: Have it packed when it has ended, if it is long enough.

    Attributes:
        path: The name that is really used.
        writer: Appends the records.
        clock: Tells the time since the start of the recording.
        last_words: Called before the END record is written.
        warned: The user knows that something is missing; one warning is enough.

    Raises:
        OSError: No file could be created.
    """

    def __init__(self, path: Path, run: dict[str, Plain], *, rank: int | None, overwrite: bool, pack: bool) -> None:
        """Create the file, readable by its owner alone, and write the header."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor: int | None = None
        try:
            self.path, self._descriptor = _create(path, rank, overwrite)
            self._begin(path, run, rank, pack)
        except BaseException:
            if self._descriptor is not None:  # a file without its header is no trace
                self._close()
                self.path.unlink(missing_ok=True)
            raise

    def _begin(self, path: Path, run: dict[str, Plain], rank: int | None, pack: bool) -> None:
        if self.path != _candidate(path, rank, 0):
            logger.warning("%s exists: recording to %s instead", path, self.path)
        self.last_words: Callable[[], object] = lambda: None
        self.warned = False
        self._pack = pack
        self._writes = 0
        self._gone = False
        self.clock = Clock()
        self.writer = TraceWriter(self._write, os.urandom(16), time.time(), run)
        _open_journals.add(self)

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more: ended, or in a forked process."""
        return self._descriptor is None

    def now(self) -> int:
        """Return microseconds since the start of the recording."""
        return self.clock.now()

    def cut(self, size: int) -> None:
        """Cut off what lies beyond the first `size` bytes of the file: a record that was not finished.

        Raises:
            OSError: It can't be done.
        """
        if self._descriptor is not None and os.fstat(self._descriptor).st_size > size:
            os.ftruncate(self._descriptor, size)

    def end(self, reason: str | None = None) -> None:
        """Write the END record and close the file; does nothing the second time.

        Args:
            reason: Why; None: the process ends, or the recorder was deleted with its Trainer.
        """
        if self._descriptor is None:
            return
        if reason is None:
            reason = "process exit" if _at_exit else "recorder deleted"
        try:
            self._look_for_file_at_end()
            self.last_words()
            self.writer.note(Note.END, {"reason": reason, "events": self.writer.events}, time=self.now())
            self._have_packed()
        except BaseException as error:  # a full disk must not turn the end of a training run into an error
            if interrupts(error):  # whoever ended the recording may do so again, and the exit of the process does
                self.writer.restart_block()
                self.cut(self.writer.size)
                raise
            self.warn("%s could not be ended cleanly: %s", self.path, error)
        self._close()

    def _have_packed(self) -> None:
        """Start to pack the trace: it has ended, and what is still to be done here is to close it."""
        if self._pack and self.writer.events >= PACK_EVENTS:
            try:
                pack_later(self.path, leave_out=(RECORD_VARIABLE,))
            except OSError as error:
                logger.warning("%s is whole, but stays unpacked (%s): `tracetui pack` does it", self.path, error)

    def warn(self, text: str, *values: object) -> None:
        """Log a warning, if it is the first."""
        if not self.warned:
            self.warned = True
            logger.warning(text, *values)

    def leave_to_parent(self) -> None:
        """Close the descriptor in a forked process without a word in the file: it is the parent's."""
        self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _write(self, data: bytes) -> None:
        if self._descriptor is None:
            raise OSError(f"{self.path} is closed")
        written = os.write(self._descriptor, data)
        while written < len(data):
            written += os.write(self._descriptor, data[written:])
        self._writes += 1
        if not self._writes % LOOK_EVERY:
            self._look_for_file()

    def _look_for_file(self) -> None:
        """Begin the trace anew if it was deleted: what is written to a deleted file is lost, and no write ever fails.

        Raises:
            Deleted: It was; the next record begins the new file.
        """
        if self._gone or self._descriptor is None or os.fstat(self._descriptor).st_nlink:
            return
        lost = self.writer.events
        try:
            descriptor = os.open(self.path, _FLAGS | os.O_EXCL, 0o600)
        except OSError:  # its folder went with it, or another file has its name
            self._gone = True
            self.warn("%s was deleted while it was written: nothing of this run is kept; training goes on", self.path)
            return
        os.close(self._descriptor)
        self._descriptor = descriptor
        os.write(descriptor, self.writer.begin_again())
        raise Deleted(lost)

    def _look_for_file_at_end(self) -> None:
        try:
            self._look_for_file()
        except Deleted as error:
            self.warn("%s: %s", self.path, error)
            self.writer.note(Note.GAP, {"count": error.events, "reason": str(error)}, time=self.now())


_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _create(path: Path, rank: int | None, overwrite: bool) -> tuple[Path, int | None]:
    if overwrite:
        target = _candidate(path, rank, 0)
        target.unlink(missing_ok=True)
        return target, os.open(target, _FLAGS | os.O_EXCL, 0o600)
    for target in _candidates(path, rank):
        try:
            return target, os.open(target, _FLAGS | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
    raise AssertionError("the numbers have no end")


def _candidates(path: Path, rank: int | None) -> Iterator[Path]:
    return (_candidate(path, rank, number) for number in itertools.count())


def _candidate(path: Path, rank: int | None, number: int) -> Path:
    stem = f"{path.stem}-{number}" if number else path.stem
    return path.with_name(stem + (f".rank{rank}" if rank is not None else "") + path.suffix)


def _leave_all_to_parent() -> None:
    for journal in list(_open_journals):
        journal.leave_to_parent()


def _note_exit() -> None:
    global _at_exit
    _at_exit = True
    _let_process_group_finish()


def _let_process_group_finish() -> None:
    """Let a thread of a process group give back its last tensor while it still can.

    It needs the interpreter's lock for that; if the interpreter has begun to end by then, the whole process is aborted
    ("terminate called without an active exception", torch 2.13 with gloo, seen without a recorder too). What a
    recording does at exit changes how likely that is, so it has to make up for it. The price: 50 ms at the exit of
    a process that did not call `destroy_process_group`.
    """
    distributed = sys.modules.get("torch.distributed")
    try:
        if distributed is not None and distributed.is_available() and distributed.is_initialized():
            time.sleep(PROCESS_GROUP_PAUSE)
    except Exception:  # a torch without it, or one that is half gone
        return


# weakref.finalize registers its own exit hook with its first use: by now, so that ours runs before it.
weakref.finalize(_note_exit, int).detach()
atexit.register(_note_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all_to_parent)
