"""Why a callback asked to stop, as far as its own values and the metrics tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from ...trace.framework import Framework
from ...trace.paths import CALLBACKS
from ...trace.values import Plain
from ..events.event import Event
from ..text.display import brief
from ..text.leaves import leaves
from ..text.safe import visible

MOST: Final = 6
"""Values of a callback that are told."""


def reason(event: Event, cause: str, framework: Framework) -> str | None:
    """Return why a callback asked at an event to stop; None where nothing tells."""
    parts = [part for part in (_metric(event, framework), _values(event, cause, framework)) if part]
    return "; ".join(parts) or None


def _metric(event: Event, framework: Framework) -> str | None:
    """Compare the metric that picks the best model with the best until then."""
    before, saving = event.before, framework.saving
    key = saving.monitored(before.value(saving.metric))
    value = None if key is None or event.metrics is None else event.metrics.get(key)
    best = before.value(saving.best)
    if key is None or not _is_number(value):
        return None
    said = f"{visible(key)} {brief(value)}"
    if not _is_number(best):
        return said
    greater = before.value(saving.greater) is True
    better = value > best if greater else value < best
    step = before.value(saving.best_step)
    at = f" at step {step}" if type(step) is int and 0 <= step < 1 << 63 else ""
    order = "higher" if greater else "lower"
    return f"{said} is {'' if better else 'no '}better than the best, {brief(best)}{at} ({order} is better)"


def _values(event: Event, cause: str, framework: Framework) -> str | None:
    """Return the plain values of the callback: its patience, or what it holds, those that changed first."""
    values = dict(plain_values(event.after.callbacks.get(cause)))
    patience = framework.behaviour.patience
    waits, waited = (values.get(patience[0]), values.get(patience[1])) if patience is not None else (None, None)
    if _is_number(waits) and _is_number(waited):
        return f"patience {brief(waited)} of {brief(waits)}"
    changed = {
        change.path.rpartition(".")[2]: f"{brief(change.old)} → {brief(change.new)}"
        for change in leaves(event.changes)
        if f"{change.path}.".startswith(CALLBACKS.path(f"{cause}."))
    }
    told = {**changed, **{key: brief(value) for key, value in values.items() if key not in changed}}
    return ", ".join(f"{visible(key)} {told[key]}" for key in list(told)[:MOST]) or None


def plain_values(state: Plain, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Give the numbers, texts and booleans that a callback's state holds, by their last key."""
    for key, value in state.items() if isinstance(state, Mapping) else ():
        if isinstance(value, Mapping) and depth < 3:
            yield from plain_values(value, depth + 1)
        elif isinstance(key, str) and isinstance(value, (bool, int, float, str)):
            yield key, value


def _is_number(value: object) -> TypeGuard[float]:
    return type(value) in (int, float)
