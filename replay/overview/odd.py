"""What of an event is NaN or infinite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...trace.framework import Framework
from ...trace.paths import PROBES, SHAPED
from ...trace.values import Plain
from ..columns.nonfinite import holds
from ..events.event import Event
from ..text.display import reading
from ..text.leaves import leaves
from ..text.safe import visible


def odd_values(event: Event, framework: Framework) -> Iterator[tuple[str, str]]:
    """Give what became NaN or infinite at an event: what tells it from others, and words that are safe for a terminal.

    What was given comes first; else what was changed: the log history, and copies, hold the same once more. A key of
    logs and metrics is one, whichever of them has it.
    """
    found = dict(_probed(event)) | dict(_given(event))
    if not found:
        found = dict(_changed(event, framework))
    yield from (found or {"": "something became NaN or infinite"}).items()


def _probed(event: Event) -> Iterator[tuple[str, str]]:
    for probed in event.probes:
        path = PROBES.path(probed.probe)
        if probed.exception is not None:
            yield path, f"the probe {visible(probed.probe)} raised {visible(probed.exception)}"
        elif holds(probed.value):
            yield path, _said(path, probed.value)


def _given(event: Event) -> Iterator[tuple[str, str]]:
    for kind in SHAPED:
        values: Mapping[str, Plain] = getattr(event, kind) or {}
        yield from ((str(key), _said(f"{kind}.{key}", value)) for key, value in values.items() if holds(value))
    yield from ((f"inputs.{key}", _said(f"inputs.{key}", value)) for key, value in event.inputs.items() if holds(value))


def _changed(event: Event, framework: Framework) -> Iterator[tuple[str, str]]:
    copies = (framework.history, *framework.wording.copies)
    changes = [change for change in leaves(event.changes) if holds(change.new)]
    own = [change for change in changes if not any(copy and change.path.startswith(copy) for copy in copies)]
    for change in own or changes:
        yield change.path, f"{_said(change.path, change.new)}, by {visible(change.by)}"


def _said(path: str, value: Plain) -> str:
    return f"{visible(path)} became {reading(value, 40)}"
