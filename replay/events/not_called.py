"""Which callbacks an event did not reach, because one before them raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...trace.values import Plain
from .event import Call


def not_called(event: str, calls: Sequence[Call], roster: Plain, run: Mapping[str, Plain]) -> tuple[str, ...]:
    """Return the labels of the callbacks that override an event, and were not called.

    Args:
        event: Its name.
        calls: The calls of its callbacks, in order. Only where the last of them raised was anyone left out:
            the handler lets the exception pass, and calls nobody after it.
        roster: Labels of the callbacks, in order.
        run: The run's header, whose ``callbacks`` say which events each of them overrides.
    """
    if not calls or calls[-1].exception is None or type(roster) is not list or calls[-1].callback not in roster:
        return ()
    after = roster[roster.index(calls[-1].callback) + 1 :]
    return tuple(label for label in after if type(label) is str and event in _overridden(label, run))


def _overridden(label: str, run: Mapping[str, Plain]) -> Sequence[Plain]:
    """Return the events that a callback overrides, as far as the header knows it."""
    described = run.get("callbacks")
    for entry in described if type(described) is list else ():
        if type(entry) is dict and entry.get("name") == label and type(entry.get("hooks")) is list:
            hooks: list[Plain] = entry["hooks"]
            return hooks
    return ()
