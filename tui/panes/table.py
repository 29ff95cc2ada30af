"""A list of dictionaries as a table, the newest entry first: only the rows that are seen are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Final, TypeAlias

from rich.cells import cell_len

from ...replay.text.numbers import is_number
from ...replay.text.safe import visible
from ...trace.values import ABSENT, Plain
from .look import Look
from .rows import Lines, Row, Span, fitted

LOOKED_AT: Final = 48
"""Entries, the newest, by which the columns and their widths are chosen."""

WIDEST: Final = 24
"""Cells of a column."""

FIRST: Final = ("step", "epoch")
"""Columns that stand first, without what stands before them in a path; a key of the framework's ends with one."""

Inner: TypeAlias = Callable[[Look, Plain, str], "Callable[[], Lines] | None"]


def is_table(values: Sequence[Plain]) -> bool:
    """Tell whether a list is made of dictionaries: a few of them are looked at."""
    count = len(values)
    looked_at = [values[number] for number in {0, count // 2, count - 1}]
    return all(isinstance(one, Mapping) and 0 < len(one) <= 100 for one in looked_at)


class Entries:
    """The table: a line of titles, and a row for each entry.

    Args:
        look: What is looked at, at the width of these rows.
        entries: The dictionaries; anything else among them stands there as it is.
        path: Path of the list.
        inner: Returns what makes the rows inside an entry.
        most: Entries that are shown, the newest; None: all.
    """

    def __init__(self, look: Look, entries: Sequence[Plain], path: str, inner: Inner) -> None:
        self._look, self._entries, self._path, self._inner = look, entries, path, inner
        self._left_out = False

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._entries) + 1

    def row(self, number: int) -> Row:
        """Return the titles, or an entry."""
        if not number:
            more = "…" if self._left_out else ""
            return Row((Span("".join(self._title(key) for key in self._columns) + more, "dim"),))
        place = len(self._entries) - number
        value = self._entries[place]
        path = f"{self._path}[{place}]" if self._path else ""
        return Row(tuple(self._cells(value)), place, path, value, inner=self._inner(self._look, value, path))

    def find(self, part: Hashable) -> int | None:
        """Return the row of the entry with this number."""
        known = isinstance(part, int) and 0 <= part < len(self._entries)
        return len(self._entries) - part if known and isinstance(part, int) else None

    def _cells(self, value: Plain) -> list[Span]:
        if not isinstance(value, Mapping):
            return [Span(self._look.said(value, self._look.width))]
        spans = []
        for key, (left, right) in self._columns.items():
            item = value.get(key, ABSENT)
            whole, point, rest = ("·", "", "") if item is ABSENT else self._said(item).partition(".")
            number = item is ABSENT or is_number(item)
            text = whole.rjust(left) + point + rest if number else whole + point + rest
            spans.append(Span(fitted(text, left + right) + "  ", "dim" if item is ABSENT else "text"))
        return spans

    def _said(self, item: Plain) -> str:
        return self._look.said(item, WIDEST)

    def _title(self, key: Plain) -> str:
        left, right = self._columns[key]
        return fitted(visible(str(key)), left + right) + "  "

    @cached_property
    def _columns(self) -> dict[Plain, tuple[int, int]]:
        """Keys in their order, with the cells before and behind the point; as many as fit."""
        count = len(self._entries)
        newest = [self._entries[number] for number in range(max(0, count - LOOKED_AT), count)]
        entries = [one for one in newest if isinstance(one, Mapping)]
        found = Counter(key for one in entries for key in one)
        order = sorted(found, key=lambda key: (_rank(key), -found[key]))
        columns: dict[Plain, tuple[int, int]] = {}
        room = self._look.width - 2
        for key in order:
            left, right = self._widths(key, [one[key] for one in entries if key in one])
            room -= left + right + 2
            if room < -2 and columns:
                self._left_out = True
                break
            columns[key] = left, right
        return columns

    def _widths(self, key: Plain, values: Sequence[Plain]) -> tuple[int, int]:
        parts = [self._said(value).partition(".") for value in values]
        left = max(cell_len(whole) for whole, _, _ in parts)
        right = max(cell_len(point + rest) for _, point, rest in parts)
        missing = min(WIDEST, cell_len(visible(str(key)))) - left - right
        return (left, right + max(0, missing)) if right else (left + max(0, missing), right)


def _rank(key: Plain) -> int:
    return FIRST.index(key) if key in FIRST else len(FIRST)
