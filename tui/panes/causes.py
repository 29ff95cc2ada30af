"""Who changed something, and where the code of it stands."""

from __future__ import annotations

from ...replay.origin.place import place_of
from .look import Look
from .rows import Span, span


def place(look: Look, by: str) -> str:
    """Return file and line of a cause's hook for the event, without folders; empty where the trace does not tell."""
    return place_of(look.trace, by, look.event.name)


def cause(look: Look, by: str, *, several: bool = False) -> Span:
    """Return a cause; of the handler it is said that nobody asked for it."""
    if by == look.trace.framework.handler:
        return span(f"{by}, its own reset{'s' if several else ''}", "cause")
    return span(by, "cause")
