"""Long campaigns: all of their cases (`make thorough`), or a sample of them that is drawn anew in each run.

    SEED=1234 python -m pytest tests/...

draws the sample of a run again; its seed stands at the head of that run and, where a test failed, at its end.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from typing import Final, TypeVar

THOROUGH: Final = os.environ.get("THOROUGH", "0") not in ("", "0")
"""Whether all cases are wanted."""

SEED: Final = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**9))
"""What the samples of this run are drawn with: any text."""

_taken: dict[str, str] = {}

Case = TypeVar("Case")


def sample(cases: Iterable[Case], size: int, name: str) -> list[Case]:
    """Choose the cases of a campaign that run today, in their order.

    Args:
        cases: All there are, in the same order in every run.
        size: How many are enough for one run.
        name: The campaign's. Two campaigns of one run draw independently.
    """
    every = list(cases)
    count = len(every) if THOROUGH else min(size, len(every))
    _taken[name] = f"{name} {count:,} of {len(every):,}"
    chosen = random.Random(f"{SEED} {name}").sample(range(len(every)), count)
    return [every[number] for number in sorted(chosen)]


def report() -> str:
    """Return one line on the campaigns of this run: how many cases each takes, and the seed."""
    taken = "; ".join(_taken.values())
    drawn = "all cases (THOROUGH)" if THOROUGH else f"samples drawn with SEED={SEED}"
    return f"campaigns: {drawn}" + (f": {taken}" if taken else "")
