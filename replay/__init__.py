"""The debugger's mind: trace -> events, cursor, search. Knows no framework, and no textual."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trace import Trace as Trace

__all__ = ["Trace"]


def __getattr__(name: str) -> object:
    """Import `Trace` on first use: the terminal-safety functions alone need no numpy."""
    if name != "Trace":
        raise AttributeError(name)
    from .trace import Trace

    return Trace
