"""Takes a change of a nested mapping apart into the changes of its leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from ...trace.values import ABSENT
from ..events.event import Change

MAX_DEPTH: Final = 16


def leaves(changes: Iterable[Change]) -> Iterator[Change]:
    """Give the changes with those of mappings taken apart: only the keys that differ, each with its own path.

    Args:
        changes: Changes of an event.

    Yields:
        Changes whose old and new values are not both mappings, in the same order.
    """
    for change in changes:
        yield from _leaves(change, 0)


def _leaves(change: Change, depth: int) -> Iterator[Change]:
    old, new = change.old, change.new
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or depth >= MAX_DEPTH:
        yield change
        return
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if before is not after and (type(before) is not type(after) or before != after):
            yield from _leaves(replace(change, path=f"{change.path}.{key}", old=before, new=after), depth + 1)
