"""A second reader in another language, written from docs/format.md alone, finds what the specification promises."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.conformance.case import Case
from support.conformance.committed import committed
from support.conformance.expectation import matches

HERE = Path(__file__).parent
CASES = committed()
OLDEST_NODE = 20

pytestmark = pytest.mark.slow  # npm fetches the libraries


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Install the reader's libraries, and read all cases, a file each, in one process."""
    folder = tmp_path_factory.mktemp("second_reader")
    for path in (*HERE.glob("*.json"), *HERE.glob("*.mjs")):
        shutil.copy(path, folder)
    node, npm = programs()
    run(folder, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    names = [f"{case.name}.mpk" for case in CASES]
    for name, case in zip(names, CASES, strict=True):
        (folder / name).write_bytes(case.data)
    lines = run(folder, node, "reader.mjs", *names).splitlines()
    return {case.name: json.loads(line) for case, line in zip(CASES, lines, strict=True)}


def programs() -> tuple[str, str]:
    """Return the paths of node and npm; without them the tests are skipped."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("NOT RUN: the second reader needs node (20 or newer) and npm")
    version = run(HERE, node, "--version").strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"NOT RUN: the second reader needs node 20 or newer, this is {version}")
    return node, npm


def run(folder: Path, *command: str) -> str:
    """Run a program, and return what it prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_specification_is_enough(case: Case, found: dict[str, Any]) -> None:
    """Whoever reads only docs/format.md finds in each conformance file, and in each of the list, what its JSON says."""
    matches(found[case.name], case.expected, case.name)
