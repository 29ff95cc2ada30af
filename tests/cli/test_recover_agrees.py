"""`recover` and `verify` agree: where one says that all is well, so does the other of the copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.conformance.case import Case
from support.conformance.committed import committed
from tracetui.cli.main import main


@pytest.mark.parametrize("case", committed(), ids=lambda case: case.name)
def test_recover_says_what_verify_says_of_its_copy(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy that is not sound (a name that no record defines, a gap) is status 1, and so is anything that was lost."""
    path, copy = tmp_path / "trace.mpk", tmp_path / "copy.mpk"
    path.write_bytes(case.data)
    recovered = main(["recover", str(path), "-o", str(copy)])
    capsys.readouterr()
    if recovered == 2:
        assert not copy.exists()
    else:
        assert main(["verify", str(copy)]) == recovered
