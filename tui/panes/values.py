"""Values that unfold: dictionaries and lists into their items, long texts into their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from textwrap import TextWrapper
from typing import Final

from rich.cells import cell_len

from ...replay.text.numbers import aligned, is_number
from ...replay.text.safe import visible
from ...trace.values import Described, Plain, Shortened
from .look import Look
from .rows import Lines, Listed, Row, Span, plain, span
from .table import Entries, is_table

MARGIN: Final = 2
"""Cells by which what is inside a row is further right."""

LOOKED_AT: Final = 200
"""Items by which the width of the names, and the place of the points, are chosen."""

LONGEST_TEXT: Final = 20_000
"""Characters of a text that are unfolded. All of them are copied."""

ALIGNED: Final = 4
"""Characters before the point up to which numbers stand with their points below each other: else there are gaps."""

_KEY: Final = re.compile(r"[^.\[\]]+\Z")


def below(path: str, part: object) -> str:
    """Return the path of an item, as `Trace.series` takes it; empty where there is none."""
    if not path:
        return ""
    if type(part) is int:
        return f"{path}[{part}]"
    return f"{path}.{part}" if isinstance(part, str) and _KEY.match(part) else ""


def value_row(
    look: Look, name: Span, value: Plain, *, path: str = "", part: Hashable = None, text: str = "", role: str = "text"
) -> Row:
    """Return the row of a value.

    Args:
        look: What is looked at.
        name: What stands before the value.
        value: The value.
        path: Its path.
        part: See `Row.part`; None: the path.
        text: What is written for the value, safe; empty: itself.
        role: The role of that.
    """
    room = max(2, look.width - cell_len(name.text) - 2)
    inner = unfolded(look, value, path, room)
    shown = Span(text or look.said(value, room), role)
    return Row((name, Span("  "), shown), path if part is None else part, path, value, inner=inner)


def unfolded(look: Look, value: Plain, path: str, room: int) -> Callable[[], Lines] | None:
    """Return what makes the rows inside a value; None where there is nothing to unfold.

    Args:
        look: What is looked at, at the width of the row.
        value: The value.
        path: Its path.
        room: Characters that the row itself has for the value.
    """
    inner = look.narrower(MARGIN)
    if isinstance(value, (Shortened, Described)):
        return unfolded(look, value.kept if isinstance(value, Shortened) else value.value, path, 0)
    if isinstance(value, str):
        fits = len(value) + 2 <= room and len(visible(value)) + 2 <= room
        return None if fits or not value else lambda: text_lines(inner, value)
    if isinstance(value, Mapping) and len(value):
        return lambda: Items(inner, value, path)
    if isinstance(value, Sequence) and not isinstance(value, bytes) and len(value):
        return lambda: Entries(inner, value, path, entry) if is_table(value) else Items(inner, value, path)
    return None


def entry(look: Look, value: Plain, path: str) -> Callable[[], Lines] | None:
    """Return what makes the rows inside a row of a table."""
    return unfolded(look, value, path, look.width)


def text_lines(look: Look, text: str) -> Lines:
    """Return the lines of a text, each cut into pieces that fit, between words where it can be."""
    width = max(8, look.width if text.isascii() else look.width // 2)  # a character has two cells at most
    wrapper = TextWrapper(width, drop_whitespace=False, replace_whitespace=False)
    lines = map(visible, text[:LONGEST_TEXT].split("\n"))
    rows = [plain(piece) for line in lines for piece in wrapper.wrap(line) or [""]]
    rest = len(text) - LONGEST_TEXT
    return Listed([*rows, *([plain(f"… {rest:,} more characters", "dim")] if rest > 0 else [])])


class Items:
    """The items of a dictionary or a list, a row each.

    Args:
        look: What is looked at, at the width of these rows.
        values: The dictionary or list.
        path: Its path; of a dictionary without one, `kind` tells the paths of its items.
        path_of: Returns the path of an item by its key; None: that below `path`.
    """

    def __init__(
        self,
        look: Look,
        values: Mapping[Plain, Plain] | Sequence[Plain],
        path: str = "",
        path_of: Callable[[Plain], str] | None = None,
    ) -> None:
        self._look, self._values, self._path = look, values, path
        self._path_of = path_of or (lambda key: below(path, key))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._values)

    def row(self, number: int) -> Row:
        """Return one of them."""
        key = self._keys[number]
        value = self._values[key]
        name = span(_named(key), "name", self._room)
        return value_row(
            self._look, name, value, path=self._path_of(key), part=(key,), text=self._aligned.get(number, "")
        )

    def find(self, part: Hashable) -> int | None:
        """Return the number of the item with this key."""
        if isinstance(self._keys, range):
            return part[0] if isinstance(part, tuple) and part[0] in self._keys else None
        return self._numbers.get(part)

    @cached_property
    def _keys(self) -> Sequence[Plain]:
        return list(self._values) if isinstance(self._values, Mapping) else range(len(self._values))

    @cached_property
    def _numbers(self) -> dict[Hashable, int]:
        return {(key,): number for number, key in enumerate(self._keys)}

    @cached_property
    def _room(self) -> int:
        longest = max((cell_len(visible(_named(key))) for key in islice(self._keys, LOOKED_AT)), default=0)
        longest = max(longest, len(str(len(self._keys) - 1)) if isinstance(self._keys, range) else 0)
        return min(longest, max(8, self._look.width // 2))

    @cached_property
    def _aligned(self) -> dict[int, str]:
        """Numbers with their points below each other, where all items are numbers."""
        values = [self._values[key] for key in islice(self._keys, LOOKED_AT + 1)]
        if len(values) > LOOKED_AT or not all(map(is_number, values)):
            return {}
        texts = [self._look.said(value) for value in values]
        left = max((len(text.partition(".")[0]) for text in texts), default=0)
        return dict(enumerate(aligned(texts))) if left <= ALIGNED else {}


def _named(key: Plain) -> str:
    return key if isinstance(key, str) else str(key) if type(key) is int and abs(key) < 1 << 63 else repr(key)[:80]
