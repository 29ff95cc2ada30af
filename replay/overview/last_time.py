"""Where somebody was when they looked at a trace the last time, as facts of its overview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..kept.kept import Kept
from ..text.safe import visible
from .fact import NOTABLE, Fact

if TYPE_CHECKING:
    from ..trace import Trace

MOST: Final = 3
"""Bookmarks that are told."""


def last_time(trace: Trace, kept: Kept) -> tuple[Fact, ...]:
    """Return where one was last, and the first bookmarks; nothing if nothing was kept."""
    return tuple(_facts(trace, kept))


def _facts(trace: Trace, kept: Kept) -> Iterator[Fact]:
    place = kept.place
    if place is not None and place < len(trace):
        name = visible(trace.columns.name_of(place))
        yield Fact(f"where you were last, {name}", place, int(trace.columns.step[place]), "↩", NOTABLE)
    known = [mark for mark in kept.bookmarks if mark.event < len(trace)]
    for mark in known[:MOST]:
        more = len(known) - MOST if mark is known[:MOST][-1] else 0
        aside = (f"and {more:,} more: B",) if more > 0 else ()
        text = f"bookmark: {visible(mark.note)}" if mark.note else "bookmark"
        yield Fact(text, mark.event, int(trace.columns.step[mark.event]), "⚑", aside=aside)
