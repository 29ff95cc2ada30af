"""What the columns of a chunk need of the rest of its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...trace.values import Plain
from ..events.event import Change, Event
from .chunks import Chunks


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the columns of a chunk need of the rest of its trace.

    Attributes:
        chunks: All chunks, whose `names` and `threads` one of them counts.
        event: Returns an event by its number: asked for the few that columns can't tell all of, as those that end in
            another block than they begin in.
        changes_before: Returns what changed between an event and the record before it, by the event's number.
        args: Training arguments of the run's header: the trace holds only what differs from them.
        exceptions: Numbers of events, and type of the exception that came with or after each.
        view: Returns for a reference to the log history the history, and any other value as it is.
    """

    chunks: Chunks
    event: Callable[[int], Event]
    changes_before: Callable[[int], Iterable[Change]]
    args: Mapping[str, Plain]
    exceptions: Sequence[tuple[int, str]]
    view: Callable[[Plain], Plain]
