"""Turns Python's syntax tree into a tree of tests and terms; what is not listed here is refused."""

from __future__ import annotations

import ast
from typing import Final

from ..rows.values import Path
from .calls import arguments, function_name, is_literal, literal, path_pattern, pattern
from .names import Names
from .nodes import (
    All,
    Answered,
    Ask,
    Calculate,
    Called,
    Changed,
    Compare,
    Has,
    Length,
    Literal,
    Magnitude,
    Not,
    OneOf,
    Raised,
    Some,
    Term,
    Test,
    Within,
)
from .places import Places
from .vector import Scalar

MAX_DEPTH: Final = 50

_ORDERS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_OPERATIONS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%",
}  # fmt: skip
_TERMS: Final = ("len", "abs")
"""Functions that return a value; the others are tests."""


class Builder:
    """Builds the tree, and collects what it needs.

    Args:
        places: Where nodes stand.

    Attributes:
        paths: Columns that are needed.
        functions: Names of functions that need more than columns.
    """

    def __init__(self, places: Places) -> None:
        self.functions: set[str] = set()
        self._places = places
        self._names = Names(places)

    @property
    def paths(self) -> set[Path]:
        """Columns that are needed."""
        return self._names.paths

    def build(self, tree: ast.expr) -> Test:
        """Return the test that a syntax tree stands for; raises ConditionError."""
        level: list[ast.AST] = [tree]
        for _ in range(MAX_DEPTH):
            level = [child for node in level for child in ast.iter_child_nodes(node)]
        deep = next((node for node in level if isinstance(node, ast.expr)), None)
        if deep is not None:
            raise self._places.error(f"the condition is nested more than {MAX_DEPTH} deep", deep)
        return self.test(tree)

    def test(self, node: ast.expr) -> Test:
        """Return a node as something that is true or false."""
        if isinstance(node, ast.BoolOp):
            tests = [self.test(value) for value in node.values]
            return All(tests) if isinstance(node.op, ast.And) else Some(tests)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Not(self.test(node.operand))
        if isinstance(node, ast.Compare):
            return self._comparisons(node)
        if isinstance(node, ast.Call) and function_name(node, self._places) not in _TERMS:
            return self._test_call(node)
        if is_literal(node) and type(literal(node, self._places)) is not bool:
            one, other = self._places.hints.events
            advice = f'compare it, event == "{one}", or list it, event in ["{one}", "{other}"]'
            raise self._places.error(f"this alone is no condition: {advice}", node)
        return Ask("truth", self.term(node))

    def term(self, node: ast.expr) -> Term:
        """Return a node as a value."""
        if is_literal(node):
            return Literal(literal(node, self._places))
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self._names.term(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            return Calculate(_OPERATIONS[type(node.op)], self._number(node.left), self._number(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return Calculate("-" if isinstance(node.op, ast.USub) else "+", Literal(0), self._number(node.operand))
        if isinstance(node, ast.Call) and function_name(node, self._places) in _TERMS:
            (argument,), _ = arguments(node, self._places)
            term = self.term(argument)
            return Length(term) if function_name(node, self._places) == "len" else Magnitude(term)
        if isinstance(node, (ast.BoolOp, ast.Compare, ast.Call, ast.UnaryOp)):
            return Answered(self.test(node))
        if isinstance(node, (ast.List, ast.Tuple)):
            one, other = self._places.hints.events
            raise self._places.error(f'a list stands after `in` alone: event in ["{one}", "{other}"]', node)
        raise self._places.error("this is not part of conditions", node)

    def _number(self, node: ast.expr) -> Term:
        if isinstance(node, ast.Constant) and (node.value is None or type(node.value) is str):
            raise self._places.error("this is no number, and can't be calculated with", node)
        return self.term(node)

    def _comparisons(self, node: ast.Compare) -> Test:
        sides = [node.left, *node.comparators]
        tests = [self._comparison(*item) for item in zip(sides, node.ops, sides[1:], strict=False)]
        return tests[0] if len(tests) == 1 else All(tests)

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Test:
        if isinstance(operator, (ast.In, ast.NotIn)):
            test = self._membership(left, right)
            return test if isinstance(operator, ast.In) else Not(test)
        if isinstance(operator, (ast.Is, ast.IsNot)):
            if not isinstance(right, ast.Constant) or right.value is not None:
                raise self._places.error("after `is` stands None alone; == compares", right)
            test = Ask("is None", self.term(left))
            return test if isinstance(operator, ast.Is) else Not(test)
        return Compare(_ORDERS[type(operator)], self.term(left), self.term(right))

    def _membership(self, left: ast.expr, right: ast.expr) -> Test:
        if isinstance(right, (ast.List, ast.Tuple)):
            return OneOf(self.term(left), frozenset(literal(item, self._places) for item in right.elts))
        group = self._names.group(right)
        if group is None:
            return Within(self.term(left), self.term(right))
        return Has(self._names.column(group, pattern(left, self._places, f"a key of {group[0]}").text))

    def _test_call(self, node: ast.Call) -> Test:
        positional, named = arguments(node, self._places)
        name = function_name(node, self._places)
        if name in ("changed", "called", "raised"):
            self.functions.add(name)
        if name == "changed":
            return self._changed(positional[0], named)
        if name == "called":
            return Called(pattern(positional[0], self._places, "the callback"))
        if name == "raised":
            return Raised(pattern(positional[0], self._places, "the type of an exception") if positional else None)
        if name == "has":
            return self._has(positional[0])
        return Ask(name, self.term(positional[0]))

    def _has(self, argument: ast.expr) -> Test:
        if not isinstance(argument, (ast.Name, ast.Attribute, ast.Subscript)):
            raise self._places.error("has takes the name of a value: has(logs.loss)", argument)
        return Has(self._names.term(argument))

    def _changed(self, path: ast.expr, named: dict[str, ast.expr]) -> Test:
        by = pattern(named["by"], self._places, "the cause") if "by" in named else None
        was, to = (Scalar(literal(named[key], self._places)) if key in named else None for key in ("was", "to"))
        return Changed(path_pattern(path, self._places), by, was, to)
