"""What the template of a row says: which paths it changes, on whose account, and where in it the values are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from ...trace.journal.open_events import FIRST_THREAD
from ...trace.journal.records import Keyframe, Rare
from ...trace.layout import EVENTS, EXITS
from ...trace.packed.summary import thread_of
from ...trace.packed.template import CACHED, Part, Template

Writes = list[tuple[int, Part]]
"""Number of a path, and the part that holds its new value."""


NO_NAME: Final = -1
"""In the place of a name's number: what stands there is none."""


@dataclass(slots=True, eq=False)
class Shape:
    """The rows of one template.

    Attributes:
        kind: Record type.
        name: Number of the event's name; -1 for what is no event.
        between: Changes before the event; for a keyframe the whole chain.
        between_cause: Number of their cause, None if it is the loop.
        inside: Cause, and its changes, in order.
        calls: Callback, and the part that holds the duration.
        inputs: Name of an argument, and the part that holds it.
        probe_raised: One of the probes raised.
        thread: Number of the name of the thread of such events, or `FIRST_THREAD`.
        probes: Name of a probe, and the part that holds what it returned.
        rare: The other parts of `Rare`, by key.
    """

    kind: int
    name: int = -1
    between: Writes = field(default_factory=list)
    between_cause: int | None = None
    inside: list[tuple[int, Writes]] = field(default_factory=list)
    calls: Writes = field(default_factory=list)
    inputs: Writes = field(default_factory=list)
    probes: Writes = field(default_factory=list)
    probe_raised: bool = False
    thread: int = FIRST_THREAD
    rare: dict[Any, Part] = field(default_factory=dict)

    @property
    def is_event(self) -> bool:
        """Whether rows of this shape are events."""
        return self.name >= 0

    @property
    def is_exit(self) -> bool:
        """Whether rows of this shape end an event."""
        return self.kind in EXITS

    @property
    def is_keyframe(self) -> bool:
        """Whether it is the whole chain."""
        return self.kind == Keyframe.TYPE

    def writes_inside(self) -> Iterator[tuple[int, int, Part]]:
        """Give cause, path and part of each change inside the event, in order."""
        return ((cause, path, part) for cause, writes in self.inside for path, part in writes)

    def causes(self) -> list[int | None]:
        """Return the numbers of those who changed something, None for the loop."""
        found: list[int | None] = [cause for cause, writes in self.inside if writes]
        return [self.between_cause, *found] if self.is_event and self.between else found

    def changed(self) -> list[int]:
        """Return the numbers of the paths that are changed."""
        between = [path for path, _ in self.between] if self.is_event else []
        return between + [path for _, path, _ in self.writes_inside()]


@lru_cache(CACHED)
def shape_of(template: Template) -> Shape:
    """Return what a template says; of a record that is no row and no keyframe nothing but its type."""
    if template.kind == Keyframe.TYPE:
        return Shape(template.kind, between=template["chain"].pairs())
    if template.kind in EVENTS:
        return _with_sections(Shape(template.kind, template["name"].skeleton, thread=thread_of(template)), template)
    return _with_sections(Shape(template.kind), template) if template.kind in EXITS else Shape(template.kind)


def _with_sections(shape: Shape, template: Template) -> Shape:
    between, inside, calls, rare = map(template.part, ("between", "inside", "calls", "rare"))
    shape.between = between.pairs() if between is not None else []
    shape.inside = [(cause, part.pairs()) for cause, part in inside.pairs()] if inside is not None else []
    shape.calls = calls.pairs() if calls is not None else []
    if rare is not None:
        _take_rare(shape, dict(rare.pairs()))
    return shape


def _take_rare(shape: Shape, rare: dict[Any, Part]) -> None:
    inputs, probes, cause = rare.pop(Rare.INPUTS, None), rare.pop(Rare.PROBES, None), rare.get(Rare.BETWEEN_CAUSE)
    if inputs is not None and type(inputs.skeleton) is dict:
        shape.inputs = inputs.pairs()
    for probe in probes.parts() if probes is not None else ():
        if len(probe.parts()) < 3:
            continue
        name, _, value, *more = probe.parts()
        if type(name.skeleton) is int:
            shape.probes.append((name.skeleton, value))
            shape.probe_raised |= any(raised.is_hole or type(raised.skeleton) is str for raised in more[:1])
    if cause is not None and cause.skeleton is not None:
        shape.between_cause = cause.skeleton if type(cause.skeleton) is int else NO_NAME
    shape.rare = rare
