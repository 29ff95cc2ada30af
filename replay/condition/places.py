"""Where in the text a node of Python's syntax tree stands."""

from __future__ import annotations

import ast

from .errors import ConditionError
from .vocabulary import Hints


class Places:
    """Finds places; Python counts bytes, people count characters.

    Args:
        text: The condition.
        start: Where in it the syntax tree begins.
        hints: What messages say.
    """

    def __init__(self, text: str, start: int, hints: Hints) -> None:
        self.text = text
        self.hints = hints
        self._start = start
        self._bytes = text[start:].encode()

    def begin(self, node: ast.expr | ast.keyword) -> int:
        """Return the offset of a node's first character."""
        return self._characters(node.col_offset)

    def key(self, node: ast.expr) -> int:
        """Return the offset of what was added last to a value: the key after its dot or bracket."""
        if isinstance(node, ast.Attribute):
            return self._characters(node.end_col_offset or 0) - len(node.attr)
        return self.begin(node.slice) if isinstance(node, ast.Subscript) else self.begin(node)

    def error(self, message: str, node: ast.expr | ast.keyword) -> ConditionError:
        """Return an error at a node."""
        return ConditionError(message, self.text, self.begin(node))

    def _characters(self, count: int) -> int:
        return self._start + len(self._bytes[:count].decode(errors="ignore"))
