"""Finds events by a condition, or by a piece of text, over the columns."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .columns.holding import holding
from .rows.as_shown import as_shown

if TYPE_CHECKING:
    from .trace import Trace


SIGNS: Final = ("=", "<", ">", "(", " in ", " is ")
"""Without one of these a text is no condition: ``control.should_save`` alone finds the events that change it."""


def matches(trace: Trace, text: str) -> NDArray[np.int64]:
    """Return the numbers of the events that a condition holds for, or that a text is found in, sorted.

    Args:
        trace: The trace.
        text: A condition (`condition.parse`); any other text is looked for, whatever its case, in event names,
            paths of changed values, causes of changes, keys of logs and metrics, and types of exceptions. A number
            is looked for among values, too, as a screen shows it: ``0.1769`` finds 0.17692 and 0.17686.
    """
    if any(sign in text for sign in SIGNS):
        from .condition import ConditionError, parse  # the language is a tenth of a browser's start

        with suppress(ConditionError):
            return np.fromiter(trace.matching(parse(text)), np.int64)
    needle = text.casefold()
    found = trace.columns.texts.matching(lambda key: needle in key.casefold())
    errors = [error.index for error in trace.exceptions if needle in error.type.casefold()]
    found = np.union1d(found, np.array(errors, np.int64)) if errors else found
    number = as_shown(text)
    return found if number is None else np.union1d(found, holding(trace.columns.chunks, number))


def fault(text: str) -> str:
    """Return in one line why a text that looks like a condition is none; empty for any other text.

    `matches` finds such a text as it would any other.
    """
    if any(sign in text for sign in SIGNS):
        from .condition import ConditionError, parse

        try:
            parse(text)
        except ConditionError as error:
            return str(error)
    return ""
