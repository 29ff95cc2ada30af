"""Which rows hold a number that is NaN or infinite: in a change, in an input, or in what a probe returned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...trace.packed.block import PackedBlock
from ...trace.packed.skeleton import INT
from ...trace.values import Shortened
from ..rows.row_layout import Shape
from ..rows.writes import values_of


def are_nonfinite(block: PackedBlock, template: int, shape: Shape) -> NDArray[np.bool_]:
    """Return for each row of a template whether something in it became NaN or infinite, or a probe raised.

    Args:
        block: The block.
        template: Number of the template.
        shape: What the template says.

    Raises:
        BadRecord: The block is damaged.
    """
    found = np.zeros(int(block.counts[template]), np.bool_)
    if not shape.is_event and not shape.is_exit:
        return found
    given = [*shape.between, *shape.inputs, *shape.probes] if shape.is_event else shape.inputs
    found |= shape.is_event and shape.probe_raised
    for _, part in [*given, *(pair for _, group in shape.inside for pair in group)]:
        for item in part.parts() or [part]:
            if item.holes and not (item.is_hole and block.templates[template].holes[item.hole] == INT):
                found |= _of_values(values_of(block, template, item))
    return found


def _of_values(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype == np.float64:
        found: NDArray[np.bool_] = ~np.isfinite(values)
        return found
    if values.dtype != object:
        return np.zeros(len(values), np.bool_)
    return np.fromiter(map(holds, values), np.bool_, len(values))


def holds(value: Any) -> bool:
    """Tell whether a value is NaN or infinite, or a container with such a number in it."""
    if type(value) is dict:
        return any(map(holds, value.values()))
    if type(value) is list or type(value) is tuple:
        return any(map(holds, value))
    if isinstance(value, Shortened):
        return holds(value.kept)
    return type(value) is float and not math.isfinite(value)
