"""Keeps what was used last, as much of it as has room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Calls a function, and keeps its results: a file decides how large they are, so that a number of them is no bound.

    Args:
        load: The function.
        cost: Returns what a result costs, now; it may grow.
        limit: What all together may cost; the latest is kept whatever it costs.
    """

    def __init__(self, load: Callable[[Key], Value], cost: Callable[[Value], int], limit: int) -> None:
        self._load = load
        self._cost = cost
        self._limit = limit
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __call__(self, key: Key) -> Value:
        """Return the function's result."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = self._kept[key] = self._load(key)
        while len(self._kept) > 1 and sum(map(self._cost, self._kept.values())) > self._limit:
            self._kept.popitem(last=False)
        return found

    def forget(self, key: Key) -> None:
        """Let the next call for a key load it anew."""
        self._kept.pop(key, None)
