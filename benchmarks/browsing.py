"""The browser on a large trace: its first screen, its keys, its memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from terminal import Terminal

ROUNDS = 7
KEYS = "jjjkjjjsjjSjjGkkkgjjjpjjPlhjnjN" + "\x06\x06\x02"
"""Keys that move: by events, steps, epochs, phases, names, pages, to both ends."""
TIMES = 8
LONG = 0.45
"""Seconds without output after which even a search is done; the cursor of the search line blinks every 0.5."""


@dataclass(frozen=True)
class Browsing:
    """What the browser takes.

    Attributes:
        first: Seconds of a process that opens the trace, paints its first screen and ends.
        empty: Seconds of one that paints an empty Textual app and ends.
        keys: Seconds from a key to the painted screen, for each of many.
        search: Seconds from the first letter of a search to the painted screen: it reads the whole trace.
        letter: Seconds from a further letter to the painted screen.
        trouble: Seconds from the key for the next trouble to the painted screen.
        memory: Resident bytes at the end.
    """

    first: float
    empty: float
    keys: list[float]
    search: float
    letter: float
    trouble: float
    memory: int

    @property
    def key(self) -> tuple[float, float]:
        """Median, and 99th percentile, of `keys`."""
        return median(self.keys), quantiles(self.keys, n=100, method="inclusive")[98]


def browse(path: Path) -> Browsing:
    """Open a trace in the browser, and use it."""
    empty, first = [], []
    for _ in range(ROUNDS):
        empty.append(Terminal("screens.py", "empty").run())
        first.append(Terminal("screens.py", "first", str(path)).run())
    terminal = Terminal("screens.py", "open", str(path))
    terminal.settle(3.0)
    keys = [terminal.press(key) for _ in range(TIMES) for key in KEYS]
    terminal.press("g")
    trouble = terminal.press("e", LONG)
    terminal.press("g")
    terminal.press("/")
    search = terminal.press("o", LONG)  # the letter itself is painted before what it finds
    letter = terminal.press("n")
    for key in ("_", "l", "o", "g", "\r", *"nnnNnnGgjjj"):
        terminal.press(key)
    memory = terminal.memory()
    terminal.close()
    return Browsing(median(first), median(empty), keys, search, letter, trouble, memory)
