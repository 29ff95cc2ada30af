"""Packs a trace in a process of its own, after the recording process has gone on or ended."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import TraceError
from .pack import pack_trace

NICENESS: Final = 10
"""How far the process steps back behind others."""

_START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from tracetui.trace.jobs.background import main; main(sys.argv[1])"
)

_DETACH: Final = '"$0" "$@" >/dev/null 2>&1 </dev/null &'
"""The shell starts the packer and ends at once. So the packer is no child of this process: an `os.wait()` of the
user's does not see it."""


def pack_later(path: Path, leave_out: tuple[str, ...] = ()) -> None:
    """Start to pack a trace, and return in some milliseconds.

    The process has the module path of this one. Its failures are silent: the trace then stays a journal.

    Args:
        path: The trace.
        leave_out: Environment variables that are not passed on.

    Raises:
        OSError: The process could not be started.
    """
    python = sys.executable
    if os.name != "posix" or not python:
        return
    command = [python, "-c", _START, os.path.abspath(path), *(place for place in sys.path if place)]
    environment = {name: value for name, value in os.environ.items() if name not in leave_out}
    # What is run is this Python, with this path for its only argument: nothing of a file's or a user's text.
    subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", _DETACH, *command],
        env=environment,
        start_new_session=True,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a shell in a folder that was deleted complains
    )


def main(path: str) -> None:
    """Pack a trace; say nothing."""
    os.nice(NICENESS)
    with suppress(OSError, TraceError):
        pack_trace(path)
