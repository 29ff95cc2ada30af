"""Signs: what somebody looks for in a run, a bit each, so that all of it fits one line of a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..trace.framework import EPOCH, EVALUATION, SAVE, STOP, Framework
from .columns import columns as marks

if TYPE_CHECKING:
    from .trace import Trace

FAILED: Final = 1
"""An exception."""
MISSING: Final = 2
"""Something before it was not recorded, or it can't be read."""
NONFINITE: Final = 4
"""A NaN or an infinity has come."""
WARNED: Final = 8
"""A warning was logged."""
STOPPED: Final = 16
"""The flag that ends the training was set."""
SAVED: Final = 32
EVALUATED: Final = 64
BEGUN: Final = 128
"""An epoch begins."""

TROUBLE: Final = FAILED | MISSING | NONFINITE
"""What is wrong."""

_OF_MARKS: Final = (
    (marks.EXCEPTION, FAILED),
    (marks.GAP, MISSING),
    (marks.NONFINITE, NONFINITE),
    (marks.MESSAGE, WARNED),
)


def signs(trace: Trace, start: int = 0, stop: int | None = None) -> NDArray[np.uint8]:
    """Return for each event the sum of its signs, zero for most.

    Args:
        trace: The trace; a million events take about half a second.
        start, stop: Which events; all of them.
    """
    columns, framework = trace.columns, trace.framework
    stop = len(trace) if stop is None else stop
    found = _table(_OF_MARKS)[columns.marks[start:stop]]
    found |= np.array([_of_name(name, framework) for name in columns.names], np.uint8)[columns.name[start:stop]]
    flags = columns.flags[start:stop]
    before = np.concatenate([columns.flags[start - 1 : start] if start else np.zeros(1, np.uint8), flags[:-1]])
    found |= _table(_of_flags(framework))[flags & ~before]
    return found


def _table(pairs: tuple[tuple[int, int], ...]) -> NDArray[np.uint8]:
    """Return for each sum of bits that of the bits which stand for them."""
    sums = np.arange(256)
    found = np.zeros(256, np.uint8)
    for bit, sign in pairs:
        found |= np.where(sums & bit, np.uint8(sign), np.uint8(0))
    return found


def _of_name(name: str, framework: Framework) -> int:
    epoch = framework.phase(EPOCH)
    ended = name in framework.ended_by or any(
        name in phase.ends for phase in framework.phases if phase.kind == EVALUATION
    )
    return (
        (SAVED if name == framework.saving.event else 0)
        | (EVALUATED if ended else 0)
        | (BEGUN if epoch is not None and name == epoch.begin else 0)
    )


def _of_flags(framework: Framework) -> tuple[tuple[int, int], ...]:
    """Return the signs of flags that rise; that of a save only where no event tells of it."""
    signs_of = {STOP: STOPPED, **({} if framework.saving.event else {SAVE: SAVED})}
    return tuple((1 << bit, signs_of[flag.role]) for bit, flag in enumerate(framework.flags) if flag.role in signs_of)
