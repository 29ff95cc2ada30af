"""Losses of honest traces: what was hit is lost, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from click.testing import CliRunner

from support.hostile.by_hand import (
    ID,
    JOURNAL_HEADER,
    RUNS,
    keyframe,
    looked_at,
    raw,
)
from support.hostile.noise import framed, records
from support.hostile.runs import packed
from tracetui.cli.main import tracetui
from tracetui.replay import Trace
from tracetui.trace.codec import pack
from tracetui.trace.journal.records import EventRow, History, Keyframe
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import BLOCK_EVENTS
from tracetui.trace.packed.block import PackedBlock
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.values import HistoryRef


def test_the_first_block_is_lost() -> None:
    """Without its first block and its index a packed trace begins with events that are lost, numbered as before."""
    whole = records(packed(RUNS[0], 3))
    blocks = [part for part in whole if part[0] == PackedBlock.TYPE]
    trace = looked_at(whole[0], *blocks[1:])
    sound = Trace.from_bytes(RUNS[0])
    first = PackedBlock(blocks[1][1]).event
    assert len(trace) == len(sound)
    assert all(trace[number].lost for number in range(first))
    assert [event.name for event in trace] == [event.name for event in sound][first:]
    assert np.asarray(trace.columns.step).tolist()[first:] == np.asarray(sound.columns.step).tolist()[first:]
    assert sum(len(part) for part in trace.columns.time.parts()) == len(trace)


def test_any_one_keyframe_is_lost() -> None:
    """Without one keyframe a journal lacks the events of its block, and no name of any other: each stands in two."""
    data = bytearray()
    writer = TraceWriter(data.extend, ID, 0.0, {})
    for number in range(4 * BLOCK_EVENTS):
        path = writer.name(f"state.value_{number // 100 if number % 3 else 0}")
        writer.event(writer.name(f"on_{number // 70 if number % 2 else 0}"), number, 1, [path, number])
    sound = {round(event.time * 1e6): event for event in Trace.from_bytes(bytes(data))}
    keyframes = [item.frame for item in TraceReader.from_bytes(bytes(data)).items() if type(item.record) is Keyframe]
    assert len(keyframes) >= 4
    for frame in keyframes:
        place = frame.offset + frame.length // 2
        trace = Trace.from_bytes(bytes(data[:place]) + bytes([data[place] ^ 1]) + bytes(data[place + 1 :]), whole=True)
        events = [event for event in trace if not event.lost]
        assert len(sound) - BLOCK_EVENTS - 1 <= len(events) < len(sound)
        for event in events:
            as_it_was = sound[round(event.time * 1e6)]
            assert event.name == as_it_was.name
            assert event.before.state.keys() <= as_it_was.before.state.keys()


def test_an_entry_that_may_have_been_edited() -> None:
    """Where the record that may hold an entry again is lost, the entry is lost, too, not as it was before."""

    def row(number: int, length: int, edition: int) -> tuple[int, bytes]:
        return EventRow.TYPE, pack([number, 0, 0, 0, [1, HistoryRef(0, length, edition)]])

    one = [keyframe(1, 0, 0, ("e", "state.log_history")), (7, History(1, 0, 1, 0, [{"a": 1}]).payload()), row(2, 1, 1)]
    two = [keyframe(2, 2, 1), (7, History(1, 0, 2, 0, [{"a": 2}]).payload()), row(2, 1, 2)]
    three = [keyframe(3, 2, 2), row(1, 1, 2)]
    sound = looked_at(JOURNAL_HEADER, *one, *two, *three)
    assert [list(event.before.state["log_history"]) for event in sound] == [[{"a": 1}], [{"a": 2}], [{"a": 2}]]
    lossy = looked_at(JOURNAL_HEADER, *one, *three)
    first, last = (list(event.before.state["log_history"]) for event in lossy)
    assert first == [{"a": 1}]
    assert "lost" in repr(last)


def test_the_end_of_an_event_is_lost() -> None:
    """An event whose end was in a block that is lost is still there: only the block that was hit is lost."""
    rows = [keyframe(1, 0, 0, ("e",)), raw(5, 1, 0, 0, 0), raw(4, 2, 0, 1, 1)]
    middle = [(2, Keyframe(ID, 2, 2, 2, 9, 1, 0, [], []).payload()), raw(4, 1, 0, 0, 1)]
    end = [(2, Keyframe(ID, 3, 1, 3, 9, 1, 0, [], []).payload()), raw(6, 1, 7), raw(4, 2, 0, 9, 1)]
    data = framed([JOURNAL_HEADER, *rows, *middle, *end, raw(11, 3, {"time": 9, "reason": "x"})])
    whole = bytearray(packed(data, 1))
    whole[len(framed(records(bytes(whole))[:2])) + 40] ^= 1
    trace = Trace.from_bytes(bytes(whole))
    assert [trace[number].lost for number in range(4)] == [False, False, False, True]
    assert len(trace.damage) == 1


def test_seconds_of_a_trace_with_losses(tmp_path: Path) -> None:
    """`info --json` of a trace that has lost events is JSON still."""
    whole = bytearray(packed(RUNS[0], 3))
    whole[len(whole) // 3] ^= 1
    path = tmp_path / "trace.mpk"
    path.write_bytes(whole)
    assert CliRunner().invoke(tracetui, ["info", "--json", str(path)]).exception is None
