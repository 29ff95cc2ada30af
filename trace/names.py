"""The table of interned names of one trace."""

from __future__ import annotations

from typing import Final

from .limits import MAX_NAMES
from .values import Plain

UNKNOWN_NAME: Final = "<unknown name"
"""How the text begins that stands for a name whose definition is lost."""


class Names:
    """Names by their numbers, as keyframes and NAMES records define them.

    Attributes:
        unknown: Numbers that were asked for and are not defined: what a damage has taken away; -1: what is none.
        conflicts: Numbers that were defined twice, differently.
    """

    def __init__(self) -> None:
        self._table: dict[int, Plain] = {}
        self._reverse: dict[str, set[int]] = {}
        self._reverse_of = -1  # names that `_reverse` was made of
        self.unknown: set[int] = set()
        self.conflicts: set[int] = set()

    def define(self, first: int, values: list[Plain]) -> None:
        """Take the names from number `first` on; the first definition of a number stays."""
        for number, value in enumerate(values[: max(0, MAX_NAMES - first)], first):
            known = self._table.setdefault(number, value)
            if known is not value and known != value:
                self.conflicts.add(number)

    def table(self) -> list[Plain]:
        """Return all names, None for numbers that are not defined."""
        return [self._table.get(number) for number in range(max(self._table, default=-1) + 1)]

    def text(self, number: Plain) -> str:
        """Return a name, or what shows that it is lost."""
        value = self._table.get(number) if type(number) is int else None
        if type(value) is str:
            return value
        self._note_unknown(number)
        return f"{UNKNOWN_NAME} {number}>" if _is_number(number) else f"{UNKNOWN_NAME}>"

    def numbers(self, text: str) -> set[int]:
        """Return the numbers of a name: none if there is no such name, several only in a damaged trace."""
        if self._reverse_of != len(self._table):
            count, reverse = len(self._table), dict[str, set[int]]()
            for number, value in list(self._table.items()):
                if type(value) is str:
                    reverse.setdefault(value, set()).add(number)
            self._reverse, self._reverse_of = reverse, count  # in this order: another thread may ask meanwhile
        return self._reverse.get(text, set())

    def shape(self, number: Plain) -> list[str] | None:
        """Return the keys of a shape, or None if it is lost."""
        value = self._table.get(number) if type(number) is int else None
        if type(value) is list and all(type(key) is str for key in value):
            return value
        self._note_unknown(number)
        return None

    def _note_unknown(self, number: Plain) -> None:
        self.unknown.add(number if _is_number(number) else -1)


def _is_number(value: Plain) -> bool:
    """Tell whether it could be a name's number; a longer integer may be too long to be printed."""
    return type(value) is int and 0 <= value < 1 << 63
