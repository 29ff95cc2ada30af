"""The browser on a large trace: its first screen, its keys, its memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from reading import spread
from terminal import Terminal

ROUNDS = 7
KEYS = "jjjkjjjsjjSjjGkkkgjjjpjjPlhjnjN" + "\x04\x04\x15"
"""Keys that move: by events, steps, epochs, phases, names, pages, to both ends."""
SOUGHT = "event == 'on_log' and logs.loss > 2"
"""What is typed into the search: from the sixth letter on each is a condition, or none yet."""
TIMES = 8
SMALL = (40, 120)
"""Rows and columns of the terminal in which bytes are counted."""
STEPS = 40
"""Presses of `j` there."""
LONG = 0.45
"""Seconds without output after which even what is done beside the keys is done, and Escape is a key of its own."""


@dataclass(frozen=True)
class Browsing:
    """What the browser takes.

    Attributes:
        first: Seconds of a process that opens the trace, paints its first screen and ends.
        empty: Seconds of one that paints an empty Textual app and ends.
        known: Seconds from the start of one until its title counts trouble: then all events have been looked at.
        keys: Seconds from a key to the painted screen, for each of many.
        search: Seconds from the first letter of a search to what it finds: it reads the whole trace.
        letters: Seconds from a letter to its painting while the trace is searched for those before it, of many.
        trouble: Seconds from the key for the next trouble to the event that it leads to.
        memory: Resident bytes at the end.
        sent: Bytes that are sent to a terminal for `j`, of many.
    """

    first: float
    empty: float
    known: float
    keys: list[float]
    search: float
    letters: list[float]
    trouble: float
    memory: int
    sent: list[int]

    @property
    def key(self) -> tuple[float, float]:
        """Median, and 99th percentile, of `keys`."""
        return spread(self.keys)

    @property
    def letter(self) -> tuple[float, float]:
        """Median, and 99th percentile, of `letters`."""
        return spread(self.letters)


def browse(path: Path) -> Browsing:
    """Open a trace in the browser, and use it."""
    empty, first = [], []
    for _ in range(ROUNDS):
        empty.append(Terminal("screens.py", "empty").run())
        first.append(Terminal("screens.py", "first", str(path)).run())
    terminal = Terminal("screens.py", "open", str(path))
    known = terminal.until("", " trouble ")
    terminal.settle(3.0)
    keys = [terminal.press(key) for _ in range(TIMES) for key in KEYS]
    terminal.press("g")
    trouble = terminal.press("e", LONG)
    terminal.press("g")
    terminal.press("/")
    search = terminal.until("o", " found")
    letters = []
    for _ in range(TIMES):
        terminal.press("\x1b", LONG)  # and no key soon after it: the two would be one, with Alt
        terminal.press("/")
        letters += [terminal.type(letter) for letter in SOUGHT]
    terminal.press("\x1b", LONG)
    for key in ("/", *"on_log", "\r", *"nnnNnnGgjjj"):
        terminal.press(key)
    memory = terminal.memory()
    terminal.close()
    return Browsing(median(first), median(empty), known, keys, search, letters, trouble, memory, sent(path))


def sent(path: Path, presses: int = STEPS) -> list[int]:
    """Open a trace in a small terminal; return the bytes that are sent to it for each of some presses of `j`."""
    terminal = Terminal("screens.py", "open", str(path), size=SMALL)
    terminal.settle(3.0)
    counted = [terminal.sent]
    for _ in range(presses):
        terminal.press("j", LONG)  # what comes late belongs to this key, not to the next
        counted.append(terminal.sent)
    terminal.close()
    return [after - before for before, after in pairwise(counted)]
