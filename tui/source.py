"""What the app is given: traces that are to be opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..replay.trace import Trace
from ..trace.reading.reader import Progress


@dataclass(frozen=True, slots=True)
class Source:
    """A trace that is to be opened.

    Attributes:
        name: What the user calls it.
        load: Reads it; raises OSError or TraceError.
        index: Event to begin at; negative from the end; None: at the overview.
        follow: Wait for it if it is not there yet, and read on as the run goes on.
    """

    name: str
    load: Callable[[Progress], Trace]
    index: int | None = None
    follow: bool = False
