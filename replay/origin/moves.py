"""Moves of a cursor to where something comes from, and to what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .served import asked_for, serving

if TYPE_CHECKING:
    from ..cursor import Cursor


def to_writer(cursor: Cursor, path: str, *, forward: bool) -> bool:
    """Go to the event that changed a value last, before the one here, or that changes it next.

    Args:
        cursor: The cursor; it stays where there is none.
        path: The value, as `Trace.writes` takes it.
        forward: To the next one.

    Returns:
        Whether it moved.

    Raises:
        TooFar: There is none within the cursor's reach.
    """
    trace, here, reach = cursor.trace, cursor.index, _reach(cursor)
    found = (
        trace.next_write(path, after=here, reach=reach) if forward else trace.last_write(path, before=here, reach=reach)
    )
    return found is not None and cursor.jump(found.event)


def to_asker(cursor: Cursor, *, forward: bool) -> bool:
    """Go to the event that asked for the one here: that set the flag which is served here, or in this phase.

    Args:
        cursor: The cursor; it stays where nobody is known to have asked.
        forward: The other way: to the event that serves what was asked for here.

    Returns:
        Whether it moved.

    Raises:
        TooFar: It is not within the cursor's reach.
    """
    if forward:
        found = serving(cursor.trace, cursor.index)
        return bool(found) and cursor.jump(found[0])
    write = asked_for(cursor.trace, cursor.index, _reach(cursor))
    return write is not None and cursor.jump(write.event)


def _reach(cursor: Cursor) -> int | None:
    """Return how many events may be read; None where the cursor reaches all of them."""
    return cursor.reach if cursor.reach < len(cursor.trace) else None
