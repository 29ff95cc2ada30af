"""Writes docs/conformance anew: `python -m support.conformance`, in the folder `tests`."""

from __future__ import annotations

import json

from support.conformance.every import cases
from support.project import ROOT

FOLDER = ROOT / "docs" / "conformance"


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for case in cases():
        (FOLDER / f"{case.name}.mpk").write_bytes(case.data)
        expected = {"about": case.about, **case.expected}
        text = json.dumps(expected, indent=1, allow_nan=False) + "\n"
        (FOLDER / f"{case.name}.json").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
