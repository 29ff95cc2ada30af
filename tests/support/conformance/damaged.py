"""Journals that are damaged, files that are no trace, and the JSON a reader has to find in them, written by hand."""

from __future__ import annotations

from collections.abc import Iterator

import msgpack

from support.conformance.case import Case, Records
from support.conformance.journal import blocks
from tracetui.trace.codec import pack
from tracetui.trace.journal.frame import SYNC, checksum_start, frame
from tracetui.trace.journal.records import EventRow


def damaged() -> Iterator[Case]:
    """Give the trace of `blocks`, damaged in different ways, and files that are no trace."""
    whole = blocks()
    data, found, places = whole.data, whole.expected["events"], Records(whole.data).places
    key = Records(data).keyframes

    def case(name: str, about: str, data: bytes, left: list[int], *damage: tuple[str, int]) -> Case:
        kept = [{**found[old], "index": new} for new, old in enumerate(left)]
        listed = [{"kind": kind, "offset": offset} for kind, offset in damage]
        return Case(f"damaged-{name}", about, data, {"events": kept, "damage": listed, "end": None})

    everything = list(range(6))
    yield case("torn-tail", "The last record is cut.", data[:-3], everything[:5], ("torn tail", places[-1]))
    flipped = bytearray(data)
    second_row = places[places.index(key[1]) + 1]
    flipped[second_row + 8] ^= 1
    yield case(
        "flipped-bit",
        "A bit in the second block.",
        bytes(flipped),
        [0, 1, 4, 5],
        ("bad checksum", second_row),
    )
    flipped = bytearray(data)
    flipped[key[1] + 40] ^= 1
    yield case(
        "flipped-keyframe",
        "A bit in the second keyframe.",
        bytes(flipped),
        [0, 1, 4, 5],
        ("bad checksum", key[1]),
    )
    without = data[: key[1]] + data[key[2] :]
    yield case("missing-block", "The second block is gone.", without, [0, 1, 4, 5], ("missing records", key[1]))
    without = data[:second_row] + data[places[places.index(second_row) + 1] :]
    yield case("missing-record", "A record is gone.", without, [0, 1, 4, 5], ("missing records", second_row))
    junk = data[: key[1]] + SYNC + b"junk" + data[key[1] :]
    yield case(
        "junk",
        "Bytes that belong to nothing, a sync marker among them.",
        junk,
        everything,
        ("bad checksum", key[1]),
    )
    negative = pack([3, 0, 900, 10, [1, msgpack.ExtType(50, b"x")]])
    negative = negative.replace(b"\xd4\x32x", b"\xd4\xc0x")  # of type -64, which ExtType refuses
    bad = data + Records(data).frame(EventRow.TYPE, negative)
    yield case("extension", "A value that is none.", bad, everything, ("bad record", len(data)))
    yield case("no-header", "The header is gone.", data[places[1] :], everything, ("missing records", 0))


def refused() -> Iterator[Case]:
    """Give files that are refused as a whole."""
    yield Case("refused-empty", "An empty file.", b"", {"error": "NotATrace"})
    yield Case("refused-text", "Some other file.", b"{}\n" * 50, {"error": "NotATrace"})
    newer = pack(["tracetui-trace", 3, "whatever version 3 has here"])
    data = frame(1, checksum_start(0, 1), newer)
    yield Case("refused-newer", "A newer version.", data, {"error": "NewerVersion"})


def cases() -> list[Case]:
    """Return all cases."""
    return [*damaged(), *refused()]
