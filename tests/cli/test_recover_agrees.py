"""`recover` and `verify` agree: where one says that all is well, so does the other of the copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracetui.cli.main import main

CONFORMANCE = Path(__file__).parents[2] / "docs" / "conformance"


@pytest.mark.parametrize("path", sorted(CONFORMANCE.glob("*.mpk")), ids=lambda path: path.stem)
def test_recover_says_what_verify_says_of_its_copy(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy that is not sound (a name that no record defines, a gap) is status 1, and so is anything that was lost."""
    copy = tmp_path / "copy.mpk"
    recovered = main(["recover", str(path), "-o", str(copy)])
    capsys.readouterr()
    if recovered == 2:
        assert not copy.exists()
    else:
        assert main(["verify", str(copy)]) == recovered
