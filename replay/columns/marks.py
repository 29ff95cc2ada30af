"""What is worth a sign before an event: the marks of the rows of a block, told by their templates."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...trace.framework import Framework
from ...trace.journal.records import Rare
from ...trace.names import Names
from ...trace.packed.block import PackedBlock
from ...trace.paths import LOGS
from ..rows.row_layout import Shape
from .nonfinite import are_nonfinite

CHANGED: Final = 1
EXCEPTION: Final = 2
NONFINITE: Final = 4
MESSAGE: Final = 8
GAP: Final = 16
FLIPPED: Final = 32
"""A flag was changed by somebody else than the framework itself."""
LOGGED: Final = 64
"""The event was given logs."""

PROBED: Final = 128
"""A probe looked at something there."""

_RARE: Final = {Rare.RAISED: EXCEPTION, Rare.MESSAGES: MESSAGE}


def row_marks(block: PackedBlock, shapes: list[Shape], names: Names, framework: Framework) -> NDArray[np.uint8]:
    """Return for each record the marks of what stands in it.

    Args:
        block: The block.
        shapes: Those of its templates.
        names: The trace's names.
        framework: What its framework calls things.

    Raises:
        BadRecord: The block is damaged.
    """
    marks = np.zeros(block.records, np.uint8)
    own = _numbers(names, framework.handler, framework.loop, *framework.behaviour.flow)
    flags = _numbers(names, *(flag.path for flag in framework.flags))
    logs = _numbers(names, LOGS.name)
    for number, shape in enumerate(shapes):
        positions = block.positions(number)
        marks[positions] |= CHANGED if shape.inside else 0
        marks[positions] |= sum(mark for key, mark in _RARE.items() if key in shape.rare)
        marks[positions] |= FLIPPED if _flips(shape, own, flags) else 0
        marks[positions] |= LOGGED if any(name in logs for name, _ in shape.inputs) else 0
        marks[positions] |= PROBED if shape.probes else 0
        marks[positions[are_nonfinite(block, number, shape)]] |= NONFINITE
    return marks


def _numbers(names: Names, *texts: str) -> set[int]:
    return set[int]().union(*map(names.numbers, texts))


def _flips(shape: Shape, own: set[int], flags: set[int]) -> bool:
    return any(cause not in own and path in flags for cause, path, _ in shape.writes_inside())
