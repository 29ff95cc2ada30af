"""The list of packages in pyproject.toml is complete: an editable install would hide what a wheel lacks."""

from __future__ import annotations

import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from support.project import ROOT, tracked

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def setuptools() -> dict[str, Any]:
    """Return the table `tool.setuptools`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def folder(package: str) -> Path:
    """Return a package's folder, relative to the root."""
    return Path(*package.split(".")[1:])


def test_every_package_is_listed() -> None:
    """The packages of the wheel are the folders with an `__init__.py`."""
    found = {
        ".".join(["tracetui", *path.parent.parts])
        for path in tracked()
        if path.name == "__init__.py" and path.parts[0] != "tests"
    }
    assert sorted(found) == setuptools()["packages"]


def test_every_module_is_in_a_package() -> None:
    """No module of the program stands in a folder that has no `__init__.py` and so is in no wheel."""
    packages = {folder(name) for name in setuptools()["packages"]}
    tops = {path.parts[0] for path in packages if path.parts}
    modules = [path for path in tracked() if path.suffix == ".py" and path.parts[0] in tops]
    assert len(modules) > 30
    assert [path for path in modules if path.parent not in packages] == []


def test_package_data_is_there_and_complete() -> None:
    """Each pattern of package-data finds a file, and each file beside the modules is found by a pattern."""
    data = {(folder(name), pattern) for name, many in setuptools()["package-data"].items() for pattern in many}
    tops = {folder(name).parts[0] for name in setuptools()["packages"] if folder(name).parts}
    files = [path for path in tracked() if path.suffix != ".py" and (path.parts[0] in tops or str(path) == "py.typed")]

    def finds(place: Path, pattern: str, path: Path) -> bool:
        return path.parent == place and fnmatch(path.name, pattern)

    assert [item for item in data if not any(finds(*item, path) for path in files)] == []
    assert [path for path in files if not any(finds(*item, path) for item in data)] == []
