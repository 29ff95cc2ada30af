"""Phases as columns are what following the events one by one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.replay.columns.phases import Phases
from tracetui.trace.framework import Phase
from tracetui.trace.transformers import TRANSFORMERS

OTHERS = (
    Phase("fit", "fit_open", ("fit_done", "fit_failed")),
    Phase("lap", "lap_open", ("lap_done",)),
    Phase("check", "probe", ("checked",), inside=True),
    Phase("tick", "tick_open", ("tick_done", "lap_done")),
)
"""Two of them end with the same event, and what has no begin of its own is not the innermost."""


def one_by_one(phases: tuple[Phase, ...], names: list[str]) -> tuple[list[int], list[int]]:
    """Return depths and phases: a begin or an end closes what is inside it."""
    depths, found = [], []
    opened: list[Phase] = []
    for name in names:
        begun = [phase for phase in phases if phase.begin == name]
        ended = [phase for phase in phases if name in phase.ends]
        for phase in (*begun, *ended):
            opened = [each for each in opened if phases.index(each) < phases.index(phase)]
            opened += [] if phase in ended else [phase]
        before = [phase for phase in opened if phase not in begun or phase.inside]
        depths.append(len(before))
        found.append(sum(1 << phases.index(phase) for phase in {*opened, *ended}))
    return depths, found


@pytest.mark.parametrize("phases", [TRANSFORMERS.phases, OTHERS], ids=["transformers", "others"])
@given(data=st.data())
def test_phases_follow_the_events(phases: tuple[Phase, ...], data: st.DataObject) -> None:
    """Depths and phases are right in every order of events, wherever a block ends and the next goes on."""
    known = (*dict.fromkeys(name for phase in phases for name in (phase.begin, *phase.ends)), "on_log")
    names, cut = data.draw(st.lists(st.sampled_from(known), max_size=40)), data.draw(st.integers(0, 40))
    first, second = names[:cut], names[cut:]
    followed = Phases(phases)
    latest = {name: number for number, name in enumerate(first)}
    found = []
    for part, opened in ((first, 0), (second, followed.after(latest))):
        depths, levels = followed.follow(known, np.array([known.index(name) for name in part], np.int64), opened)
        found.append((depths.tolist(), levels.tolist()))
    expected = one_by_one(phases, names)
    assert [depth for depths, _ in found for depth in depths] == expected[0]
    assert [level for _, levels in found for level in levels] == expected[1]
