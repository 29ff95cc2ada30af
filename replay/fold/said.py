"""What is said of a line: of an event what happened there, of a fold what happened in it, with who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ..columns.columns import LOGGED
from ..text.what import Said, what
from .folds import Folds
from .view import Line

if TYPE_CHECKING:
    from ..trace import Trace

LOOKED_AT: Final = 1 << 10
"""Events of a fold in which it is looked for who changed flags, and for the last logs: the last of them."""

FLIPS: Final = 4
"""Events of which it is said who changed flags."""

VALUES: Final = 2
"""Values of the last logs of a fold that are shown."""


def said(trace: Trace, folds: Folds | None, line: Line) -> list[Said]:
    """Return what happened in a line, the gravest first; a few events at most are rebuilt for it.

    Args:
        trace: The trace.
        folds: Its folds; None: they are not known, and the line is an event.
        line: The line.
    """
    if not line.is_fold or folds is None:
        return what(trace[line.start], trace.framework) if has_much(trace, line.start) else []
    start = max(line.start, line.stop - LOOKED_AT)
    marks = trace.columns.marks[start : line.stop]
    told = folds.told(line)
    flags = _flags(trace, folds, line) if line.stop - line.start <= LOOKED_AT else []
    if flags:
        place = next((place for place, one in enumerate(told) if one.kind != "error"), len(told))
        told = [one for one in told if one.kind != "flag"]
        told[place:place] = flags
    logged = np.flatnonzero(marks & LOGGED)
    return told + _values(trace, start + int(logged[-1])) if len(logged) else told


def has_much(trace: Trace, index: int) -> bool:
    """Tell whether there may be something to say of an event: those of every step need not be rebuilt."""
    columns, framework = trace.columns, trace.framework
    telling = columns.name_of(index) in (framework.saving.event, *framework.ended_by)
    return bool(columns.marks[index]) or telling


def _flags(trace: Trace, folds: Folds, line: Line) -> list[Said]:
    """Tell who changed flags in a fold, if that is said in few words."""
    events = folds.flips(trace.columns, line)
    if len(events) > FLIPS:
        return []
    texts: dict[str, Said] = {}
    own = {trace.framework.loop, trace.framework.handler, *trace.framework.behaviour.flow}
    for index in events.tolist():
        texts |= {
            one.text: one for one in what(trace[index], trace.framework) if one.kind == "flag" and one.by not in own
        }
    return list(texts.values())


def _values(trace: Trace, index: int) -> list[Said]:
    return [one for one in what(trace[index], trace.framework) if one.kind == "value"][:VALUES]
