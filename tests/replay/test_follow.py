"""A trace that is still being written is followed: nothing is shown before it is whole, nothing is missed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.run_model import Happening, Model, assert_same, happenings, written
from tracetui.replay import Trace
from tracetui.trace.errors import Replaced
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(happenings(), min_size=1, max_size=12), st.lists(st.integers(1, 400), min_size=1))
def test_what_is_appended_is_seen(
    tmp_path_factory: pytest.TempPathFactory, run: list[Happening], pieces: list[int]
) -> None:
    """However the bytes arrive, each poll shows just the events that are whole, and at the end all of them."""
    model = written(run)
    data = bytes(model.data)
    path = tmp_path_factory.mktemp("follow") / "trace.mpk"
    end = len(written([]).data)  # the header is written at once
    path.write_bytes(data[:end])
    trace = Trace.open(path, follow=True)
    seen = len(trace)
    for piece in [*pieces, len(data)]:
        end = min(end + piece, len(data))
        path.write_bytes(data[:end])
        seen += trace.poll()
        assert (len(trace), trace.damage) == (seen, ())
        assert len(trace) == len(Trace.from_bytes(data[:end]))
    _assert_all(trace, model)


def _assert_all(trace: Trace, model: Model) -> None:
    assert len(trace) == len(model.expected)
    for index, expected in enumerate(model.expected):
        assert_same(trace[index], expected)


def test_a_long_run_is_followed_over_many_blocks(tmp_path: Path) -> None:
    """Blocks that are complete stay, the last one grows, and events keep their numbers."""
    path = tmp_path / "trace.mpk"
    with path.open("wb", buffering=0) as file:
        writer = TraceWriter(file.write, bytes(16), 0.0, {})
        name, step = writer.name("on_step_end"), writer.name("state.global_step")
        trace = Trace.open(path, follow=True)
        for number in range(20_000):
            writer.event(name, 10 * number, 5, [step, number])
            if number % 2_500 == 0:
                trace.poll()
                assert (len(trace), trace[-1].step, trace.end) == (number + 1, number, None)
        writer.note(Note.END, {"reason": "finished", "events": writer.events}, time=200_000)
    pack_trace(path)  # what a recorder does at its end: the follower has the journal open still
    assert trace.poll() == 2_499
    assert trace.end is not None
    assert [trace[index].step for index in (0, 9_999, 19_999)] == [0, 9_999, 19_999]
    assert trace.poll() == 0


@pytest.mark.parametrize("what", ["cut", "replaced", "deleted"])
def test_another_file_is_noticed(tmp_path: Path, what: str) -> None:
    """A file that was cut, replaced or deleted while it was followed is told of, not mixed with what was read."""
    path = tmp_path / "trace.mpk"
    data = bytes(written([Happening("on_step_end")] * 5).data)
    path.write_bytes(data)
    trace = Trace.open(path, follow=True)
    if what == "cut":
        path.write_bytes(data[:-20])
    else:
        path.unlink()
    if what == "replaced":
        path.write_bytes(data + data)
    with pytest.raises(Replaced, match="open it anew"):
        trace.poll()
    assert len(trace) == 5
    assert trace[4].name == "on_step_end"


def test_damage_in_a_growing_file_is_told(tmp_path: Path) -> None:
    """A torn tail is waited for; bytes that can never become a record are damage as ever."""
    path = tmp_path / "trace.mpk"
    data = bytes(written([Happening("on_step_end", block=True)] * 5).data)
    path.write_bytes(data)
    trace = Trace.open(path, follow=True)
    path.write_bytes(data + b"\x00" * 40)
    trace.poll()
    assert [item.kind for item in trace.damage] == ["bad checksum"]
    assert len(trace) == 5
