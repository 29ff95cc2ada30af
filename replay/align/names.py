"""What several traces are called beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..text.safe import visible

if TYPE_CHECKING:
    from ..trace import Trace


def names_of(traces: Sequence[Trace]) -> list[str]:
    """Return a short name for each of some traces: its rank where they are ranks, else its file's name; safe."""
    found = [rank_of(trace) for trace in traces]
    if len({rank for rank in found if rank is not None}) == len(traces):
        return [f"rank {rank}" for rank in found]
    return [visible(PurePath(trace.path).name) for trace in traces]


def rank_of(trace: Trace) -> int | None:
    """Return which rank a trace was recorded in; None where there was one process."""
    rank, size = trace.run.get("rank"), trace.run.get("world_size")
    return rank if type(rank) is int and type(size) is int and size > 1 else None
