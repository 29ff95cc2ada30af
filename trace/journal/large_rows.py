"""What becomes of a row that would be too large: its values are stored beside it, and it refers to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..codec import packed_size
from ..limits import LARGE_VALUE, MAX_RECORD
from ..values import Plain, ValueRef
from .records import Rare
from .shorten import shortened

REF_BYTES: Final = 32
"""Bytes from which on a value of such a row is stored beside it."""

TEXTS_BYTES: Final = 1 << 15
"""Bytes that remain of its messages, and of its exceptions."""

REST_BYTES: Final = MAX_RECORD >> 1
"""Bytes of a row from which on all is left out but what changed."""

Once = Callable[[Plain], ValueRef]
"""Stores a value, and returns what stands for it."""


def lighter(
    between: Sequence[Plain], inside: Sequence[Plain], rare: Mapping[int, Plain], once: Once
) -> tuple[Any, ...]:
    """Return the parts of a row with references in the place of its values.

    Args:
        between, inside, rare: As in `records.EventRow`.
        once: Stores a value.
    """
    groups = [part if place % 2 == 0 else _pairs(part, once) for place, part in enumerate(inside)]
    return _pairs(between, once), groups, {key: _rare(key, part, once) for key, part in rare.items()}


def _pairs(flat: Sequence[Plain], once: Once) -> list[Plain]:
    return [part if place % 2 == 0 else _light(part, REF_BYTES, once) for place, part in enumerate(flat)]


def _light(value: Plain, least: int, once: Once) -> Plain:
    return value if type(value) is ValueRef or packed_size(value) < least else once(value)


def _rare(key: int, value: Any, once: Once) -> Plain:
    if key == Rare.INPUTS:
        return {name: _light(item, LARGE_VALUE, once) for name, item in value.items()}
    if key == Rare.PROBES:
        return [[probe, took, _light(found, LARGE_VALUE, once), *more] for probe, took, found, *more in value]
    if key == Rare.MESSAGES:
        share = TEXTS_BYTES // max(1, len(value))
        return [[cause, *(_text(text, share) for text in texts)] for cause, *texts in value]
    return {place: _text(text, TEXTS_BYTES) for place, text in value.items()} if key == Rare.RAISED else value


def _text(value: Plain, limit: int) -> Plain:
    """Return a text, cut: where a text has to stand no mark can."""
    short = shortened(value, limit)
    return short if short is value else f"{value[: limit // 4]}… ({len(value):,} characters)"
