"""What makes one value of another: what was appended to a list, dropped from its front, or set in a map.

An edit is a plain list; its first item says which:

    [0, value]                  the value itself
    [1, start, stop, more]      what stands between two places of a list, tuple, text or bytes, and `more` of its kind
    [2, {key: edit, ...}]       a map with some keys set, new ones at its end; an empty edit takes a key away
    [3, length, digest, edit]   shortened: what was kept of the base, or the base, edited
    [4, text, edit]             described, of the same type: its value, edited
"""

from __future__ import annotations

import struct
from typing import Any, Final

from ..codec import unbounded
from ..errors import BadRecord
from ..values import Described, Plain, Shortened

NEW: Final = 0
SPLICE: Final = 1
KEYS: Final = 2
SHORTENED: Final = 3
DESCRIBED: Final = 4

MAX_DEPTH: Final = 64
"""Levels of edits inside each other."""

MAX_TRIES: Final = 8
"""Places that are tried where the old sequence may go on in the new one."""

SAMPLE: Final = 64
"""Characters of a text by which such a place is searched."""

POINTER: Final = 8
"""Bytes of memory that an element of a list takes, without itself."""

ENTRY: Final = 100
"""Bytes that a key of a map takes."""

_SEQUENCES: Final = (list, tuple, str, bytes)
_PLAINLY_EQUAL: Final = frozenset((int, str, bool, bytes, type(None)))


def difference(old: Plain, new: Plain) -> list[Plain]:
    """Return an edit that makes `new` of `old`: a short one where little differs, else the value itself."""
    kind = type(new)
    if kind is Shortened and (type(old) is Shortened or type(old) is type(new.kept)):
        inner = difference(old.kept if type(old) is Shortened else old, new.kept)
        return [SHORTENED, new.length, new.digest, inner] if _kind(old) == new.kind else [NEW, new]
    if kind is not type(old):
        return [NEW, new]
    if kind is dict:
        return _keys(old, new)
    if kind in (list, tuple):
        return _spliced_items(old, new)
    if kind in (str, bytes):
        return _spliced_text(old, new)
    if kind is Described and old.type == new.type:
        return [DESCRIBED, new.text, difference(old.value, new.value)]
    return [NEW, new]


def equal(one: Plain, other: Plain) -> bool:
    """Tell whether two plain values are the same to the type and the bit."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind in _PLAINLY_EQUAL:
        return bool(one == other)
    if kind is float:
        return struct.pack("d", one) == struct.pack("d", other)
    return unbounded(one) == unbounded(other)


def _kind(value: Plain) -> str:
    return value.kind if type(value) is Shortened else type(value).__name__


def _keys(old: dict[Plain, Plain], new: dict[Plain, Plain]) -> list[Plain]:
    stay = [key for key in old if key in new]
    order = [*stay, *(key for key in new if key not in old)]
    if not stay or unbounded(order) != unbounded(list(new)):
        return [NEW, new]
    edits: dict[Plain, Plain] = {key: [] for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            edits[key] = [NEW, value]
        elif not equal(old[key], value):
            edits[key] = difference(old[key], value)
    return [KEYS, edits]


def _spliced_items(old: Any, new: Any) -> list[Plain]:
    """Keep the beginning that both have; or, of a window that moves on, the end of the old one."""
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if not equal(a, b)), min(len(old), len(new)))
    if same == len(old) or not new:
        return [SPLICE, 0, same, new[same:]]
    starts = [n for n in range(1, len(old)) if equal(old[n], new[0])][:MAX_TRIES] if same < len(old) // 2 else []
    for start in starts:
        rest = len(old) - start
        if rest <= len(new) and all(map(equal, old[start:], new)):
            return [SPLICE, start, len(old), new[rest:]]
    return [SPLICE, 0, same, new[same:]] if same else [NEW, new]


def _spliced_text(old: Any, new: Any) -> list[Plain]:
    if type(new) is str and not (_is_unicode(old) and _is_unicode(new)):
        return [NEW, new]
    if new.startswith(old):
        return [SPLICE, 0, len(old), new[len(old) :]]
    start = old.find(new[:SAMPLE], 1) if len(new) >= SAMPLE else -1
    for _ in range(MAX_TRIES if start > 0 else 0):
        if new.startswith(old[start:]):
            return [SPLICE, start, len(old), new[len(old) - start :]]
        start = old.find(new[:SAMPLE], start + 1)
        if start < 0:
            break
    same = _common(old, new)
    return [SPLICE, 0, same, new[same:]] if same else [NEW, new]


def _common(old: Any, new: Any) -> int:
    """Return how many characters two texts have in common at their beginning."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if old[:middle] == new[:middle] else (low, middle - 1)
    return low


def _is_unicode(text: str) -> bool:
    """Tell whether a text has no lone surrogates: two halves would become one character where both are joined."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def edited(base: Plain, edit: Plain) -> tuple[Plain, int]:
    """Return what an edit makes of a value, and how many bytes of memory were taken for that, about.

    Args:
        base: The value.
        edit: From anywhere.

    Raises:
        BadRecord: It is no edit, or none of this value.
    """
    editing = _Editing()
    return editing.edited(base, edit, 0), editing.made


class _Editing:
    """One edit being made: what it has cost so far."""

    def __init__(self) -> None:
        self.made = 0

    def edited(self, base: Plain, edit: Plain, depth: int) -> Plain:
        if type(edit) is not list or not edit or depth > MAX_DEPTH:
            raise BadRecord("no edit of a value")
        kind, *items = edit
        if kind == NEW and len(items) == 1:
            return items[0]
        if kind == SPLICE and len(items) == 3:
            return self._splice(base, *items)
        if kind == KEYS and len(items) == 1:
            return self._set_keys(base, items[0], depth)
        if kind == SHORTENED and len(items) == 3:
            return self._shorten(base, items, depth)
        if kind == DESCRIBED and len(items) == 2 and type(base) is Described and type(items[0]) is str:
            return Described(base.type, items[0], self.edited(base.value, items[1], depth + 1))
        raise BadRecord("an edit of a kind that there is not, or of another value")

    def _splice(self, base: Any, start: Any, stop: Any, more: Any) -> Plain:
        if type(base) not in _SEQUENCES or type(more) is not type(base):
            raise BadRecord("an edit of another kind of value")
        if type(start) is not int or type(stop) is not int or not 0 <= start <= stop <= len(base):
            raise BadRecord("an edit beyond the end of its value")
        if type(base) is str and not (_is_unicode(base) and _is_unicode(more)):
            raise BadRecord("an edit of a text with lone surrogates")
        found = base[start:stop] + more
        self.made += len(found) * (1 if type(found) in (str, bytes) else POINTER)
        return found

    def _set_keys(self, base: Any, edits: Any, depth: int) -> Plain:
        if type(base) is not dict or type(edits) is not dict:
            raise BadRecord("an edit of another kind of value")
        found = dict(base)
        for key, edit in edits.items():
            if edit == []:
                found.pop(key, None)
            else:
                found[key] = self.edited(found.get(key), edit, depth + 1)
        self.made += len(found) * ENTRY
        return found

    def _shorten(self, base: Any, items: list[Any], depth: int) -> Plain:
        length, digest, edit = items
        if type(length) is not int or type(digest) is not int:
            raise BadRecord("an edit that is no edit")
        kept = self.edited(base.kept if type(base) is Shortened else base, edit, depth + 1)
        return Shortened(_kind(base), length, digest, kept)
