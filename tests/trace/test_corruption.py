"""Thousands of random corruptions: no wrong value without a report, no traceback, no hang, bounded memory."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import pytest

from support.campaigns import sample
from support.hostile.corruption import run

CASES = int(os.environ.get("CORRUPTIONS", "10000"))
SHARE = 50
WORKERS = 2


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_random_corruptions() -> None:
    """Of journals and packed traces, however damaged, all that is shown was recorded, and what is lost is told."""
    shares = sample(range(0, CASES, SHARE), 12, "corruptions, in fifties")
    context = multiprocessing.get_context("spawn")  # a process that has read nothing yet: its memory is measured
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        reports = list(pool.map(run, shares, repeat(SHARE)))
    wrong = [text for report in reports for text in report.wrong]
    assert not wrong, "\n\n".join(wrong[:5])
    assert max(report.slowest for report in reports) < 60
    assert max(report.memory for report in reports) < 256 << 20
    assert sum(report.told for report in reports) > len(shares) * SHARE // 2
