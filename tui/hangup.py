"""Tells whether the terminal has gone away, where no signal did: nobody can reach a browser without one any more.

Textual's thread of the keyboard then reads nothing, again and again, and takes a core (`linux_driver.py`, 8.2.8).
"""

from __future__ import annotations

import select
import sys
from typing import Final

EVERY: Final = 2.0
"""Seconds between two looks, which take some microseconds."""


def is_gone() -> bool:
    """Tell whether the other end of the keyboard is closed."""
    try:
        keyboard = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
    except (OSError, ValueError):
        return True
    if keyboard < 0 or not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(keyboard, 0)  # a hang-up is told without being asked for
    return bool(poll.poll(0))
