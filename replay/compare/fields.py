"""Two places side by side: each field with both values, and whether they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from ...trace import paths
from ...trace.framework import Framework
from ...trace.values import ABSENT, Plain
from ..events.event import Event, Snapshot
from ..rows.same import same

MAX_DEPTH: Final = 16
"""Levels of mappings that are taken apart."""

_LOGGED: Final = (paths.LOGS, paths.METRICS)

_ORDER: Final = (paths.CONTROL, paths.LOGS, paths.METRICS, paths.STATE, paths.LR, paths.CALLBACKS, paths.ARGS)
"""Kinds of paths, what tells most first; all others come behind them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value at two places.

    Attributes:
        path: What it is called: ``state.best_metric``; what lies in a mapping has a path of its own.
        written: Path that the trace knows of it: that of the whole mapping.
        one, other: The values; `trace.values.ABSENT` where there is none.
        differs: They are not the same.
    """

    path: str
    written: str
    one: Plain
    other: Plain
    differs: bool


def fields(
    one: Event,
    other: Event,
    framework: Framework,
    given: tuple[Mapping[str, Plain], Mapping[str, Plain]] = ({}, {}),
) -> list[Field]:
    """Return all fields of two places, as they were after each of two events.

    Args:
        one, other: The events, of one trace or of two.
        framework: What it calls things.
        given: Logs and metrics in force at each place, by path, see `in_force`.

    Returns:
        Flags first, then logs, state and what else there is; what changes at every step is behind all others.
    """
    old, new = ({**_values(event.after, framework), **more} for event, more in zip((one, other), given, strict=True))
    names = [*old, *(path for path in new if path not in old)]
    apart = (_apart(path, path, old.get(path, ABSENT), new.get(path, ABSENT), 0) for path in names)
    found = [field for each in apart for field in each]
    return sorted(_without_copies(found), key=partial(_order, framework))


def _order(framework: Framework, field: Field) -> tuple[bool, int]:
    """Return what fields are sorted by: what differs from step to step, or from process to process, comes last."""
    kind, key = paths.kind_of(field.written)
    counted = {framework.step, framework.epoch, *framework.wording.counted}
    is_counted = field.written in counted or (kind in _LOGGED and key in {path.partition(".")[2] for path in counted})
    is_counted |= field.written in framework.wording.local
    rank = _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
    return is_counted or (kind in _LOGGED and key.endswith(framework.wording.late)), rank


def _without_copies(found: list[Field]) -> Iterator[Field]:
    """Give the fields without metrics that are logged, too, with the same values."""
    known = {paths.kind_of(field.path)[1]: field for field in found if paths.kind_of(field.path)[0] is paths.LOGS}
    for field in found:
        kind, key = paths.kind_of(field.path)
        logged = known.get(key) if kind is paths.METRICS else None
        if logged is None or not (same(logged.one, field.one) and same(logged.other, field.other)):
            yield field


def _values(snapshot: Snapshot, framework: Framework) -> dict[str, Plain]:
    """Return what lasts from event to event, by path; without what tells of the event alone, and copies."""
    found: dict[str, Plain] = {}
    for kind in (paths.CONTROL, paths.STATE, paths.CALLBACKS, paths.ARGS):
        found |= {kind.path(key): value for key, value in getattr(snapshot, kind.section).items()}
    found |= {} if snapshot.lr is None else {paths.LR.name: snapshot.lr}
    found |= snapshot.other
    return {
        path: value for path, value in found.items() if path not in (*paths.OF_THE_EVENT, *framework.wording.copies)
    }


def _apart(path: str, written: str, one: Plain, other: Plain, depth: int) -> Iterator[Field]:
    """Give a field, or those of a mapping that stands on both sides."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)) or depth >= MAX_DEPTH or not (one or other):
        yield Field(path, written, one, other, not same(one, other))
        return
    for key in [*one, *(key for key in other if key not in one)]:
        yield from _apart(f"{path}.{key}", written, one.get(key, ABSENT), other.get(key, ABSENT), depth + 1)
