"""Which paths a trace has: how often each was written or given, and where first and last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..rows.values import Use


@dataclass(frozen=True, slots=True)
class PathInfo:
    """One path of a trace.

    Attributes:
        path: The path, ``control.should_save``, as `Trace.series` and `Trace.writes` take it.
        kind: Its first part: ``control``.
        writes: How many changes of it there are.
        given: How many events were given it: logs, metrics, inputs, and what probes returned.
        first, last: Numbers of the first and the last event that wrote it or was given it. None where none was: the
            value stood there before the first event, and stayed.
    """

    path: str
    kind: str
    writes: int
    given: int
    first: int | None
    last: int | None

    @property
    def count(self) -> int:
        """How often it was written or given."""
        return self.writes + self.given


def path_list(blocks: Iterable[Mapping[str, Use]], standing: Iterable[str]) -> list[PathInfo]:
    """Put the uses of paths in several runs of events together.

    Args:
        blocks: Uses of paths, by path; in any order.
        standing: Paths that have a value without any use.

    Returns:
        The paths, sorted by kind and name.
    """
    found: dict[str, Use] = {path: Use() for path in standing}
    for block in blocks:
        for path, use in block.items():
            known = found.get(path)
            found[path] = use if known is None else known.plus(use)
    return [
        PathInfo(path, path.partition(".")[0], use.writes, use.given, *(use.events or (None, None)))
        for path, use in sorted(found.items(), key=lambda item: item[0].partition("."))
    ]
