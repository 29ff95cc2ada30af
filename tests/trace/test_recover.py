"""What is recovered is a sound trace that holds all that could be read, and nothing else."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.conformance.journal import unknown
from support.hostile.damage import Seen, read, sample
from support.small_reader.reader import SmallReader
from tracetui.replay import Trace
from tracetui.trace.codec import pack
from tracetui.trace.errors import NotATrace
from tracetui.trace.jobs import recover as module
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.jobs.recover import NotRecovered, recover
from tracetui.trace.journal.frame import SYNC
from tracetui.trace.journal.records import EventRow, Exit, Header, Keyframe, Names, Note, read_record
from tracetui.trace.journal.writer import TraceWriter

WHOLE = sample()
ADDED = (Exit.TYPE, Names.TYPE, Note.GAP, Note.END, Header.TYPE)


def recovered(data: bytes) -> tuple[module.Recovery, bytes]:
    """Recover a trace, and return what was written."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.mpk"), Path(folder, "out.mpk")
        source.write_bytes(data)
        result = recover(source, target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert source.read_bytes() == data
        return result, target.read_bytes()


def rows(seen: list[Seen]) -> list[object]:
    """Return the events with all they hold, their numbers aside."""
    found = [read_record(kind, payload) for _, _, kind, payload in seen if kind in (4, 5)]
    assert all(isinstance(row, EventRow) for row in found)
    for row in found:
        row.number = 0  # type: ignore[union-attr]
    return list(found)


def test_a_sound_trace_comes_back_byte_for_byte() -> None:
    """Recovery changes nothing where nothing is wrong."""
    result, data = recovered(WHOLE)
    assert data == WHOLE
    assert not result.damage
    assert result.lost == 0


EDITS = st.lists(
    st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 400), st.sampled_from(["cut", "flip", "junk"]))
)


@settings(max_examples=150, deadline=None)
@given(EDITS)
def test_what_can_be_read_is_kept(edits: list[tuple[int, int, str]]) -> None:
    """After any damage: the copy is sound, has just the events that could be read, and says what was lost."""
    data = WHOLE
    for place, length, how in edits[:4]:
        middle = {
            "cut": b"",
            "flip": bytes(b ^ 1 for b in data[place : place + 1]),
            "junk": b"\xc7" * length,
        }[how]
        data = data[:place] + middle + data[place + (length if how == "cut" else 1) :]
    seen, damage = read(data)
    try:
        result, copy = recovered(data)
    except NotATrace:
        assert not seen
        return
    again, wrong = read(copy)
    assert not wrong
    assert rows(again) == rows(seen)
    assert result.events == len(rows(seen))
    assert bool(result.damage) == bool(damage)
    gaps = [read_record(kind, payload) for _, _, kind, payload in again if kind == Note.GAP]
    assert bool(gaps) == bool(damage)
    assert sum(gap.fields["count"] for gap in gaps) == result.lost  # type: ignore[union-attr]
    assert any(kind == Note.END for _, _, kind, _ in again)


def test_a_killed_recording_gets_an_end() -> None:
    """A trace without an END says afterwards that it was recovered."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    writer.event(writer.name("on_step_end"), 7, 1)
    seen, _ = read(recovered(bytes(data))[1])
    end = read_record(*seen[-1][2:])
    assert isinstance(end, Note)
    assert end.fields == {"reason": "recovered", "events": 1, "time": 7}


def test_unknown_records_and_fields_survive() -> None:
    """What a newer version wrote is kept byte for byte, even where records get new numbers."""
    data = unknown().data
    result, copy = recovered(b"".join((data[:-5], b"")))
    assert result.damage
    payloads = [payload for _, _, _, payload in read(copy)[0]]
    assert any(payload.endswith(pack("a record of a newer version")) for payload in payloads)
    assert any(payload.endswith(pack("a field of a newer version")) for payload in payloads)


def test_names_of_lost_blocks_are_found_again() -> None:
    """Names that stood in two blocks that were lost are taken from a later keyframe that repeats them."""
    data, places = bytearray(), []
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    for block in range(20):
        places.append(len(data))
        writer.event(writer.name(f"on_{block}"), block, 1)
        writer.event(writer.name(f"on_{min(block, 2)}"), block, 1)
        writer.restart_block() if block == 17 else None
        writer._rows = 256  # ends the block as its size would
    copy = recovered(bytes(data[: places[1]] + data[places[4] :]))[1]
    names: dict[int, object] = {}
    for _, _, kind, payload in read(copy)[0]:
        record = read_record(kind, payload)
        if isinstance(record, (Keyframe, Names)):
            first = record.first_name
            names.update(enumerate(record.names, first))
        if isinstance(record, EventRow):
            assert record.name in names


def test_an_end_is_never_taken_for_that_of_another_event() -> None:
    """The end of one event and the begin of the next are lost: what is left is not joined to one."""
    data, places = bytearray(), []
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name = writer.name("on_evaluate")
    for block in range(3):
        places.append(len(data))
        if block:
            writer.exit(1_000_000, time=5 * block)
        writer.event(name, 5 * block, 0, opens=block < 2)
        writer.restart_block()
    reader = SmallReader(recovered(bytes(data[: places[1]] + data[places[2] :]))[1])
    assert reader.open == []
    assert reader.result["damage"] == []
    assert [event["duration"] for event in reader.result["events"]] == [0.0, 0.0]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file that exists is never touched."""
    source, target = tmp_path / "in.mpk", tmp_path / "out.mpk"
    source.write_bytes(WHOLE)
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        recover(source, target)
    assert target.read_text() == "mine"


def test_a_copy_that_differs_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Success is claimed only after the copy was read back: one that is wrong is not left behind."""
    source, target = tmp_path / "in.mpk", tmp_path / "out.mpk"
    source.write_bytes(WHOLE)
    renumbered = module._renumbered

    def wrong(kind: int, payload: bytes, *numbers: int) -> bytes:
        right = renumbered(kind, payload, *numbers)
        return right[:-1] + (b"\x07" if right.endswith(b"\x00") else b"\x00")

    monkeypatch.setattr(module, "_renumbered", wrong)
    with pytest.raises(NotRecovered):
        recover(source, target)
    assert not target.exists()


@pytest.mark.parametrize("block", [0, 1, -1])
def test_what_only_the_index_knows_is_kept(tmp_path: Path, block: int) -> None:
    """Ten bytes in one packed block: the recovered trace has the names and notes that the damaged one shows."""
    path, copy = tmp_path / "trace.mpk", tmp_path / "recovered.mpk"
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {})
    name, path_of_step = writer.name("on_step_end"), writer.name("state.global_step")
    for step in range(1500):
        if step % 100 == 5:
            writer.note(Note.RUN, {"run": {f"part {step}": step}}, time=step)
            writer.note(Note.EXCEPTION, {"number": step, "type": f"Error{step}", "ended": "train"}, time=step)
        writer.event(name, step, 1, [path_of_step, step, writer.name(f"state.late{step // 300}"), step])
    writer.note(Note.END, {"reason": "finished", "events": 1500}, time=1500)
    path.write_bytes(data)
    pack_trace(path, segments=2)
    damaged = bytearray(path.read_bytes())
    begins = [at for at in range(len(damaged)) if damaged.startswith(SYNC, at)]
    damaged[begins[block] + 60 : begins[block] + 70] = bytes(10)
    path.write_bytes(damaged)
    result = recover(path, copy)
    with Trace.open(path) as one, Trace.open(copy, whole=True) as two:
        kept = [event for event in one if not event.lost]
        assert [event.name for event in two] == [event.name for event in kept] == ["on_step_end"] * (1500 - result.lost)
        assert [event.after.state for event in two] == [event.after.state for event in kept]
        assert dict(one.run) == dict(two.run) and len(two.run) == 15
        assert [error.type for error in one.exceptions] == [error.type for error in two.exceptions]
        assert one.end == two.end is not None
        assert not two.damage and result.lost in (476, 512)
