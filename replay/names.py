"""The table of interned names of one trace."""

from __future__ import annotations

from ..trace.limits import MAX_NAMES
from ..trace.values import Plain


class Names:
    """Names by their numbers, as keyframes and NAMES records define them.

    Attributes:
        unknown: Numbers that were asked for and are not defined: what a damage has taken away.
        conflicts: Numbers that were defined twice, differently.
    """

    def __init__(self) -> None:
        """Know no name yet."""
        self._table: dict[int, Plain] = {}
        self.unknown: set[int] = set()
        self.conflicts: set[int] = set()

    def define(self, first: int, values: list[Plain]) -> None:
        """Take the names from number `first` on; the first definition of a number stays."""
        for number, value in enumerate(values[: max(0, MAX_NAMES - first)], first):
            known = self._table.setdefault(number, value)
            if known is not value and known != value:
                self.conflicts.add(number)

    def text(self, number: Plain) -> str:
        """Return a name, or what shows that it is lost."""
        value = self._table.get(number) if type(number) is int else None
        if type(value) is str:
            return value
        self._note_unknown(number)
        return f"<unknown name {number}>" if type(number) is int else "<unknown name>"

    def shape(self, number: Plain) -> list[str] | None:
        """Return the keys of a shape, or None if it is lost."""
        value = self._table.get(number) if type(number) is int else None
        if type(value) is list and all(type(key) is str for key in value):
            return value
        self._note_unknown(number)
        return None

    def _note_unknown(self, number: Plain) -> None:
        if type(number) is int:
            self.unknown.add(number)
