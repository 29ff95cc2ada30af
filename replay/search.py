"""Finds events by a piece of text, over the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .trace import Trace


def matches(trace: Trace, text: str) -> NDArray[np.int64]:
    """Return the numbers of the events that a text is found in, sorted.

    Args:
        trace: The trace.
        text: Looked for, whatever its case, in event names, paths of changed values, causes of changes, keys
            of logs and metrics, and types of exceptions.
    """
    needle = text.casefold()
    columns = trace.columns
    names = [number for number, name in enumerate(columns.names) if needle in name.casefold()]
    parts: list[Any] = [np.flatnonzero(np.isin(columns.name, names))]
    for postings in (columns.changed, columns.caused, columns.keys):
        parts += [events for key, events in postings.items() if needle in key.casefold()]
    parts.append([error.index for error in trace.exceptions if needle in error.type.casefold()])
    return np.unique(np.concatenate([np.asarray(part, np.int64) for part in parts]))
