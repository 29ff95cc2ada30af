"""The packed form holds what the journal held, and nothing that is damaged in it is believed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgpack
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.conformance.packed import frames, parts
from support.hostile.damage import sample
from tracetui.trace.errors import BadRecord
from tracetui.trace.jobs.pack import NotPacked, pack_trace
from tracetui.trace.journal.frame import checksum_start, frame
from tracetui.trace.journal.records import Header, Keyframe
from tracetui.trace.packed.block import PackedBlock
from tracetui.trace.packed.encode import encode
from tracetui.trace.packed.streams import decode_numbers, decode_values, encode_numbers
from tracetui.trace.packed.zstd import compress, decompress
from tracetui.trace.reading.directory import Directory
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


def records(data: bytes) -> list[tuple[int, bytes]]:
    """Return type and payload of all records but the header, whose version differs."""
    items = TraceReader.from_bytes(data).items()
    found = [(item.frame.type, item.frame.payload) for item in items if isinstance(item, Placed)]
    return [raw for raw in found if raw[0] != Header.TYPE]


def packed(folder: Path, data: bytes, segments: int = 2) -> bytes:
    """Return a trace in its packed form, in small blocks."""
    journal, target = folder / "journal.mpk", folder / "packed.mpk"
    journal.write_bytes(data)
    pack_trace(journal, target, segments=segments)
    return target.read_bytes()


@given(st.lists(INT64) | st.lists(st.integers(-3, 3)) | st.integers(0, 99).map(lambda n: list(range(5, 5 + 7 * n, 7))))
@example([])
@example([-(1 << 63), (1 << 63) - 1, -(1 << 63)])
def test_numbers_come_back(values: list[int]) -> None:
    """Integers of 64 bits come back whatever their differences, also where those wrap around."""
    stored = encode_numbers(np.array(values, np.int64))
    assert decode_numbers(stored, len(values)).tolist() == values


def test_what_counts_on_takes_no_room() -> None:
    """Counters and the epochs of a run, whose differences are all alike, cost nothing per value."""
    counter = encode_numbers(np.arange(5_000, 13_000))
    epochs = encode_numbers((np.arange(4_096, 8_192) / 1024).view(np.int64))
    assert [counter[3], epochs[3]] == [0, 0]


@given(
    st.integers(0, 5), st.integers(-1, 5), st.lists(st.integers()), st.integers(-1, 9), st.binary(), st.integers(0, 9)
)
def test_no_stream_is_believed(method: int, order: int, first: list[int], width: int, data: bytes, count: int) -> None:
    """Whatever stands in the place of a stream, it gives as many numbers as it should, or BadRecord."""
    with suppress(BadRecord):
        assert len(decode_numbers([method, order, first, width, data], count)) == count
    with suppress(BadRecord):
        assert len(decode_values([method, len(data), data], count, 1_000)) == count


def test_a_decompression_bomb_is_not_expanded() -> None:
    """A frame that holds more than it should is refused after that much, and one that looks back too far at once."""
    bomb = compress(bytes(1 << 24))
    with pytest.raises(BadRecord, match="does not hold"):
        decompress(bomb, 1_000)
    with pytest.raises(BadRecord, match="claims"):
        decode_values([1, 1 << 24, bomb], 1, 1 << 20)


def test_the_records_come_back(tmp_path: Path) -> None:
    """A packed trace holds the same records, byte for byte, in blocks of any size."""
    journal = sample()
    for segments in (1, 2, 9):
        folder = tmp_path / str(segments)
        folder.mkdir()
        assert records(packed(folder, journal, segments)) == records(journal)


def test_the_index_is_what_reading_everything_gives(tmp_path: Path) -> None:
    """A trace that is opened by its index is described as one that is read from front to end."""
    data = packed(tmp_path, sample())
    by_index, by_reading = (Directory(TraceReader.from_bytes(part)) for part in (data, data[:-1]))
    assert by_index.by_index
    assert not by_reading.by_index
    assert by_index.blocks == by_reading.blocks
    assert by_index.notes == by_reading.notes
    assert by_index.names.table() == by_reading.names.table()
    assert len(by_index.blocks) == 3


def test_the_index_leads_to_no_other_block() -> None:
    """Blocks of one length that have changed places, or are of another trace, are not taken for those of the index."""
    data = parts().data
    pieces = [data[begin:end] for begin, end in frames(data)]
    assert len(pieces[2]) == len(pieces[4])
    payload = pieces[2][10:].replace(bytes(range(16)), bytes(16))
    foreign = frame(PackedBlock.TYPE, checksum_start(0, PackedBlock.TYPE), payload, wide=True)
    for others in ({2: pieces[4], 4: pieces[2]}, {2: foreign}):
        changed = b"".join(others.get(number, piece) for number, piece in enumerate(pieces))
        directory = Directory(TraceReader.from_bytes(changed))
        assert directory.by_index
        missing = {number for number in range(len(directory.blocks)) if directory.block(number) is None}
        assert missing == {number - 1 for number in others}


@pytest.mark.slow
def test_every_bit_of_a_packed_trace(tmp_path: Path) -> None:
    """One flipped bit is always noticed by whoever reads everything, and costs at most the block it is in."""
    journal = sample()
    whole = packed(tmp_path, journal)
    known = set(records(journal))
    directory = Directory(TraceReader.from_bytes(whole))
    most = max(summary.events for summary in directory.blocks)
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        found = records(bytes(data))
        assert set(found) <= known, place
        events = sum(kind in (4, 5) for kind, _ in found)
        assert events >= len(directory) - most, place


def test_a_trace_that_is_not_whole_is_not_packed(tmp_path: Path) -> None:
    """A trace that is damaged, still written to, or packed already stays as it is."""
    whole = sample()
    journal = tmp_path / "trace.mpk"
    no_end = whole[: whole.rindex(b"\xc7")]
    flipped = bytearray(whole)
    flipped[400] ^= 1
    for data, why in ((no_end, "no end"), (bytes(flipped), "damaged|no end"), (packed(tmp_path, whole), "already")):
        journal.write_bytes(data)
        with pytest.raises(NotPacked, match=why):
            pack_trace(journal)
        assert journal.read_bytes() == data
        assert not list(tmp_path.glob(".*"))


def test_what_is_appended_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that grows while it is packed keeps its place."""
    journal = tmp_path / "trace.mpk"
    journal.write_bytes(sample())

    def compare(*_: object) -> None:
        journal.write_bytes(journal.read_bytes() + b"\xc7")

    monkeypatch.setattr("tracetui.trace.jobs.pack._compare", compare)
    with pytest.raises(NotPacked, match="changed meanwhile"):
        pack_trace(journal)
    assert journal.read_bytes() == sample() + b"\xc7"
    assert list(tmp_path.iterdir()) == [journal]


def test_what_would_not_come_back_is_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the packing itself is found by reading back, and the journal stays."""
    journal = tmp_path / "trace.mpk"
    journal.write_bytes(sample())
    monkeypatch.setattr("tracetui.trace.packed.encode._set_pauses", lambda forms, count: None)
    with pytest.raises(NotPacked, match="would not come back"):
        pack_trace(journal)
    assert list(tmp_path.iterdir()) == [journal]


def test_a_small_block_is_no_work_for_hours() -> None:
    """A block that claims far more than its bytes could hold is refused before anything is put together."""
    first = Keyframe(bytes(16), 1, 0, 0, 0, 0, 0, [], [])
    row = (4, b"\x94\x01\x00\x00\x05")
    honest = encode(bytes(16), 0, [(Keyframe.TYPE, first.payload()), *[row] * 100])
    assert len(list(PackedBlock(honest).payloads())) == 101
    wide = (4, msgpack.packb([1, 0, 0, 5, [1, True] * 2_000]))
    greedy = encode(bytes(16), 0, [(Keyframe.TYPE, first.payload()), *[wide] * 1_000])
    with pytest.raises(BadRecord, match="far more"):
        list(PackedBlock(greedy).payloads())


@settings(max_examples=300)
@given(st.data())
def test_hostile_blocks(data: st.DataObject) -> None:
    """A block whose checksum is right and whose content is not gives BadRecord, or records; nothing else."""
    whole = bytearray(HONEST)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadRecord):
        assert len(list(PackedBlock(bytes(whole)).payloads())) > 0


HONEST = encode(bytes(range(16)), 0, records(sample()))
