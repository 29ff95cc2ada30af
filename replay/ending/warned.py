"""The warnings of a run: how many, and which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.journal.records import Rare
from ..columns.columns import MESSAGE
from ..events.event import Message

if TYPE_CHECKING:
    from ..trace import Trace

MOST: Final = 500
"""Events with warnings whose warnings are read; of further ones only their number is known."""


NUMBER: Final = re.compile(r"[0-9]+")
"""Warnings that differ in numbers alone are the same."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Warnings with the same words, numbers aside, by the same cause: the first, the number of its event, how many."""

    first: Message
    index: int
    count: int


def warned(trace: Trace, places: Sequence[int] | None = None) -> tuple[list[Warned], int]:
    """Return the warnings of a trace, in the order of their first; and how many events with some were not looked at.

    Args:
        trace: The trace.
        places: Numbers of the events with warnings, ascending, where they are known already.
    """
    places = _places(trace) if places is None else places
    found: dict[tuple[str, str], Warned] = {}
    for index in places[:MOST]:
        for message in trace[index].messages:
            kind = (message.by, NUMBER.sub("0", message.text))
            known = found.get(kind)
            first, where, count = (known.first, known.index, known.count) if known else (message, index, 0)
            found[kind] = Warned(first, where, count + 1)
    return list(found.values()), max(0, len(places) - MOST)


def _places(trace: Trace) -> list[int]:
    """Return the numbers of the events with warnings, sorted: only blocks that have some are looked at closely."""
    columns, chunks, found = trace.columns, trace.columns.chunks, set[int]()
    for number, summary in enumerate(chunks.directory.blocks):
        chunk = chunks.chunk(number)
        if chunk is not None and any(Rare.MESSAGES in shape.rare for shape in chunk.shapes):
            numbers = summary.event + np.flatnonzero(columns.marks[summary.event : chunks.stop(number)] & MESSAGE)
            ended_here = (event for event, _ in summary.exits if 0 <= event < len(columns))
            found |= {*numbers.tolist(), *(event for event in ended_here if int(columns.marks[event]) & MESSAGE)}
    return sorted(found)
