"""The conformance files of journals, a small trace for each feature of the format, and the JSON a reader has to find.

The JSON is written here by hand, not by a reader.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack

from support.conformance.case import ID, NONE, Book, Case, Records, change, event
from tracetui.trace.codec import pack
from tracetui.trace.journal.records import EventRow, Note, Rare
from tracetui.trace.values import ABSENT, Described, HistoryRef, Shortened


def values() -> Case:
    """Every kind of value, in the run's header."""
    run = {
        "none": None,
        "true": True,
        "nan": float("nan"),
        "infinities": [float("inf"), float("-inf")],
        "negative zero": -0.0,
        "least float": 5e-324,
        "int 64": [-(1 << 63), (1 << 64) - 1],
        "big ints": [1 << 64, -(1 << 63) - 1, 10**40],
        "text": "naïve ☃ 🤗",
        "lone surrogate": "a\udc80b",
        "surrogate in a key": {"\ud800": 1},
        "control characters": "\x1b[2J\x00\n",
        "bytes": b"\x00\xff",
        "tuple": (1, (2, [3]), ()),
        "keys": {1: "int", 1.5: "float", None: "none", False: "false"},
        "same keys": {1: "int", "1": "text"},
        "tensor": Described("torch.Tensor", "shape=(2, 3) dtype=float32 device=cuda:0"),
        "set": Described("set", "2 elements", ["a", "b"]),
        "shortened": Shortened("str", 100_000, 0xDEADBEEF, "begin"),
        "absent": ABSENT,
        "$key": 1,
    }
    expected = {
        "none": None,
        "true": True,
        "nan": "NaN",
        "infinities": ["Infinity", "-Infinity"],
        "negative zero": -0.0,
        "least float": 5e-324,
        "int 64": [-9223372036854775808, 18446744073709551615],
        "big ints": [18446744073709551616, -9223372036854775809, 10**40],
        "text": "naïve ☃ 🤗",
        "lone surrogate": "a\\udc80b",
        "surrogate in a key": {"\\ud800": 1},
        "control characters": "\x1b[2J\x00\n",
        "bytes": {"$bytes": "00ff"},
        "tuple": {"$tuple": [1, {"$tuple": [2, [3]]}, {"$tuple": []}]},
        "keys": {"1": "int", "1.5": "float", "null": "none", "false": "false"},
        "same keys": {"$pairs": [[1, "int"], ["1", "text"]]},
        "tensor": {"$described": "torch.Tensor", "text": "shape=(2, 3) dtype=float32 device=cuda:0"},
        "set": {"$described": "set", "text": "2 elements", "value": ["a", "b"]},
        "shortened": {"$shortened": "str", "length": 100000, "digest": 3735928559, "kept": "begin"},
        "absent": {"$absent": True},
        "$$key": 1,
    }
    book = Book(run)
    return Case("values", "Values of every kind.", bytes(book.data), {"run": expected, "events": [], "end": None})


def events() -> Case:
    """Two events and an END."""
    book = Book({"pid": 7})
    book.event("on_train_begin", 1_000, 250)
    book.event("on_train_end", 2_000_000, 3)
    book.end(2_000_100, 2)
    found = [event(0, "on_train_begin", 1_000, 250), event(1, "on_train_end", 2_000_000, 3)]
    return Case(
        "events",
        "Names, times, durations, and a clean end.",
        bytes(book.data),
        {"id": ID.hex(), "run": {"pid": 7}, "events": found, "end": {"reason": "finished", "time": 2.0001}},
    )


def changes() -> Case:
    """Changes between and inside events, by whom, with additions and removals."""
    book = Book()
    start = {"state.global_step": 0, "control.should_log": False}
    book.event("on_step_begin", 100, between=start)
    groups: list[tuple[str, dict[str, Any]]] = [
        ("CallbackHandler", {"control.should_log": True}),
        ("DefaultFlowCallback", {"control.should_log": False, "state.note": [1, 2]}),
    ]
    book.event("on_step_end", 200, between={"state.global_step": 1}, inside=groups)
    rare = {Rare.BETWEEN_CAUSE: book.writer.name("Sampler")}
    inside: list[tuple[str, dict[str, Any]]] = [("MyCallback", {"state.note": ABSENT})]
    book.event("on_step_begin", 300, between={"state.y": 5}, inside=inside, rare=rare)
    first = [change(path, NONE, value, "Trainer", False) for path, value in start.items()]
    second = [
        change("state.global_step", 0, 1, "Trainer", False),
        change("control.should_log", False, True, "CallbackHandler"),
        change("control.should_log", True, False, "DefaultFlowCallback"),
        change("state.note", NONE, [1, 2], "DefaultFlowCallback"),
    ]
    third = [change("state.y", NONE, 5, "Sampler", False), change("state.note", [1, 2], NONE, "MyCallback")]
    found = [
        event(0, "on_step_begin", 100, changes=first, before={"state": {"global_step": 0}}),
        event(
            1,
            "on_step_end",
            200,
            changes=second,
            before={"state": {"global_step": 1}, "control": {"should_log": False}},
            after={"state": {"global_step": 1, "note": [1, 2]}, "control": {"should_log": False}},
        ),
        event(2, "on_step_begin", 300, changes=third, after={"state": {"global_step": 1, "y": 5}}),
    ]
    return Case("changes", "Who changed what.", bytes(book.data), {"events": found, "end": None})


def inputs() -> Case:
    """Logs, metrics and other inputs, and a change of logs inside an event."""
    book = Book()
    rare = {Rare.INPUTS: {book.writer.name("logs"): book.shaped({"loss": 0.5, "epoch": 1.0})}}
    book.event("on_log", 100, inside=[("FlosCallback", {"logs.total_flos": 9.0})], rare=rare)
    rare = {
        Rare.INPUTS: {
            book.writer.name("metrics"): book.shaped({"eval_loss": float("nan")}),
            book.writer.name("trial"): {"lr": 1},
        }
    }
    book.event("on_evaluate", 200, rare=rare)
    found = [
        event(
            0,
            "on_log",
            100,
            changes=[change("logs.total_flos", NONE, 9.0, "FlosCallback")],
            before={"logs": {"loss": 0.5, "epoch": 1.0}, "metrics": None},
            after={"logs": {"loss": 0.5, "epoch": 1.0, "total_flos": 9.0}, "metrics": None},
        ),
        event(
            1,
            "on_evaluate",
            200,
            logs=None,
            metrics={"eval_loss": "NaN"},
            inputs={"trial": {"lr": 1}},
            changes=[],
        ),
    ]
    return Case("inputs", "What an event was given.", bytes(book.data), {"events": found})


def arguments() -> Case:
    """Arguments over those of the header, and changes of inputs that are a map, no map, or not there."""
    book = Book({"args": {"lr": 1, "seed": 7}})
    removed: list[tuple[str, dict[str, Any]]] = [("A", {"args.seed": ABSENT})]
    book.event("on_train_begin", 100, between={"args.lr": 2}, inside=removed)
    book.writer.restart_block()
    rare = {Rare.INPUTS: {book.writer.name("trial"): {"lr": 1}, book.writer.name("logs"): None}}
    given = {"inputs.trial.lr": 3, "inputs.trial.a.b": 4, "logs.loss": 5, "metrics.loss": 6, "inputs.other.x": 7}
    book.event("on_log", 200, between={"args.lr": 1}, inside=[("A", given)], rare=rare)
    changes = [change("inputs.trial.lr", 1, 3, "A"), change("inputs.trial.a.b", NONE, 4, "A")]
    changes += [change(path, NONE, new, "A") for path, new in list(given.items())[2:]]
    found = [
        event(
            0,
            "on_train_begin",
            100,
            changes=[change("args.lr", 1, 2, "Trainer", False), change("args.seed", 7, NONE, "A")],
            before={"args": {"lr": 2, "seed": 7}},
            after={"args": {"lr": 2}},
        ),
        event(
            1,
            "on_log",
            200,
            changes=[change("args.lr", 2, 1, "Trainer", False), *changes],
            inputs={"trial": {"lr": 1}},
            before={"args": {"lr": 1}, "logs": None, "metrics": None},
            after={"args": {"lr": 1}, "logs": None, "metrics": None},
        ),
    ]
    run = {"args": {"lr": 1, "seed": 7}}
    about = "Arguments over those of the header, and changes of inputs."
    return Case("arguments", about, bytes(book.data), {"run": run, "events": found})


def probes() -> Case:
    """What probes returned, and one that raised."""
    book = Book()
    norm, digest, broken = map(book.writer.name, ("gradient_norm", "parameter_digest", "broken"))
    found: list[Any] = [[norm, 120, float("inf")], [digest, 7, {"digest": "00ff", "parts": (1, 2)}]]
    book.event("on_step_end", 100, rare={Rare.PROBES: found})
    book.event("on_log", 200, rare={Rare.PROBES: [[broken, 3, None, "ValueError: no"]]})
    returned = [
        {"probe": "gradient_norm", "value": "Infinity", "duration": 0.00012, "exception": None},
        {
            "probe": "parameter_digest",
            "value": {"digest": "00ff", "parts": {"$tuple": [1, 2]}},
            "duration": 0.000007,
            "exception": None,
        },
    ]
    raised = {"probe": "broken", "value": None, "duration": 0.000003, "exception": "ValueError: no"}
    events = [event(0, "on_step_end", 100, probes=returned), event(1, "on_log", 200, probes=[raised])]
    return Case("probes", "What functions of the user's returned.", bytes(book.data), {"events": events})


def nested() -> Case:
    """An event inside an event."""
    book = Book()
    book.event(
        "on_step_end",
        100,
        0,
        between={"state.x": 1},
        inside=[("A", {"state.x": 2})],
        calls={"A": 5},
        opens=True,
    )
    book.event("on_evaluate", 120, 10, inside=[("B", {"state.x": 3})])
    name = book.writer.name("A")
    book.writer.exit(
        60, book.groups([("A", {"state.x": 4})]), [name, 7], {Rare.RAISED: {1: "ValueError: no"}}, time=160
    )
    book.event("on_step_begin", 200)
    outer = [
        change("state.x", NONE, 1, "Trainer", False),
        change("state.x", 1, 2, "A"),
        change("state.x", 3, 4, "A"),
    ]
    calls = [
        {"callback": "A", "duration": 5e-6, "exception": None},
        {"callback": "A", "duration": 7e-6, "exception": "ValueError: no"},
    ]
    found = [
        event(
            0,
            "on_step_end",
            100,
            60,
            changes=outer,
            calls=calls,
            before={"state": {"x": 1}},
            after={"state": {"x": 4}},
        ),
        event(1, "on_evaluate", 120, changes=[change("state.x", 2, 3, "B")], after={"state": {"x": 3}}),
        event(2, "on_step_begin", 200, changes=[], before={"state": {"x": 4}}),
    ]
    return Case("nested", "An event that begins inside another one.", bytes(book.data), {"events": found})


def gaps() -> Case:
    """The end of a nested event could not be recorded, nor what changed then."""
    book = Book()
    book.event("on_step_end", 100, 0, between={"state.x": 1, "state.y": 1}, calls={"A": 5}, opens=True)
    book.event("on_log", 110, 0, opens=True)
    book.event("on_substep_end", 120)
    book.writer.set_chain(book.writer.name("state.x"), 2)
    book.writer.set_chain(book.writer.name("state.y"), ABSENT)
    book.writer.abandon()
    book.writer.note(Note.GAP, {"count": 1, "reason": "OSError: full"}, time=150)
    book.writer.exit(60, book.groups([("A", {"state.z": 4})]), time=160)
    book.event("on_step_begin", 200)
    outer = [change("state.x", NONE, 1, "Trainer", False), change("state.y", NONE, 1, "Trainer", False)]
    outer += [change("state.z", NONE, 4, "A")]
    found = [
        event(0, "on_step_end", 100, 60, changes=outer, after={"state": {"x": 2, "z": 4}}),
        event(1, "on_log", 110, 0, changes=[]),
        event(2, "on_substep_end", 120, changes=[], after={"state": {"x": 1, "y": 1}}),
        event(3, "on_step_begin", 200, changes=[], before={"state": {"x": 2, "z": 4}}),
    ]
    gap = {"index": 3, "count": 1, "reason": "OSError: full"}
    about = "An event whose end could not be recorded, inside another one; what changed meanwhile."
    return Case("gaps", about, bytes(book.data), {"events": found, "gaps": [gap], "damage": []})


def blocks() -> Case:
    """Three blocks: keyframes carry values, names and times on."""
    book = Book()
    for block in range(3):
        book.event("on_step_begin", 1_000 * block + 100, between={"state.global_step": block})
        book.event("on_step_end", 1_000 * block + 500, inside=[("A", {f"state.only_{block}": block})])
        book.writer.restart_block()
    found = []
    for block in range(3):
        state = {"global_step": block, **{f"only_{past}": past for past in range(block)}}
        found.append(event(2 * block, "on_step_begin", 1_000 * block + 100, before={"state": state}))
        state = {**state, f"only_{block}": block}
        found.append(event(2 * block + 1, "on_step_end", 1_000 * block + 500, after={"state": state}))
    return Case("blocks", "Keyframes.", bytes(book.data), {"events": found})


def history() -> Case:
    """The log history: appended to, its last entry edited, then cut and appended to."""
    book = Book()
    entries = [book.shaped({"loss": 1.0, "step": 1}), book.shaped({"loss": 0.5, "step": 2})]
    book.writer.history(1, 1, 0, entries[:1], time=50)
    book.event("on_log", 100, between={"state.log_history": HistoryRef(1, 1, 1)})
    book.writer.history(1, 2, 1, entries[1:], time=150)
    book.event("on_log", 200, between={"state.log_history": HistoryRef(1, 2, 2)})
    book.writer.history(1, 3, 1, [book.shaped({"loss": 0.25, "step": 2})], time=210)
    edit = [("A", {"state.log_history": HistoryRef(1, 2, 3)})]
    book.event("on_evaluate", 220, inside=edit)
    book.writer.history(2, 4, 0, [book.shaped({"new": True})], time=250)
    book.event("on_log", 300, between={"state.log_history": HistoryRef(2, 1, 4)})
    one, two, edited = {"loss": 1.0, "step": 1}, {"loss": 0.5, "step": 2}, {"loss": 0.25, "step": 2}
    found = [
        event(0, "on_log", 100, after={"state": {"log_history": [one]}}),
        event(1, "on_log", 200, after={"state": {"log_history": [one, two]}}),
        event(
            2,
            "on_evaluate",
            220,
            before={"state": {"log_history": [one, two]}},
            after={"state": {"log_history": [one, edited]}},
            changes=[change("state.log_history", [one, two], [one, edited], "A", True)],
        ),
        event(
            3,
            "on_log",
            300,
            after={"state": {"log_history": [{"new": True}]}},
            changes=[change("state.log_history", [one, edited], [{"new": True}], "Trainer", False)],
        ),
    ]
    return Case("history", "state.log_history.", bytes(book.data), {"events": found})


def calls() -> Case:
    """Calls, exceptions in them, a replaced control object, messages."""
    book = Book()
    first, second = book.writer.name("A"), book.writer.name("B")
    rare = {
        Rare.RAISED: {1: "KeyError: 'x'"},
        Rare.REPLACED: [first],
        Rare.MESSAGES: [[second, "WARNING", "transformers.trainer", "careful"]],
    }
    book.event("on_save", 100, 30, between={"roster": ["A", "B"]}, calls={"A": 3, "B": 4}, rare=rare)
    found = [
        event(
            0,
            "on_save",
            100,
            30,
            calls=[
                {"callback": "A", "duration": 3e-6, "exception": None, "replaced_control": True},
                {"callback": "B", "duration": 4e-6, "exception": "KeyError: 'x'", "replaced_control": False},
            ],
            messages=[{"by": "B", "level": "WARNING", "logger": "transformers.trainer", "text": "careful"}],
            callbacks=["A", "B"],
        )
    ]
    assert first != second
    return Case("calls", "What each callback did.", bytes(book.data), {"events": found})


def notes() -> Case:
    """RUN, EXCEPTION with a second record for an outer call, GAP, END."""
    book = Book({"a": 1, "b": {"c": 2}})
    book.event("on_train_begin", 100)
    book.writer.note(Note.RUN, {"run": {"b": {"d": 3}, "e": 4}}, time=150)
    book.writer.note(Note.GAP, {"count": 3, "reason": "disk full"}, time=200)
    book.event("on_step_begin", 300)
    error = {
        "number": 1,
        "type": "ValueError",
        "message": "bad",
        "traceback": "Traceback ...\n",
        "place": "train.py:3",
    }
    more = {"step": 1, "ended": "evaluate", "inside": True}
    book.writer.note(Note.EXCEPTION, {**error, **more}, time=400)
    book.writer.note(Note.EXCEPTION, {"number": 1, "ended": "train"}, time=410)
    book.end(500, 2)
    error.pop("number")
    ended = {**error, **more, "ended": ["evaluate", "train"], "index": 1, "time": 0.0004}
    expected = {
        "run": {"a": 1, "b": {"d": 3}, "e": 4},
        "events": [event(0, "on_train_begin", 100), event(1, "on_step_begin", 300, exceptions=[ended])],
        "exceptions": [ended],
        "gaps": [{"index": 1, "count": 3, "reason": "disk full"}],
        "end": {"reason": "finished", "time": 0.0005},
    }
    return Case("notes", "Records of named fields.", bytes(book.data), expected)


def names() -> Case:
    """Names that come in the middle of a block, one of them long."""
    book = Book()
    book.event("on_step_begin", 100)
    book.event("on_step_end", 200, inside=[("A" * 300, {"state.späte": 1})])
    found = [
        event(0, "on_step_begin", 100, changes=[]),
        event(1, "on_step_end", 200, changes=[change("state.späte", NONE, 1, "A" * 300)]),
    ]
    return Case("names", "Names in the middle of a block.", bytes(book.data), {"events": found})


def unknown() -> Case:
    """What a newer version may add: a record type, a field, a key in rare, a value extension, a section."""
    book = Book()
    book.event("on_step_begin", 100)
    records = Records(bytes(book.data))
    number = book.writer.name("on_step_begin")
    rare = {99: "of a newer version", Rare.MESSAGES: []}
    later = pack([3, number, 200, 10, None, None, None, rare, "a field of a newer version"])
    value = pack([4, number, 300, 10, [number, msgpack.ExtType(50, b"new")]])
    data = bytes(book.data) + records.frame(77, pack([2, "a record of a newer version"]))
    data += records.frame(EventRow.TYPE, later) + records.frame(EventRow.TYPE, value)
    old = {"$described": "msgpack extension 50", "text": "3 bytes", "value": {"$bytes": "6e6577"}}
    found = [
        event(0, "on_step_begin", 100),
        event(1, "on_step_begin", 300, changes=[]),
        event(2, "on_step_begin", 400, changes=[change("on_step_begin", NONE, old, "Trainer", False)]),
    ]
    return Case("unknown", "What a newer version may add.", data, {"events": found})


SOUND: tuple[Callable[[], Case], ...] = (
    values,
    events,
    changes,
    inputs,
    arguments,
    probes,
    nested,
    gaps,
    blocks,
    history,
    calls,
    notes,
    names,
    unknown,
)


def cases() -> list[Case]:
    """Return all cases: nothing in them is damaged."""
    return [Case(c.name, c.about, c.data, {"damage": [], **c.expected}) for c in (make() for make in SOUND)]
