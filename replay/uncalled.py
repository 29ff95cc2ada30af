"""Callbacks that an event did not reach, because one before them raised."""

from __future__ import annotations

from collections.abc import Mapping

from ..trace.values import Plain
from .event import Event
from .where import described


def uncalled(event: Event, run: Mapping[str, Plain]) -> tuple[str, ...]:
    """Return the callbacks that have a hook for an event and were not called, in order.

    Args:
        event: The event.
        run: The run's header, which tells who has a hook: of a callback that it does not name nothing is known.

    Returns:
        Names; none where no hook raised, or where those after it were called all the same.
    """
    raising = [call.callback for call in event.calls if call.exception is not None]
    if not raising or raising[-1] not in event.callbacks:
        return ()
    called = {call.callback for call in event.calls}
    behind = event.callbacks[event.callbacks.index(raising[-1]) + 1 :]
    return tuple(name for name in behind if name not in called and _has_hook(described(run, name), event.name))


def _has_hook(callback: Mapping[str, Plain], event: str) -> bool:
    hooks, module = callback.get("hooks"), callback.get("module")
    return isinstance(hooks, list) and event in hooks and not str(module).startswith("tracetui.")
