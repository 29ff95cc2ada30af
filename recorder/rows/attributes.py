"""The plain attributes of a callback that exports no state: what a home-made early stopping counts with.

They are read from the callback's fields, and none of its code runs. While nothing changed, a look is one pass of
identity comparisons in C. An attribute that changes all the time, as a timer does, is thinned, see `Pace`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import compress
from operator import is_, is_not
from typing import Any, Final

from ...trace.values import ABSENT, Described, Plain
from ..hooks.doors import Door
from ..values.brief import Containers, brief
from ..values.plain import Plainer
from ..values.static import DESCRIPTORS, MISSING, class_attribute, name_of, slots
from ..values.watch import same

MAX_FIELDS: Final = 500
"""Fields of a callback up to which its attributes are looked at."""

MAX_ATTRIBUTES: Final = 64
"""Attributes that are recorded of one callback: the first ones."""

SPAN: Final = 1_024
"""Events after which an attribute's changes are counted anew."""

MAX_CHANGES: Final = 64
"""Changes of an attribute in one span that are recorded."""

_NUMBERS: Final = frozenset({type(None), bool, int, float})

THINNED: Final = f"it changed more than {MAX_CHANGES} times in {SPAN:,} events"


class Pace:
    """How often one attribute changes.

    The first `MAX_CHANGES` changes in a span of `SPAN` events are recorded. If there are more, the attribute is thinned
    for the rest of the span and for the next one; then it is recorded at its first change in a span only, and where all
    has to be up to date (`callback_states.RARE`).
    """

    __slots__ = ("_before", "_count", "_span")

    def __init__(self) -> None:
        self._before = self._count = 0
        self._span = -1

    def count(self, events: int) -> bool:
        """Count a change after so many events; tell whether to record it."""
        span = events // SPAN
        if span != self._span:
            self._before = self._count if span == self._span + 1 else 0
            self._span, self._count = span, 0
        self._count += 1
        return self._count in (1, MAX_CHANGES + 1) or not self.is_thinned(events)

    def is_thinned(self, events: int) -> bool:
        """Tell whether the attribute is thinned now, after `events` events."""
        span = events // SPAN
        if span == self._span:
            return self._count > MAX_CHANGES or self._before > MAX_CHANGES
        return span == self._span + 1 and self._count > MAX_CHANGES


class Attributes:
    """The plain attributes of one callback.

    Args:
        callback: The callback; held weakly.
        plain: Turns any value into a plain one.
        events: Tells how many events there were so far.

    Attributes:
        callback: Returns the callback, or None if it is gone.
        overdue: A thinned attribute is not what was recorded last.
    """

    def __init__(self, callback: Any, plain: Plainer, events: Callable[[], int]) -> None:
        """Know nothing yet: the first look reports everything."""
        self.callback: Callable[[], Any] = weakref.ref(callback)
        self.overdue = False
        found = class_attribute(type(callback), "__dict__")
        self._fields: Any = found if type(found) in DESCRIPTORS else None
        self._slots = slots(type(callback))
        self._plain = plain
        self._events = events
        self._keys: list[str] = []
        self._raw: list[Any] = []
        self._lists = Containers()
        self._current: dict[str, Plain] = {}
        self._recorded: Plain = ABSENT
        self._paces: dict[str, Pace] = {}

    def look(self, event: str) -> Plain:
        """Return all plain attributes if one changed since the last look, and `ABSENT` if none did.

        Args:
            event: The event's name, empty where all is to be up to date.
        """
        callback, raw = self.callback(), self._raw
        if callback is None:
            return ABSENT
        fields = self._fields.__get__(callback)
        if type(fields) is not dict:  # it was replaced by one whose methods may do anything
            return self._record(Described("not recorded", f"its fields are in a {name_of(type(fields))}"))
        if self._slots:
            fields = {**fields, **_values_of(self._slots, callback)}
        unchanged = len(fields) == len(raw) and all(map(is_, fields.values(), raw))
        if unchanged and self._lists.are_unchanged() and (event or not self.overdue):
            return ABSENT
        if len(fields) > MAX_FIELDS:
            self._keys, self._raw = list(fields), list(fields.values())
            return self._record(Described("not recorded", f"more than {MAX_FIELDS} attributes"))
        return self._compare(fields.copy(), up_to_date=not event)

    def _compare(self, fields: dict[str, Any], *, up_to_date: bool) -> Plain:
        keys, values = list(fields), list(fields.values())
        if keys != self._keys:
            self._follow_keys(fields)
        changed = list(compress(keys, map(is_not, values, self._raw)))
        changed += [key for key in self._lists.edited() if key not in changed]
        self._keys, self._raw = keys, values
        record, events = up_to_date or self._current.keys() != fields.keys() & self._current.keys(), self._events()
        fresh = [key for key in changed if self._is_new(key, fields[key]) and self._is_due(key, events)]
        if up_to_date:
            fresh, self.overdue = list(self._current), False
        return self._record(self._to_record(fresh, events)) if fresh or record else ABSENT

    def _follow_keys(self, fields: dict[str, Any]) -> None:
        """Bring the remembered values into the order of the fields as they are now."""
        before = dict(zip(self._keys, self._raw, strict=True))
        self._raw = [before.get(key, MISSING) for key in fields]
        for key in before.keys() - fields.keys():
            self._lists.forget(key)

    def _is_new(self, key: str, value: Any) -> bool:
        """Take a field's value for the current one; tell whether it is another than before."""
        old = self._current.get(key, ABSENT)
        if type(value) in _NUMBERS and old is not ABSENT and self._lists.forget(key):
            new: Plain = value if type(value) is not int else self._plain(value)
        else:
            new = self._value(key, value)
        if new is ABSENT or (old is ABSENT and len(self._current) >= MAX_ATTRIBUTES):
            return False
        self._current[key] = new
        return old is ABSENT or not same(old, new)

    def _value(self, key: Any, value: Any) -> Plain:
        """Return what is recorded of a field, `ABSENT` if that is nothing."""
        if type(key) is not str or (key.startswith("__") and key.endswith("__")) or issubclass(type(value), Door):
            return ABSENT
        found = brief(value)
        self._lists.remember(key, value, found)
        if found is not ABSENT:
            return self._plain.field(key, found)
        return Described(name_of(type(value))) if key in self._current else ABSENT

    def _is_due(self, key: str, events: int) -> bool:
        """Count a change; tell whether to record it."""
        if type(self._recorded) is not dict or key not in self._recorded:
            return True
        due = self._paces.setdefault(key, Pace()).count(events)
        self.overdue |= not due
        return due

    def _to_record(self, fresh: list[str], events: int) -> dict[str, Plain]:
        """Return the current attributes; those that are thinned marked, and as they were if they are not fresh."""
        recorded = self._recorded if type(self._recorded) is dict else {}
        for key in self._current.keys() - self._keys:
            del self._current[key]
        result = dict(self._current)
        for key in [key for key, pace in self._paces.items() if key in result and pace.is_thinned(events)]:
            stale = key not in fresh and key in recorded
            result[key] = recorded[key] if stale else Described("thinned", THINNED, result[key])
        return result

    def _record(self, new: Plain) -> Plain:
        if same(self._recorded, new) if self._recorded is not ABSENT else new == {}:
            return ABSENT
        self._recorded = new
        return new


def is_thinned(value: Plain) -> bool:
    """Tell whether a value is marked as thinned."""
    return type(value) is Described and value.type == "thinned"


def _values_of(descriptors: dict[str, Any], owner: object) -> dict[str, Any]:
    values = {}
    for name, descriptor in descriptors.items():
        try:
            values[name] = descriptor.__get__(owner)
        except AttributeError:  # an empty slot
            continue
    return values
