"""Names with dots and brackets, as columns of the trace."""

from __future__ import annotations

import ast
from typing import NoReturn

from ..rows.values import Path
from .calls import literal
from .errors import ConditionError
from .nodes import Column, Item, Term
from .places import Places
from .vocabulary import CHANGING, FUNCTIONS, KINDS, MOMENTS, UNKEYED, VALUES

Key = str | int
Group = tuple[str, bool]
"""A kind of values, ``logs``, and whether those after the event are meant."""


class Names:
    """Reads names.

    Args:
        places: Where nodes stand.

    Attributes:
        paths: Columns that were named.
    """

    def __init__(self, places: Places) -> None:
        self.paths: set[Path] = set()
        self._places = places

    def term(self, node: ast.expr) -> Term:
        """Return what a name stands for; raises ConditionError."""
        root, parts = self._parts(node)
        name, after, parts = self._moment(root, parts)
        if name in VALUES:
            return self._items(self._column((name,), after), parts, keyed=name in UNKEYED)
        if name not in KINDS:
            self._unknown(name, root)
        if not parts or type(parts[0][0]) is not str:
            place = parts[0][1] if parts else node
            raise self._places.error(f'{name} needs a key: {name}.{self._places.hints.key(name)} or {name}["…"]', place)
        return self._items(self._column((name, parts[0][0]), after), parts[1:], keyed=True)

    def group(self, node: ast.expr) -> Group | None:
        """Return the kind of values that a name without a key stands for; None if it is no such name."""
        after = False
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in MOMENTS:
            name, after = node.attr if node.attr in CHANGING else "", node.value.id == "after"
        else:
            name = node.id if isinstance(node, ast.Name) else ""
        return (name, after) if name in KINDS else None

    def column(self, group: Group, key: str) -> Term:
        """Return a value of a kind."""
        return self._column((group[0], key), group[1])

    def _column(self, path: Path, after: bool) -> Term:
        self.paths.add(path)
        return Column(path, after)

    def _parts(self, node: ast.expr) -> tuple[ast.Name, list[tuple[Key, ast.expr]]]:
        """Take a name apart: its first word, and the keys after it, each with the node that it ends."""
        parts: list[tuple[Key, ast.expr]] = []
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            parts.append((node.attr if isinstance(node, ast.Attribute) else self._subscript(node), node))
            node = node.value
        if not isinstance(node, ast.Name):
            raise self._places.error("only names have keys", node)
        return node, parts[::-1]

    def _subscript(self, node: ast.Subscript) -> Key:
        message = 'in brackets stands a key in quotes, logs["eval/loss"], or a number, lr[0]'
        try:
            key = literal(node.slice, self._places)
        except ConditionError:
            raise self._places.error(message, node.slice) from None
        if type(key) is str or type(key) is int:
            return key
        raise self._places.error(message, node.slice)

    def _moment(
        self, root: ast.Name, parts: list[tuple[Key, ast.expr]]
    ) -> tuple[str, bool, list[tuple[Key, ast.expr]]]:
        """Take ``before`` and ``after`` off a name."""
        if root.id not in MOMENTS:
            return root.id, False, parts
        known = ", ".join(name for name in (*VALUES, *KINDS) if name in CHANGING)
        if not parts:
            raise self._places.error(f"{root.id} needs a name after it; it goes with {known}", root)
        name, node = parts[0]
        if name not in CHANGING:
            raise self._error(f"{root.id} goes with {known}", node)
        return str(name), root.id == "after", parts[1:]

    def _items(self, term: Term, parts: list[tuple[Key, ast.expr]], *, keyed: bool) -> Term:
        for key, node in parts:
            if not keyed:
                raise self._error("this value has no keys", node)
            term = Item(term, key)
        return term

    def _unknown(self, name: str, root: ast.Name) -> NoReturn:
        place = self._places.begin(root)
        if name in FUNCTIONS:
            raise self._places.error(f"{name} is a function: {self._places.hints.usage(name)}", root)
        if place > 1 and self._places.text[place - 1] in "/-" and self._places.text[place - 2].isalnum():
            raise self._places.error(f'unknown name {name}; a key with / or - in it is written logs["eval/loss"]', root)
        raise self._places.error(f"unknown name {name[:64]}; {self._places.hints.meant_by(name)}", root)

    def _error(self, message: str, node: ast.expr) -> ConditionError:
        return ConditionError(message, self._places.text, self._places.key(node))
