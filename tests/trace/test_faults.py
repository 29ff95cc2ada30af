"""Damage of every kind: never a wrong value in silence, at most one block lost, reading goes on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.hostile.damage import read, sample
from tracetui.trace.journal.frame import SYNC
from tracetui.trace.journal.records import Keyframe
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

WHOLE = sample()
RECORDS = read(WHOLE)[0]
PLACES = [item.frame.offset for item in TraceReader.from_bytes(WHOLE).items() if isinstance(item, Placed)]
BLOCKS = [
    item.frame.offset
    for item in TraceReader.from_bytes(WHOLE).items()
    if isinstance(item, Placed) and isinstance(item.record, Keyframe)
]
SPANS = [*zip(BLOCKS, [*BLOCKS[1:], len(WHOLE)], strict=True)]


def test_the_sample_is_sound() -> None:
    """The tests below start from a sound file of several blocks."""
    assert read(WHOLE)[1] == []
    assert len(BLOCKS) == 5


def test_cut_at_every_byte() -> None:
    """All that is complete before a cut is read; a torn tail is told of unless the cut is between records."""
    for cut in range(1, len(WHOLE)):
        seen, damage = read(WHOLE[:cut])
        complete = sum(place < cut for place in PLACES) - (cut not in PLACES)
        assert seen == RECORDS[:complete], cut
        assert [item.kind for item in damage] in ([[]] if cut in PLACES else [["torn tail"], ["not a trace"]]), cut


@pytest.mark.slow
def test_every_bit_flipped() -> None:
    """One flipped bit is always noticed, costs at most the block it is in, and no value is ever wrong."""
    known = set(RECORDS)
    for place in range(len(WHOLE)):
        begin, end = next((span for span in SPANS if span[0] <= place < span[1]), (0, BLOCKS[0]))
        for bit in (1 << (place % 8), 0x80):
            data = bytearray(WHOLE)
            data[place] ^= bit
            seen, damage = read(bytes(data))
            assert damage, (place, bit)
            assert set(seen) <= known, (place, bit)
            kept = sum(not begin <= other < end for other in PLACES)
            assert len(seen) >= kept, (place, bit, damage)


RANGES = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE))).map(sorted)


@settings(max_examples=300)
@given(RANGES, st.integers(0, len(WHOLE)), st.sampled_from(["remove", "double", "move"]))
def test_ranges_removed_doubled_moved(place: list[int], to: int, how: str) -> None:
    """Whatever happens to a range of bytes, what is read was written, and any difference is told of."""
    begin, end = place
    piece, rest = WHOLE[begin:end], WHOLE[:begin] + WHOLE[end:]
    base = WHOLE if how == "double" else rest
    data = base if how == "remove" else base[:to] + piece + base[to:]
    _check(data)


@given(st.permutations(range(len(SPANS))), st.integers(1, len(SPANS)))
def test_whole_blocks_swapped_and_left_out(order: list[int], count: int) -> None:
    """Blocks are sound in themselves; that they are not in their place is told of."""
    data = WHOLE[: BLOCKS[0]] + b"".join(WHOLE[slice(*SPANS[number])] for number in order[:count])
    _check(data)


@given(st.lists(st.integers(0, len(RECORDS) - 1), max_size=30))
def test_records_in_any_order(order: list[int]) -> None:
    """Records that are whole, but not where they were written, are not taken."""
    ends = [*PLACES[1:], len(WHOLE)]
    _check(b"".join(WHOLE[PLACES[number] : ends[number]] for number in order))


@given(st.lists(st.sampled_from([SYNC, b"\xc9\x00\x00", b"\xc7\x04\x02", b"tracetui-trace", WHOLE[:50]]), max_size=20))
def test_junk(pieces: list[bytes]) -> None:
    """Bytes that look like a trace here and there give no records that were not written."""
    _check(b"".join(pieces))


def test_a_block_of_another_trace_is_noticed() -> None:
    """A sound block of another trace must not be taken for one of this."""
    other = sample(trace_id=bytes(16))
    data = WHOLE[: SPANS[1][0]] + other[slice(*SPANS[1])] + WHOLE[SPANS[2][0] :]
    _check(data)


def _check(data: bytes) -> None:
    """Check that what is read was written, in order, and complete up to a cut, or that damage is told of."""
    seen, damage = read(data)
    assert set(seen) <= set(RECORDS)
    assert damage or seen == RECORDS[: len(seen)]


@pytest.mark.parametrize("block", range(4))
def test_reading_goes_on_after_damage(block: int) -> None:
    """All blocks but the one that was hit are read in full."""
    begin, end = SPANS[block]
    data = WHOLE[: begin + 30] + b"\xff" * (end - begin - 60) + WHOLE[end - 30 :]
    seen, damage = read(data)
    assert [record for record in RECORDS if record[0] != block + 1] == seen
    assert len(damage) == 1
