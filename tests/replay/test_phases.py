"""Phases as columns are what following the events one by one gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracetui.replay.phases import EPOCH, EVALUATION, STEP, TRAIN, follow, open_phases

BEGINS = {"on_train_begin": TRAIN, "on_epoch_begin": EPOCH, "on_step_begin": STEP}
ENDS = {"on_train_end": TRAIN, "on_epoch_end": EPOCH, "on_step_end": STEP}
ENDS |= {"on_evaluate": EVALUATION, "on_predict": EVALUATION}
INNER = {TRAIN: EPOCH | STEP | EVALUATION, EPOCH: STEP | EVALUATION, STEP: EVALUATION, EVALUATION: 0}
NAMES = (*BEGINS, *ENDS, "on_prediction_step", "on_log")


def one_by_one(names: list[str], opened: int) -> tuple[list[int], list[int], int]:
    """Return depths, phases, and what is open in the end."""
    depths, phases = [], []
    for name in names:
        own = BEGINS.get(name, 0) | ENDS.get(name, 0)
        opened &= ~INNER[own] if own else ~0
        opened = opened & ~own if own else opened | (EVALUATION if name == "on_prediction_step" else 0)
        depths.append(opened.bit_count())
        opened |= BEGINS.get(name, 0)
        phases.append(opened | own)
    return depths, phases, opened


@given(st.lists(st.sampled_from(NAMES), max_size=40), st.integers(0, 40))
def test_phases_follow_the_events(names: list[str], cut: int) -> None:
    """Depths and phases are right in every order of events, wherever a block ends and the next goes on."""
    first, second = names[:cut], names[cut:]
    depths, phases, _ = one_by_one(names, 0)
    latest = {name: number for number, name in enumerate(first)}
    found = [_followed(first, 0), _followed(second, open_phases(latest))]
    assert [depth for part in found for depth in part[0]] == depths
    assert [phase for part in found for phase in part[1]] == phases


def _followed(names: list[str], opened: int) -> tuple[list[int], list[int]]:
    codes = np.array([NAMES.index(name) for name in names], np.int64)
    depths, phases = follow(NAMES, codes, opened)
    return depths.tolist(), phases.tolist()
