"""Literals, and the arguments of functions."""

from __future__ import annotations

import ast

from ...trace.values import Plain
from ..rows.pattern import Pattern
from .places import Places
from .vocabulary import FUNCTIONS, KINDS, VALUES, Signature, nearest


def function_name(node: ast.Call, places: Places) -> str:
    """Return the name of a function that is called; raises ConditionError if there is no such function."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in FUNCTIONS:
        return name
    if not name or name in (*VALUES, *KINDS):
        raise places.error(f"this is no function; there are {', '.join(FUNCTIONS)}", node.func)
    close = nearest(name, tuple(FUNCTIONS))
    advice = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(FUNCTIONS)}"
    raise places.error(f"unknown function {name[:64]}; {advice}", node.func)


def arguments(node: ast.Call, places: Places) -> tuple[list[ast.expr], dict[str, ast.expr]]:
    """Return the arguments of a call, as many as its function takes; raises ConditionError."""
    name = function_name(node, places)
    signature = FUNCTIONS[name]
    if len(node.args) < signature.least:
        raise places.error(f"{name} needs an argument: {places.hints.usage(name)}", node)
    if len(node.args) > signature.most:
        raise places.error(f"{name} takes one argument: {places.hints.usage(name)}", node.args[signature.most])
    return node.args, _keywords(name, signature, node, places)


def _keywords(name: str, signature: Signature, node: ast.Call, places: Places) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for keyword in node.keywords:
        word = keyword.arg or ""
        if word not in signature.keywords:
            raise places.error(f"{name} takes no {word[:64]}=: {places.hints.usage(name)}", keyword)
        if word in found:
            raise places.error(f"{word}= is given twice", keyword)
        found[word] = keyword.value
    return found


def is_literal(node: ast.expr) -> bool:
    """Tell whether a node is a literal: a constant, or a number with a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float)
    return isinstance(node, ast.Constant)


def literal(node: ast.expr, places: Places) -> Plain:
    """Return the value of a literal; raises ConditionError."""
    if isinstance(node, ast.UnaryOp) and is_literal(node):
        value = literal(node.operand, places)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Constant) and (node.value is None or type(node.value) in (bool, int, float, str)):
        return node.value
    raise places.error("here stands a number, a text in quotes, True, False or None", node)


def pattern(node: ast.expr, places: Places, what: str) -> Pattern:
    """Return a text as a pattern.

    Args:
        node: Has to be a text that is not empty.
        places: Where nodes stand.
        what: What it names, for the message.

    Raises:
        ConditionError: It is something else.
    """
    value = node.value if isinstance(node, ast.Constant) else None
    if type(value) is not str or not value:
        raise places.error(f"{what} is a text in quotes", node)
    return Pattern(value)


def path_pattern(node: ast.expr, places: Places) -> Pattern:
    """Return the path of changes; raises ConditionError if it has no kind though it is known to need one."""
    found = pattern(node, places, "what changed")
    root, _, _ = found.text.partition(".")
    if found.text in places.hints.words:
        raise places.error(f'write the whole path: "{places.hints.words[found.text]}"', node)
    if root in ("before", "after"):
        raise places.error(f'a change has both, before and after: changed("{places.hints.flag}")', node)
    return found
