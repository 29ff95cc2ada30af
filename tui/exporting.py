"""Writes the events that are listed into a file, beside the keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..replay.text.safe import visible
from ..replay.trace import Trace
from .background import Background


class Exporting:
    """One file at a time; another one ends it.

    Args:
        trace: The trace.
        background: Does what takes long.
        say: Takes what the user is told, safe for a terminal.

    Attributes:
        listed: Numbers of the events that are listed; None: all.
    """

    def __init__(self, trace: Trace, background: Background, say: Callable[[str], None]) -> None:
        self.listed: NDArray[np.int64] | None = None
        self._trace = trace
        self._background = background
        self._say = say

    def begin(self, file: str) -> str:
        """Begin to write; return what is wrong with the name, empty if nothing is."""
        if not file:
            return "a name of a file is missing, as in: e events.jsonl"
        path = os.path.expanduser(file)
        if os.path.lexists(path):
            return f"{visible(file)} is there already"
        numbers = range(len(self._trace)) if self.listed is None else self.listed.tolist()
        self._say(f"writing {len(numbers):,} events into {visible(file)} …")
        self._background.run("export", partial(_write, numbers=numbers, path=path), self._say)
        return ""


def _write(trace: Trace, numbers: Sequence[int], path: str) -> str:
    from ..export.events_file import write_events

    try:
        return f"{write_events(trace, numbers, path):,} events are in {visible(path)}"
    except OSError as error:
        return visible(f"{path}: {error.strerror or error}")
