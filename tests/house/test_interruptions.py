"""The recorder contains failures, and only those: each place that does tells them from interruptions."""

from __future__ import annotations

import ast
from pathlib import Path

RECORDER = Path(__file__).parents[2] / "recorder"
ELSEWHERE = ("interruptions.py", "demo", "startup")
"""Where no training runs, or the question itself is answered."""

BROAD = ("Exception", "BaseException")


def broad(handler: ast.ExceptHandler) -> bool:
    """Tell whether an ``except`` catches whatever a user's code may raise."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds)


def lets_pass(handler: ast.ExceptHandler) -> bool:
    """Tell whether what comes from outside is raised again: always, or after asking."""
    asks = ("interrupts", "contained", "_unreadable")
    names = {
        getattr(node.func, "id", getattr(node.func, "attr", ""))
        for node in ast.walk(handler)
        if isinstance(node, ast.Call)
    }
    raises = any(isinstance(node, ast.Raise) for node in handler.body)
    return raises or not names.isdisjoint(asks)


def test_no_place_swallows_what_a_signal_handler_raised() -> None:
    """Every broad ``except`` of the recorder raises again what `interrupts` says is the user's."""
    wrong = []
    for path in sorted(RECORDER.rglob("*.py")):
        if not set(ELSEWHERE) & set(path.relative_to(RECORDER).parts):
            handlers = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler)]
            wrong += [f"{path.name}:{item.lineno}" for item in handlers if broad(item) and not lets_pass(item)]
    assert not wrong
