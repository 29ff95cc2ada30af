"""Two values as short texts beside each other, long ones by what makes them differ."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ...trace.values import Plain
from ..text.display import brief, show
from ..text.numbers import is_number, rates, rounded
from ..text.safe import visible

FEW: Final = 4
"""Elements of a list that are written out."""

_CUT: Final = re.compile(r".*[/\\\s._-]", re.DOTALL)
"""A text up to its last separator."""


def described(one: Plain, other: Plain, limit: int = 40) -> tuple[str, str]:
    """Return two values as texts for one line of a table.

    Lists that are long are told by their length and by how much longer they are, long texts from where they part.

    Args:
        one, other: Values of a trace, or marks.
        limit: Characters of each; at least 2.

    Returns:
        Safe texts.
    """
    if _is_long(one, limit) or _is_long(other, limit):
        before = _length(one, None, limit)
        return before, _length(other, one, limit)
    if type(one) is str and type(other) is str and max(len(one), len(other)) > limit:
        return _from_the_parting(one, other, limit)
    return value(one, limit), value(other, limit)


def value(item: Plain, limit: int = 40) -> str:
    """Return one value as a person would write it, on one line: numbers rounded, those in short lists, too."""
    if type(item) is str and len(item) > limit:  # folders and names differ at their ends
        head, tail = (limit - 1) // 2, limit // 2
        return f"{visible(item[:head])[:head]}…{visible(item[-tail:])[-tail:]}"
    if not _is_few_numbers(item):
        return rounded(item)[:limit] if is_number(item) else brief(item, limit)
    alike = rates(item)
    if is_number(alike):
        return rounded(alike) + (f" ×{len(item)}" if len(item) > 1 else "")
    text = f"[{', '.join(map(rounded, item))}]"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _is_few_numbers(item: Plain) -> bool:
    return type(item) is list and 0 < len(item) <= FEW and all(map(is_number, item))


def _is_long(item: Plain, limit: int) -> bool:
    if isinstance(item, (str, bytes)) or not isinstance(item, (Sequence, Mapping)) or _is_few_numbers(item):
        return False
    return len(item) > FEW or not isinstance(item, (list, tuple, dict)) or len(show(item, limit + 1)) > limit


def _length(item: Plain, before: Plain, limit: int) -> str:
    """Return the length of a container, and how much longer it is than the one before; any other value as it is."""
    if isinstance(item, (str, bytes)) or not isinstance(item, (Sequence, Mapping)):
        return value(item, limit)
    unit = ("key", "keys") if isinstance(item, Mapping) else ("entry", "entries")
    text = f"{len(item):,} {unit[len(item) != 1]}"
    if isinstance(before, (str, bytes)) or not isinstance(before, (Sequence, Mapping)):
        return text
    more = len(item) - len(before)
    return f"{text}, {more:+,}" if more else f"{text}, changed"


def _from_the_parting(one: str, other: str, limit: int) -> tuple[str, str]:
    """Return two texts without the beginning that they share, cut at a separator."""
    shared = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    cut = _CUT.match(one[:shared])
    start = cut.end() if cut is not None else 0
    if start < 2:
        return value(one, limit), value(other, limit)
    return brief("…" + one[start : start + limit], limit), brief("…" + other[start : start + limit], limit)
