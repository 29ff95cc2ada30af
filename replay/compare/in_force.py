"""Logs and metrics in force at a place: of each key the latest value that an event was given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.errors import BadRecord
from ...trace.paths import SHAPED
from ...trace.values import Plain
from ..columns.selector import as_column

if TYPE_CHECKING:
    from ..trace import Trace

MOST_BLOCKS: Final = 64
"""Blocks that are looked at, back from the place: what was logged half a million events ago is in force no more."""


def in_force(trace: Trace, index: int, keys: Iterable[str] | None = None) -> dict[str, Plain]:
    """Return the latest value of each key of logs and metrics that an event up to one was given, by path.

    Args:
        trace: The trace.
        index: Number of the event.
        keys: Paths that are wanted, ``logs.loss``; None: all.

    Returns:
        The values after all callbacks, in the order of their paths.
    """
    found: dict[str, Plain] = {}
    for number, columns in enumerate(trace.query(index, reverse=True)):
        if number == MOST_BLOCKS:
            break
        try:
            paths = [path for path in columns.paths() if path.partition(".")[0] in SHAPED]
            for path in paths:
                if path not in found and (keys is None or path in keys):
                    values = columns.value(as_column(path), True)
                    places = np.flatnonzero(values.present[: index - columns.first + 1])
                    if len(places):
                        found[path] = values.plain(places[-1:])[0]
        except BadRecord:  # which is reported when an event of that block is asked for
            continue
    return dict(sorted(found.items()))
