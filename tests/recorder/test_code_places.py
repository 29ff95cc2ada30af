"""Where hooks, callbacks and overridden methods stand: the file and line that a user would open."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import Seq2SeqTrainer, Trainer, TrainerCallback

from support.recorded import record
from tracetui.recorder.hooks.code_places import place_of, place_of_class, places_of_trainer
from tracetui.recorder.values.static import function_of


def loud(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapped


class Accepts:
    """Is called."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


class Says(TrainerCallback):
    """Has hooks of many kinds."""

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Be a plain one."""

    @loud
    @loud
    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Be decorated."""

    @staticmethod
    def on_evaluate(args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Be static."""

    @classmethod
    def on_step_end(cls, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Belong to the class."""

    on_epoch_end = functools.partialmethod(on_save)
    on_train_end = functools.partial(Accepts())  # no function at all


def first(*args: Any, **kwargs: Any) -> None:
    """Be a hook of an instance."""


LINES = {
    "on_save": "def on_save",
    "on_log": "    @loud\n    @loud",
    "on_evaluate": "@staticmethod",
    "on_step_end": "@classmethod",
    "on_epoch_end": "def on_save",
    "on_train_begin": "def first",
}


def line_of(text: str) -> int:
    """Return the line of this file on which a text begins."""
    source = Path(__file__).read_text()
    return source.count("\n", 0, source.index(text)) + 1


def test_hooks_and_classes_have_their_lines(tmp_path: Path) -> None:
    """The header names file and line of the class and of each hook, whatever wraps it, an instance's own too."""
    says = Says()
    says.on_train_begin = first  # type: ignore[method-assign]
    trace = record(tmp_path, callbacks=[says], max_steps=1)
    found = next(item for item in trace.run["callbacks"] if item["name"] == "Says")
    assert found["lines"] == {hook: f":{line_of(text)}" for hook, text in LINES.items()}
    class_line = line_of("class Says") if sys.version_info >= (3, 13) else line_of("def on_save")
    assert found["at"] == f"{__file__}:{class_line}"
    flow = next(item for item in trace.run["callbacks"] if item["name"] == "DefaultFlowCallback")
    assert flow["lines"]["on_step_end"].startswith(":")
    assert trace.run["trainer"]["class"] == "transformers.trainer.Trainer"
    assert trace.run["trainer"]["overrides"] == {}


def test_home_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place under the user's home says ~."""
    monkeypatch.setenv("HOME", str(Path(__file__).parent))
    trace = record(tmp_path, callbacks=[Says()], max_steps=1)
    found = next(item for item in trace.run["callbacks"] if item["name"] == "Says")
    assert found["at"].startswith("~/test_code_places.py:")
    assert found["lines"]["on_save"].startswith(":")
    assert found["at"].startswith("~/test_code_places.py:")


class Mine(Trainer):
    """Overrides."""

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Pass on."""
        return super().compute_loss(*args, **kwargs)


def test_overrides_of_a_trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods of a subclass, of the instance, and put into `Trainer` itself are listed, doors of ours are not."""

    def patched(*args: Any, **kwargs: Any) -> None: ...

    monkeypatch.setattr(Trainer, "_load_best_model", patched)
    trace = record(
        tmp_path,
        trainer_class=Mine,
        drive=lambda trainer: (setattr(trainer, "floating_point_ops", len), trainer.train()),
        max_steps=1,
    )
    described = trace.run["trainer"]
    assert described["class"] == f"{__name__}.Mine"
    assert described["overrides"] == {
        "_load_best_model": f"{__file__}:{line_of('    def patched')}",
        "compute_loss": f"{__file__}:{line_of('    def compute_loss')}",
        "floating_point_ops": "builtin_function_or_method",
    }
    assert "prediction_step" in places_of_trainer(object.__new__(Seq2SeqTrainer))["overrides"]
    assert places_of_trainer(None) is None
    assert places_of_trainer(object()) == {"class": "builtins.object", "overrides": {}}


def test_odd_functions_have_no_place() -> None:
    """Built-in functions, circles of wrappers and objects that lie have none."""

    def circle() -> None: ...

    circle.__wrapped__ = circle  # type: ignore[attr-defined]

    class Lies:
        __wrapped__ = property(lambda self: 1 / 0)
        __call__ = print

    assert [place_of(found) for found in (circle, len, Lies(), Lies, None, 7)] == [None] * 6
    assert place_of_class(int) is None
    assert function_of(functools.partial(test_odd_functions_have_no_place)) is test_odd_functions_have_no_place
