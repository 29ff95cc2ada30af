"""Finds events by a piece of text, over the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

WINDOW: Final = 1 << 16
"""Events looked at at once."""

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
    parts: list[Any] = [_named(trace, names)] if names else []
    for postings in (columns.changed, columns.caused, columns.keys):
        parts.append(postings.matching(lambda key: needle in key.casefold()))
    parts.append([error.index for error in trace.exceptions if needle in error.type.casefold()])
    return np.unique(np.concatenate([np.asarray(part, np.int64) for part in parts]))


def _named(trace: Trace, names: list[int]) -> NDArray[np.int64]:
    column = trace.columns.name
    starts = range(0, max(len(column), 1), WINDOW)
    return np.concatenate([start + np.flatnonzero(np.isin(column[start : start + WINDOW], names)) for start in starts])
