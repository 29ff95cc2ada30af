"""A change in words: what a value was, what it is, and of a list that grew what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os.path import commonprefix
from typing import Final, TypeAlias

from ...trace.values import ABSENT, Plain
from .numbers import apart, is_number

COMPARED: Final = 100
"""Entries of two lists that are compared to tell whether one is the other with more behind it."""

Said: TypeAlias = Callable[[Plain, int], str]
"""Writes a value as safe text of at most so many characters: `display.reading` or `display.show`."""


def growth(old: Plain, new: Plain) -> range | None:
    """Return the numbers of the entries by which a list grew; None if it did not, or changed otherwise."""
    if not _is_list(new) or not (old is ABSENT or _is_list(old)):
        return None
    before = 0 if old is ABSENT else len(old)
    if len(new) <= before:
        return None
    known = type(new) not in (list, tuple)  # a log history: it is longer, and not to be read for that
    if not known and before and list(old[:COMPARED]) != list(new[: min(before, COMPARED)]):
        return None
    return range(before, len(new))


def grown(new: Sequence[Plain], came: range, said: Said, limit: int) -> str:
    """Return by what a list grew: ``+1 entry (14): loss 0.1846, grad_norm 0.29``.

    Args:
        new: The list.
        came: What `growth` returned.
        said: Writes a value.
        limit: Characters of the text.
    """
    count = f"+{len(came):,} {'entry' if len(came) == 1 else 'entries'} ({len(new):,})"
    text = f"{count}: {in_short(new[came[-1]], said, limit)}"
    return text if len(text) <= limit else f"{text[: max(len(count), limit - 1)]}…"


def in_short(entry: Plain, said: Said, limit: int) -> str:
    """Return an entry of a list without the braces of a dictionary."""
    if not isinstance(entry, Mapping):
        return said(entry, limit)
    parts: list[str] = []
    for key in entry:
        parts.append(f"{_bare(key, said)} {said(entry[key], limit)}")
        if sum(map(len, parts)) > limit:
            break
    return ", ".join(parts)


def sides(old: Plain, new: Plain, said: Said, limit: int) -> tuple[str, str]:
    """Return the old and the new value, each of at most `limit` characters; of long texts that part which differs."""
    one, two = said(old, limit), said(new, limit)
    if one == two and is_number(old) and is_number(new):
        return apart(old, new)
    if one == two and isinstance(old, str) and isinstance(new, str):
        begin = max(0, len(commonprefix((old, new))) - limit // 4)  # noqa: RUF071 - characters are meant
        return f"…{said(old[begin:], limit - 1)}", f"…{said(new[begin:], limit - 1)}"
    return one, two


def _bare(key: Plain, said: Said) -> str:
    text = said(key, 40)
    return text[1:-1] if isinstance(key, str) and text.endswith('"') else text


def _is_list(value: Plain) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
