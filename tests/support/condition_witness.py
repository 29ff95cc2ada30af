"""What a condition means, said a second time: for one event, over Python's own values and Python's own syntax tree.

It shares nothing with the implementation but the rows of the tests. None is "unknown", `ABSENT` "no value".
"""

from __future__ import annotations

import ast
import fnmatch
import math
from typing import Any

from support.condition_columns import Row
from tracetui.trace.values import ABSENT, Described, Shortened

GROUPS = ("state", "control", "args", "logs", "metrics", "inputs", "callbacks", "probes")


def holds(text: str, row: Row) -> bool:
    """Tell whether a condition is true of an event."""
    return logic(ast.parse(text, mode="eval").body, row) is True


def logic(node: ast.expr, row: Row) -> bool | None:
    """Return True, False or None, by Kleene's tables."""
    if isinstance(node, ast.BoolOp):
        answers = [logic(part, row) for part in node.values]
        decisive = isinstance(node.op, ast.Or)
        return decisive if decisive in answers else None if None in answers else not decisive
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        answer = logic(node.operand, row)
        return None if answer is None else not answer
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        answers = [relation(*item, row) for item in zip(sides, node.ops, sides[1:], strict=False)]
        return False if False in answers else None if None in answers else True
    if isinstance(node, ast.Call) and node.func.id not in ("len", "abs"):
        return function(node.func.id, node, row)
    value = plain(node, row)
    if value is ABSENT or isinstance(value, Described):
        return None
    return value.length > 0 if isinstance(value, Shortened) else bool(value)


def relation(left: ast.expr, operator: ast.cmpop, right: ast.expr, row: Row) -> bool | None:
    """Return what one comparison says."""
    if isinstance(operator, (ast.NotIn, ast.IsNot)):
        answer = relation(left, ast.In() if isinstance(operator, ast.NotIn) else ast.Is(), right, row)
        return None if answer is None else not answer
    if isinstance(operator, ast.In) and (group := ast.unparse(right)).removeprefix("after.") in GROUPS:
        return (group.removeprefix("after."), left.value) in (row.after if "." in group else row.before)
    one = plain(left, row)
    other = [plain(item, row) for item in right.elts] if isinstance(right, (ast.List, ast.Tuple)) else plain(right, row)
    if one is ABSENT or other is ABSENT:
        return None
    if isinstance(operator, ast.Is):
        return one is None
    if isinstance(operator, ast.In):
        return member(one, other, isinstance(right, (ast.List, ast.Tuple)))
    return ordered(type(operator), one, other)


def member(one: Any, other: Any, literal: bool) -> bool | None:
    """Return whether one is in the other."""
    if literal:
        return is_scalar(one) and any(same_kind(one, item) and one == item for item in other)
    if not is_scalar(one):
        return None
    if isinstance(other, str):
        return one in other if isinstance(one, str) else None
    if isinstance(other, (list, dict)):
        return any(same_kind(one, item) and one == item for item in other)
    return None


def is_scalar(value: Any) -> bool:
    """Tell what is compared at all."""
    return value is None or isinstance(value, (bool, int, float, str))


def is_number(value: Any) -> bool:
    """Tell a number from all else."""
    return isinstance(value, (bool, int, float))


def same_kind(one: Any, other: Any) -> bool:
    """Tell whether two values can be compared."""
    if is_number(one) or is_number(other):
        return is_number(one) and is_number(other)
    return is_scalar(one) and type(one) is type(other)


def ordered(operator: type[ast.cmpop], one: Any, other: Any) -> bool | None:
    """Return what an order or equality says."""
    if not is_scalar(one) and not is_scalar(other):
        return None
    if not same_kind(one, other) or one is None:
        equal = one is None and other is None
        return {ast.Eq: equal, ast.NotEq: not equal}.get(operator)
    return {
        ast.Eq: lambda: one == other, ast.NotEq: lambda: one != other, ast.Lt: lambda: one < other,
        ast.LtE: lambda: one <= other, ast.Gt: lambda: one > other, ast.GtE: lambda: one >= other,
    }[operator]()  # fmt: skip


def function(name: str, node: ast.Call, row: Row) -> bool | None:
    """Return what a function says."""
    if name == "changed":
        return changed(node, row)
    if name == "called":
        return any(fnmatch.fnmatchcase(label, node.args[0].value) for label in row.called)
    if name == "raised":
        kinds = [*row.raised, *(kind.split(".")[-1] for kind in row.raised)]
        return bool(row.raised) if not node.args else any(fnmatch.fnmatchcase(k, node.args[0].value) for k in kinds)
    value = plain(node.args[0], row)
    if name == "has":
        return value is not ABSENT
    if not is_number(value):
        return None
    if isinstance(value, int):
        return name == "isfinite"
    return {"isnan": math.isnan, "isinf": math.isinf, "isfinite": math.isfinite}[name](value)


def changed(node: ast.Call, row: Row) -> bool:
    """Return whether one of the changes is all that was asked for."""
    asked = {keyword.arg: plain(keyword.value, row) for keyword in node.keywords}
    return any(
        fnmatch.fnmatchcase(path, node.args[0].value)
        and fnmatch.fnmatchcase(cause, asked.get("by", "*"))
        and ("was" not in asked or (old is not ABSENT and ordered(ast.Eq, old, asked["was"]) is True))
        and ("to" not in asked or (new is not ABSENT and ordered(ast.Eq, new, asked["to"]) is True))
        for path, old, new, cause in row.changes
    )


def plain(node: ast.expr, row: Row) -> Any:
    """Return a value."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return row.before.get((node.id,), ABSENT)
        case ast.Attribute() | ast.Subscript():
            return named(node, row)
        case ast.BinOp():
            return calculated(node, plain(node.left, row), plain(node.right, row))
        case ast.UnaryOp(op=ast.USub()):
            return calculated(ast.BinOp(op=ast.Sub()), 0, plain(node.operand, row))
        case ast.Call(func=ast.Name(id="abs"), args=[argument]):
            value = plain(argument, row)
            return abs(value) if isinstance(value, float) or (is_number(value) and abs(value) < 1 << 4096) else ABSENT
        case ast.Call(func=ast.Name(id="len"), args=[argument]):
            value = plain(argument, row)
            value = value.length * "x" if isinstance(value, Shortened) else value
            return len(value) if isinstance(value, (str, bytes, list, dict)) else ABSENT
    answer = logic(node, row)
    return ABSENT if answer is None else answer


def named(node: ast.expr, row: Row) -> Any:
    """Return the value of a name with keys."""
    keys: list[Any] = []
    while not isinstance(node, ast.Name):
        keys.insert(0, node.attr if isinstance(node, ast.Attribute) else ast.literal_eval(node.slice))
        node = node.value
    keys.insert(0, node.id)
    values = row.before
    if keys[0] in ("before", "after"):
        values = row.after if keys[0] == "after" else values
        del keys[0]
    size = 2 if keys[0] in GROUPS else 1
    value = values.get(tuple(keys[:size]), ABSENT)
    for key in keys[size:]:
        try:
            value = value[key] if isinstance(value, (list, dict)) else ABSENT
        except (LookupError, TypeError):
            value = ABSENT
    return value


def calculated(node: ast.BinOp, one: Any, other: Any) -> Any:
    """Return what two numbers give."""
    if not is_number(one) or not is_number(other):
        return ABSENT
    if any(isinstance(value, int) and abs(value) >= 1 << 4096 for value in (one, other)):
        return ABSENT
    try:
        match node.op:
            case ast.Add():
                return one + other
            case ast.Sub():
                return one - other
            case ast.Mult():
                return one * other
            case ast.Div():
                return one / other
        return one % other
    except (ZeroDivisionError, OverflowError):
        return ABSENT
