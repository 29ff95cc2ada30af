"""A process on a terminal of its own: how long it runs, and how long after a key its screen is painted."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil

QUIET = 0.05
"""Seconds without output after which the screen is taken for painted; they are not counted."""

PAUSE = 0.12
"""Seconds between two keys of somebody who types fast."""

SIZE = (60, 200)
"""Rows and columns."""

OWN = frozenset({"COLUMNS", "LINES", "COLORTERM", "NO_COLOR", "FORCE_COLOR"})
"""Variables that say what a terminal is like."""


class Terminal:
    """Runs one of this folder's scripts.

    Args:
        command: The script's name and its arguments.
        size: Rows and columns.

    Attributes:
        sent: Bytes that it has painted so far.
    """

    def __init__(self, *command: str, size: tuple[int, int] = SIZE) -> None:
        """Start it."""
        self.sent = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        script, *arguments = command
        # The size is that of this terminal, and so are its colors, whatever the caller's own say.
        inherited = {name: value for name, value in os.environ.items() if name not in OWN}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(script)), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"},
            start_new_session=True,
        )
        os.close(slave)

    def run(self) -> float:
        """Read all its output; return the seconds from its start to its end."""
        begin = time.perf_counter()
        while self._read(60.0):
            pass
        self._process.wait()
        took = time.perf_counter() - begin
        os.close(self._master)
        return took

    def settle(self, quiet: float) -> None:
        """Wait until nothing has been painted for so many seconds."""
        while self._read(quiet):
            pass

    def press(self, keys: str, quiet: float = QUIET) -> float:
        """Press keys; return the seconds until what they change is painted, and nothing more for `quiet` seconds."""
        begin = last = time.perf_counter()
        os.write(self._master, keys.encode())
        patience = 10.0
        while self._read(patience):
            last, patience = time.perf_counter(), quiet
        return last - begin

    def type(self, key: str) -> float:
        """Press a key a moment after the one before; return the seconds until it is painted."""
        due = time.perf_counter() + PAUSE
        while (left := due - time.perf_counter()) > 0:
            self._read(left)
        begin = time.perf_counter()
        os.write(self._master, key.encode())
        self._read(10.0)
        return time.perf_counter() - begin

    def until(self, key: str, text: str) -> float:
        """Press a key; return the seconds until a text is painted."""
        begin = time.perf_counter()
        os.write(self._master, key.encode())
        seen = b""
        while text.encode() not in seen and select.select([self._master], [], [], 10.0)[0]:
            seen += os.read(self._master, 1 << 16)
        return time.perf_counter() - begin

    def memory(self) -> int:
        """Return its resident memory, in bytes."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def close(self) -> None:
        """Quit it."""
        os.write(self._master, b"q")
        self.run()

    def _read(self, patience: float) -> bool:
        """Take what was painted; False if nothing came for so many seconds, or the process has ended."""
        ready, _, _ = select.select([self._master], [], [], patience)
        try:
            painted = os.read(self._master, 1 << 16) if ready else b""
        except OSError:  # how Linux says that the other side is closed
            return False
        self.sent += len(painted)
        return bool(painted)
