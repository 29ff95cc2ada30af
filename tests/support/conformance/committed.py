"""The cases as they lie in the repository: what every reader is run on, and what an outsider may take."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from functools import cache
from zlib import compress, decompress

from support.conformance.case import Case
from support.project import ROOT

FOLDER = ROOT / "docs" / "conformance"
"""A file for each case that explains the format, with its JSON beside it."""

LIST = ROOT / "tests" / "trace" / "hostile.jsonl"
"""A line for each of the others: name, about, data (zlib, then base64), expected."""


@cache
def committed() -> list[Case]:
    """Return all cases that are there: those of the folder, then those of the list."""
    return [*_of_folder(), *_of_list()]


def _of_folder() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.mpk"), key=lambda path: path.stem):
        expected = json.loads(path.with_suffix(".json").read_text("ascii"))
        found.append(Case(path.stem, expected.pop("about"), path.read_bytes(), expected))
    return found


def _of_list() -> list[Case]:
    lines = map(json.loads, LIST.read_text("ascii").splitlines())
    return [Case(line["name"], line["about"], decompress(b64decode(line["data"])), line["expected"]) for line in lines]


def write(cases: list[Case], listed: list[Case]) -> None:
    """Write both."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for case in cases:
        (FOLDER / f"{case.name}.mpk").write_bytes(case.data)
        text = json.dumps({"about": case.about, **case.expected}, indent=1, allow_nan=False)
        (FOLDER / f"{case.name}.json").write_text(f"{text}\n", "ascii")
    LIST.write_text("".join(map(_line, listed)), "ascii")


def _line(case: Case) -> str:
    data = b64encode(compress(case.data, 9)).decode()
    line = {"name": case.name, "about": case.about, "expected": case.expected, "data": data}
    return json.dumps(line, allow_nan=False) + "\n"
