"""Which framework a trace is of: what the run's header says, over what is known of the framework of that name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from .framework import KINDS, MOST, ROLES, Flag, Framework, Phase
from .paths import kind_of
from .transformers import TRANSFORMERS
from .values import Plain

_T = TypeVar("_T")

DEFAULT: Final = TRANSFORMERS
"""The framework of traces that name none."""

KEY: Final = "framework"
"""Key of the run's header."""

LONGEST: Final = 200
"""Characters of a text that is taken for a name or a path."""

KNOWN: Final = {framework.name: framework for framework in (TRANSFORMERS,)}
"""Frameworks of which more is known than a header can say."""

_CAUSES: Final = ("loop", "handler")
_PATHS: Final = ("step", "steps", "epoch", "history")


def framework_of(run: Mapping[str, Plain]) -> Framework:
    """Return the framework of a trace.

    Args:
        run: The run's header. What is not as `docs/format.md` says is as if it were not there.
    """
    told = run.get(KEY)
    if type(told) is not dict:
        return DEFAULT
    name = _text(told.get("name")) or DEFAULT.name
    return replace(KNOWN.get(name, Framework(name)), **dict(_told(told)))


def _told(header: Mapping[Any, Plain]) -> Iterator[tuple[str, Any]]:
    """Give the fields of a framework that its header says."""
    for keys, read in ((_CAUSES, _text), (_PATHS, _path)):
        yield from ((key, text) for key in keys if (text := read(header.get(key))))
    for key, items in (("flags", _flags(header.get("flags"))), ("phases", _phases(header.get("phases")))):
        if items is not None:
            yield key, items


def _flags(told: Plain) -> tuple[Flag, ...] | None:
    return _all(told, _flag, lambda flag: flag.name, lambda flag: flag.letter)


def _flag(item: Plain) -> Flag | None:
    told = item if type(item) is dict else {}
    name, letter, role = _text(told.get("name")), _text(told.get("letter")), _text(told.get("role"))
    if not name or len(letter) != 1 or not "A" <= letter <= "Z":
        return None
    about, served = _text(told.get("about")) or name, _text(told.get("served"))
    return Flag(name, letter, about, role if role in ROLES else "", served)


def _phases(told: Plain) -> tuple[Phase, ...] | None:
    return _all(told, _phase, lambda phase: phase.name, lambda phase: phase.begin)


def _phase(item: Plain) -> Phase | None:
    told = item if type(item) is dict else {}
    name, begin, kind = _text(told.get("name")), _text(told.get("begin")), _text(told.get("kind"))
    ends = tuple(map(_text, _listed(told.get("ends"))))
    if not name or not begin or not ends or not all(ends) or begin in ends:
        return None
    return Phase(name, begin, ends, kind if kind in KINDS else "", told.get("inside") is True)


def _all(told: Plain, read: Callable[[Plain], _T | None], *keys: Callable[[_T], str]) -> tuple[_T, ...] | None:
    """Return what a header lists; None if it is no list, or holds what is not as said or has a key of another one."""
    found = [read(item) for item in _listed(told)]
    items = tuple(item for item in found if item is not None)
    alone = all(_differ(map(key, items)) for key in keys)
    return items if type(told) is list and len(items) == len(found) and alone else None


def _listed(told: Plain) -> list[Plain]:
    return told[:MOST] if type(told) is list else []


def _differ(texts: Iterable[str]) -> bool:
    listed = list(texts)
    return len(set(listed)) == len(listed)


def _path(value: Plain) -> str:
    """Return the path of a value that lasts from event to event, and is all in the chain; empty if it is none."""
    path = _text(value)
    kind, _ = kind_of(path)
    return path if kind.chained and not kind.overlay else ""


def _text(value: Plain) -> str:
    return value if type(value) is str and len(value) <= LONGEST else ""
