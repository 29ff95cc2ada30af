"""Where the code of a callback stands, as far as the run's header tells: file and line."""

from __future__ import annotations

from collections.abc import Mapping

from ...trace.values import Plain
from .safe import visible


def described(run: Mapping[str, Plain], label: str) -> Mapping[str, Plain]:
    """Return what a run's header says of a callback; empty where it says nothing."""
    listed = run.get("callbacks")
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return next((item for item in items if item.get("name") == label), {})


def of_class(run: Mapping[str, Plain], label: str) -> str | None:
    """Return file and line of a callback's class, or None."""
    return _text(described(run, label).get("at"))


def of_hook(run: Mapping[str, Plain], label: str, event: str) -> str | None:
    """Return file and line of a callback's hook for an event, or None."""
    lines = described(run, label).get("lines")
    place = _text(lines.get(event)) if isinstance(lines, Mapping) else None
    if place is None or not place.startswith(":"):
        return place
    return (of_class(run, label) or "").rpartition(":")[0] + place  # in the file of the class


def short(place: str | None) -> str:
    """Return file and line without the folders, safe for a terminal; empty where there is none."""
    return visible((place or "").replace("\\", "/").rpartition("/")[2])


def _text(value: Plain) -> str | None:
    return value if isinstance(value, str) and value else None
