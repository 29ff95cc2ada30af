"""A path as a user writes it, ``lr[0]`` or ``callbacks.Stop.patience``, as a column and the way into its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from ..rows.values import Keys, Path

OWN: Final = ("event", "index", "step", "epoch", "time", "duration", "depth", "thread")
"""What an event has of its own: no callback can change it."""

_LAST: Final = re.compile(r"(?:\.([^.\[\]]*)|\[(-?\d{1,18})\])\Z")


def selected(path: str, known: Callable[[str], object]) -> tuple[Path, Keys]:
    """Take a path apart.

    The longest beginning that the trace knows is the column: keys have dots in them, and brackets.

    Args:
        path: The path.
        known: Tells by something true or false whether the trace has a path.

    Returns:
        The column, and the keys of what is wanted of its values. Nothing has the column if no beginning is known.
    """
    for column, keys in _beginnings(path):
        if column in OWN or known(column):
            return as_column(column), keys
    return as_column(path), ()


def as_column(path: str) -> Path:
    """Return the column of a path of the trace: the kind, and the key with all its dots."""
    return tuple(path.split(".", 1))


def _beginnings(path: str) -> Iterator[tuple[str, Keys]]:
    keys: Keys = ()
    yield path, keys
    while (found := _LAST.search(path)) is not None:
        key, number = found.groups()
        path, keys = path[: found.start()], (key if number is None else int(number), *keys)
        yield path, keys
