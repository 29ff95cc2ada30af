"""What is known around an event: whom it did not reach, where a callback raised, what was None, what came after."""

from __future__ import annotations

from typing import Any

import pytest

from support.forms import FORMS, Form
from tracetui.replay.condition import parse
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import ABSENT

RUN: dict[str, Any] = {
    "callbacks": [
        {"name": "First", "hooks": ["on_step_end", "on_log"]},
        {"name": "Second", "hooks": ["on_step_end"]},
        {"name": "Third", "hooks": ["on_log"]},
        {"name": "Fourth", "hooks": ["on_step_end", "on_log"]},
        *("no map", {"name": "Fourth"}, {"name": 7, "hooks": 7}),
    ]
}


class Book:
    """A writer into memory."""

    def __init__(self) -> None:
        """Write a header."""
        self.data = bytearray()
        self.writer = TraceWriter(self.data.extend, bytes(16), 0.0, RUN)
        self.time = 0

    def event(self, name: str, calls: list[str], rare: dict[int, Any], opens: bool = False, **between: Any) -> None:
        """Write an event; a path's dots are written as two underscores."""
        pairs = [item for path, value in between.items() for item in (self.number(path.replace("__", ".")), value)]
        flat = [item for label in calls for item in (self.number(label), 3)]
        self.time += 10
        self.writer.event(self.number(name), self.time, 0 if opens else 5, pairs, (), flat, rare or None, opens=opens)

    def number(self, name: str) -> int:
        """Return a name's number."""
        return self.writer.name(name)

    def end(self) -> bytes:
        """Return the trace."""
        self.writer.note(Note.END, {"reason": "finished", "events": self.writer.events}, time=self.time)
        return bytes(self.data)


ROSTER = ["First", "Second", "Third", "Fourth"]


@pytest.mark.parametrize("form", FORMS)
def test_who_was_not_called(form: Form) -> None:
    """After a callback that raised come those that override the event and were not reached; else there is none."""
    book = Book()
    raised = {Rare.RAISED: {0: "ValueError: no"}, Rare.RAISED_AT: {0: "train.py:7 in on_step_end"}}
    book.event("on_step_end", ["First"], raised, roster=ROSTER)
    book.event("on_log", ["First"], raised)
    book.event("on_log", ["First", "Third"], {Rare.RAISED: {1: "ValueError: no"}})
    book.event("on_log", ["First", "Third", "Fourth"], {Rare.RAISED: {0: "caught by who called it"}})
    book.event("on_log", ["First", "Third", "Fourth"], {})
    book.event("on_log", ["Gone"], {Rare.RAISED: {0: "ValueError: no"}})
    book.event("on_log", ["First"], raised, roster="no list")
    trace = form(book.end())
    assert [event.not_called for event in trace] == [
        ("Second", "Fourth"), ("Third", "Fourth"), ("Fourth",), (), (), (), (),
    ]  # fmt: skip
    assert [trace[0].calls[0].at, trace[2].calls[1].at] == ["train.py:7 in on_step_end", None]


@pytest.mark.parametrize("form", FORMS)
def test_arguments_that_were_none(form: Form) -> None:
    """A heavy argument that was None is None in the event and in conditions; what was given is what was given."""
    book = Book()
    book.event("on_init_end", [], {})
    book.event("on_train_begin", [], {}, nones=["optimizer", "model"])
    book.event("on_log", [], {Rare.INPUTS: {book.number("model"): "given", book.number("other"): None}})
    book.event("on_log", [], {}, nones=["model", 7, {}])
    book.event("on_log", [], {}, nones="optimizer")
    book.event("on_log", [], {}, nones=ABSENT)
    trace = form(book.end())
    none = {"optimizer": None, "model": None}
    assert [event.inputs for event in trace] == [
        {}, none, {"optimizer": None, "model": "given", "other": None}, {"model": None}, {}, {},
    ]  # fmt: skip
    for text, found in (
        ("inputs.optimizer is None", [1, 2]),
        ("after.inputs.optimizer is None", [1, 2]),
        ("inputs.model is None", [1, 3]),
        ("inputs.model == 'given'", [2]),
        ("inputs.other is None", [2]),
        ("has(inputs.optimizer)", [1, 2]),
        ("inputs.optimizer is not None", []),
    ):
        assert list(trace.matching(parse(text))) == found, text
    assert trace.unknown(parse("inputs.lr_scheduler is None")) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("block", [False, True])
def test_what_the_trainer_writes_after_an_event_belongs_to_it(form: Form, block: bool) -> None:
    """The best metric is found where it was measured; not where something was lost in between, nor before the event."""
    book = Book()
    for value in (None, 0.5, 0.7):
        book.event("on_step_end", [], {}, state__best_metric=value)
        book.event("on_evaluate", [], {}, opens=True)
        book.event("on_log", [], {}, state__inner=value)
        book.writer.exit(5, time=book.time)
        if block:
            book.writer.restart_block()
        if value == 0.5:
            book.writer.note(Note.GAP, {"count": 1, "reason": "full"}, time=book.time)
    book.event("on_save", [], {}, state__best_metric=0.9)
    trace = form(book.end())
    assert list(trace.matching(parse('event == "on_evaluate" and changed("state.best_metric")'))) == [1, 7]
    assert list(trace.matching(parse('event == "on_evaluate" and changed("state.inner")'))) == []
    assert list(trace.matching(parse('event == "on_evaluate" and changed("state.best_metric", was=0.7, to=0.9)'))) == [
        7
    ]
    assert list(trace.matching(parse('changed("state.best_metric", by="Trainer")'))) == [0, 1, 3, 6, 7, 9]
    following = [trace.written_after(index) for index in range(len(trace))]
    assert [found and (found[0], [change.new for change in found[1]]) for found in following] == [
        None, (3, [0.5]), None, None, None, None, None, (9, [0.9]), None, None,
    ]  # fmt: skip
    assert all("best_metric" not in change.path for change in trace[1].changes)
