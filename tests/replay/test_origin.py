"""Flags as lamps, who asked for an event, and where a hook's code stands."""

from __future__ import annotations

import random
from typing import Any

import pytest

from support.forms import FORMS, Form, packed, packed_bytes
from support.project import ROOT
from tracetui.replay import Trace
from tracetui.replay.columns.reach import TooFar
from tracetui.replay.cursor import Cursor
from tracetui.replay.origin.lamps import Lamp, flag_lamps
from tracetui.replay.origin.moves import to_asker, to_writer
from tracetui.replay.origin.place import place_of
from tracetui.replay.origin.requests import requests
from tracetui.replay.origin.served import asked_for, serving
from tracetui.trace.journal.records import Rare
from tracetui.trace.journal.writer import TraceWriter

SAMPLES = sorted((ROOT / "samples" / "traces").glob("*.mpk"))


class Book:
    """A writer into memory, of events that turn flags on and off.

    Args:
        run: The header.
    """

    def __init__(self, run: dict[str, Any] | None = None) -> None:
        """Write the header."""
        self.data = bytearray()
        self.writer = TraceWriter(self.data.extend, bytes(16), 0.0, run or {})
        self.time = 0

    def event(self, event: str, by: str = "", between: bool = False, **flags: bool) -> None:
        """Write an event at which some cause sets flags, inside it or before it."""
        self.time += 10
        pairs = [item for flag, on in flags.items() for item in (self.writer.name(f"control.should_{flag}"), on)]
        inside = [self.writer.name(by), pairs] if by and not between else []
        self.writer.event(self.writer.name(event), self.time, 1, pairs if between else [], inside)

    def trace(self) -> Trace:
        """Return the trace."""
        return Trace.from_bytes(bytes(self.data))


def lamp(trace: Trace, index: int, letter: str) -> Lamp:
    """Return one lamp."""
    return next(one for one in flag_lamps(trace, index) if one.flag.letter == letter)


def told(one: Lamp) -> tuple[Any, ...]:
    """Return what a lamp says, in numbers and names."""
    set_by, cleared_by = ((write.event, write.by) if write else None for write in (one.set, one.cleared))
    return one.on, set_by, one.served, cleared_by


def walked(trace: Trace) -> list[list[tuple[Any, ...]]]:
    """Return for each event what its lamps say, but for what is served later: found by a walk over all events."""
    flags = trace.framework.flags
    lit: dict[str, Any] = {flag.name: [None, None, None] for flag in flags}
    rows = []
    for event in trace:
        for flag in flags:
            known = lit[flag.name]
            phases = trace.framework.within(int(trace.columns.phases[event.index]))
            comes = event.name == flag.served and flag.not_in not in phases
            for change in (change for change in event.changes if change.path == flag.path):
                if change.inside and comes and known[0] and not known[2] and known[1] is None:
                    known[1] = event.index
                if change.new is True:
                    lit[flag.name] = known = [(event.index, change.by), None, None]
                else:
                    known[2] = event.index, change.by
            if comes and known[0] and known[0][0] < event.index and not known[2] and known[1] is None:
                known[1] = event.index
        rows.append([(event.after.control.get(flag.name) is True, *lit[flag.name]) for flag in flags])
    return rows


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_lamps_are_what_a_walk_over_all_events_finds(path: Any) -> None:
    """On or off, since when, by whom, served, cleared: the columns say what the events of real runs say."""
    trace = Trace.open(path)
    for index, row in enumerate(walked(trace)):
        for one, expected in zip(flag_lamps(trace, index), row, strict=True):
            served = one.served if one.served is None or one.served <= index else None
            assert (*told(one)[:2], served, told(one)[3]) == expected, (index, one.flag.name)
            assert one.waits == (one.on and expected[2] is None)
            steps = [(one.set, one.set_step), (one.cleared, one.cleared_step)]
            assert all(step == (trace.columns.step[write.event] if write else -1) for write, step in steps)


def test_a_lamp_says_what_became_of_a_request() -> None:
    """Served at once or later, dropped, or waiting; an evaluation's own log serves nobody's request for one."""
    book = Book()
    book.event("on_train_begin")
    book.event("on_step_end", "Mine", save=True, log=True)  # 1
    book.event("on_prediction_step")
    book.event("on_log", "CallbackHandler", log=False)  # 3: of the evaluation
    book.event("on_evaluate", "Late", save=False)  # 4
    book.event("on_save", "", between=True, save=True)  # 5: the loop asked itself
    book.event("on_step_begin", "CallbackHandler", save=False)
    book.event("on_step_end", "Stop", training_stop=True)  # 7
    book.event("on_train_end")
    trace = book.trace()
    assert told(lamp(trace, 0, "S")) == (False, None, None, None)
    assert told(lamp(trace, 2, "S")) == (True, (1, "Mine"), None, None) and lamp(trace, 2, "S").waits
    assert told(lamp(trace, 4, "S")) == (False, (1, "Mine"), None, (4, "Late")) and lamp(trace, 4, "S").dropped
    assert told(lamp(trace, 4, "L")) == (False, (1, "Mine"), None, (3, "CallbackHandler"))
    assert told(lamp(trace, 5, "S")) == (True, (5, "Trainer"), 5, None) and not lamp(trace, 5, "S").waits
    assert told(lamp(trace, 7, "T")) == (True, (7, "Stop"), 8, None) and lamp(trace, 7, "T").waits
    assert not lamp(trace, 8, "T").waits and not lamp(trace, 8, "T").dropped
    asked = {index: found.event for index in range(len(trace)) if (found := asked_for(trace, index)) is not None}
    assert asked == {5: 5, 8: 7}
    assert [serving(trace, index) for index in (1, 5, 7)] == [[], [], [8]]


def nested(between: int = 0) -> bytes:
    """Return a trace of an event that ends after others, and turns off what one of them turned on."""
    book = Book()
    name, by, save = map(book.writer.name, ("on_step_end", "Outer", "control.should_save"))
    book.writer.event(name, 1, 0, opens=True)
    for number in range(between):
        book.event("on_log")
        if number % 50 == 0:
            book.writer.restart_block()
    book.event("on_log", "Inner", save=True)
    book.writer.exit(5, [by, [save, False]], time=book.time + 9)
    book.time += 20
    book.event("on_step_begin")
    return bytes(book.data)


def test_events_inside_each_other_claim_nothing_that_is_not_known() -> None:
    """What an outer event turned off after an inner one turned it on is off; who did it is not told wrongly."""
    trace = Trace.from_bytes(nested())
    assert told(lamp(trace, 1, "S")) == (True, (1, "Inner"), None, None)
    assert told(lamp(trace, 2, "S")) == (False, (1, "Inner"), None, None)


def test_a_change_at_the_far_end_of_an_event_is_found_again() -> None:
    """An event that ends blocks later has its changes there: they are found, too, when the blocks are known."""
    trace = packed(nested(1_000))
    assert len(trace._directory.blocks) > 2
    for _ in range(2):
        found = trace.last_write("control.should_save", before=1)
        assert found is not None and (found.event, found.new, found.by) == (0, False, "Outer")


def test_what_is_asked_for_inside_a_save_is_the_next_save() -> None:
    """A flag that is turned on while it is served asks once more."""
    book = Book()
    book.event("on_save", "Inside", save=True)
    book.event("on_save", "CallbackHandler", save=False)
    trace = book.trace()
    found = {one.by: one.events for one in requests(trace, trace.framework.flags[2])}
    assert found == {"Inside": (1,), None: (0,)}


def test_moves_to_who_asked_and_to_what_came_of_it() -> None:
    """One move leads from a save, or from inside an evaluation, to who asked for it; the other way leads back."""
    book = Book()
    book.event("on_step_end", "Mine", save=True, evaluate=True)
    book.event("on_step_begin")
    book.event("on_prediction_step")  # 2
    book.event("on_log")
    book.event("on_evaluate", "CallbackHandler", evaluate=False)  # 4
    book.event("on_save", "CallbackHandler", save=False)  # 5
    book.event("on_step_begin")
    trace = book.trace()
    for index in (2, 3, 4, 5):
        cursor = Cursor(trace, index)
        assert to_asker(cursor, forward=False) and cursor.index == 0
    assert to_asker(cursor, forward=True) and cursor.index == 4
    assert not to_asker(Cursor(trace, 6), forward=False) and not to_asker(Cursor(trace, 6), forward=True)
    cursor = Cursor(trace, 6)
    found = [cursor.index for _ in range(2) if to_writer(cursor, "control.should_save", forward=False)]
    assert found == [5, 0] and not to_writer(cursor, "control.should_save", forward=False)
    assert to_writer(cursor, "control.should_save", forward=True) and cursor.index == 5


def test_warnings_and_flags_of_others_are_notable() -> None:
    """The moves to what is notable stop at a warning, and at a flag that somebody else than the framework changed."""
    book = Book()
    book.event("on_step_end", "DefaultFlowCallback", save=True)
    book.event("on_save", "CallbackHandler", save=False)
    book.event("on_step_end", "Mine", save=True)  # 2
    book.event("on_step_end", "", between=True, save=False)
    book.writer.event(book.writer.name("on_log"), 99, 1, (), (), (), {Rare.MESSAGES: [[0, "WARNING", "x", "careful"]]})
    cursor = Cursor(book.trace())
    assert [cursor.index for _ in range(3) if cursor.next_notable()] == [2, 4]
    assert [cursor.index for _ in range(3) if cursor.previous_notable()] == [2]


def test_a_move_does_not_wait_for_the_check_of_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a journal that is not checked yet nothing is within reach: what asks for it is done when it is."""
    monkeypatch.setattr("tracetui.trace.reading.unchecked.LEAST", 0)
    monkeypatch.setattr("tracetui.trace.reading.unchecked.TOGETHER", 2)
    book = Book()
    for number in range(600):
        book.event("on_step_end", "Mine", save=number % 2 == 0)
        if number % 50 == 0:
            book.writer.restart_block()
    trace = Trace.from_bytes(bytes(book.data), at_once=True)
    assert trace.checked < 1
    with pytest.raises(TooFar):
        to_writer(Cursor(trace, 500, 100), "control.should_save", forward=False)
    assert not flag_lamps(trace, 500, reach=100)[2].known and trace.checked < 1
    assert to_writer(Cursor(trace, 500), "control.should_save", forward=False) is True


def test_who_asked_for_each_event_of_a_real_run() -> None:
    """At any save, evaluation, log and end of a run one look leads to the change that asked for it."""
    trace = Trace.open(ROOT / "samples" / "traces" / "who_asked_for_this_save.mpk")
    saves = trace.columns.places("on_save").tolist()
    found = [asked_for(trace, index) for index in saves]
    assert len(saves) > 2 and all(write is not None and write.new is True for write in found)
    assert {write.by for write in found if write} == {"SaveAfterEvaluation", "DefaultFlowCallback"}
    assert asked_for(trace, 0) is None


@pytest.mark.parametrize("form", FORMS)
def test_a_far_request_is_out_of_reach_until_it_is_known(form: Form) -> None:
    """A key is not kept waiting for a flag that was set far away: first its lamp says so, then all."""
    book = Book()
    book.event("on_step_end", "Mine", save=True)
    for number in range(2_000):
        book.event("on_step_begin")
        if number % 100 == 0:
            book.writer.restart_block()
    book.event("on_save", "CallbackHandler", save=False)
    trace = form(bytes(book.data))
    last = len(trace) - 1
    if len(trace._directory.blocks) > 1:
        assert not flag_lamps(trace, last - 1, reach=300)[2].known
        with pytest.raises(TooFar):
            asked_for(trace, last, reach=300)
    assert flag_lamps(trace, last - 1)[2].set == asked_for(trace, last)
    assert all(one.known for one in flag_lamps(trace, last - 1, reach=300))


def test_what_a_lamp_nearby_tells_is_true_here() -> None:
    """Where the change of a flag is out of reach, what is known of another event is taken only where it holds."""
    chance, book = random.Random(5), Book()
    for number in range(3_000):
        flags = {flag: chance.random() < 0.5 for flag in ("save", "log") if chance.random() < 0.003}
        served = chance.random() < 0.01
        book.event("on_save" if served else "on_step_end", "Mine" if flags else "", **flags)
        if number % 90 == 0:
            book.writer.restart_block()
    data, carried = packed_bytes(bytes(book.data)), 0
    whole = Trace.from_bytes(data)
    for _ in range(300):
        here = chance.randrange(3_000)
        other = min(2_999, max(0, here + chance.randrange(-2_000, 2_000)))
        nearby, fresh = flag_lamps(whole, other), Trace.from_bytes(data)
        alone, found = flag_lamps(fresh, here, 200), flag_lamps(fresh, here, 200, nearby)
        right = flag_lamps(whole, here)
        assert all(one == true for one, true in zip(found, right, strict=True) if one.known)
        carried += sum(one.known for one in found) - sum(one.known for one in alone)
    assert carried > 100


def test_what_serves_a_flag_may_stand_in_the_header() -> None:
    """A framework of which nothing is known can say what serves its flags; of one that does not, nothing is told."""
    flags = [{"name": "should_save", "letter": "P", "served": "kept"}, {"name": "should_log", "letter": "L"}]
    book = Book({"framework": {"name": "carousel", "flags": flags}})
    book.event("tick", "Mine", save=True, log=True)
    book.event("kept")
    first, second = flag_lamps(book.trace(), 1)
    assert (first.served, first.waits, second.served, second.waits) == (1, False, None, False)


def test_where_a_hook_stands() -> None:
    """File and line are those of the hook for the event, without folders and without anything a terminal acts on."""
    callbacks = [{"name": "Mine", "at": "folder/my\x1b[2J.py:7", "lines": {"on_log": ":12", "on_save": "other/b.py:3"}}]
    trace = Book({"callbacks": callbacks}).trace()
    assert place_of(trace, "Mine", "on_save") == "b.py:3"
    assert place_of(trace, "Mine", "on_log") == "my␛[2J.py:12"
    assert place_of(trace, "Mine", "on_train_end") == place_of(trace, "Trainer", "on_log") == ""
