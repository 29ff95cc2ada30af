"""Callbacks that no door can be set on: the reason, and the cause of changes that no door saw happen.

A door stands in a callback's own fields. Some callbacks have none (slots), answer for every name (a proxy, a mock),
or may do anything when they are merely looked at. They are part of the run as they are: described, and left alone.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from ...trace.paths import CONTROL
from ...trace.transformers import RESETS
from ...trace.values import Plain
from ..values.static import DESCRIPTORS, MISSING, class_attribute, instance_fields, name_of
from .doors import Door

Shares = tuple[Plain, ...]
"""Groups of a row: cause, pairs, cause, pairs, ..."""


def oddity(callback: object, events: Collection[str]) -> str | None:
    """Return why no door can be set on a callback, None if it can.

    Args:
        callback: The callback; none of its code is run, but a ``__getattribute__`` as the handler runs it.
        events: The events that there are.
    """
    kind = type(callback)
    fields = instance_fields(callback)
    if not _is_readable(type(kind)):
        return f"its metaclass {name_of(type(kind))} has a __getattribute__ of its own"
    if type(fields) is not dict:
        return "it has no __dict__"
    if type(class_attribute(kind, "__dict__")) not in DESCRIPTORS:
        return "its __dict__ is not its own"
    if not _has_weak_references(callback):
        return "it can't be referenced weakly"
    if shares_fields(callback):
        return "it shares its fields with another callback"
    return _odd_hooks(callback, fields, events)


def shares_fields(callback: object) -> bool:
    """Tell whether another callback's doors stand in this one's fields: then the two have the same fields."""
    fields = instance_fields(callback) or {}
    return any(isinstance(value, Door) and value.owner() is not callback for value in list(fields.values()))


def _odd_hooks(callback: object, fields: dict[str, Any], events: Collection[str]) -> str | None:
    kind = type(callback)
    in_class = {event: class_attribute(kind, event) for event in events}
    dynamic = class_attribute(kind, "__getattr__") is not MISSING
    if dynamic and MISSING in in_class.values():
        return "its hooks come from a __getattr__"
    for event, found in in_class.items():
        if found is not MISSING and class_attribute(type(found), "__set__") is not MISSING:
            return f"its {event} is a {name_of(type(found))}"
    if class_attribute(kind, "__getattribute__") is not object.__getattribute__ and vars(callback) is not fields:
        return "its __getattribute__ hides its fields"
    return None


def _is_readable(metaclass: type) -> bool:
    return class_attribute(metaclass, "__getattribute__") is type.__getattribute__


def _has_weak_references(value: object) -> bool:
    try:
        weakref.ref(value)
    except TypeError:
        return False
    return True


class Unwatched:
    """The callbacks without doors in a callback list: a change that is found between two hooks may be theirs.

    Args:
        labels: Number of the label of each callback, in order.
        odd: Those of them that have no doors.
        number: Gives a text its number in the trace.
    """

    def __init__(self, labels: Sequence[int] = (), odd: Sequence[int] = (), number: Callable[[str], int] = len) -> None:
        self._places = {label: place for place, label in enumerate(labels)}
        self._odd = [(self._places[label], label) for label in odd]
        self._number = number

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._odd)

    def shares(
        self, event: str, calls: Sequence[int], changes: list[Plain], handler: int, label: int | None = None
    ) -> Shares:
        """Return the causes of changes that were found between two hooks.

        Args:
            event: The event's name.
            calls: The calls in it so far, see `EventRow`.
            changes: Pairs.
            handler: The number of the handler, which resets flags before the first hook, and does nothing else.
            label: The callback whose hook is next; None after the last.
        """
        if not self._odd or not changes:
            return (handler, changes) if changes else ()
        low = self._places.get(calls[-2], -1) if calls else -1
        high = self._places.get(label, len(self._places)) if label is not None else len(self._places)
        between = [number for place, number in self._odd if low < place < high]
        if not between:
            return handler, changes
        reset = [] if calls else [self._number(CONTROL.path(flag)) for flag in RESETS.get(event, ())]
        cause = between[0] if len(between) == 1 else self._number(SEVERAL)
        own: list[Plain] = []
        others: list[Plain] = []
        for path, value in zip(changes[::2], changes[1::2], strict=True):
            (own if path in reset and value is False else others).extend((path, value))
        return (*((handler, own) if own else ()), *((cause, others) if others else ()))


SEVERAL: Final = "one of several unwatched callbacks"
"""The cause of a change that may be any of theirs."""
