"""Patterns for paths and names: ``control.*``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text in which ``*`` stands for any characters, and ``?`` for one; all else, brackets too, for itself.

    Attributes:
        text: As it was written.
    """

    text: str

    @property
    def exact(self) -> bool:
        """Whether it stands for itself alone: then it can be looked up."""
        return "*" not in self.text and "?" not in self.text

    def may_begin(self, name: str) -> bool:
        """Tell whether something that begins with a name can fit."""
        wild = min((place for place in map(self.text.find, "*?") if place >= 0), default=len(self.text))
        known = self.text[:wild]
        return known.startswith(name) or (not self.exact and name.startswith(known))

    def matches(self, name: str) -> bool:
        """Tell whether the whole of a name fits; takes at most the product of both lengths."""
        if self.exact:
            return name == self.text
        return _fits(self.text, name)


def _fits(pattern: str, name: str) -> bool:
    """Match from the left; where that fails, let the latest star take one character more."""
    at, place = 0, 0
    star, taken = -1, 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, taken = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            taken += 1
            at, place = star + 1, taken
        else:
            return False
    return not pattern[at:].strip("*")
