"""One trace in two threads: each has its own, on one file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.replay.cursor import Cursor, TooFar
from tracetui.replay.search import matches
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import BLOCK_EVENTS

BLOCKS = 12
EVENTS = BLOCKS * BLOCK_EVENTS


class Stop(Exception):
    """Ends a search."""


class Pause:
    """Counts how often a search asks whether to go on, and ends it at one of these times."""

    def __init__(self, limit: int) -> None:
        """End at the `limit`-th time."""
        self.calls, self.limit = 0, limit

    def __call__(self) -> None:
        """Count, and raise when it is time."""
        self.calls += 1
        if self.calls == self.limit:
            raise Stop


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a packed trace of many blocks."""
    folder = tmp_path_factory.mktemp("apart")
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    step, name, last = writer.name("state.global_step"), writer.name("on_step_end"), writer.name("on_train_end")
    for number in range(EVENTS):
        writer.event(name if number < EVENTS - 1 else last, number, 1, [step, number])
    (folder / "journal.mpk").write_bytes(bytes(data))
    pack_trace(folder / "journal.mpk", folder / "packed.mpk", segments=1)
    return folder / "packed.mpk"


def test_two_threads_read_what_one_reads(
    path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """While one thread searches a trace again and again, another reads the right events from it."""
    monkeypatch.setattr("tracetui.trace.reading.source.NEAR", 64)  # else all of this small file is read at once
    monkeypatch.setattr("tracetui.trace.reading.source.WINDOW", 64)
    monkeypatch.setattr("tracetui.trace.reading.directory.CACHE_BYTES", 0)
    before = sys.getswitchinterval()
    request.addfinalizer(lambda: sys.setswitchinterval(before))
    sys.setswitchinterval(1e-6)
    with Trace.open(path) as trace:
        wrong: list[object] = []
        done = threading.Event()

        def search(apart: Trace) -> None:
            while not done.is_set():
                if list(apart.matching(parse("step >= 0"))) != list(range(EVENTS)):
                    wrong.append("the search")

        threads = [threading.Thread(target=search, args=(trace.apart(),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in np.random.default_rng(1).integers(0, EVENTS, 600).tolist():
            if trace[number].after.state != {"global_step": number}:
                wrong.append(number)
        done.set()
        for thread in threads:
            thread.join()
        assert not wrong and not trace.damage


def test_damage_is_told_to_both(path: Path) -> None:
    """What a search finds damaged is damaged for whoever asked for the search, and is told once."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8] = b"\xff" * 8
    trace = Trace.from_bytes(bytes(data))
    apart = trace.apart()
    list(apart.matching(parse("step >= 0")))
    list(trace.matching(parse("step >= 0")))
    assert len(trace.damage) == 1 and trace.damage == apart.damage


@pytest.mark.parametrize("search", [lambda trace: matches(trace, "step"), lambda trace: matches(trace, "step >= 5")])
def test_a_search_that_was_ended_can_be_begun_again(path: Path, search: Callable[[Trace], object]) -> None:
    """A search ends at the next block when its pause raises, and another one on that trace finds everything."""
    pause = Pause(4)
    with Trace.open(path) as trace:
        apart = trace.apart(pause)
        for pause.limit in (4, 9):
            with pytest.raises(Stop):
                search(apart)
            assert pause.calls == pause.limit
        assert np.array_equal(np.asarray(search(apart)), np.asarray(search(trace)))


def test_a_text_is_searched_on_from_where_a_search_was_ended(path: Path) -> None:
    """Who types on while the first letter is searched loses nothing: each block is read once."""
    pause = Pause(BLOCKS // 2)
    with Trace.open(path) as trace:
        apart = trace.apart(pause)
        with pytest.raises(Stop):
            matches(apart, "s")
        matches(apart, "st")
        both = pause.calls
        matches(apart, "ste")
        again = pause.calls - both  # what a search calls it for beside the blocks
        assert both == BLOCKS + 1 + again  # the block at which the first search ended is asked for twice


def test_a_cursor_with_a_reach(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move that would look farther than it may raises and does not move; near ones are as ever."""
    monkeypatch.setattr("tracetui.replay.cursor.WINDOW", 16)
    with Trace.open(path) as trace:
        cursor = Cursor(trace, EVENTS // 2, reach=40)
        assert cursor.next_step() and cursor.index == EVENTS // 2 + 1
        assert cursor.previous_step() and cursor.index == EVENTS // 2
        for move in (Cursor.next_mark, Cursor.previous_mark, Cursor.into):
            with pytest.raises(TooFar):
                move(cursor)
            assert cursor.index == EVENTS // 2


def test_a_step_whose_begin_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going back to a step that began too far away leaves the cursor where it was."""
    monkeypatch.setattr("tracetui.replay.cursor.WINDOW", 16)
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    step, name = writer.name("state.global_step"), writer.name("on_prediction_step")
    for number in range(400):
        writer.event(name, number, 1, [step, int(number == 399)])
    cursor = Cursor(Trace.from_bytes(bytes(data)), 399, reach=40)
    with pytest.raises(TooFar):
        cursor.previous_step()
    assert cursor.index == 399
