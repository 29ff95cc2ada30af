"""What is wrong with a condition, and where."""

from __future__ import annotations

import unicodedata
from typing import Final

from ..text.safe import visible

BEFORE_CARET: Final = 48
"""Characters shown of a text before the place of the error; the rest is cut, so that the caret stays on the screen."""
AFTER_CARET: Final = 72


class ConditionError(ValueError):
    """A text that is no condition.

    Args:
        message: One clear line: what is wrong, and what is allowed.
        text: The condition; `text` keeps its beginning.
        offset: Where in it, in characters from 0; at most its length.

    Attributes:
        message, text, offset: As above.
    """

    def __init__(self, message: str, text: str, offset: int) -> None:
        super().__init__(message, text, offset)
        self.message = message
        self.text = text
        self.offset = offset

    def __str__(self) -> str:
        """Return the message and the place, on one line, safe for a terminal."""
        return f"{visible(self.message)} (character {self.offset + 1})"

    @property
    def rendered(self) -> str:
        """Two lines, safe for a terminal: the text, and below it a caret at the place with the message."""
        start = max(0, self.offset - BEFORE_CARET)
        before = ("…" if start else "") + visible(self.text[start : self.offset])
        end = self.offset + AFTER_CARET
        after = visible(self.text[self.offset : end]) + ("…" if end < len(self.text) else "")
        return f"{before}{after}\n{' ' * _cells(before)}^ {visible(self.message)}"


def _cells(text: str) -> int:
    """Return the width of a text in a terminal."""
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
