"""What is known of a callback from its class: its events, its unknown hooks, its label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from transformers import TrainerCallback

from ...trace.values import Plain
from ..interruptions import interrupts
from ..values.static import (
    MISSING,
    class_attribute,
    class_names,
    instance_fields,
    module_of,
    mro,
    name_of,
    qualified_name,
)
from .doors import Door
from .odd import oddity

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
        and will never be called), ``stateful``. For a callback that no door can be set on, ``odd``: why not; its
        hooks are then not known.
    """
    kind = type(callback)
    odd = _contained_oddity(callback, known)
    return {
        "class": qualified_name(kind),
        "module": module_of(kind),
        "hooks": [] if odd else list(overridden(callback, known)),
        "unknown": [] if odd else _unknown(callback, known),
        "stateful": not odd and ExportableState in mro(kind),
        **({"odd": odd} if odd else {}),
    }


def _contained_oddity(callback: object, known: frozenset[str]) -> str | None:
    try:
        return oddity(callback, known)
    except Exception as error:  # a `__getattribute__` that raises
        if interrupts(error):
            raise
        return f"looking at it raised {type(error).__name__}"


def labels(callbacks: Iterable[object]) -> list[str]:
    """Return a name for each callback: its class's, with ``#2`` for the second one of a class."""
    seen: Counter[str] = Counter()
    result = []
    for callback in callbacks:
        name = name_of(type(callback))
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return result


def _class_overrides(kind: type, name: str) -> bool:
    found = class_attribute(kind, name)
    return found is not MISSING and found is not class_attribute(TrainerCallback, name)


def _unknown(callback: object, known: frozenset[str]) -> list[str]:
    kind, own = type(callback), _own_fields(callback)
    names = {name for name in (*class_names(kind), *own) if name.startswith("on_")} - known
    return sorted(name for name in names if callable(own.get(name, class_attribute(kind, name))))


def _own_fields(callback: object) -> dict[str, Any]:
    """Return the instance's fields, those aside that a recorder put there over the class's own method."""
    return {
        name: value
        for name, value in (instance_fields(callback) or {}).items()
        if not (isinstance(value, Door) and value.previous is None)
    }
