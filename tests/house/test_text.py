"""What the repository says holds on every machine."""

from __future__ import annotations

import re

from support.project import ROOT, tracked

# Alternatives, so that these lines do not find themselves.
MACHINE_PATH = re.compile(rb"(?<![\w.~-])/(?:work|root|home/[\w.-]+)(?![\w.-])")
REGISTRY = re.compile(r"index-url|find-links|trusted-host|://|pypi", re.IGNORECASE)
PIN = re.compile(r"[\w.-]+==[\w.]+( ; python_version [<>=]+ \"[\d.]+\")?")


def test_no_file_names_a_path_of_a_machine() -> None:
    """No file, a stored trace included, holds a path of the machine that it was made on."""
    found = {str(path): MACHINE_PATH.findall((ROOT / path).read_bytes()) for path in tracked()}
    assert len(found) > 100
    assert {path: places for path, places in found.items() if places} == {}


def test_installing_names_no_registry() -> None:
    """Where packages come from is the user's setting: nothing that installs them names a place."""
    for name in ("Makefile", ".ci/run", "constraints.txt", "tests/second_reader/package-lock.json"):
        text = (ROOT / name).read_text()
        assert REGISTRY.findall(text) == [], name


def test_constraints_are_exact_versions() -> None:
    """Each line of constraints.txt is one package with one version, for some Pythons or for all."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 20
    assert [line for line in pins if not PIN.fullmatch(line)] == []
