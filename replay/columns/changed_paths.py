"""Which paths change in which block: known of each block that was looked at, so that the others alone are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ...trace.names import UNKNOWN_NAME
from ...trace.paths import kind_of
from ..rows.pattern import Pattern
from .chunk import Chunk

MOST_PATHS: Final = 1 << 20
"""Numbers of paths that are kept for all blocks together: a real trace has some dozens, shared by its blocks."""


class ChangedPaths:
    """For each block that was looked at the numbers of the paths that its rows change; grows, and is never wrong."""

    def __init__(self) -> None:
        self._by_block: dict[int, frozenset[int]] = {}
        self._same: dict[frozenset[int], frozenset[int]] = {}
        self._room = MOST_PATHS

    def get(self, block: int) -> frozenset[int] | None:
        """Return the paths of a block; None if it was not looked at."""
        return self._by_block.get(block)

    def note(self, block: int, chunk: Chunk) -> None:
        """Look at a block."""
        if block not in self._by_block and self._room > 0:
            found = frozenset(path for shape in chunk.shapes for path in shape.changed())
            if found not in self._same:
                self._room -= len(found)
            self._by_block[block] = self._same.setdefault(found, found)


def can_tell(path: Pattern) -> bool:
    """Tell whether rows alone say where a path changes: of what an event was given, the event has to be asked."""
    kind, _ = kind_of(path.text)
    return path.exact and kind.chained and not path.text.startswith(UNKNOWN_NAME)


def without(paths: frozenset[int] | None, path: Pattern, numbers: Callable[[str], set[int]]) -> bool:
    """Tell whether a block is known not to change a path.

    Args:
        paths: What `ChangedPaths` has of the block.
        path: One that `can_tell` holds for.
        numbers: Returns the numbers of a name.
    """
    return paths is not None and paths.isdisjoint(numbers(path.text))
