"""A library that a callback calls."""

from __future__ import annotations


def explode() -> None:
    """Raise here: this line is not the callback's."""
    raise ConnectionError("gone")
