"""Which values are short and plain enough to be recorded whenever they change; no code of theirs runs."""

from __future__ import annotations

import enum
import marshal
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Final

from ...trace.values import ABSENT, Described
from .static import name_of
from .watch import MARSHAL_VERSION, SCALARS

MAX_TEXT: Final = 500
"""Characters or bytes of a text."""

MAX_ELEMENTS: Final = 24
"""Elements of a container, those of the containers in it included."""

MAX_LEVELS: Final = 3

_CONTAINERS: Final = (dict, list, tuple, set, frozenset, deque)
_TEXTS: Final = (str, bytes, bytearray)


def brief(value: Any) -> Any:
    """Return a value that `Plainer` records as it is, a mark for one that is too long, or `ABSENT` for any other."""
    kind = type(value)
    size = _size(value, MAX_LEVELS)
    if size is None:
        return ABSENT
    if size > MAX_ELEMENTS:
        return Described(name_of(kind), f"more than {MAX_ELEMENTS} elements")
    if issubclass(kind, _TEXTS) and _length(value) > MAX_TEXT:
        return Described(name_of(kind), f"{_length(value):,} {'characters' if issubclass(kind, str) else 'bytes'}")
    return list(deque.__iter__(value)) if issubclass(kind, deque) else value


class Containers:
    """Containers that may change while they stay the same object, and what they looked like.

    Those of plain data are compared by their bytes in ``marshal``, all of them in one call: that is exact, runs no code
    of theirs, and takes less than a microsecond. Of a long one it is only asked whether it is still long.
    """

    def __init__(self) -> None:
        self._short: dict[str, Any] = {}
        self._print = _print_of([])
        self._others: dict[str, tuple[Any, bool]] = {}
        self._all: list[Any] = []

    def forget(self, key: str) -> bool:
        """Leave out what stands under a key; returns True."""
        if self._short.pop(key, None) is not None:
            self._refresh()
        self._others.pop(key, None)
        return True

    def remember(self, key: str, value: Any, found: Any) -> None:
        """Remember the value under a key as it is now; `found` is the answer of `brief` for it."""
        self.forget(key)
        kind = type(value)
        if found is ABSENT or kind in SCALARS:
            return
        if type(found) is Described or not issubclass(kind, _CONTAINERS) or _print_of(value) is None:
            if issubclass(kind, (*_CONTAINERS, bytearray)) or _is_small_array(value):
                self._others[key] = value, type(found) is Described
        else:
            self._short[key] = value
            self._refresh()

    def _refresh(self) -> None:
        self._all = list(self._short.values())
        self._print = _print_of(self._all)

    def are_unchanged(self) -> bool:
        """Tell whether none is known to have changed."""
        return (not self._all or _print_of(self._all) == self._print) and not (self._others and self._edited())

    def edited(self) -> list[str]:
        """Return the keys of those that may have changed."""
        same = not self._all or _print_of(self._all) == self._print
        return [*(() if same else self._short), *self._edited()]

    def _edited(self) -> list[str]:
        return [key for key, (value, long) in self._others.items() if not (long and _length(value) > MAX_ELEMENTS)]


def _print_of(value: Any) -> bytes | None:
    try:
        return marshal.dumps(value, MARSHAL_VERSION)
    except (ValueError, TypeError):
        return None


def _size(value: Any, levels: int) -> int | None:
    """Return how many elements a value has (a scalar: one); None if something in it is not plain."""
    kind = type(value)
    if kind in SCALARS or issubclass(kind, (enum.Enum, int, float, PurePath, *_TEXTS)) or _is_small_array(value):
        return 1
    if not issubclass(kind, _CONTAINERS) or not levels:
        return None
    if _length(value) > MAX_ELEMENTS:
        return MAX_ELEMENTS + 1
    total = 0
    for item in _items(value):
        size = _size(item, levels - 1)
        if size is None:
            return None
        total += size if not issubclass(type(item), _TEXTS) or _length(item) <= MAX_TEXT else MAX_ELEMENTS + 1
    return total


def _length(value: Any) -> int:
    return next(base for base in (*_CONTAINERS, *_TEXTS) if issubclass(type(value), base)).__len__(value)


def _items(value: Any) -> Iterable[Any]:
    if issubclass(type(value), dict):
        return [part for item in list(dict.items(value)) for part in item[1:]]
    base = next(base for base in _CONTAINERS if issubclass(type(value), base))
    return list(base.__iter__(value))


def _is_small_array(value: Any) -> bool:
    """Tell whether a value is a number of numpy's or torch's that lies on the CPU."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    kind = type(value)
    if numpy is not None and issubclass(kind, (numpy.generic, numpy.ndarray)):
        return not issubclass(kind, numpy.ndarray) or numpy.ndarray.ndim.__get__(value) == 0
    if torch is None or kind not in (torch.Tensor, torch.nn.Parameter):
        return False
    return bool(value.ndim == 0 and value.device.type == "cpu")
