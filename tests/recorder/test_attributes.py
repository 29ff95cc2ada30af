"""Plain attributes of callbacks that export no state are recorded, cheaply, and nothing of the callback's code runs."""

from __future__ import annotations

import enum
import random
import time
from collections import OrderedDict, deque
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from transformers import TrainerCallback

from support.recorded import changed, named, record
from support.tiny import TinyData, scores
from tracetui.recorder.rows.attributes import MAX_CHANGES, SPAN, Attributes, is_thinned
from tracetui.recorder.values.brief import MAX_ELEMENTS
from tracetui.recorder.values.plain import Plainer
from tracetui.recorder.values.redact import HIDDEN, Redactor
from tracetui.trace.values import ABSENT, Described, Shortened

EVALUATED = {"num_train_epochs": 9, "eval_strategy": "epoch"}


class Patience(TrainerCallback):
    """A home-made early stopping."""

    def __init__(self, patience: int = 3) -> None:
        """Wait for `patience` bad evaluations."""
        self.patience, self._best, self.waited = patience, None, 0
        self.history: list[float] = []

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Count those that are worse than the best."""
        score = metrics["eval_score"]
        self.history.append(score)
        if self._best is None or score > self._best:
            self._best = score
        else:
            self.waited += 1
        control.should_training_stop = self.waited >= self.patience


def test_a_home_made_early_stopping_is_seen_counting(tmp_path: Path) -> None:
    """Its counter, its best and its list have the right value at each evaluation, and it is the cause."""
    trace = record(
        tmp_path, callbacks=[Patience()], compute_metrics=scores([0.1, 0.5, 0.4, 0.6, 0.2, 0.3]), **EVALUATED
    )
    after = [event.after.callbacks["Patience"] for event in named(trace, "on_evaluate")]
    assert [found["waited"] for found in after] == [0, 0, 1, 1, 2, 3]
    assert [found["_best"] for found in after] == [0.1, 0.5, 0.5, 0.6, 0.6, 0.6]
    assert [len(found["history"]) for found in after] == [1, 2, 3, 4, 5, 6]
    assert {found["patience"] for found in after} == {3}
    assert all(changed(event, "callbacks.Patience", by="Patience") for event in named(trace, "on_evaluate"))
    assert trace[0].after.callbacks["Patience"] == {"patience": 3, "_best": None, "waited": 0, "history": []}


def test_who_changed_an_attribute(tmp_path: Path) -> None:
    """What is written between two events is not the callback's doing; what another may have done is unknown."""
    patience = Patience()

    class Meddles(TrainerCallback):
        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            patience.patience = 7

    def metrics(_: Any) -> dict[str, float]:
        patience.waited = -1
        return {"score": 0.5}

    trace = record(tmp_path, callbacks=[Meddles(), patience], compute_metrics=metrics, **EVALUATED)
    first = named(trace, "on_evaluate")[0]
    causes = [(change.by, change.inside, change.new["waited"]) for change in first.changes if change.path == PATH]
    assert causes == [("unknown", True, -1), ("Patience", True, -1)]
    alone = record(tmp_path / "alone", callbacks=[patience], compute_metrics=metrics, **EVALUATED)
    causes = [(change.by, change.inside) for change in named(alone, "on_evaluate")[1].changes if change.path == PATH]
    assert causes == [("Trainer", False), ("Patience", True)]


PATH = "callbacks.Patience"


class Color(enum.Enum):
    """An enum."""

    RED = "red"


class Pair(NamedTuple):
    """A named tuple."""

    left: int
    right: str


class Evil:
    """Must not be touched."""

    def __getattribute__(self, name: str) -> Any:
        """Fail the test."""
        raise AssertionError(name)

    __eq__ = __hash__ = __repr__ = __len__ = __iter__ = __bool__ = __getattribute__


class EvilList(list[Any]):
    """A list whose methods must not be called."""

    def __iter__(self) -> Any:
        """Fail the test."""
        raise AssertionError

    __len__ = __getitem__ = __eq__ = __iter__


PLAIN: list[tuple[Any, Any]] = [
    *((value, value) for value in (None, True, 3, -(1 << 80), 0.5, "text", b"bytes", (1, "a"), {"a": [1, {"b": 2}]})),
    (Color.RED, "red"),
    (np.float32(0.5), 0.5),
    (np.int64(3), 3),
    (torch.tensor(0.25), 0.25),
    (deque([1, 2], 5), [1, 2]),
    (OrderedDict(a=1), {"a": 1}),
    (Pair(1, "x"), (1, "x")),
    (EvilList([1, 2]), [1, 2]),
    ({3}, Described("set", "1 elements", [3])),
    (Path("a/b"), "a/b"),
    ("x" * 501, Described("str", "501 characters")),
    (list(range(25)), Described("list", f"more than {MAX_ELEMENTS} elements")),
]
NOT_PLAIN: list[Any] = [
    Evil(),
    [Evil()],
    object(),
    torch.zeros(3),
    np.zeros(3),
    torch.nn.Linear(1, 1),
    len,
    int,
    [[[[1]]]],
]


def attributes_of(callback: Any, events: list[int] | None = None) -> Attributes:
    """Return the attributes of a callback, looked at once."""
    count = events or [0]
    attributes = Attributes(callback, Plainer(Redactor(None, {})), lambda: count[0])
    attributes.look("")
    return attributes


class Holds(TrainerCallback):
    """Has what it is given, and a property that must not be asked."""

    @property
    def asked(self) -> Any:
        """Fail the test."""
        raise AssertionError

    def __getattr__(self, name: str) -> Any:
        """Fail the test."""
        raise AssertionError(name)


@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_plain_values_are_recorded(number: int) -> None:
    """Each kind is recorded as it is, or marked; nothing changed means nothing is found."""
    value, expected = PLAIN[number]
    callback = Holds()
    attributes = attributes_of(callback)
    callback.value = value
    found = attributes.look("on_step_end")
    assert found == {"value": expected}
    assert type(found["value"]) is type(expected)
    assert attributes.look("on_step_end") is ABSENT


@pytest.mark.parametrize("number", range(len(NOT_PLAIN)))
def test_other_values_are_not(number: int) -> None:
    """Objects and arrays are left out, untouched; one that takes a plain value's place is named by its type."""
    callback = Holds()
    attributes = attributes_of(callback)
    callback.value = NOT_PLAIN[number]
    assert attributes.look("on_step_end") is ABSENT
    callback.value = None
    attributes.look("on_step_end")
    callback.value = NOT_PLAIN[number]
    assert attributes.look("on_step_end") == {"value": Described(type(NOT_PLAIN[number]).__name__)}


@pytest.mark.parametrize(
    "container", [[1, 2], deque([1, 2]), {0: 1, 1: 2}, [[1], [2]], torch.tensor(1.0), list(range(30))]
)
def test_what_changes_in_place_is_seen(container: Any) -> None:
    """Lists, dicts, queues and numbers in tensors are looked into."""
    callback = Holds()
    callback.value = container
    attributes = attributes_of(callback)
    assert attributes.look("on_step_end") is ABSENT
    if isinstance(container, torch.Tensor):
        container += 1
    elif len(container) > MAX_ELEMENTS:
        del container[3:]
    else:
        container[1] = 5
    assert attributes.look("on_step_end") is not ABSENT
    assert attributes.look("on_step_end") is ABSENT


def test_slots_secrets_and_names() -> None:
    """Slots are read, secrets are hidden by their name, the interpreter's own names are left out, gone is gone."""

    class Slotted(TrainerCallback):
        __slots__ = ("empty", "waited")

    callback = Slotted()
    callback.waited = 1
    callback.api_key = "letmein-letmein"
    callback._best = 2
    vars(callback)["__own__"] = 3
    attributes = attributes_of(callback)
    assert attributes._recorded == {"api_key": HIDDEN, "_best": 2, "waited": 1}
    callback.waited = 2
    del callback._best
    assert attributes.look("on_step_end") == {"api_key": HIDDEN, "waited": 2}


def test_many_attributes_are_bounded() -> None:
    """A callback with a thousand fields costs a mark, one with a hundred its first 64."""
    callback = Holds()
    vars(callback).update({f"field{number}": number for number in range(100)})
    attributes = attributes_of(callback)
    assert list(attributes._recorded) == [f"field{number}" for number in range(64)]
    vars(callback).update({f"field{number}": number for number in range(1000)})
    assert attributes.look("on_step_end").type == "not recorded"
    callback.more = 1
    assert attributes.look("on_step_end") is ABSENT


def test_fields_that_are_replaced_and_callbacks_that_are_gone() -> None:
    """A dict with methods of its own is not looked into, and nothing is asked of a callback that was deleted."""

    class Fields(dict[str, Any]):
        def values(self) -> Any:
            raise AssertionError

        __len__ = copy = __iter__ = values

    callback = Holds()
    callback.value = 1
    attributes = attributes_of(callback)
    callback.__dict__ = Fields(value=2)
    assert attributes.look("on_step_end") == Described("not recorded", "its fields are in a Fields")
    assert attributes.look("") is ABSENT
    del callback
    assert attributes.look("") is ABSENT


@pytest.mark.parametrize("seed", range(5))
def test_what_changes_all_the_time_is_thinned(seed: int) -> None:
    """Recorded values are right or marked, few enough, and all is right when it has to be."""
    draw, events, callback = random.Random(seed), [0], Holds()
    rates = {f"a{number}": draw.choice([0.0, 0.001, 0.05, 0.3, 1.0]) for number in range(6)}
    vars(callback).update(dict.fromkeys(rates, 0))
    attributes, recorded, seen = attributes_of(callback, events), 0, dict.fromkeys(rates, 0)
    for events[0] in range(20 * SPAN):
        for name, rate in rates.items():
            if draw.random() < rate:
                setattr(callback, name, events[0])
        up_to_date = draw.random() < 0.001
        found = attributes.look("" if up_to_date else "on_step_end")
        if found is not ABSENT:
            recorded += 1
            seen = found
        for name in rates:
            value, now = seen[name], getattr(callback, name)
            assert (value.value if up_to_date else True) if is_thinned(value) else value == now, (name, value, now)
            assert not up_to_date or (value.value if is_thinned(value) else value) == now
    assert recorded < 6 * (20 * (MAX_CHANGES + 2) + 40)
    assert not any(is_thinned(seen[name]) for name, rate in rates.items() if rate < 0.01)
    assert all(is_thinned(seen[name]) for name, rate in rates.items() if rate == 1.0)


@pytest.mark.slow
def test_a_timer_is_marked_and_right_at_the_end(tmp_path: Path) -> None:
    """A clock and a step counter cost little of the file, and their last values are there when training ends."""

    class Times(TrainerCallback):
        steps = 0

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.last, self.steps = time.time(), self.steps + 1

    times = Times()
    trace = record(tmp_path, callbacks=[times], train=TinyData(3_200), max_steps=800)
    changes = [change for event in trace for change in event.changes if change.path == "callbacks.Times"]
    assert 60 < len(changes) < 80
    last = named(trace, "on_train_end")[0].after.callbacks["Times"]
    assert last["steps"].type == "thinned"
    assert last["steps"].value == 800
    assert last["last"].value == times.last
    assert not any(type(value) is Shortened for value in last.values())
