"""Watched objects: finds what changed in their fields since the last look, calling none of their code.

A look happens several times an event, so the common case (nothing changed) is one pass of identity
comparisons in C. Values are kept by reference: as long as they are held, their identity is not reused.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from itertools import compress
from operator import is_, is_not
from typing import Any, Final, Protocol

from ...trace.journal.naming import MORE
from ...trace.values import ABSENT, Described, Plain, Shortened

SCALARS: Final = frozenset({type(None), bool, int, float, str, bytes})
"""Types whose values never change in place."""

_SHORT_SCALARS: Final = SCALARS - {str, bytes}

_PLAINLY_EQUAL: Final = frozenset({int, str, bool, bytes})

NOTHING: Final[list[Any]] = []
"""No change. Shared, never filled."""

MARSHAL_VERSION: Final = 2
"""The last one without back references, whose bytes depend on the content alone."""

MAX_FIELDS: Final = 2_000
"""Fields of an object that have a path of their own: each keyframe names them all."""

MAX_MORE: Final = 1_000
"""Further fields that are kept, under one path for all of them."""

SHORT: Final = 64
"""Elements of a list that is compared by its fingerprint."""

Print = bytes | list[Any] | None
"""What a container is compared by; None: nothing tells whether it was edited."""

EntryPrint = tuple[list[Any], list[Any]] | bytes | None
"""What an entry of the log history is compared by."""


class Watch:
    """The fields of one object.

    Args:
        prefix: First part of the paths, e.g. ``state``.
        name: Gives a path its number.
        plain: Turns a field's name and value into a plain value.
        stored: Returns what stands for a path's value in the trace, by the path's number: a large one is stored once.
        skip: Fields that are watched in another way.

    Attributes:
        raw: The values as they were at the last look.
        loose: Those that may change in place, by field, with what their content is compared by.
    """

    def __init__(
        self,
        prefix: str,
        name: Callable[[str], int],
        plain: Callable[[str, Any], Plain],
        stored: Callable[[int, Plain], Plain],
        skip: frozenset[str] = frozenset(),
    ) -> None:
        """Know nothing yet: the first look reports every field."""
        self._prefix = prefix
        self._name = name
        self._plain = plain
        self._stored = stored
        self._skip = skip
        self._keys: list[str] = []
        self.raw: list[Any] = []
        self._seen: dict[str, Plain] = {}
        self.loose: dict[str, tuple[Any, Print]] = {}
        self._paths: dict[object, int] = {}
        self._more = False  # one of the fields beyond `MAX_FIELDS` may have changed
        self._together: tuple[list[Any], bytes, list[tuple[Any, Print]]] | None = None  # see `_any_edited`

    def look(self, watched: object, closely: bool = True) -> list[Any]:
        """Return what changed since the last look, as path number, value, ...; ABSENT for a field that is gone.

        Args:
            watched: The object.
            closely: Look into containers too, which may have changed in place.
        """
        try:
            fields: dict[str, Any] = watched.__dict__
        except AttributeError:
            fields = fields_of(watched)
        raw = self.raw
        same_fields = len(fields) == len(raw) and all(map(is_, fields.values(), raw))
        if same_fields and not (closely and self.loose and self._any_edited()):
            return NOTHING
        return self.compare(fields, closely)

    def _any_edited(self) -> bool:
        """Tell whether a loose value was edited: of all that have one, the fingerprints are taken in one call."""
        together = self._together
        if together is None:
            values = [value for value, print_ in self.loose.values() if type(print_) is bytes]
            print_ = fingerprint(values)  # first: what another thread edits from here on differs from one of the two
            if any(map(_is_edited, self.loose.values())):
                return True
            if print_ is None:  # one that is as deep as can be has a fingerprint of its own, but none among others
                return False
            others = [known for known in self.loose.values() if type(known[1]) is not bytes]
            together = self._together = values, print_, others
        values, print_, others = together
        return fingerprint(values) != print_ or any(map(_is_edited, others))

    @property
    def seen(self) -> dict[str, Plain]:
        """The plain values as they were at the last look, by field."""
        return dict(self._seen)

    def forget(self) -> None:
        """Know nothing any more: the next look reports every field."""
        self.expect({})

    def expect(self, fields: dict[str, Plain]) -> None:
        """Take these plain values for what the last look saw: the next one reports what differs from them."""
        self._seen, self._keys, self.raw = dict(fields), list(fields), [ABSENT] * len(fields)
        self.loose, self._together = {}, None

    def compare(self, watched: dict[str, Any], closely: bool = False) -> list[Any]:
        """Return what changed in these fields, which are known not to be as they were; see `look`."""
        fields = watched.copy()  # dict() takes five times as long with the fields of an object
        self._together = None
        changes: list[Any] = []
        keys, paths, seen, loose = self._keys, self._paths, self._seen, self.loose
        if list(fields) != keys:
            self._follow_keys(fields, changes)
            keys = self._keys
        edited = [key for key, known in loose.items() if _is_edited(known)] if closely and loose else ()
        values = list(fields.values())
        for key in compress(keys, map(is_not, values, self.raw)):
            value = fields[key]
            kind = type(value)
            if (kind is int or kind is float) and key in paths and key not in loose and value == value:
                old = seen.get(key)
                if old != value or type(old) is not kind:  # the counters of every step
                    seen[key] = value
                    changes += (paths[key], value)
                    continue
            self._compare_field(key, value, changes)
        self.raw = values
        for key in edited:
            self._compare_field(key, fields[key], changes)
        if self._more:
            self._compare_more(fields, changes)
        return changes

    def _compare_field(self, key: str, value: object, changes: list[Any]) -> None:
        if key in self._skip:
            return
        if key not in self._paths and len(self._paths) >= MAX_FIELDS:
            self._more = True
            return
        if type(value) in _SHORT_SCALARS and key not in self.loose:
            new: Plain = value
        else:
            self.loose.pop(key, None)
            if may_change_in_place(value):
                self.loose[key] = (value, _print(value))
            new = self._plain(key_text(key), value)
        if key not in self._seen or not same(self._seen[key], new):
            self._seen[key] = new
            path = self._paths.get(key) or self._path(key)
            changes += (path, new if type(new) in _SHORT_SCALARS else self._stored(path, new))

    def _compare_more(self, fields: dict[str, Any], changes: list[Any]) -> None:
        """Look at the fields that have no path of their own: they share one, with a map of the first of them."""
        self._more = False
        rest = [key for key in fields if key not in self._paths and key not in self._skip]
        first = self._plain("", {key: fields[key] for key in rest[:MAX_MORE]})
        kept = first.kept if type(first) is Shortened else first
        path = self._name(f"{self._prefix}.{MORE}")
        changes += (path, self._stored(path, Shortened("dict", len(rest), 0, kept)) if rest else ABSENT)

    def _follow_keys(self, fields: dict[str, Any], changes: list[Any]) -> None:
        """Bring the remembered values into the order of the fields as they are now."""
        for key in [key for key in self._seen if key not in fields]:
            changes += (self._path(key), ABSENT)
            del self._seen[key]
            self.loose.pop(key, None)
        before = dict(zip(self._keys, self.raw, strict=True))
        self._more = self._more or any(key not in self._paths and key not in fields for key in self._keys)
        self._keys = list(fields)
        self.raw = [before.get(key, ABSENT) for key in self._keys]

    def _path(self, key: object) -> int:
        number = self._paths[key] = self._name(f"{self._prefix}.{_path_part(key, self._plain)}")
        return number


class HistoryWatch:
    """``state.log_history``: what was appended, and whether it is still the same list.

    Of the entries that were recorded only the last is looked at again, as callbacks may complete it: comparing
    all of them at every event would make a run's cost grow with its square.

    Args:
        generation: Number of the list that is seen first.

    Attributes:
        list, last: The list and its last entry, as they were last seen.
        generation: Number of the list.
        length: How many entries it had.
    """

    def __init__(self, generation: int = 0) -> None:
        self.list: Any = None
        self.last: object = None
        self._print: EntryPrint = None
        self.generation, self.length = generation, 0

    def look(self, history: object, *, closely: bool) -> tuple[int, list[Any]] | None:
        """Return the position and the entries that are new, None if nothing changed.

        Args:
            history: The list.
            closely: Look at the content of the last known entry too.
        """
        if not isinstance(history, list):
            history = []
        length, known = len(history), self.length
        if not closely and history is self.list and length == known and (not known or history[-1] is self.last):
            return None
        same_list = history is self.list and length >= known and (not known or history[known - 1] is self.last)
        edited = closely and bool(known) and same_list and _entry_edited(self.last, self._print)
        if same_list and length == known and not edited:
            return None
        if not same_list and not length and not known:
            self.list = history
            return None
        start = known - edited if same_list else 0
        self.generation += not same_list
        self.list, self.last, self.length = history, history[-1] if length else None, length
        self._print = _entry_print(self.last)
        return start, history[start:]


class PathNames(Protocol):
    """Gives paths their numbers, see `TraceWriter`."""

    def name(self, value: str) -> int:
        """Return the number of a path."""
        ...

    def is_more(self, number: int) -> bool:
        """Tell whether this is the path of all paths without room."""
        ...


class MappingWatch:
    """A mapping that an event was given (logs, metrics), which its callbacks may edit.

    Args:
        prefix: First part of the paths: the argument's name.
        mapping: A dict.
    """

    __slots__ = ("_keys", "_mapping", "_prefix", "_values")

    def __init__(self, prefix: str, mapping: dict[Any, Any]) -> None:
        self._prefix = prefix
        self._mapping = mapping
        self._keep()

    def look(self, names: PathNames, plain: Callable[[str, Any], Plain]) -> list[Any]:
        """Return what changed since the last look, as path number, value, ..."""
        mapping = self._mapping
        now = dict.values(mapping)  # not the mapping's own methods, which may do anything
        unchanged = len(now) == len(self._values) and all(map(is_, now, self._values))
        if unchanged and all(map(is_, dict.keys(mapping), self._keys)):
            return NOTHING
        before = dict(zip(self._keys, self._values, strict=True))
        self._keep()
        after = dict(zip(self._keys, self._values, strict=True))
        changed = [(key, ABSENT) for key in before if key not in after]
        changed += [(key, value) for key, value in after.items() if key not in before or value is not before[key]]
        changes: list[Any] = []
        for key, value in changed[:MAX_MORE]:
            text = key_text(key)
            new = value if value is ABSENT else plain(text, value)
            if new is ABSENT or key not in before or not same(plain(text, before[key]), new):
                changes += self._named(names, key, new, plain)
        if len(changed) > MAX_MORE:
            more = Described("more", f"{len(changed) - MAX_MORE:,} further keys were changed")
            changes += (names.name(f"{self._prefix}.{MORE}"), more)
        return changes

    def _named(
        self, names: PathNames, key: object, new: Plain, plain: Callable[[str, Any], Plain]
    ) -> tuple[int, Plain]:
        part = _path_part(key, plain)
        number = names.name(f"{self._prefix}.{part}")
        return number, Described("more", part, None if new is ABSENT else new) if names.is_more(number) else new

    def _keep(self) -> None:
        mapping = self._mapping  # read in one go: another thread may be writing to it
        if type(mapping) is dict:
            content = mapping.copy()
            self._keys, self._values = list(content), list(content.values())
        else:  # of a class that has its own ways to be copied
            items = list(dict.items(mapping))
            self._keys, self._values = [key for key, _ in items], [value for _, value in items]


def _entry_print(entry: object) -> EntryPrint:
    """Return what tells whether an entry of the history was edited: keys and values where none can change in place.

    A fingerprint would read all of them at every look, a text of 100 MB too.
    """
    if type(entry) is dict and SCALARS.issuperset(map(type, entry.values())):
        return list(entry), list(entry.values())
    return fingerprint(entry)


def _entry_edited(entry: Any, print_: EntryPrint) -> bool:
    if type(print_) is not tuple:
        return fingerprint(entry) != print_
    keys, values = print_
    if len(entry) != len(keys) or not all(map(is_, entry, keys)):
        return True
    return not all(map(is_, entry.values(), values)) and not all(map(same, entry.values(), values))


def _print(value: Any) -> Print:
    """Return what tells whether a container was edited: of a long list of texts or numbers the elements themselves.

    A fingerprint would read all of their bytes at every look.
    """
    if type(value) is list and len(value) > SHORT and SCALARS.issuperset(map(type, value)):
        return list(value)
    return fingerprint(value)


def _is_edited(known: tuple[Any, Print]) -> bool:
    value, print_ = known
    if type(print_) is list:
        return len(value) != len(print_) or not all(map(is_, value, print_))
    return print_ is None or fingerprint(value) != print_


def fields_of(watched: object) -> dict[str, Any]:
    """Return an object's fields by name: its ``__dict__``, or its slots; nothing if it has neither."""
    try:
        return watched.__dict__
    except AttributeError:
        slots = [slot for kind in type(watched).__mro__ for slot in getattr(kind, "__slots__", ())]
        return {slot: getattr(watched, slot) for slot in slots if hasattr(watched, slot)}


def may_change_in_place(value: object) -> bool:
    """Tell whether a value of this kind can change while it stays the same object, in a way that is recorded."""
    kind = type(value)
    if kind in SCALARS:
        return False
    # Not `isinstance`: it asks the value's own `__class__`, which may do anything.
    return issubclass(kind, _CONTAINERS) or any("__array__" in vars(base) for base in kind.__mro__)


_CONTAINERS: Final = (list, dict, tuple, set, frozenset, bytearray)


def fingerprint(value: Any) -> bytes | None:
    """Return bytes that differ when a container's content does, None if it holds anything but plain data.

    ``marshal`` serves as the comparison because it is exact to the type and the bit (1 is not True, NaN is
    itself) and runs no code of the values.
    """
    try:
        return marshal.dumps(value, MARSHAL_VERSION)
    except (ValueError, TypeError):
        return None


def same(old: Plain, new: Plain) -> bool:
    """Tell whether two plain values are the same to the type and the bit."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    kind = type(old)
    if kind in _PLAINLY_EQUAL or (kind is float and old != 0.0 and old == old):
        return bool(old == new)
    prints = fingerprint(old), fingerprint(new)
    if prints[0] is not None or prints[1] is not None:
        return prints[0] == prints[1]
    return repr(old) == repr(new)  # marks are plain: their repr is exact and runs no foreign code


def _path_part(key: object, plain: Callable[[str, Any], Plain]) -> str:
    """Return a mapping's key as the last part of a path, without secrets."""
    text = plain("", key) if type(key) in (str, bytes) else key
    return key_text(text.kept if type(text) is Shortened else text)


def key_text(key: object) -> str:
    """Return a mapping's key as the last part of a path."""
    if type(key) is str:
        return key if len(key) <= 200 else key[:200] + "…"
    return repr(key) if type(key) in SCALARS else f"<{type(key).__name__}>"
