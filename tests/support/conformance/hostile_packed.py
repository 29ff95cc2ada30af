"""Conformance files of packed blocks whose checksums are right and whose content is a lie, as fuzzing found them.

The JSON is written by hand. Those whose streams are none are in `packed_damage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.conformance.by_hand import (
    ID,
    INT,
    PACKED,
    TIME,
    VALUE,
    block,
    header,
    numbers,
    record,
    values,
    zstd_block,
    zstd_head,
)
from support.conformance.case import Case, event
from support.conformance.hostile import HIGHEST
from support.conformance.packed import NAMES, by_hand, frames, steps, whole_file
from tracetui.trace.journal.frame import SYNC

INDEX = 13
KEY = [SYNC, ID, 2, 2, 2, 1_000, 0, 0, NAMES, []]
PLAIN = (4, [0, TIME, INT])
ENTERED = (5, [0, TIME, INT])
HISTORY = (7, [INT, INT, INT, [1]])
ZERO = numbers([0], 0, 0)


def good(number: int, count: int) -> list[Any]:
    """Return one of the blocks around the bad one: two events; `count` records are in the block before."""
    given = [number, 10 + number]
    return by_hand(given, numbers(given, width=1), count=count, first=number)


def bad(name: str, about: str, middle: list[Any]) -> Case:
    """The block between two others is none."""
    data = whole_file(good(0, 0), middle, good(2, min(middle[4] - 1, 127)))
    damage = [{"kind": "bad record", "offset": frames(data)[2][0]}]
    found = [*steps([0, 10]), *steps([2, 12], 4, 2_000)]
    return Case(f"packed-hostile-{name}", about, data, {"events": found, "damage": damage})


def bad_row(name: str, about: str, template: tuple[int, list[Any]], *streams: Any) -> Case:
    """The middle block holds a keyframe and one record that is wrong."""
    events = int(template[0] in (4, 5))
    return bad(name, about, block(2, events, [(2, KEY), template], [0, 1], *streams))


def names() -> Iterator[Case]:
    """Holes in the places of names."""
    two = [numbers([10], width=1), ZERO]
    number = numbers([0], width=1)
    yield bad_row("event-name", "A hole in the place of an event's name.", (4, [INT, TIME, INT]), number, *two)
    yield bad_row("time-first", "A time that is not the first hole.", (4, [0, INT, TIME]), *two)
    cause = (4, [0, TIME, INT, None, [INT, [1, 2]]])
    yield bad_row("cause", "A hole in the place of a cause.", cause, *two, number)
    yield bad_row(
        "group", "A hole in the place of a group.", (4, [0, TIME, INT, None, [0, VALUE]]), *two, values([1, 2])
    )
    path = (4, [0, TIME, INT, None, [0, [INT, 2]]])
    yield bad_row("group-path", "A hole in the place of a path in a group.", path, *two, number)
    call = (4, [0, TIME, INT, None, None, [INT, 1]])
    yield bad_row("callback", "A hole in the place of a callback.", call, *two, number)
    rare = (4, [0, TIME, INT, None, None, None, VALUE])
    yield bad_row("rare", "A hole in the place of what is rare.", rare, *two, values({}))
    yield bad_row("exit-cause", "A hole in the place of a cause, at an end.", (6, [INT, [INT, [1, 2]]]), ZERO, number)
    thread = (4, [0, TIME, INT, None, None, None, {8: INT}])
    yield bad_row("thread", "A hole in the place of a thread.", thread, *two, number)
    end = (15, [INT, INT, [INT, [1, 2]]])
    yield bad_row("exit-of-cause", "A hole in the place of a cause, at an end of any event.", end, ZERO, ZERO, number)


def levels() -> Iterator[Case]:
    """Skeletons of many levels."""
    deep: Any = VALUE
    for _ in range(14):
        deep = [deep]
    streams = [numbers([10], width=1), ZERO, values("x")]
    bad_one = (4, [0, TIME, INT, [1, [deep]]])
    yield bad_row("levels", "A skeleton of 17 levels.", bad_one, *streams)
    payload = block(0, 1, [(2, [*KEY[:2], 1, 0, 0, 0, *KEY[6:]]), (4, [0, TIME, INT, [1, deep]])], [0, 1], *streams)
    value: Any = "x"
    for _ in range(14):
        value = [value]
    found = [event(0, "on_step_begin", 10, 0, before={"state": {"x": value}})]
    yield sound("levels-16", "A skeleton of 16 levels.", payload, found)


def sound(name: str, about: str, payload: list[Any], found: list[dict[str, Any]]) -> Case:
    """Return a case of one block in which nothing is damaged."""
    return Case(f"packed-hostile-{name}", about, whole_file(payload), {"events": found, "damage": []})


def counts() -> Iterator[Case]:
    """Streams give numbers below 0 as easily as others."""
    minus, plus = numbers([-5], width=1), numbers([5], width=1)
    yield bad_row("time", "An event before its keyframe.", PLAIN, minus, plus)
    yield bad_row("duration", "A duration below 0.", PLAIN, plus, minus)
    back = numbers([10, -11], width=1)
    late = block(2, 2, [(2, KEY), PLAIN], [0, 1, 1], back, numbers([0, 0], 0, 0))
    yield bad("time-later", "A pause that leads before the keyframe.", late)
    for place, (name, what) in enumerate(
        (("generation", "A generation"), ("edition", "An edition"), ("start", "The place of the first entry"))
    ):
        streams = [minus if place == at else plus for at in range(3)]
        both = numbers([0, 0], 0, 0)
        entry = block(2, 2, [(2, KEY), HISTORY, PLAIN], [0, 1, 2, 2], *streams, both, both)
        yield bad(name, f"{what} is below 0.", entry)
    opened = (2, [*KEY[:6], INT, *KEY[7:]])
    yield bad("opened", "Fewer than no events are open.", block(2, 1, [opened, PLAIN], [0, 1], minus, plus, ZERO))


def highest() -> Iterator[Case]:
    """Numbers that are as high as they may be."""
    key = (2, [SYNC, ID, 1, 0, 0, HIGHEST, 0, 0, NAMES, []])
    payload = block(0, 1, [key, PLAIN], [0, 1], numbers([HIGHEST]), numbers([0], width=1))
    found = [event(0, "on_step_begin", 2 * HIGHEST, 0)]
    yield sound("times", "A time beyond 64 bits, which does not wrap around.", payload, found)
    first = (2, [SYNC, ID, 1, 0, HIGHEST - 1, 0, 0, 0, NAMES, []])
    high = block(HIGHEST - 1, 1, [first, PLAIN], [0, 1], numbers([10], width=1), ZERO)
    next_one = (2, [SYNC, ID, 2, 1, HIGHEST, 0, 0, 0, NAMES, []])
    low = block(HIGHEST, 1, [next_one, PLAIN], [0, 1], numbers([20], width=1), ZERO)
    found = [event(0, "on_step_begin", 10, 0), event(1, "on_step_begin", 20, 0)]
    about = "Blocks of events that nobody counts up to: their numbers are not believed."
    data = whole_file(high, low)
    damage = [{"kind": "missing records", "offset": frames(data)[1][0]}]
    yield Case("packed-hostile-event-high", about, data, {"events": found, "damage": damage})
    yield skipped()
    yield marker()


def marker() -> Case:
    """A keyframe in a packed block with another marker than others: nobody has to check it."""
    payload = block(0, 1, [(2, [b"no marker", ID, 1, 0, 0, 0, 0, 0, NAMES, []]), PLAIN], [0, 1], *[numbers([5])] * 2)
    about = "A keyframe with another sync marker, where none is needed."
    return sound("marker", about, payload, [event(0, "on_step_begin", 5, 5)])


def skipped() -> Case:
    """Blocks are gone, and an index in the place where they stood."""
    data = header() + record(PACKED, good(0, 0)) + record(INDEX, [ID, 0, b""]) + record(PACKED, good(2, 2))
    damage = [{"kind": "missing records", "offset": frames(data)[3][0]}]
    found = [*steps([0, 10]), *steps([2, 12], 4, 2_000)]
    about = "Blocks are missing, and an index stands where they stood."
    return Case("packed-hostile-skipped", about, data, {"events": found, "damage": damage})


def templates() -> Case:
    """Each record has a template of its own."""
    many = 60
    key = (2, [*KEY[:2], 1, 0, 0, 0, *KEY[6:]])
    rows = [(4, [0, TIME, INT, [1, number]]) for number in range(many)]
    streams = [numbers([number], width=1) for row in range(many) for number in (10, 0)]
    payload = block(0, many, [key, *rows], range(many + 1), *streams)
    return sound("templates", "Each record has a template of its own.", payload, steps(list(range(many))))


def many() -> Iterator[Case]:
    """More in a journal block, or in a stream, than there may be."""
    rows = block(2, 257, [(2, KEY), PLAIN], [0] + [1] * 257, *[numbers([0] * 257, 0, 0)] * 2)
    yield bad("events-257", "A journal block of 257 events in a packed block.", rows)
    rows = block(2, 0, [(2, KEY), (99, [])], [0] + [1] * 2_049)
    yield bad("records-2049", "A journal block of 2,049 records in a packed block.", rows)
    yield opened()
    yield bad("maps", "Empty maps in a stream, more than there may be.", empty_maps(32_800))


def opened() -> Case:
    """More events inside each other than there may be, none of them in one journal block."""
    key = (2, [*KEY[:2], INT, INT, INT, 1_000, INT, 0, NAMES, []])
    streams = [numbers(given, 0, 2) for given in ([2, 3], [2, 200], [2, 202], [0, 200])]
    times = [numbers([0] * 256, 0, 0)] * 2
    middle = block(2, 256, [key, ENTERED], [0, *[1] * 200, 0, *[1] * 56], *streams, *times)
    last = (2, [SYNC, ID, 4, 56, 258, 3_000, 0, 0, NAMES, []])
    data = whole_file(good(0, 0), middle, block(258, 1, [last, PLAIN], [0, 1], numbers([10], width=1), ZERO))
    found = [*steps([0, 10]), event(258, "on_step_begin", 3_010, 0)]
    about = "256 events inside each other, in two journal blocks of a packed block."
    damage = [{"kind": "bad record", "offset": frames(data)[2][0]}]
    return Case("packed-hostile-open", about, data, {"events": found, "damage": damage})


def empty_maps(count: int) -> list[Any]:
    """Return a block of two events with very many empty maps, in very few bytes: too many only for both together."""
    head = b"\xdd" + count.to_bytes(4, "big")
    parts = [zstd_block(0, len(head), head, last=False), zstd_block(1, count, b"\x80", last=False)]
    size = 2 * (len(head) + count)
    stream = [1, size, zstd_head(size) + b"".join(2 * parts) + zstd_block(0, 0, b"", last=True)]
    row = (4, [0, TIME, INT, [1, VALUE]])
    times = [numbers([10, 20], width=1), numbers([0, 0], 0, 0)]
    return block(2, 2, [(2, [*KEY, "room" * 50]), row], [0, 1, 1], *times, stream)


def cases() -> list[Case]:
    """Return all cases."""
    return [*names(), *levels(), *counts(), *highest(), templates(), *many()]
