"""The events that hold a number: in a change, an input, or what a probe returned. No event is made for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.packed.block import PackedBlock
from ..rows.as_shown import AsShown
from ..rows.row_layout import Shape
from ..rows.writes import values_of
from .chunk import Chunk
from .chunks import Chunks


def holding(chunks: Chunks, wanted: AsShown) -> NDArray[np.int64]:
    """Return the numbers of the events that hold one of some numbers, sorted.

    Args:
        chunks: Of the trace.
        wanted: The numbers.
    """
    found = np.zeros(chunks.length, np.bool_)
    for number in range(len(chunks.directory.blocks)):
        chunk = chunks.chunk(number)
        try:
            for events in _in_chunk(chunk, wanted) if chunk is not None else ():
                found[events[(events >= 0) & (events < chunks.length)]] = True
        except BadRecord as error:
            chunks.directory.report(number, str(error))
        chunks.pause()
    return np.flatnonzero(found).astype(np.int64, copy=False)


def _in_chunk(chunk: Chunk, wanted: AsShown) -> list[NDArray[np.int64]]:
    block = chunk.block
    rows = [(template, shape) for template, shape in enumerate(chunk.shapes) if shape.is_event or shape.is_exit]
    events = chunk.event_of + chunk.begin.event
    return [events[block.positions(template)[_rows(block, template, shape, wanted)]] for template, shape in rows]


def _rows(block: PackedBlock, template: int, shape: Shape, wanted: AsShown) -> NDArray[np.bool_]:
    """Return for each row of a template whether it holds one of the numbers."""
    found = np.zeros(int(block.counts[template]), np.bool_)
    inside = [pair for _, group in shape.inside for pair in group]
    for _, part in [*(shape.between if shape.is_event else ()), *shape.inputs, *shape.probes, *inside]:
        for item in part.parts() or [part]:
            if item.holes:
                found |= wanted.are_in(values_of(block, template, item))
            elif wanted.is_in(item.skeleton):
                found[:] = True
    return found
