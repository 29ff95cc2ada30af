"""Notes of every type are found in a journal, in a packed trace, in its index, and by recovery."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.jobs.recover import recover
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.layout import NOTES
from tracetui.trace.reading.directory import Directory
from tracetui.trace.reading.reader import TraceReader


@pytest.fixture(params=sorted(NOTES - {Note.END}))
def noted(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """A trace with a note of one type between its events, and the type."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {})
    for event in range(20):
        writer.event(writer.name("on_step_end"), event, 1)
        if event == 9:
            writer.note(request.param, {"what": "it"}, time=event)
    writer.note(Note.END, {"reason": "finished", "events": 20}, time=20)
    (tmp_path / "trace.mpk").write_bytes(data)
    return tmp_path / "trace.mpk", request.param


def notes(path: Path, *, whole: bool = False) -> list[tuple[int, int, object]]:
    """Return what stands in the notes of a trace: events before each, its type, and what it says."""
    reader = TraceReader.open(path)
    directory = Directory(reader, whole=whole)
    assert not directory.damage
    found = [(before, kind, fields.get("what")) for before, kind, fields in directory.notes]
    reader.close()
    return found


def test_notes_of_every_type_are_read(noted: tuple[Path, int], tmp_path: Path) -> None:
    """A note has the same place and content in the journal and in both ways of reading the packed form."""
    path, kind = noted
    expected = [(10, kind, "it"), (20, Note.END, None)]
    pack_trace(path, tmp_path / "packed.mpk")
    assert notes(path) == notes(tmp_path / "packed.mpk") == notes(tmp_path / "packed.mpk", whole=True) == expected


def test_notes_of_every_type_are_recovered(noted: tuple[Path, int], tmp_path: Path) -> None:
    """A note whose block is lost is written from what the index knows."""
    path, kind = noted
    packed = tmp_path / "packed.mpk"
    pack_trace(path, packed, segments=1)
    data = bytearray(packed.read_bytes())
    data[data.index(b"\x00mpk~sync") + 40] ^= 1  # in the first packed block
    packed.write_bytes(data)
    recover(packed, tmp_path / "recovered.mpk")
    assert (kind, "it") in [found[1:] for found in notes(tmp_path / "recovered.mpk")]
