"""The samples of long campaigns: drawn anew, repeatable by their seed."""

from __future__ import annotations

import os
import subprocess
import sys

from support.project import ROOT

PROGRAM = "import campaigns; print(campaigns.sample(range(1000), 20, 'a')); print(campaigns.report())"


def drawn(**variables: str) -> tuple[list[int], str]:
    """Return what a run draws of a thousand cases, and what it says."""
    environment = {name: value for name, value in os.environ.items() if name not in ("SEED", "THOROUGH")}
    command = [sys.executable, "-c", PROGRAM]
    folder = ROOT / "tests" / "support"
    done = subprocess.run(
        command, cwd=folder, env={**environment, **variables}, capture_output=True, text=True, check=True
    )
    numbers, said = done.stdout.splitlines()
    return [int(number) for number in numbers.strip("[]").split(",")], said


def test_a_sample_is_drawn_anew_and_repeated_by_its_seed() -> None:
    """Two runs draw different cases and name their seeds; with a seed that is given a run draws the same again."""
    (first, said), (second, _) = drawn(), drawn()
    assert first != second
    assert len(first) == len(set(first)) == 20
    assert first == sorted(first)
    assert "20 of 1,000" in said
    seed = said.split("SEED=")[1].split(":")[0]
    assert drawn(SEED=seed)[0] == first


def test_thorough_takes_all() -> None:
    """With THOROUGH every case runs, and the report says so."""
    numbers, said = drawn(THOROUGH="1")
    assert numbers == list(range(1000))
    assert "all cases" in said
