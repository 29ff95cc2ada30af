"""Which event serves a flag, and which change asked for an event: the two ends of one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.framework import Flag
from ..columns.change_list import Write

if TYPE_CHECKING:
    from ..trace import Trace

WINDOW: Final = 256
"""Events of the first look ahead; each further one takes four times as many."""

MOST_AHEAD: Final = 1 << 16
"""Events after its begin among which a request is served, or is not known to be."""


def served(trace: Trace, flag: Flag, request: Write) -> int | None:
    """Return the number of the event at which was done what a change of a flag asked for; None if none is known.

    Args:
        trace: The trace.
        flag: The flag.
        request: The change that turned it on.
    """
    columns = trace.columns
    if not flag.served or flag.served not in columns.names:
        return None
    bit, name = trace.framework.flags.index(flag), columns.names.index(flag.served)
    apart = trace.framework.around(flag.not_in)
    start = request.event + (1 if request.inside else 0)
    last, window = min(len(trace), start + MOST_AHEAD), WINDOW
    while start < last:
        stop = min(last, start + window)
        tells = columns.name[start:stop] == name
        if apart:
            tells &= columns.phases[start:stop] & apart == 0
        off = np.flatnonzero(columns.flags[start:stop] >> bit & 1 == 0)
        found = np.flatnonzero(tells)
        if len(off) or len(found):
            return start + int(found[0]) if len(found) and (not len(off) or found[0] <= off[0]) else None
        start, window = stop, window * 4
    return None


def serving(trace: Trace, index: int) -> list[int]:
    """Return the numbers of the events that serve what was asked for at an event, ascending."""
    latest = {change.path: change for change in trace[index].changes}
    found = set()
    for flag in trace.framework.flags:
        change = latest.get(flag.path)
        if change is not None and change.new is True:
            write = Write(change.path, change.old, change.new, change.by, change.inside, index)
            done = served(trace, flag, write)
            found |= {done} if done is not None and done > index else set()
    return sorted(found)


def asked_for(trace: Trace, index: int, reach: int | None = None) -> Write | None:
    """Return who asked for an event: the change of the flag that it serves, or that the end of its phase serves.

    So a prediction step leads to who asked for the evaluation that it is a part of.

    Args:
        trace: The trace.
        index: Number of the event.
        reach: About how many events may be read; None: all there are.

    Returns:
        The change that turned the flag on; None if nobody asked, or that is not known.

    Raises:
        TooFar: It is not within reach.
    """
    name, flags = trace.columns.name_of(index), trace.framework.flags
    for flag in (flag for flag in flags if flag.served == name):
        found = _request(trace, flag, index, reach)
        if found is not None and served(trace, flag, found) == index:
            return found
    on, around = int(trace.columns.flags[index]), int(trace.columns.phases[index])
    ends = [set(phase.ends) for place, phase in enumerate(trace.framework.phases) if around >> place & 1]
    for bit, flag in enumerate(flags):
        if ends and on >> bit & 1 and flag.served in ends[-1]:
            return _request(trace, flag, index, reach)
    return None


def _request(trace: Trace, flag: Flag, index: int, reach: int | None) -> Write | None:
    """Return the latest change that turned a flag on before an event, or between that and the one before it."""
    for write in trace.writes(flag.path, start=index, reverse=True, reach=reach):
        if write.new is True and (write.event < index or not write.inside):
            return write
    return None
