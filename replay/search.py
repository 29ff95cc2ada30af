"""Finds events by a piece of text, over the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    found = trace.columns.texts.matching(lambda key: needle in key.casefold())
    errors = [error.index for error in trace.exceptions if needle in error.type.casefold()]
    return np.union1d(found, np.array(errors, np.int64)) if errors else found
