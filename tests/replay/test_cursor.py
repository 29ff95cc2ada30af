"""All the ways to move through a trace, against what a walk over the events says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.replay import Trace
from tracetui.replay import cursor as cursor_module
from tracetui.replay.cursor import Cursor
from tracetui.replay.search import matches
from tracetui.trace.journal.writer import TraceWriter

TRAIN = "on_train_begin"
RUN = [
    *[(TRAIN, 0, 0), ("on_epoch_begin", 0, 1)],
    *[event for step in (1, 2) for event in (("on_step_begin", step - 1, 2), ("on_substep_end", step - 1, 3),
                                             ("on_step_end", step, 2))],
    *[("on_prediction_step", 2, 3), ("on_prediction_step", 2, 3), ("on_evaluate", 2, 2), ("on_epoch_end", 2, 1)],
    *[("on_epoch_begin", 2, 1), ("on_step_begin", 2, 2), ("on_step_end", 3, 2), ("on_epoch_end", 3, 1)],
    ("on_train_end", 3, 0),
]  # fmt: skip
"""Name, step and depth of each event."""


def trace_of(run: list[tuple[str, int, int]]) -> Trace:
    """Write a run and open it."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    step = writer.name("state.global_step")
    for number, (name, at, _) in enumerate(run):
        writer.event(writer.name(name), number, 1, [step, at])
    return Trace.from_bytes(bytes(data))


@pytest.fixture(scope="module")
def trace() -> Trace:
    """Return the run above."""
    return trace_of(RUN)


def test_depth_is_the_phases_around_an_event(trace: Trace) -> None:
    """Train, epoch, step and evaluation are told by the names alone."""
    assert [event.depth for event in trace] == [depth for _, _, depth in RUN]
    assert Cursor(trace, 3).where().phases == ("train", "epoch", "step")
    assert Cursor(trace, 8).where().phases == ("train", "epoch", "evaluation")


def walk(trace: Trace, move: Callable[[Cursor], bool], start: int = 0) -> list[int]:
    """Return where a move leads, again and again, until it does not move."""
    cursor, places = Cursor(trace, start), []
    while move(cursor):
        places.append(cursor.index)
    return places


@pytest.mark.parametrize("window", [1, 2, 4096])
def test_moves(trace: Trace, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each move goes where its name says, whatever the pieces in which it searches."""
    monkeypatch.setattr(cursor_module, "WINDOW", window)
    last = len(RUN) - 1
    begins = [index for index, (name, _, _) in enumerate(RUN) if name == "on_step_begin"]
    assert walk(trace, Cursor.next_same, 2) == begins[1:]
    assert walk(trace, Cursor.previous_same, begins[-1]) == begins[-2::-1]
    changes = [index for index in range(1, last + 1) if RUN[index][1] != RUN[index - 1][1]]
    assert walk(trace, Cursor.next_step) == changes
    assert walk(trace, Cursor.previous_step, last) == [*changes[-2::-1], 0]
    epochs = [index for index, (name, _, _) in enumerate(RUN) if name == "on_epoch_begin"]
    assert walk(trace, Cursor.next_epoch) == epochs
    assert walk(trace, Cursor.previous_epoch, last) == epochs[::-1]
    assert walk(trace, Cursor.into) == [1, 2, 3]
    assert walk(trace, Cursor.out, 8) == [7, 1, 0]
    assert walk(trace, lambda cursor: cursor.forward(5)) == [5, 10, 15, last]
    assert walk(trace, lambda cursor: cursor.back(5), 12) == [7, 2, 0]


def test_search_goes_round(trace: Trace) -> None:
    """A search finds what contains the text in any case, goes on past the end, and stays where nothing is."""
    cursor, matching = Cursor(trace, 9), matches(trace, "SubStep")
    found = [index for index, (name, _, _) in enumerate(RUN) if "substep" in name]
    assert cursor.next_of(matching)
    assert cursor.index == found[0]
    assert cursor.previous_of(matching)
    assert cursor.index == found[-1]
    assert not cursor.next_of(matches(trace, "nowhere"))
    assert cursor.index == found[-1]


def test_an_empty_trace_moves_nowhere() -> None:
    """Without events no move moves, and none raises."""
    for move in MOVES:
        assert not move(Cursor(trace_of([])))


MOVES: list[Callable[[Cursor], bool]] = [
    *[Cursor.forward, Cursor.back, Cursor.first, Cursor.last, Cursor.next_same, Cursor.previous_same],
    *[Cursor.next_step, Cursor.previous_step, Cursor.next_epoch, Cursor.previous_epoch, Cursor.into, Cursor.out],
    *[
        Cursor.next_mark,
        Cursor.previous_mark,
        lambda cursor: cursor.next_of(matches(cursor.trace, "step")),
        lambda c: c.jump(3),
    ],
]


@given(
    st.lists(st.tuples(st.sampled_from([name for name, _, _ in RUN]), st.integers(-1, 3), st.just(0)), max_size=12),
    st.lists(st.sampled_from(range(len(MOVES))), max_size=30),
)
def test_any_moves_through_any_run(run: list[tuple[str, int, int]], moves: list[int]) -> None:
    """A move says whether it moved, and never leaves the trace; the position can always be shown."""
    trace = trace_of(run)
    cursor = Cursor(trace)
    for number in moves:
        before = cursor.index
        assert MOVES[number](cursor) == (cursor.index != before)
        if run:
            assert 0 <= cursor.index < len(run)
            assert cursor.where().index == cursor.event.index == cursor.index
