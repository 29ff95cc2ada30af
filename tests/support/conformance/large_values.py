"""The conformance files of large values, and the JSON a reader has to find in them, written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.conformance.case import NONE, Book, Case, Records, change, event
from support.conformance.packed import packed_of
from tracetui.trace.journal.records import Rare, Value
from tracetui.trace.values import ABSENT, Described, ValueRef

UNKNOWN = {"$described": "unknown", "text": "the record of this value is lost"}
PATH = "state.x"


class Values(Book):
    """A book in which large values are written as one says, whatever their size."""

    def value(self, serial: int, item: Any, base: int = 0, time: int = 0) -> None:
        """Write a VALUE record."""
        self.writer._append(Value.TYPE, Value(0, serial, base, item), time=time)


def steps(given: list[Any], first: int = 0) -> Iterator[dict[str, Any]]:
    """Give what is expected of events that set `PATH` to one value after the other."""
    old: Any = NONE
    for number, new in enumerate(given, first):
        changes = [change(PATH, old, new, "Trainer", False)]
        yield event(number, "on_step_begin", 100 * number, changes=changes, before={"state": {"x": new}})
        old = new


def growing(edits: list[tuple[Any, Any]], begin: Any) -> bytes:
    """Return a trace in which a value becomes what edits make of it, one at each event."""
    book = Values()
    book.value(1, begin)
    book.event("on_step_begin", 0, between={PATH: ValueRef(1)})
    for number, (edit, _) in enumerate(edits, 1):
        book.value(number + 1, edit, number, 100 * number)
        book.event("on_step_begin", 100 * number, between={PATH: ValueRef(number + 1)})
    return bytes(book.data)


def everywhere() -> Case:
    """A large value wherever one may stand: in the chain, in inputs, in what a probe returned, before its record."""
    book = Values()
    large = {"texts": ["a" * 40, "b"], "n": 1}
    book.value(1, large)
    book.value(2, {"loss": 1.5})
    book.value(3, [4, 5])
    name, writer = book.writer.name, book.writer
    inputs = {name("logs"): ValueRef(2), name("model"): ValueRef(3), name("metrics"): book.shaped({"f1": ValueRef(1)})}
    probes = [[name("rss"), 3, ValueRef(3)]]
    rare = {Rare.INPUTS: inputs, Rare.PROBES: probes}
    inside = [("A", {"logs.more": ValueRef(3), "control.y": [ValueRef(1)]})]
    book.event("on_log", 0, between={PATH: ValueRef(1)}, inside=inside, rare=rare)
    writer.restart_block()  # the keyframe refers to it, too
    book.event("on_step_end", 100, between={"callbacks.A": ValueRef(4)})
    book.value(4, "later", time=100)
    nested = [{"$described": "value ref", "text": "1"}]
    logs = {"loss": 1.5, "more": [4, 5]}
    first = event(
        0,
        "on_log",
        0,
        changes=[
            change(PATH, NONE, large, "Trainer", False),
            change("logs.more", NONE, [4, 5], "A"),
            change("control.y", NONE, nested, "A"),
        ],
        logs={"loss": 1.5},
        metrics={"f1": large},
        inputs={"model": [4, 5]},
        before={"state": {"x": large}, "logs": {"loss": 1.5}},
        after={"state": {"x": large}, "logs": logs, "control": {"y": nested}},
    )
    second = event(1, "on_step_end", 100, changes=[change("callbacks.A", NONE, "later", "Trainer", False)])
    second["before"] = {"state": {"x": large}}
    return Case("values-stored", "Large values, wherever one may stand.", bytes(book.data), {"events": [first, second]})


def grown() -> Case:
    """A value that grows, shrinks, is shortened and described, as edits of what it was."""
    kept = {"$shortened": "list", "length": 3000, "digest": 7, "kept": [2, 3, 4]}
    more = {"$shortened": "list", "length": 3001, "digest": 8, "kept": [2, 3, 4, 5]}
    found: list[tuple[Any, Any]] = [
        ([1, 0, 2, [3]], [1, 2, 3]),
        ([1, 1, 3, [4]], [2, 3, 4]),
        ([3, 3000, 7, [1, 0, 3, []]], kept),
        ([3, 3001, 8, [1, 0, 3, [5]]], more),
        (
            [0, {"a": "héé🤗", "b": (1,), "c": b"\x00", "d": {}}],
            {"a": "héé🤗", "b": {"$tuple": [1]}, "c": {"$bytes": "00"}, "d": {}},
        ),
        (
            [2, {"a": [1, 1, 4, "!🤗"], "b": [1, 0, 1, (2,)], "c": [1, 0, 0, b"\xff"], "d": [], "e": [0, -0.0]}],
            {"a": "éé🤗!🤗", "b": {"$tuple": [1, 2]}, "c": {"$bytes": "ff"}, "e": -0.0},
        ),
        ([2, {"e": [0, [1]], "x": []}], {"a": "éé🤗!🤗", "b": {"$tuple": [1, 2]}, "c": {"$bytes": "ff"}, "e": [1]}),
        ([0, Described("set", "1 elements", [1])], {"$described": "set", "text": "1 elements", "value": [1]}),
        ([4, "2 elements", [1, 0, 1, [2]]], {"$described": "set", "text": "2 elements", "value": [1, 2]}),
    ]
    data = growing(found, [1, 2])
    about = "A large value that grows: edits of what it was."
    return Case("values-grown", about, data, {"events": list(steps([[1, 2], *(value for _, value in found)]))})


def lost() -> Case:
    """The record of a large value is damaged: what refers to it, and what builds on it, is unknown, nothing else."""
    book = Values()
    book.event("on_step_begin", 0)
    for number in range(1, 5):
        book.writer.restart_block()
        base = number - 1 if number > 1 and number != 4 else 0
        item = [1, 0, number, [number]] if base else list(range(number))
        book.value(number, item, base, 100 * number)
        book.writer.restart_block()
        book.event("on_step_begin", 100 * number, between={PATH: ValueRef(number)})
    data = bytearray(book.data)
    places = Records(bytes(data)).places
    record = next(place for place in places if data[place] == 0xC7 and data[place + 2] == Value.TYPE)
    data[record + 9] ^= 1
    given = [UNKNOWN, UNKNOWN, UNKNOWN, [0, 1, 2, 3]]
    found = [event(0, "on_step_begin", 0, changes=[]), *steps(given, 1)]
    about = "The record of a large value is damaged: what builds on it is unknown."
    return Case(
        "damaged-value", about, bytes(data), {"events": found, "damage": [{"kind": "bad checksum", "offset": record}]}
    )


def hostile() -> Iterator[Case]:
    """Give traces whose large values make no sense: each is unknown, and nothing is damaged."""
    edits: list[tuple[Any, Any]] = [
        ([1, 0, 3, []], UNKNOWN),
        ([1, 0, 2, "x"], UNKNOWN),
        ([5, 1], UNKNOWN),
        ("no edit", UNKNOWN),
        ([], UNKNOWN),
        ([2, {"a": [0, 1]}], UNKNOWN),
        ([4, "x", [0, 1]], UNKNOWN),
        ([1, True, 2, []], UNKNOWN),
    ]
    book = Values()
    book.value(1, [1, 2])
    for number, (edit, _) in enumerate(edits):
        book.value(number + 2, edit, 1)
        book.event("on_step_begin", 100 * number, between={PATH: ValueRef(number + 2)})
    found = {"events": list(steps([value for _, value in edits]))}
    yield Case(
        "hostile-value-edits", "Edits of large values that are none, or of another kind.", bytes(book.data), found
    )
    book = Values()
    for serial, item, base in ((1, [1, 0, 0, []], 2), (2, [1, 0, 0, []], 1), (3, [1, 0, 0, []], 3), (4, [0, 1], 9)):
        book.value(serial, item, base)
    for serial, item in ((5, "first"), (5, "second"), (6, ABSENT)):
        book.value(serial, item)
    for number, serial in enumerate((1, 2, 3, 4, 5, 77)):
        book.event("on_step_begin", 100 * number, between={PATH: ValueRef(serial)})
    found = {"events": list(steps([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "first", UNKNOWN]))}
    yield Case(
        "hostile-value-bases", "Large values that build on each other, twice, or nowhere.", bytes(book.data), found
    )
    book = Values()
    book.value(1, "")
    for serial in range(2, 67):
        book.value(serial, [1, 0, serial - 2, "x"], serial - 1)
    for number, serial in enumerate((64, 65, 66)):
        book.event("on_step_begin", 100 * number, between={PATH: ValueRef(serial)})
    found = {"events": list(steps(["x" * 63, UNKNOWN, UNKNOWN]))}
    yield Case("hostile-value-chain", "A large value of more records than one may have.", bytes(book.data), found)


def cases() -> list[Case]:
    """Return all cases, the sound ones packed, too."""
    sound = [everywhere(), grown(), *hostile()]
    sound = [Case(case.name, case.about, case.data, {"damage": [], **case.expected}) for case in sound]
    return [*sound, lost(), *(packed_of(case) for case in sound)]
