"""What a hook raised, and the callback's own line that did it."""

from __future__ import annotations

import importlib.util
import json
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback

from support.recorded import record
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace
from tracetui.trace.journal.records import EventRow, Exit, Note, Rare
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Damage

_spec = importlib.util.spec_from_file_location("raising_library", Path(__file__).with_name("raising_library.py"))
assert _spec is not None
assert _spec.loader is not None
raising_library = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(raising_library)


def plainly() -> None:
    """Raise in the callback's file."""
    raise ValueError("here")  # plainly


def in_a_library() -> None:
    """Raise in a library."""
    raising_library.explode()  # library


def in_the_standard_library() -> None:
    """Raise in Python's own library."""
    json.loads("{")  # json


def in_torch() -> None:
    """Raise in torch."""
    torch.nn.Linear(2, 2)(torch.zeros(3))  # torch


def deep(depth: int = 300) -> None:
    """Raise far down."""
    deep(depth - 1) if depth else plainly()


class Raises(TrainerCallback):
    """Raises in a hook."""

    def __init__(self, act: Callable[[], None]) -> None:
        """Remember how."""
        self.act = act

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Raise."""
        self.act()


class Watches(TrainerCallback):
    """Is called before."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Do nothing."""


def line_of(text: str) -> int:
    """Return the line of this file that ends with a comment."""
    return next(
        number for number, line in enumerate(Path(__file__).read_text().splitlines(), 1) if line.endswith(f"# {text}")
    )


def records(path: Path) -> list[Any]:
    """Return all records of a trace."""
    return [item.record for item in TraceReader.open(path).items() if not isinstance(item, Damage)]


def raised(path: Path) -> list[tuple[Any, Any]]:
    """Return RAISED and RAISED AT of all rows that have them."""
    rows = [record for record in records(path) if isinstance(record, (EventRow, Exit)) and Rare.RAISED in record.rare]
    return [(row.rare[Rare.RAISED], row.rare.get(Rare.RAISED_AT)) for row in rows]


def exceptions(path: Path) -> list[dict[str, Any]]:
    """Return the fields of the EXCEPTION records that say what it was."""
    notes = [record for record in records(path) if isinstance(record, Note) and record.type == Note.EXCEPTION]
    return [note.fields for note in notes if "type" in note.fields]


@pytest.mark.parametrize(
    ("act", "line", "function"),
    [
        (plainly, "plainly", "plainly"),
        (in_a_library, "library", "in_a_library"),
        (in_the_standard_library, "json", "in_the_standard_library"),
        (in_torch, "torch", "in_torch"),
        (deep, "plainly", "plainly"),
    ],
)
def test_the_callback_s_own_line(tmp_path: Path, act: Callable[[], None], line: str, function: str) -> None:
    """The row of the event and the record of the exception name the line in the callback's file, and the callback."""
    trace = record(tmp_path, callbacks=[Watches(), Raises(act)], catch=Exception, max_steps=1)
    at = f"{__file__}:{line_of(line)} in {function}"
    ((texts, places),) = raised(tmp_path / "trace.mpk")
    assert places == dict.fromkeys(texts, at)
    (fields,) = exceptions(tmp_path / "trace.mpk")
    assert (fields["callback"], fields["at"]) == ("Raises", at)
    event = next(event for event in trace if event.exceptions)
    assert [call.callback for call in event.calls if call.exception] == ["Raises"]


def test_a_callback_without_a_file_of_its_own(tmp_path: Path) -> None:
    """Where the callback's class has no line in the traceback, it is the innermost that is no library's."""
    namespace: dict[str, Any] = {"TrainerCallback": TrainerCallback, "act": in_the_standard_library}
    exec("class Made(TrainerCallback):\n    def on_step_end(self, *args, **kwargs):\n        act()\n", namespace)
    record(tmp_path, callbacks=[namespace["Made"]()], catch=ValueError, max_steps=1)
    ((_, places),) = raised(tmp_path / "trace.mpk")
    assert [*places.values()] == ["<string>:3 in on_step_end"]
    bound = types.SimpleNamespace(act=in_the_standard_library)
    callback = Watches()
    callback.on_step_end = lambda *args, **kwargs: bound.act()  # type: ignore[method-assign]
    record(tmp_path / "bound", callbacks=[callback], catch=ValueError, max_steps=1)
    ((_, places),) = raised(tmp_path / "bound" / "trace.mpk")
    assert [*places.values()] == [f"{__file__}:{line_of('json')} in in_the_standard_library"]


def test_no_callback_is_blamed_for_training(tmp_path: Path) -> None:
    """An exception of the training itself has neither callback nor line of one, also after a hook's was caught."""
    caught: list[BaseException] = []

    def drive(trainer: Any) -> None:
        for failing in (True, False):
            raises.act = plainly if failing else (lambda: None)
            if not failing:
                trainer.training_step = lambda *args, **kwargs: 1 / 0
            try:
                trainer.train()
            except Exception as error:
                caught.append(type(error)(*error.args))

    raises = Raises(plainly)
    record(tmp_path, callbacks=[raises], drive=drive, max_steps=1)
    found = [(fields["type"], fields.get("callback")) for fields in exceptions(tmp_path / "trace.mpk")]
    assert found == [("ValueError", "Raises"), ("ZeroDivisionError", None)]


def test_a_hook_that_raises_after_others_were_nested(tmp_path: Path) -> None:
    """Where events stood inside an event, what one of its later hooks raised is put down to that hook."""

    class Nests(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            trainer.log({"mine": 1.0})

    recorder = TraceRecorder(tmp_path / "trace.mpk")
    trainer = make_trainer(tmp_path, callbacks=[recorder, Watches(), Nests(), Raises(plainly)], max_steps=1)
    with pytest.raises(ValueError):
        trainer.train()
    recorder.detach()
    event = next(event for event in Trace.open(tmp_path / "trace.mpk") if event.name == "on_step_end")
    assert [(call.callback, call.exception) for call in event.calls][1:] == [
        ("Watches", None),
        ("Nests", None),
        ("Raises", "ValueError: here"),
    ]
    ((texts, places),) = raised(tmp_path / "trace.mpk")
    assert [*texts] == [*places] == [3]
