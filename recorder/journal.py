"""A recording's journal: the file that it is appended to, its begin, its end, and what becomes of it in a fork."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..trace.jobs.background import pack_later
from ..trace.journal.records import Note
from ..trace.journal.writer import TraceWriter
from ..trace.limits import BLOCK_EVENTS, PACKED_SEGMENTS
from ..trace.values import Plain
from .clock import Clock
from .environment import VARIABLE
from .file import leftovers
from .file.places import create, first_choice
from .file.trace_file import Changed, TraceFile
from .interruptions import interrupts
from .turn import Turn

logger = logging.getLogger("tracetui.recorder")

_open_journals: weakref.WeakSet[Journal] = weakref.WeakSet()
_at_exit = False

AT_EXIT: Final = "process exit"
COLLECTED: Final = "recorder deleted"
"""Reasons of an end that the user did not ask for."""

MAX_FILES: Final = 8
"""Files that one recording begins, each because the one before it was deleted or replaced."""

PACK_EVENTS: Final = BLOCK_EVENTS * PACKED_SEGMENTS
"""Events from which on a trace is packed: a shorter one is small, and opens at once, as it is."""

PROCESS_GROUP_PAUSE: Final = 0.05
"""Seconds."""


class Journal:
    """One trace being written.

    Args:
        path: Wanted name, absolute. When it is taken, the next free ``name-1.mpk`` is used.
        run: The run's header. It is kept: a file that is begun later has it as it is then.
        rank: Rank of this process, which becomes part of the name; None where there is only one.
        overwrite: Replace a file of that name.
        pack: Have it packed when it has ended, if it is long enough.
        paths: Gets the name of each file that is begun.

    Attributes:
        id: Of the trace, 16 random bytes.
        created: Seconds since 1970 at the start of the recording.
        writer: Appends the records.
        clock: Tells the time since the start of the recording.
        closed: Nothing can be written any more: it has ended, or this is a forked process.
        last_words: Called before the END record is written.
        turn: Whose turn it is to write; None as long as there is but one who could.
        warned: The user knows that something is missing; one warning is enough.

    Raises:
        OSError: No file could be created.
    """

    def __init__(
        self,
        path: Path,
        run: dict[str, Plain],
        *,
        rank: int | None,
        overwrite: bool,
        pack: bool,
        paths: list[Path] | None = None,
    ) -> None:
        """Create the file, readable by its owner alone, and write the header."""
        chosen = first_choice(path, rank)
        chosen.parent.mkdir(parents=True, exist_ok=True)
        self._wanted = path, rank
        self._run = run
        self._paths = [] if paths is None else paths
        self._pack = pack
        self.closed = self._forked = False
        self._files = 1
        self._lost = 0  # events in files before this one that nothing was told of
        self.last_words: Callable[[], object] = lambda: None
        self.turn: Turn | None = None
        self.warned = False
        self.id = os.urandom(16)
        self.clock, self.created = Clock(), time.time()
        made: Path | None = None
        try:
            made, descriptor = create(path, rank, overwrite=overwrite)
            self.file = TraceFile(made, descriptor, self._renew)
            if made != chosen:
                logger.warning("%s exists: recording to %s instead", chosen, made)
            self.writer = TraceWriter(self.file.write, self.id, self.created, run)
            self._paths.append(made)
            _open_journals.add(self)
        except BaseException:
            if made is not None:  # a file without its header is no trace
                made.unlink(missing_ok=True)
            raise

    @property
    def path(self) -> Path:
        """The name that is really used."""
        return self.file.path

    @property
    def place(self) -> dict[str, Plain]:
        """The trace's id, and its file's name."""
        return {"trace": self.id.hex(), "file": self.path.name}

    @property
    def size(self) -> int:
        """Bytes of this file that were handed over whole."""
        return self.file.size

    def write(self, data: bytes) -> None:
        """Append whole records; see `TraceFile.write`."""
        self.file.write(data)

    def note(self, kind: int, fields: dict[str, Plain], *, time: int) -> None:
        """Write a note, which may stand between two events, or at the end: wherever an exception was before it.

        What the writer does not count, since that came between writing and counting, is cut off first.

        Args:
            kind, fields, time: As `TraceWriter.note` takes them.
        """
        if self.file.size > self.writer.size:
            self.writer.restart_block()
            self.cut(self.writer.size)
        self.writer.note(kind, fields, time=time)

    def cut(self, size: int) -> None:
        """Bring the file back to its first `size` bytes; see `TraceFile.cut`."""
        self.file.cut(size)

    def end(self, reason: str | None = None) -> None:
        """Write the END record and close the file; does nothing the second time.

        Args:
            reason: Why; None: the process ends, or the recorder was deleted with its Trainer.
        """
        taken = not self.closed and self.turn is not None and self.turn.take()  # not in another thread's event
        try:
            if not self.closed:
                self._end(reason or (AT_EXIT if _at_exit else COLLECTED))
        finally:
            if taken and self.turn is not None:
                self.turn.give()

    def _end(self, reason: str) -> None:
        try:
            self._look_for_the_last_time()
            self.last_words()
            self.note(Note.END, {"reason": reason, "events": self.writer.events}, time=self.clock.now())
            self._have_packed()
        except BaseException as error:  # a full disk must not turn the end of a training run into an error
            if interrupts(error):  # whoever ended the recording may do so again, and the exit of the process does
                self.writer.restart_block()
                self.cut(self.writer.size)
                raise
            self.warn("%s could not be ended cleanly: %s", self.path, error)
        self.closed = True
        self.file.close()
        if self.writer.events == 1 and reason in (AT_EXIT, COLLECTED):
            leftovers.leave(self.path, at_exit=_at_exit)

    def _have_packed(self) -> None:
        """Start to pack the trace: it has ended, and what is still to be done here is to close it."""
        if self._pack and self.writer.events >= PACK_EVENTS and self.file.is_in_place():
            try:
                pack_later(self.path, leave_out=(VARIABLE,))  # a process that packs records nothing
            except OSError as error:
                logger.warning("%s is whole, but stays unpacked (%s): `tracetui pack` does it", self.path, error)

    def warn(self, text: str, *values: object) -> None:
        """Log a warning, if it is the first."""
        if not self.warned:
            self.warned = True
            logger.warning(text, *values)

    def leave_to_parent(self) -> None:
        """Close the descriptor in a forked process without a word, here or in the file: it is the parent's."""
        self._forked = self._forked or not self.closed
        self.closed = self.warned = True
        self.file.close()

    def train_on(self) -> bool:
        """A training begins: in a forked process it gets a file of its own, since the trace is the parent's.

        Returns:
            Whether a file was begun: then what is known of the run's values is that of the moment of the fork.

        Raises:
            OSError: There can be none.
        """
        if not self._forked:
            return False
        before = self.path
        self._run["pid"] = os.getpid()
        self._begin_file()
        self._forked = False
        self._lost = 0  # they are the parent's
        self.closed = self.warned = False
        logger.warning(
            "%s is the trace of the process that this one was forked from: recording to %s", before, self.path
        )
        return True

    def _renew(self, why: str, is_empty: bool) -> None:
        """Begin the trace anew, where the file is empty again or in a file of the next free name.

        Raises:
            Changed: What happened, and how many events it costs.
            OSError: No file can be begun.
        """
        if self.closed:
            raise OSError(f"{self.path} is closed")
        if is_empty:
            self.file.restart()
            self._write_header()
        else:
            self.file.close()
            self._begin_next(why)
        self.warned = False  # what the user knows is about another file
        lost, self._lost = self._lost, 0
        raise Changed(f"{why}, with the {lost:,} events in it", lost)

    def _begin_next(self, why: str) -> None:
        if self._files == MAX_FILES:
            raise OSError(f"{why}, as were {MAX_FILES - 1} others before: nothing more is recorded")
        try:
            self._begin_file()
        except OSError as error:
            raise OSError(f"{why}, and there can be no other ({error.strerror or error})") from error
        self._files += 1

    def _begin_file(self) -> None:
        known = self._run.get("origin")
        if isinstance(known, dict):
            self._run["origin"] = {**known, "how": "next", **self.place, "pid": os.getpid()}
        path, descriptor = create(*self._wanted)
        self.file.reopen(path, descriptor)
        try:
            self._write_header()
        except OSError:  # the disk is full: the next attempt must not find one empty file more
            path.unlink(missing_ok=True)
            self.file.close()
            raise
        if self._paths[-1:] != [path]:
            self._paths.append(path)

    def _write_header(self) -> None:
        self._lost += self.writer.events
        self.id = os.urandom(16)
        self.file.write(self.writer.begin_again(self.id, self.created, self._run))

    def _look_for_the_last_time(self) -> None:
        try:
            self.file.check()
        except Changed as error:
            self.warn("%s; %s says so, too", error, self.path)
            self.note(Note.GAP, {"count": error.events, "reason": str(error)}, time=self.clock.now())


def _leave_all_to_parent() -> None:
    leftovers.forget()
    for journal in list(_open_journals):
        journal.leave_to_parent()


def _note_exit() -> None:
    global _at_exit
    _at_exit = True
    leftovers.remove_all()
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
    except Exception as error:  # a torch without it, or one that is half gone
        if interrupts(error):
            raise
        return


# weakref.finalize registers its own exit hook with its first use: by now, so that ours runs before it.
weakref.finalize(_note_exit, int).detach()
atexit.register(_note_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all_to_parent)
