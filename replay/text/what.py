"""What happened at an event, in a few words: the one place, for a list on a screen as for lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ...trace import paths
from ...trace.framework import Framework
from ...trace.values import ABSENT, Plain
from .display import brief
from .leaves import leaves
from .numbers import is_number, rounded
from .safe import visible

if TYPE_CHECKING:
    from ..events.event import Change, Event

SUFFIX: Final = "Callback"
"""Most labels end with it: in a few words it is left out."""

LONGEST: Final = 60
"""Characters of a value that is no number."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that happened.

    Attributes:
        text: In words, safe for a terminal.
        kind: ``error``, ``warning``, ``flag``, ``value``, ``change``, ``done`` or ``count``.
        by: Label of who did it; empty: nobody is named.
    """

    text: str
    kind: str
    by: str = ""


def what(event: Event, framework: Framework) -> list[Said]:
    """Return what happened at an event, the gravest first: whoever has little room shows the first of it.

    Args:
        event: The event.
        framework: What its framework calls things.
    """
    return [
        *_troubles(event),
        *_flags(event, framework),
        *_values(event, framework),
        *_saved(event, framework),
        *_probes(event),
        *_changes(event, framework),
    ]


def short_label(label: str) -> str:
    """Return who did something, without what most are called, safe for a terminal."""
    return visible(label.removesuffix(SUFFIX) or label)


def _troubles(event: Event) -> Iterator[Said]:
    for call in event.calls:
        if call.exception:
            yield Said(f"{short_label(call.callback)} raised {visible(call.exception[:LONGEST])}", "error")
    for error in event.exceptions:
        if not any((call.exception or "").startswith(error.type) for call in event.calls):
            yield Said(f"{visible(error.type)}: {visible(error.message[:LONGEST])}", "error")
    for message in event.messages:
        yield Said(f"{visible(message.level)}: {visible(message.text[:LONGEST])}", "warning")


def _flags(event: Event, framework: Framework) -> Iterator[Said]:
    """Tell of flags; not of what the handler takes back, which the letters beside show."""
    letters = {flag.path: flag.letter for flag in framework.flags}
    changes = [change for change in event.changes if change.path in letters and change.old is not ABSENT]
    changes = [change for change in changes if change.new or change.by != framework.handler]
    for (by, new), group in groupby(changes, lambda change: (change.by, change.new)):
        state = "on" if new is True else "off" if new is False else brief(new)
        yield Said(f"{' '.join(letters[change.path] for change in group)} {state} by {short_label(by)}", "flag", by)


def _values(event: Event, framework: Framework) -> Iterator[Said]:
    """Tell of logs and metrics, what says how long something took at the end; not of step and epoch."""
    for given in (event.logs, event.metrics):
        items = [(str(key), value) for key, value in (given or {}).items() if not _is_known(key, value, event)]
        for key, value in sorted(items, key=lambda item: item[0].endswith(framework.wording.late)):
            yield Said(f"{visible(key)} {_value(value)}", "value")


def _is_known(key: object, value: Plain, event: Event) -> bool:
    return (key == "epoch" and value == event.epoch) or (key == "step" and value == event.step)


def _value(value: Plain) -> str:
    return rounded(value) if is_number(value) else brief(value, LONGEST)


def _saved(event: Event, framework: Framework) -> Iterator[Said]:
    folder = event.before.other.get(paths.CHECKPOINTS.name)
    written = folder.get("written") if isinstance(folder, Mapping) else None
    if event.name == framework.saving.event and isinstance(written, str):
        yield Said(visible(written.replace("\\", "/").rpartition("/")[2][:LONGEST]), "done")


def _probes(event: Event) -> Iterator[Said]:
    for one in event.probes:
        found = _value(one.value) if one.exception is None else f"raised {visible(one.exception[:LONGEST])}"
        yield Said(f"{visible(one.probe)} {found}", "value" if one.exception is None else "error")


def _changes(event: Event, framework: Framework) -> Iterator[Said]:
    """Tell of other changes, but of those that come with every step, or stand elsewhere."""
    known = framework.wording
    quiet = {framework.step, framework.epoch, framework.history, paths.LR.name, *known.counted, *known.copies}
    quiet |= {*paths.OF_THE_EVENT, *(flag.path for flag in framework.flags)}
    for change in leaves(event.changes):
        if change.old is not ABSENT and change.path not in quiet and not _is_copy(change, framework):
            by = "" if change.by == framework.loop else f" by {short_label(change.by)}"
            yield Said(f"{_name(change)} {_value(change.old)} → {_value(change.new)}{by}", "change")


def _is_copy(change: Change, framework: Framework) -> bool:
    roots = (*framework.wording.copies, paths.CHECKPOINTS.name, paths.BEST_MODEL.name)
    return any(change.path.startswith(root) for root in roots)


def _name(change: Change) -> str:
    return visible(change.path.rpartition(".")[2])
