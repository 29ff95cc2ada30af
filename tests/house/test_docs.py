"""What the documents say of the project's own files."""

from __future__ import annotations

import re

import pytest

from support.project import ROOT, tracked

NAMED = re.compile(r"`([\w./-]+(?:\.(?:py|mjs|md|mpk|json|jsonl|toml|txt)|/))`")
"""A file, or a folder, whose name ends with a slash."""

ELSEWHERE = re.compile(r"trace(-1|\.rank\d|)\.mpk|copied\.txt|train\.py|trainer_state\.json|\.fuzz/|NAME|README\.md")
"""Those that are a user's own, or stand for others."""

PAGES = (
    "CONTRIBUTING.md",
    "README.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md"))),
)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page: str) -> None:
    """A file that was moved or renamed is called by its new name."""
    paths = {str(path) for path in tracked()}
    folders = {f"{parent}/" for path in tracked() for parent in path.parents}
    names = {path.rpartition("/")[2] for path in paths}
    said = {name for name in NAMED.findall((ROOT / page).read_text("utf-8")) if not ELSEWHERE.search(name)}
    gone = [name for name in said if not name.endswith("/") and name not in (paths if "/" in name else names)]
    gone += [
        name for name in said if name.endswith("/") and not any(f"/{folder}".endswith(f"/{name}") for folder in folders)
    ]
    assert sorted(gone) == []
