"""Writes what the fuzz targets begin with: `python tests/fuzz/seeds.py FOLDER`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))

from support.conformance.committed import committed
from support.hostile.runs import SAMPLES, nested_run, packed, several_blocks

MOST = 1 << 13
"""Bytes of a seed: those of an input, see `framing.py`."""

CONDITIONS = ROOT / "docs" / "conditions.md"


def traces() -> dict[str, bytes]:
    """Return the conformance files and the hostile ones, and runs as journals and packed."""
    found = {f"{case.name}.mpk": case.data for case in committed()}
    runs = {f"nested-{seed}": nested_run(seed, 30) for seed in range(1, 4)}
    recorded = sorted(SAMPLES.glob("*.mpk"))
    runs |= {path.stem: several_blocks(path.read_bytes(), 24) for path in recorded}
    for name, data in runs.items():
        found[f"{name}.mpk"] = data
        found[f"{name}-packed.mpk"] = packed(data, 3)
    return found


def conditions() -> dict[str, bytes]:
    """Return the examples in the description of the language."""
    text = CONDITIONS.read_text("utf-8")
    lines = re.findall(r"^    (\S.*)$", text, re.MULTILINE) + re.findall(r"`([^`]+)`", text)
    return {f"{number}.txt": line.encode() for number, line in enumerate(lines)}


def main(folder: Path) -> None:
    """Write them, a folder for traces and one for conditions."""
    for name, files in (("traces", traces()), ("conditions", conditions())):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for file, data in files.items():
            if len(data) <= MOST:
                (folder / name / file).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
