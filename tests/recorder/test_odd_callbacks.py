"""Callbacks on which nothing can be set, or which answer in their own way: they are described, all else is recorded."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock, create_autospec

import pytest
from transformers import TrainerCallback

from support.recorded import warnings_of
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace

EVENTS = sorted(name for name in dir(TrainerCallback) if name.startswith("on_"))


def nothing(*args: Any, **kwargs: Any) -> None:
    """Be a hook."""


HOOKS = dict.fromkeys(EVENTS, nothing)


def asks_to_log(*args: Any, **kwargs: Any) -> None:
    """Be a hook that changes something."""
    args[-1].should_log = True


class Refuses:
    """Says no to whatever is asked of it."""

    def __get__(self, *args: Any) -> Any:
        """Refuse."""
        raise RuntimeError("no")

    __set__ = __delete__ = __get__


class StrangeMeta(type):
    """A class of classes that can't be read."""

    def __getattribute__(cls, name: str) -> Any:
        """Refuse."""
        raise RuntimeError(name)


class ProxyMeta(type):
    """A class of classes that have everything."""

    def __getattr__(cls, name: str) -> Any:
        """Make one up."""
        return Mock()

    def __dir__(cls) -> list[str]:
        """Refuse."""
        raise RuntimeError("no names")


class Proxy:
    """Passes everything on to a callback."""

    def __init__(self, inner: Any) -> None:
        """Keep the callback."""
        self.__dict__["inner"] = inner

    def __getattr__(self, name: str) -> Any:
        """Ask it."""
        return getattr(self.__dict__["inner"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse."""
        raise AttributeError("read only")


def made(name: str, bases: tuple[type, ...] = (TrainerCallback,), meta: type = type, **fields: Any) -> Any:
    """Return an object of a class made here."""
    return meta.__call__(meta(name, bases, fields))


def raises(*args: Any, **kwargs: Any) -> Any:
    """Be a method that always fails."""
    raise RuntimeError("no")


def borg(count: int = 2) -> list[Any]:
    """Return callbacks that have all their fields in common."""
    kind, shared = type("Borg", (TrainerCallback,), {"on_step_end": nothing}), {"state": 1}
    callbacks = [kind() for _ in range(count)]
    for callback in callbacks:
        callback.__dict__ = shared
    return callbacks


class OwnDict(dict[str, Any]):
    """Fields that can't be read."""

    get = __getitem__ = __setitem__ = __iter__ = items = values = raises


def with_own_dict() -> Any:
    """Return a callback with such fields."""
    callback = made("WithOwnDict", on_step_end=nothing)
    callback.__dict__ = OwnDict()
    return callback


def a_module() -> Any:
    """Return a module of hooks."""
    module = types.ModuleType("hooks")
    vars(module).update(HOOKS)
    return module


def a_function() -> Any:
    """Return a function that has hooks."""

    def function() -> None: ...

    vars(function).update(HOOKS)
    return function


def lying(name: str) -> property:
    """Return a property that raises."""
    return property(raises, doc=name)


KINDS: dict[str, Callable[[], Any]] = {
    "slots": lambda: made("Slots", (), __slots__=("x",), **HOOKS),
    "slots with fields": lambda: made("SlotsToo", (), __slots__=("__dict__",), **HOOKS),
    "a tuple": lambda: made("Tuple", (tuple,), __slots__=(), **HOOKS),
    "proxy": lambda: Proxy(made("Inner", on_step_end=nothing)),
    "proxy of a mock": lambda: Proxy(Mock(**{f"{event}.return_value": None for event in EVENTS})),
    "Mock": lambda: Mock(**{f"{event}.return_value": None for event in EVENTS}),
    "Mock as control": Mock,
    "MagicMock": lambda: MagicMock(**{f"{event}.return_value": None for event in EVENTS}),
    "Mock of the class": lambda: Mock(spec=TrainerCallback, **{f"{event}.return_value": None for event in EVENTS}),
    "autospec": lambda: create_autospec(
        TrainerCallback, instance=True, **{f"{event}.return_value": None for event in EVENTS}
    ),
    "metaclass": lambda: made("StrangeClass", meta=StrangeMeta, on_step_end=nothing),
    "metaclass with everything": lambda: made("Everything", meta=ProxyMeta, on_step_end=nothing),
    "metaclass, no base": lambda: made("Everything", (), ProxyMeta, **HOOKS),
    "__dict__ raises": lambda: made("Dict", __dict__=lying("__dict__"), on_step_end=nothing),
    "__dict__ lies": lambda: made("Liar", __dict__=property(lambda self: {"on_save": 1}), on_step_end=nothing),
    "__dict__ of its own": with_own_dict,
    "__class__ lies": lambda: made("Class", __class__=property(lambda self: int), on_step_end=nothing),
    "__getattribute__": lambda: made(
        "Gets", __getattribute__=lambda self, name: object.__getattribute__(self, name), on_step_end=nothing
    ),
    "__getattribute__ hides": lambda: made(
        "Hides",
        __getattribute__=lambda self, name: {} if name == "__dict__" else object.__getattribute__(self, name),
        on_step_end=nothing,
    ),
    "module": a_module,
    "function": a_function,
    "namespace": lambda: types.SimpleNamespace(**HOOKS),
    "unhashable": lambda: made("Unhashable", __hash__=None, on_step_end=nothing),
    "__eq__ raises": lambda: made("NoEq", __eq__=raises, __hash__=raises, on_step_end=nothing),
    "read only": lambda: made("ReadOnly", __setattr__=raises, __delattr__=raises, on_step_end=nothing),
    "hook is a property": lambda: made("HookProperty", on_step_end=property(lambda self: nothing)),
    "hook is a mock": lambda: made("HookMock", on_step_end=Mock(return_value=None)),
    "__repr__ raises": lambda: made("NoRepr", __repr__=raises, __str__=raises, on_step_end=nothing),
    "state is no function": lambda: made("State", state=7, on_step_end=nothing),
    "field refuses": lambda: made("Refusing", best=Refuses(), on_step_end=nothing),
}


ODD = {
    *("slots", "slots with fields", "a tuple", "proxy", "proxy of a mock", "Mock", "Mock as control", "MagicMock"),
    *("Mock of the class", "autospec", "metaclass", "__dict__ raises", "__dict__ lies", "__dict__ of its own"),
    *("__getattribute__ hides", "hook is a property", "namespace", "fields in common"),
}
"""Those that can't be watched."""


class Counts(TrainerCallback):
    """Changes a field of the state at each step, and sees all events."""

    def __init__(self) -> None:
        """Begin with none."""
        self.events: list[str] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count."""
        state.counted = getattr(state, "counted", 0) + 1


class Sees(TrainerCallback):
    """Sees which events are called."""

    def __init__(self) -> None:
        """Begin with none."""
        self.events: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        """Note which hook is asked for."""
        if name.startswith("on_"):
            object.__getattribute__(self, "events").append(name)
        return object.__getattribute__(self, name)


def run(folder: Path, odd: list[Any], first: bool, recorder: TraceRecorder | None) -> tuple[Any, list[str], Any]:
    """Train with odd callbacks in the list; return the exception, the events and the weights."""
    sees, others = Sees(), [Counts()]
    trainer = make_trainer(folder, max_steps=3, eval_strategy="steps", eval_steps=2, logging_steps=1)
    trainer.callback_handler.callbacks[len(trainer.callback_handler.callbacks) :] = [
        *(odd if first else others),
        *(others if first else odd),
        sees,
    ]
    if recorder is not None:
        recorder.attach(trainer)
    try:
        trainer.train()
        raised = None
    except Exception as error:
        raised = type(error)
    if recorder is not None:
        recorder.detach()
    return raised, sees.events, [weight.detach().numpy().tobytes() for weight in trainer.model.parameters()]


def arrangements() -> Iterator[Any]:
    """Give each kind before and after another callback."""
    for name in [*KINDS, "fields in common"]:
        for first in (True, False):
            yield pytest.param(name, first, id=f"{name}, {'first' if first else 'last'}")


@pytest.mark.parametrize(("kind", "first"), arrangements())
def test_one_odd_callback_costs_nothing_of_the_rest(
    tmp_path: Path, kind: str, first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Training is the same, all events and everybody else's changes are there, and nobody is warned."""
    make = (lambda: [KINDS[kind]()]) if kind in KINDS else borg
    expected = run(tmp_path / "plain", make(), first, None)
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    assert run(tmp_path / "recorded", make(), first, recorder) == expected
    assert warnings_of(caplog) == []
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace.damage == ()
    assert [event.name for event in trace] == expected[1]
    counts = [(change.new, change.by) for event in trace for change in event.changes if change.path == "state.counted"]
    steps = expected[1].count("on_step_end")
    assert counts == [(number + 1, "Counts") for number in range(steps)]
    described = trace.run["callbacks"]
    assert len(described) >= 5
    assert all(not found["hooks"] for found in described if "odd" in found)
    assert any("odd" in found for found in described) == (kind in ODD)


@pytest.mark.parametrize("kind", ["slots", "proxy", "metaclass", "__dict__ raises"])
def test_an_odd_callback_s_changes_are_put_down_to_it(tmp_path: Path, kind: str) -> None:
    """What an unwatched callback asks for is its own, not the handler's, which resets the flag before."""
    hooks = {**HOOKS, "on_step_begin": asks_to_log}
    kinds: dict[str, Callable[[], Any]] = {
        "slots": lambda: made("Odd", (), __slots__=("x",), **hooks),
        "proxy": lambda: Proxy(types.SimpleNamespace(**hooks)),
        "metaclass": lambda: made("Odd", (), StrangeMeta, **hooks),
        "__dict__ raises": lambda: made(
            "Odd", __dict__=lying("__dict__"), on_step_begin=lambda self, *a, **k: asks_to_log(*a)
        ),
    }
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    run(tmp_path, [kinds[kind]()], True, recorder)
    trace = Trace.open(tmp_path / "trace.mpk")
    label = next(found["name"] for found in trace.run["callbacks"] if "odd" in found)
    causes = [
        (event.name, change.new, change.by)
        for event in trace
        for change in event.changes
        if change.path == "control.should_log" and event.name == "on_step_begin"
    ]
    assert ("on_step_begin", True, label) in causes
    assert all(by == ("CallbackHandler" if new is False else label) for _, new, by in causes)
