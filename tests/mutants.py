"""Every condition of the recorder's fast path made always true and always false: a test has to notice each.

    python tests/mutants.py [WORD ...]

Prints each mutant with the first test that fails; with words, those alone in whose line all of them are.
Those that no test can notice stand in `EQUIVALENT`, each with its reason. Exits 1 if another one is not noticed.
"""

from __future__ import annotations

import ast
import copy
import io
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/recorder/test_fast_path.py",
    "tests/recorder/test_short_looks.py",
    "tests/recorder/test_clock.py",
    "tests/grid/test_both_ways.py",
)
FUNCTIONS = (
    ("recorder/session/fast_path.py", "RoutineDoor.__init__"),
    ("recorder/session/fast_path.py", "RoutineDoor.learn"),
    ("recorder/session/fast_path.py", "RoutineDoor.__call__"),
    ("recorder/hooks/doors.py", "HookDoor.__init__"),
    ("recorder/hooks/doors.py", "HookDoor.__call__"),
    ("recorder/values/watches.py", "Watches.look_briefly"),
    ("trace/journal/writer.py", "TraceWriter.moment"),
)
TESTED = (ast.If, ast.IfExp, ast.While, ast.Assert)

CALL, HOOK, LOOK = "RoutineDoor.__call__", "HookDoor.__call__", "Watches.look_briefly"

EQUIVALENT: dict[tuple[str, str, bool], str] = {
    ("RoutineDoor.learn", "self._number < 0", True): "a name keeps its number, however often it is asked for",
    (CALL, "self._resets", True): "an event that was added is told sooner, and each event pays for that",
    (CALL, "rates", True): "no changes are added to those that there are",
    (CALL, "events[-1] is event", True): "what begins inside has this one written first, which ends its fast path",
    (HOOK, "observer is None", False): "without an observer there is no event",
    (HOOK, "event.lost", False): "no event is lost while its hook runs, and calls of a lost one are not written",
    (LOOK, "in_control", True): "no changes are added to those that there are",
}
"""Mutants that no test can notice: function, condition, what it was made; and why."""


@dataclass(frozen=True)
class Mutant:
    """One condition that always has the same answer."""

    file: str
    function: str
    line: int
    condition: str
    value: bool
    code: CodeType

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}: `{self.condition}` is always {self.value}"


def mutants(file: str, function: str) -> Iterator[Mutant]:
    """Give the mutants of a function: of each test, each operand of `and` and `or`, each guard of a comprehension."""
    tree = ast.parse((ROOT / file).read_text())
    for number, value in _places(_find(tree, function)):
        changed = copy.deepcopy(tree)
        found = _find(changed, function)
        condition = _conditions(found)[number]
        text = ast.unparse(condition)
        _replace(found, condition, ast.copy_location(ast.Constant(value), condition))
        code = _code(compile(changed, str(ROOT / file), "exec"), function.split("."))
        yield Mutant(file, function, condition.lineno, text, value, code)


def _places(function: ast.AST) -> Iterator[tuple[int, bool]]:
    """Give each condition by its number, with the values that an operand of it has not given it already."""
    for number, condition in enumerate(_conditions(function)):
        given = isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.Or)
        for value in (True, False):
            if not isinstance(condition, ast.BoolOp) or value != given:
                yield number, value


def _conditions(function: ast.AST) -> list[ast.expr]:
    found: dict[int, ast.expr] = {}
    for node in ast.walk(function):
        tests = [node.test] if isinstance(node, TESTED) else []
        tests += node.ifs if isinstance(node, ast.comprehension) else []
        tests += [node, *node.values] if isinstance(node, ast.BoolOp) else []
        found.update((id(test), test) for test in tests)
    return sorted(found.values(), key=lambda test: (test.lineno, test.col_offset, -test.end_col_offset))


def _replace(function: ast.AST, old: ast.expr, new: ast.expr) -> None:
    for node in ast.walk(function):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


def _find(tree: ast.AST, function: str) -> ast.AST:
    for name in function.split("."):
        tree = next(node for node in ast.walk(tree) if getattr(node, "name", None) == name)
    return tree


def _code(code: CodeType, names: list[str]) -> CodeType:
    for name in names:
        code = next(item for item in code.co_consts if isinstance(item, CodeType) and item.co_name == name)
    return code


def noticed(mutant: Mutant | None) -> str | None:
    """Return the first test that fails with a mutant (None: with none), or None; in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        sys.stdout.flush()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        if mutant is not None:
            put_in(mutant)
        first = FirstFailure()
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--timeout=60", *TESTS], plugins=[first])
        os.write(writing, (first.test or ("collecting" if status else "")).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        test = told.read()
    _, status = os.waitpid(child, 0)
    return f"ends with status {status}" if status else test or None


class FirstFailure:
    """A plugin of pytest that remembers the first test that failed."""

    test: str | None = None

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember it."""
        if report.failed and self.test is None:
            self.test = report.nodeid


def put_in(mutant: Mutant) -> None:
    """Give a function of the recorder the code of a mutant."""
    from tracetui.recorder.hooks.find import DOOR_CALLS

    found: Any = import_module("tracetui." + mutant.file.removesuffix(".py").replace("/", "."))
    for name in mutant.function.split("."):
        found = vars(found)[name]
    assert isinstance(found, FunctionType)
    if found.__code__ in DOOR_CALLS:
        DOOR_CALLS.add(mutant.code)
    found.__code__ = mutant.code


def main(words: list[str]) -> int:
    """Try all mutants; return the exit status."""
    load()
    if test := noticed(None):
        print(f"without any mutant {test} fails")
        return 1
    missed = 0
    for mutant in [mutant for place in FUNCTIONS for mutant in mutants(*place)]:
        if not all(word in str(mutant) for word in words):
            continue
        test, reason = noticed(mutant), EQUIVALENT.get((mutant.function, mutant.condition, mutant.value))
        missed += test is None and reason is None
        print(f"{mutant}\n    {test or (reason and 'equivalent: ' + reason) or 'NOT NOTICED'}", flush=True)
    return min(missed, 1)


def load() -> None:
    """Import what tests need, once for all: a process that is forked has it."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
    os.chdir(ROOT)
    with redirect_stdout(io.StringIO()):
        pytest.main(["-q", "-p", "no:cacheprovider", "--collect-only", *TESTS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
