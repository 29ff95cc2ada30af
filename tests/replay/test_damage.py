"""A real trace, damaged: what is shown of it is what was recorded, or the damage is told."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from support.campaigns import sample
from tracetui.export.jsonl import full
from tracetui.export.strict_json import dumps
from tracetui.replay import Trace
from tracetui.trace.errors import NotATrace

SAMPLE = Path(__file__).parents[2] / "samples" / "traces" / "why_did_it_stop.mpk"
WHOLE = SAMPLE.read_bytes()
COUNTED = (
    *("index", "duration", "after", "changes", "written_after", "calls", "not_called", "messages", "exceptions"),
    *("depth", "phases"),
)
"""Fields that depend on what stands before or directly after an event in the file, or on its end."""


def rows(trace: Trace) -> list[dict[str, Any]]:
    """Return everything about every event, as it is printed."""
    return [full(event, trace) for event in trace]


def kept(row: dict[str, Any]) -> str:
    """Return an event without what a lost neighbour changes, and without args, which a lost header takes along."""
    row = {**row, "before": {key: value for key, value in row["before"].items() if key != "args"}}
    return dumps({key: value for key, value in row.items() if key not in COUNTED})


RECORDED = rows(Trace.from_bytes(WHOLE))
KEPT = {kept(row) for row in RECORDED}


def opened(data: bytes) -> Trace | None:
    """Open a damaged trace; None if it says that it is none."""
    try:
        return Trace.from_bytes(data)
    except NotATrace:
        return None


@pytest.mark.slow
def test_2000_flipped_bits() -> None:
    """One wrong bit anywhere is reported, and never makes an event out of nothing or another value of one."""
    chance = random.Random(1)
    flips = [(chance.randrange(len(WHOLE)), 1 << chance.randrange(8)) for _ in range(2_000)]
    for place, bit in sample(flips, 300, "flipped bits"):
        data = bytearray(WHOLE)
        data[place] ^= bit
        trace = opened(bytes(data))
        if trace is None:
            continue
        assert trace.damage, (place, bit)
        for row in rows(trace):
            assert kept(row) in KEPT or LOST in dumps(row), (place, bit, row["index"])


LOST = "damaged part of the file"


@pytest.mark.slow
def test_cut_at_every_byte() -> None:
    """Of a trace that was cut, every event that is whole is as it was, and what it lacks is told."""
    whole = len(RECORDED)
    for cut in reversed(sample(range(1, len(WHOLE)), 2_000, "cuts")):
        trace = opened(WHOLE[:cut])
        if trace is None:
            continue
        assert len(trace) <= whole
        whole = len(trace)
        assert trace.end is None
        if whole:
            last = full(trace[whole - 1], trace)
            assert kept(last) == kept(RECORDED[whole - 1]), cut
