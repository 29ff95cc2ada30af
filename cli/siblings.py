"""The traces that lie beside one: other ranks, and other recordings under the same name. Found by name alone."""

from __future__ import annotations

import os
import re
from typing import Final

MOST_LOOKED: Final = 10_000
"""Entries of the folder that are looked at."""

_NUMBERED: Final = re.compile(r"(?s)(?P<name>.*?)(?P<number>-[0-9]{1,6})?(?P<rank>\.rank[0-9]{1,6})?")


def siblings(path: str) -> list[str]:
    """Return the names of the files beside a trace that a recording of the same name writes, sorted.

    Args:
        path: The trace; what is no file has none.
    """
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    family = _family(stem)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry, _ in zip(entries, range(MOST_LOOKED), strict=False)]
    except OSError:
        return []
    if name not in names:
        return []
    others = [other for other in names if other != name and other.endswith(suffix)]
    return sorted((other for other in others if _family(other[: len(other) - len(suffix)]) == family), key=_natural)


def _family(stem: str) -> str:
    found = _NUMBERED.fullmatch(stem)
    return found["name"] if found is not None else stem


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort ``trace-10`` behind ``trace-9``."""
    return [
        (int(part), "") if part.isdigit() and part.isascii() else (-1, part) for part in re.split(r"([0-9]+)", name)
    ]
