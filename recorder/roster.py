"""What is known of a callback from its class: its events, its unknown hooks, its label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from transformers import TrainerCallback

from ..trace.values import Plain
from .doors import Door

try:
    from transformers.trainer_callback import ExportableState
except ImportError:  # before transformers 4.42 there was no such thing

    class ExportableState:  # type: ignore[no-redef]
        """No callback exports its state."""


def known_events() -> frozenset[str]:
    """Return the events that there are: the ``on_*`` methods of `TrainerCallback`, a library's additions too."""
    return frozenset(name for name in dir(TrainerCallback) if name.startswith("on_"))


VOCABULARY: Final = TrainerCallback.__dict__
"""A view of the class as it is now: it grows when somebody adds an event to `TrainerCallback`."""


def overridden(callback: object, known: frozenset[str]) -> tuple[str, ...]:
    """Return the events for which a callback has a hook of its own, in its class or on the instance."""
    own = _own_fields(callback)
    return tuple(name for name in sorted(known) if name in own or _class_overrides(type(callback), name))


def describe(callback: object, known: frozenset[str]) -> dict[str, Plain]:
    """Return what the run's header says of a callback.

    Args:
        callback: The callback.
        known: The events that there are.

    Returns:
        ``class``, ``module``, ``hooks`` (events it overrides), ``unknown`` (``on_*`` methods that are no event
        and will never be called), ``stateful``.
    """
    kind = type(callback)
    return {
        "class": kind.__qualname__,
        "module": kind.__module__,
        "hooks": list(overridden(callback, known)),
        "unknown": _unknown(callback, known),
        "stateful": isinstance(callback, ExportableState),
    }


def labels(callbacks: Iterable[object]) -> list[str]:
    """Return a name for each callback: its class's, with ``#2`` for the second one of a class."""
    seen: Counter[str] = Counter()
    result = []
    for callback in callbacks:
        name = type(callback).__name__
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return result


def _class_overrides(kind: type, name: str) -> bool:
    return getattr(kind, name, None) is not getattr(TrainerCallback, name, None)


def _unknown(callback: object, known: frozenset[str]) -> list[str]:
    kind: Any = type(callback)
    names = {name for name in (*dir(kind), *_own_fields(callback)) if name.startswith("on_")} - known
    return sorted(name for name in names if callable(_own_fields(callback).get(name, getattr(kind, name, None))))


def _own_fields(callback: object) -> dict[str, Any]:
    """Return the instance's fields, those aside that a recorder put there over the class's own method."""
    return {
        name: value
        for name, value in vars(callback).items()
        if not (isinstance(value, Door) and value.previous is None)
    }
