"""Conformance files with events of several threads, and the JSON a reader has to find in them, written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.conformance.case import FINISHED, NONE, Book, Case, Records, change, event
from support.conformance.hostile import ENTER, EVENT, Journal
from support.conformance.packed import packed_of
from tracetui.trace.journal.records import Rare

EXIT, EXIT_OF = 6, 15
HEARTBEAT = "heartbeat"


def of(book: Book, **more: Any) -> dict[int, Any]:
    """Return what is rare at an event of the other thread."""
    return {Rare.THREAD: book.writer.name(HEARTBEAT), **more}


def innermost() -> tuple[Book, list[dict[str, Any]]]:
    """An event of another thread begins and ends inside one, whose end is a plain EXIT."""
    book = Book({"thread": "Trainer-1"})
    book.event("on_step_end", 100, 0, between={"state.x": 1}, opens=True)
    rare = {**of(book), Rare.BETWEEN_CAUSE: book.writer.name("unknown")}
    book.event("on_log", 120, 10, between={"state.x": 2}, inside=[("B", {"state.x": 3})], rare=rare)
    raised = {Rare.RAISED: {0: "ValueError: no"}, Rare.RAISED_AT: {0: "train.py:7 in on_step_end"}}
    book.writer.exit(60, book.groups([("A", {"state.x": 4})]), book.calls({"A": 5}), raised, time=160)
    book.event("on_step_begin", 200)
    outer = [change("state.x", NONE, 1, "Trainer", False), change("state.x", 3, 4, "A")]
    inner = [change("state.x", 1, 2, "unknown", False), change("state.x", 2, 3, "B")]
    call = {"callback": "A", "duration": 5e-6, "exception": "ValueError: no", "at": "train.py:7 in on_step_end"}
    return book, [
        event(0, "on_step_end", 100, 60, changes=outer, calls=[call], after={"state": {"x": 4}}),
        event(1, "on_log", 120, 10, changes=inner, after={"state": {"x": 3}}, thread=HEARTBEAT),
        event(2, "on_step_begin", 200, changes=[], before={"state": {"x": 4}}),
    ]


def crossed() -> tuple[Book, list[dict[str, Any]]]:
    """Events of two threads that end in the order in which they began; in between each begins another one."""
    book = Book()
    book.event("on_step_end", 100, 0, between={"state.x": 1}, opens=True)
    book.event("on_log", 110, 0, inside=[("B", {"state.x": 2})], rare=of(book), opens=True)
    book.event("on_save", 120, 0, opens=True)
    book.event("on_log", 130, 0, rare=of(book), opens=True)
    book.writer.exit(20, time=140, back=1)  # on_save
    book.writer.exit(60, book.groups([("A", {"state.x": 3})]), time=160, back=2)  # on_step_end, then a new block
    book.writer.exit(70, book.groups([("B", {"state.x": 4})]), time=180, back=1)  # the outer on_log, and a new block
    book.writer.exit(55, book.groups([("B", {"state.x": 5})]), time=185)  # the inner one: EXIT OF with 0
    book.event("on_step_begin", 200)
    return book, [
        event(
            0,
            "on_step_end",
            100,
            60,
            changes=[change("state.x", NONE, 1, "Trainer", False), change("state.x", 2, 3, "A")],
        ),
        event(
            1, "on_log", 110, 70, changes=[change("state.x", 1, 2, "B"), change("state.x", 3, 4, "B")], thread=HEARTBEAT
        ),
        event(2, "on_save", 120, 20, changes=[], after={"state": {"x": 2}}),
        event(
            3, "on_log", 130, 55, changes=[change("state.x", 4, 5, "B")], thread=HEARTBEAT, after={"state": {"x": 5}}
        ),
        event(4, "on_step_begin", 200, changes=[], before={"state": {"x": 5}}),
    ]


def killed() -> Iterator[Case]:
    """The file ends while events of two threads are open."""
    book, found = crossed()
    records = Records(bytes(book.data))
    cut = records.places[records.kinds.index(EXIT_OF) + 1]
    now = {"state": {"x": 2}}
    begun = [
        event(0, "on_step_end", 100, 0, changes=found[0]["changes"][:1]),
        event(1, "on_log", 110, 0, changes=found[1]["changes"][:1], thread=HEARTBEAT),
        event(2, "on_save", 120, 20, changes=[], after=now),
        event(3, "on_log", 130, 0, changes=[], after=now, thread=HEARTBEAT),
    ]
    about = "Events of two threads; the writer was killed when one of four had ended."
    yield Case("threads-killed", about, bytes(book.data[:cut]), {"events": begun, "end": None, "damage": []})


def damaged() -> Case:
    """A block is lost in which one of two threads' events ended."""
    book, found = crossed()
    data, second = bytearray(book.data), Records(bytes(book.data)).keyframes[1]
    data[second + 40] ^= 1  # the keyframe before the end of the outer on_log
    expected = [
        found[0],
        event(1, "on_log", 110, 0, changes=found[1]["changes"][:1], thread=HEARTBEAT),
        found[2],
        event(3, "on_log", 130, 0, changes=[], thread=HEARTBEAT),
        event(4, "on_step_begin", 200, changes=[], before={"state": {"x": 5}}),
    ]
    damage = [{"kind": "bad checksum", "offset": second}]
    about = "A damaged block, in which an event of one thread ended while one of another was open."
    return Case("threads-damaged", about, bytes(data), {"events": expected, "damage": damage})


def abandoned() -> Case:
    """The end of an event below one of another thread could not be recorded."""
    book = Book()
    book.event("on_step_end", 100, 0, between={"state.x": 1}, opens=True)
    book.event("on_log", 110, 0, rare=of(book), opens=True)
    book.writer.set_chain(book.writer.name("state.x"), 2)
    book.writer.abandon(1)
    book.event("on_save", 150)
    book.writer.exit(70, book.groups([("B", {"state.x": 3})]), time=180)
    book.event("on_step_begin", 200)
    found = [
        event(0, "on_step_end", 100, 0, changes=[change("state.x", NONE, 1, "Trainer", False)]),
        event(1, "on_log", 110, 70, changes=[change("state.x", 2, 3, "B")], thread=HEARTBEAT),
        event(2, "on_save", 150, changes=[], before={"state": {"x": 2}}),
        event(3, "on_step_begin", 200, changes=[], before={"state": {"x": 3}}),
    ]
    about = "The end of an event could not be recorded while one of another thread was open, that began later."
    return Case("threads-abandoned", about, bytes(book.data), {"events": found, "damage": []})


def hostile() -> Iterator[Case]:
    """What a writer would not write."""
    journal = Journal()
    journal.keyframe(1, 0, 0)
    journal.record(ENTER, 1, 0, 100, 0)
    journal.record(ENTER, 2, 0, 110, 0)
    journal.record(EXIT_OF, 3, 2, 7, [2, [1, 5]])
    journal.record(EXIT_OF, 4, (1 << 63) - 1, 7)
    journal.record(EXIT_OF, 5, 1, 20)
    journal.record(EXIT, 6, 30)
    journal.record(EXIT_OF, 7, 0, 9, [2, [1, 6]])
    journal.record(EVENT, 8, 0, 200, 1)
    found = [
        event(0, "on_step_begin", 100, 20, changes=[], after={"state": {"x": 5}}),
        event(1, "on_step_begin", 110, 30, changes=[], after={"state": {"x": 5}}),
        event(2, "on_step_begin", 200, 1, changes=[], before={"state": {"x": 6}}),
    ]
    about = "Ends of events that have fewer open events above them than is said: they change the chain, and end none."
    yield Case("hostile-exit-back", about, journal.data, {"events": found, "damage": []})
    for name, back in (("negative", -1), ("text", "1"), ("beyond", 1 << 63)):
        journal = Journal()
        journal.keyframe(1, 0, 0)
        journal.record(ENTER, 1, 0, 100, 0)
        offset = len(journal.data)
        journal.record(EXIT_OF, 2, back, 7)
        damage = [{"kind": "bad record", "offset": offset}]
        found = [event(0, "on_step_begin", 100, 0)]
        about = f"The end of an event, of which the number of events above it is {back!r}."
        yield Case(f"hostile-exit-back-{name}", about, journal.data, {"events": found, "damage": damage})
    journal = Journal()
    journal.keyframe(1, 0, 0)
    for number, thread in enumerate(("text", -1, None, 1.0, [2], 1 << 63, 2, 77), 1):
        journal.record(EVENT, number, 0, 10 * number, 0, None, None, None, {Rare.THREAD: thread})
    found = [event(number, "on_step_begin", 10 * number + 10, 0) for number in range(8)]
    found[6]["thread"], found[7]["thread"] = "A", "<unknown name 77>"
    about = "Threads that are no names' numbers, and one whose name stands nowhere."
    yield Case("hostile-thread", about, journal.data, {"events": found})


def cases() -> Iterator[Case]:
    """Return all cases: of the journal, and packed in few blocks and in many."""
    for name, (book, found) in (("threads", innermost()), ("threads-crossed", crossed())):
        about = (innermost.__doc__ if name == "threads" else crossed.__doc__) or ""
        book.end(300, len(found))
        case = Case(name, about, bytes(book.data), {"events": found, "end": FINISHED, "damage": []})
        yield case
        yield packed_of(case)
        yield packed_of(case, f"{name}-blocks", segments=1)
    yield from killed()
    yield damaged()
    case = abandoned()
    yield case
    yield packed_of(case)
    yield from hostile()
