"""Conformance files whose header names a framework, and the JSON a reader has to find in them, written by hand."""

from __future__ import annotations

from typing import Any, Final

from support.conformance.case import FINISHED, NONE, Book, Case, change, event
from tracetui.trace.journal.records import Rare

RIDE: Final[dict[str, Any]] = {
    "name": "merry-go-round",
    "loop": "Ringmaster",
    "handler": "Herald",
    "step": "state.tick",
    "steps": "state.ticks",
    "epoch": "state.lap",
    "history": "state.diary",
    "flags": [
        {"name": "halt", "letter": "H", "about": "the ride ends", "role": "stop"},
        {"name": "skip", "letter": "K", "about": "the lap ends", "role": "stop epoch"},
        {"name": "keep", "letter": "P", "role": "save"},
    ],
    "phases": [
        {"name": "ride", "kind": "training", "begin": "gates open", "ends": ["gates close", "gates stick"]},
        {"name": "lap", "kind": "epoch", "begin": "lap_starts", "ends": ["lap_done"]},
        {"name": "tick", "kind": "step", "begin": "tick", "ends": ["tock"]},
        {"name": "look", "kind": "evaluation", "begin": "glance", "ends": ["looked"], "inside": True},
    ],
}
"""A framework that there is not."""


def under(name: str, about: str, framework: Any, loop: str) -> Case:
    """Return a case of three events under a header; `loop` is who wrote between them."""
    book = Book({"framework": framework})
    book.event("tick", 100, between={"state.tick": 0})
    book.event("tock", 200, between={"state.tick": 1}, inside=[("Brake", {"control.halt": True})])
    rare = {Rare.BETWEEN_CAUSE: book.writer.name("Sampler")}
    book.event("tick", 300, between={"state.tick": 2}, inside=[("Herald", {"control.halt": False})], rare=rare)
    book.end(400, 3)
    second = [change("state.tick", 0, 1, loop, False), change("control.halt", NONE, True, "Brake")]
    third = [change("state.tick", 1, 2, "Sampler", False), change("control.halt", True, False, "Herald")]
    found = [
        event(0, "tick", 100, changes=[change("state.tick", NONE, 0, loop, False)]),
        event(1, "tock", 200, changes=second),
        event(2, "tick", 300, changes=third),
    ]
    return Case(name, about, bytes(book.data), {"run": {"framework": framework}, "events": found, "end": FINISHED})


def cases() -> list[Case]:
    """Return the cases."""
    wrong: dict[str, Any] = {**dict.fromkeys(RIDE, 7), "loop": ["Ringmaster"], "name": "x" * 201}
    named = {"name": "merry-go-round"}
    return [
        under("framework", "What a framework calls things: its loop wrote what changed between.", RIDE, "Ringmaster"),
        under("framework-named", "A framework of which nothing but its name is known.", named, "loop"),
        under("hostile-framework", "A framework that is no map: it is transformers.", ["Ringmaster"], "Trainer"),
        under("hostile-framework-keys", "Values of wrong types are as if they were not there.", wrong, "Trainer"),
    ]
