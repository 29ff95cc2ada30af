"""The packed form, read after docs/format.md alone: msgpack, zstd, and nothing of tracetui."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from typing import Any

import msgpack

from support.small_reader.values import counted

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEYFRAME, EVENT, ENTER, EXIT, EXIT_OF = 2, 4, 5, 6, 15
OUTSIDE = (1, 12, 13, 14)
SECTIONS = {EVENT: 3, ENTER: 3, EXIT: 1, EXIT_OF: 2}
"""Where the optional fields of a row begin, in a skeleton."""

FRAME_ONLY = {zstd.DecompressionParameter.window_log_max: 23}
MASK = (1 << 64) - 1
LEVELS = 16

Raw = tuple[int, bytes]


class NoBlock(Exception):
    """The block breaks the specification."""


def records(payload: bytes) -> list[Raw]:
    """Return type and payload of the records of a packed block; raises NoBlock."""
    try:
        return list(_Block(payload).records())
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, struct.error, zstd.ZstdError) as error:
        raise NoBlock(str(error)) from None


def must(right: object, what: str) -> None:
    """Raise ValueError if something is not as specified."""
    if not right:
        raise ValueError(what)


class _Block:
    def __init__(self, payload: bytes) -> None:
        fields = msgpack.unpackb(payload, strict_map_key=False)
        self.sync, self.id, self.event, self.events, self.count, templates, skeletons, streams = fields[:8]
        must(0 < templates <= self.count <= 65_536, "counts")
        self.room = min(2_097_152, 16_384 + 256 * len(payload))
        row = list(self.values(skeletons, 2 * templates, min(self.room, 1_048_576)))
        self.templates = list(zip(row[::2], row[1::2], strict=True))
        self.holes = [list(holes(skeleton)) for _, skeleton in self.templates]
        self.numbers: dict[int, list[int]] = {}
        self.streams = streams

    def records(self) -> Iterator[Raw]:
        self.check_templates()
        order = self.stream_of_numbers(0, self.count)
        must(all(0 <= template < len(self.templates) for template in order), "no such template")
        kinds = [self.templates[template][0] for template in order]
        must(sum(kind in (EVENT, ENTER) for kind in kinds) == self.events, "events")
        must(kinds[0] == KEYFRAME, "no keyframe")
        self.spend(sum(len(msgpack.packb(self.templates[template][1])) for template in order))
        columns = [iter(column) for column in self.columns([order.count(n) for n in range(len(self.templates))])]
        end = number = 0
        for template, kind in zip(order, kinds, strict=True):
            values = next(columns[template])
            end = 0 if kind == KEYFRAME else end
            if kind in (EVENT, ENTER):
                values[0] = signed(end + values[0])
                end = values[0] + (values[1] if kind == EVENT else 0)
            payload = fill(self.templates[template][1], iter(values))
            number = 0 if kind == KEYFRAME else number + 1
            yield kind, msgpack.packb([number, *payload] if number else payload)

    def spend(self, size: int) -> None:
        self.room -= size
        must(self.room >= 0, "too many bytes")

    def check_templates(self) -> None:
        must(len(self.streams) == 1 + sum(map(len, self.holes)), "streams")
        for (kind, skeleton), found in zip(self.templates, self.holes, strict=True):
            must(type(kind) is int and 0 < kind < 128 and kind not in OUTSIDE and type(skeleton) is list, "template")
            timed = kind in (EVENT, ENTER)
            must(set(found) <= set("iftv") and "t" not in found[timed:], "holes")
            must(not timed or [hole(item) for item in skeleton[1:3]] == ["t", "i"], "no time")
            must(selects(kind, skeleton), "a hole that selects a column")
            must(levels(skeleton) <= LEVELS, "levels")

    def columns(self, counts: list[int]) -> Iterator[Iterator[list[Any]]]:
        at = 0
        for count, kinds in zip(counts, self.holes, strict=True):
            found = []
            for kind in kinds:
                at += 1
                found.append(self.stream(at, kind, count))
            rows: Iterator[list[Any]] = map(list, zip(*found, strict=True)) if found else iter([[]] * count)
            yield rows

    def stream(self, at: int, kind: str, count: int) -> list[Any]:
        if kind == "v":
            self.spend(self.streams[at][1])
            return list(self.values(self.streams[at], count, 2_097_152))
        found = self.stream_of_numbers(at, count)
        if kind != "f":
            return found
        return list(struct.unpack(f">{count}d", struct.pack(f">{count}q", *found)))

    def stream_of_numbers(self, at: int, count: int) -> list[int]:
        stored = self.streams[at]
        if type(stored) is int:
            must(len(self.numbers[stored]) == count, "a copy of another length")
            return self.numbers[stored]
        method, order, first, width, data = stored[:5]
        must(order in (0, 1, 2) and len(first) == order <= count and width in (0, 1, 2, 4, 8), "form")
        rest = count - order
        planes = expanded(method, data, rest * width)
        found = [int.from_bytes(planes[n::rest][:width], "little", signed=True) for n in range(rest)]
        for start in reversed(first):
            must(start == signed(start), "first")
            found = summed(start, found)
        if at:
            self.numbers[at] = found
        return found

    def values(self, stored: Any, count: int, most: int) -> Iterator[Any]:
        method, length, data = stored[:3]
        must(0 <= length <= most, "length")
        unpacker = msgpack.Unpacker(strict_map_key=False, max_buffer_size=max(1, length), **counted(length))
        unpacker.feed(expanded(method, data, length))
        try:
            yield from [unpacker.unpack() for _ in range(count)]
        except msgpack.UnpackException as error:
            raise ValueError(str(error)) from None
        must(unpacker.tell() == length, "too many values")


def expanded(method: int, data: bytes, length: int) -> bytes:
    """Return the data of a stream."""
    must(type(data) is bytes and method in (0, 1), "method")
    if method == 1:
        frame = zstd.ZstdDecompressor(options=FRAME_ONLY)
        data = frame.decompress(data, max_length=length + 1)
        must(frame.eof and not frame.unused_data, "not one frame")
    must(len(data) == length, "length")
    return data


def signed(value: int) -> int:
    """Return a number of 64 bits that has wrapped around."""
    return (value + (1 << 63) & MASK) - (1 << 63)


def summed(start: int, differences: list[int]) -> list[int]:
    """Undo differences."""
    found = [start]
    for difference in differences:
        found.append(signed(found[-1] + difference))
    return found


def hole(item: Any) -> str | None:
    """Return the kind of a hole, None if it is none."""
    return item.data.decode() if isinstance(item, msgpack.ExtType) and item.code == 64 else None


def holes(skeleton: Any) -> Iterator[str]:
    """Give the kinds of the holes of a skeleton."""
    kind = hole(skeleton)
    if kind is not None:
        yield kind
    elif isinstance(skeleton, (list, dict)) and not isinstance(skeleton, msgpack.ExtType):
        for item in skeleton.values() if isinstance(skeleton, dict) else skeleton:
            yield from holes(item)


def fill(skeleton: Any, values: Iterator[Any]) -> Any:
    """Return a skeleton with values in the places of its holes."""
    if hole(skeleton) is not None:
        return next(values)
    if isinstance(skeleton, list):
        return [fill(item, values) for item in skeleton]
    if isinstance(skeleton, dict):
        return {key: fill(item, values) for key, item in skeleton.items()}
    return skeleton


def levels(skeleton: Any) -> int:
    """Return how many arrays and maps of a skeleton are inside each other."""
    if isinstance(skeleton, msgpack.ExtType) or not isinstance(skeleton, (list, dict)):
        return 0
    items = skeleton.values() if isinstance(skeleton, dict) else skeleton
    return 1 + max(map(levels, items), default=0)


def selects(kind: int, skeleton: list[Any]) -> bool:
    """Tell whether names and the lists around them are no holes."""
    if kind == KEYFRAME:
        return flat(skeleton[9])
    if kind not in SECTIONS:
        return True
    sections = [*([None] if kind in (EXIT, EXIT_OF) else []), *skeleton[SECTIONS[kind] :], None, None, None, None]
    between, inside, calls, rare = sections[:4]
    named = flat(between, inside, calls, *(inside or [])[1::2]) and (rare is None or type(rare) is dict)
    return named and (kind not in (EVENT, ENTER) or hole((rare or {}).get(8)) != "i")


def flat(*lists: Any) -> bool:
    """Tell whether each of some fields is empty, or a list whose every other item is an integer."""
    return all(one is None or (type(one) is list and all(type(n) is int for n in one[::2])) for one in lists)
