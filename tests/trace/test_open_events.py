"""Which events are open: one rule, whether records are followed as they are read or by what stands in their columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.trace.errors import BadRecord
from tracetui.trace.journal.open_events import FIRST_THREAD, NESTING, UNKNOWN, OpenEvents
from tracetui.trace.journal.records import EventRow, Exit, Keyframe, Record
from tracetui.trace.limits import MAX_OPEN

MAKE: dict[int, Callable[[int], Record]] = {
    Keyframe.TYPE: lambda said: Keyframe(bytes(16), 1, 0, 0, 0, said, 0, [], []),
    EventRow.OPEN_TYPE: lambda said: EventRow(1, 0, 0, 0, opens=True),
    Exit.TYPE: lambda said: Exit(1, 0),
    Exit.OF_TYPE: lambda said: Exit(1, 0, back=said),
}


@given(st.lists(st.tuples(st.sampled_from(NESTING), st.integers(0, 5)), max_size=60))
def test_one_rule(steps: list[tuple[int, int]]) -> None:
    """Records, what their columns say, and the rule as the specification words it lead to the same open events."""
    followed, taken, plain = OpenEvents(), OpenEvents(), list[tuple[int, int]]()
    for number, (kind, drawn) in enumerate(steps):
        said = 0 if kind == Exit.TYPE else drawn
        ended = taken.take(kind, said, number)
        followed.follow(EventRow(1, 0, 0, 0))  # an event in which no other begins
        followed.follow(MAKE[kind](said))
        if kind == Keyframe.TYPE:
            plain = plain[:said] if said <= len(plain) else [(UNKNOWN, FIRST_THREAD)] * said
        elif kind == EventRow.OPEN_TYPE:
            plain.append((number, said))
        else:
            assert ended == (plain.pop(-1 - said)[0] if said < len(plain) else UNKNOWN)
        assert list(zip(taken.numbers, taken.threads, strict=True)) == plain
        assert len(followed) == len(plain)


def test_there_is_an_end_of_nesting() -> None:
    """No file makes its reader remember more open events than there may be."""
    opened = OpenEvents()
    opened.follow(MAKE[Keyframe.TYPE](1 << 62))
    assert len(opened) == MAX_OPEN
    with pytest.raises(BadRecord, match="inside each other"):
        opened.follow(MAKE[EventRow.OPEN_TYPE](0))
