"""No value, wherever it stands, costs another event, fills the disk, or makes a damage."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import CallbackHandler, ExportableState

from tracetui.cli.info import as_object
from tracetui.cli.info import text_lines as info_lines
from tracetui.cli.show import text_lines as show_lines
from tracetui.export.jsonl import full
from tracetui.recorder import TraceRecorder
from tracetui.recorder.probes import Probe
from tracetui.replay import Trace
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.values import Shortened

STEPS = 40
PER_STEP = 5
MOST = 400_000
"""Bytes of the trace: what is kept of one value is 64 KB; some places hold it two or three times."""

Act = Callable[[Any, int], object]


class Loop(TrainerCallback):
    """A stand-in for a Trainer, and its callback that does something at every step."""

    def __init__(self, path: Path, act: Act, *others: TrainerCallback, rates: int = 1, **given: Any) -> None:
        """Make the handler, with the recorder at its end."""
        self.act, self.given = act, given
        self.state, self.control = TrainerState(max_steps=STEPS), TrainerControl()
        self.args = TrainingArguments(str(path.parent), report_to=[], use_cpu=True)
        parameters = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 0.1} for _ in range(rates)]
        optimizer = torch.optim.SGD(parameters, lr=0.1)
        probes = [Probe(given["probe"], ("on_step_end",))] if "probe" in given else []
        recorder = TraceRecorder(path, pack=False, probes=probes)
        self.callback_handler = CallbackHandler([self, *others, recorder], None, None, optimizer, None)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Do it."""
        self.act(self, state.global_step)

    def run(self) -> int:
        """Call the events of all steps; return how many there were."""
        handler, args, state, control = self.callback_handler, self.args, self.state, self.control
        handler.on_train_begin(args, state, control)
        for step in range(STEPS):
            handler.on_step_begin(args, state, control)
            state.global_step = step + 1
            handler.on_step_end(args, state, control)
            logs = {"loss": 1.0 / (step + 1), **self.given.get("logs", dict)()}
            state.log_history.append({**logs, "step": step})
            handler.on_log(args, state, control, logs)
            handler.on_evaluate(args, state, control, {"eval_loss": 0.5, **self.given.get("metrics", dict)()})
            handler.on_prediction_step(args, state, control)
        handler.on_train_end(args, state, control)
        return 2 + PER_STEP * STEPS


class Stateful(TrainerCallback, ExportableState):
    """A callback with a large state."""

    def state(self) -> dict[str, Any]:
        """Return it."""
        return {"args": {}, "attributes": {"seen": texts(300)}}


def texts(count: int, length: int = 2_000) -> list[str]:
    """Return different texts."""
    return [f"{number} " * (length // 4) for number in range(count)]


def once(act: Act) -> Act:
    """Do something at the third step alone."""
    return lambda loop, step: act(loop, step) if step == 3 else None


def nothing(loop: Any, step: int) -> None:
    """Do nothing."""


def nested(depth: int) -> Any:
    """Return lists inside each other."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def keys(loop: Any, step: int) -> None:
    """Set thirty thousand fields."""
    vars(loop.state).update({f"key{number}": number for number in range(30_000)})


def set_on(name: str, value: Callable[[int], Any]) -> Act:
    """Return what sets a field of state, args or control."""
    return lambda loop, step: setattr(getattr(loop, name), "large", value(step))


PLACES: dict[str, tuple[Act, dict[str, Any]]] = {
    "state": (once(set_on("state", lambda step: texts(300))), {}),
    "state, 200 MB": (once(set_on("state", lambda step: ["x" * 10_000] * 20_000)), {}),
    "state, a text": (once(set_on("state", lambda step: "x" * 3_000_000)), {}),
    "state, bytes": (once(set_on("state", lambda step: bytes(3_000_000))), {}),
    "state, many": (once(lambda loop, step: vars(loop.state).update({f"a{n}": texts(2) for n in range(60)})), {}),
    "state, deep": (once(set_on("state", lambda step: nested(400))), {}),
    "state, set": (once(set_on("state", lambda step: set(texts(300)))), {}),
    "state, keys": (once(set_on("state", lambda step: {"k" * 100_000 + str(n): n for n in range(50)})), {}),
    "state, key of bytes": (once(set_on("state", lambda step: {bytes(2_000_000): 1, 1 << 90_000: 2})), {}),
    "state, fields": (once(keys), {}),
    "args": (once(set_on("args", lambda step: {"a": texts(300)})), {}),
    "control": (once(set_on("control", lambda step: texts(300))), {}),
    "trial": (once(lambda loop, step: setattr(loop.state, "trial_params", {"x": texts(300)})), {}),
    "callback": (nothing, {"others": [Stateful()]}),
    "rates": (nothing, {"rates": 3_000}),
    "probe": (nothing, {"probe": lambda **_: "x" * 2_000}),
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_large_value_is_watched(place: str, tmp_path: Path) -> None:
    """Wherever a large value stands from the third step on: all events are there, and the trace is small and sound."""
    act, given = PLACES[place]
    loop = Loop(tmp_path / "trace.mpk", act, *given.pop("others", ()) if "others" in given else (), **given)
    count = loop.run()
    check(loop, tmp_path, count)
    if place in ("state", "args", "control"):
        with Trace.open(tmp_path / "trace.mpk") as trace:
            value = getattr(trace[-1].after, place)["large"]
            value = value["a"] if isinstance(value, dict) else value
            assert isinstance(value, Shortened) and value.length == 300 and value.kept[0] == texts(1)[0]


def check(loop: Loop, folder: Path, count: int, most: int = MOST) -> None:
    """Check that a trace is complete and sound, as a journal and packed, and that all of it can be shown."""
    loop.callback_handler.callbacks.clear()
    gc.collect()
    path = folder / "trace.mpk"
    assert path.stat().st_size < most
    pack_trace(path, folder / "packed.mpk", segments=2)
    for name in ("trace.mpk", "packed.mpk"):
        with Trace.open(folder / name, whole=True) as trace:
            assert (len(trace), trace.damage, trace.gaps) == (count, (), ())
            for event in (trace[0], trace[16], trace[-1]):
                full(event, trace), list(show_lines(event, trace))
            as_object(trace, name), list(info_lines(trace, name))
            assert [int(step) for step in trace.columns.step][-1] == STEPS


FRESH: dict[str, tuple[dict[str, Any], int]] = {
    "logs, texts": ({"logs": lambda: {"texts": texts(300), "last": 1.5}}, 70_000),
    "logs, many texts": ({"logs": lambda: {f"t{n}": "x" * 3_000 for n in range(400)} | {"last": 1.5}}, 150_000),
    "logs, a text": ({"logs": lambda: {"text": "x" * 3_000_000, "last": 1.5}}, 25_000),
    "logs, keys": ({"logs": lambda: {f"k{n}": 1.0 for n in range(5_000)}}, 60_000),
    "metrics, texts": ({"metrics": lambda: {f"t{n}": "x" * 3_000 for n in range(400)} | {"last": 1.5}}, 75_000),
    "probe": ({"probe": lambda **_: texts(300)}, 75_000),
}


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=pytest.mark.slow) if place in ("logs, many texts", "metrics, texts") else place
        for place in FRESH
    ],
)
def test_a_large_value_at_every_step(place: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A large value that is new at every step costs what is kept of it; what stands beside it is whole."""
    given, each = FRESH[place]
    loop = Loop(tmp_path / "trace.mpk", nothing, **given)
    with caplog.at_level(logging.WARNING, "tracetui"):
        count = loop.run()
    assert not [record for record in caplog.records if record.name.startswith("tracetui")]
    check(loop, tmp_path, count, STEPS * each + 60_000)
    with Trace.open(tmp_path / "trace.mpk") as trace:
        logs, metrics = trace[3].logs or {}, trace[4].metrics or {}
        assert logs["loss"] == 1.0 and metrics["eval_loss"] == 0.5
        assert "last" not in given.get("logs", dict)() or logs["last"] == 1.5
        assert "last" not in given.get("metrics", dict)() or metrics["last"] == 1.5


def test_names_that_differ_at_every_step(tmp_path: Path) -> None:
    """A hundred new keys in each log: every event is there, with its keys."""
    steps = iter(range(10_000))

    def logs() -> dict[str, float]:
        step = next(steps)
        return {f"layer_{number}/attention/output/dense/weight/step{step}": 1.0 * step for number in range(100)}

    loop = Loop(tmp_path / "trace.mpk", nothing, logs=logs)
    count = loop.run()
    check(loop, tmp_path, count, 1_000_000)
    with Trace.open(tmp_path / "trace.mpk") as trace:
        for step in range(STEPS):
            assert (trace[3 + PER_STEP * step].logs or {})[f"layer_7/attention/output/dense/weight/step{step}"] == step


def test_what_is_not_large_is_as_ever(tmp_path: Path) -> None:
    """An ordinary run has no record of the new type."""
    loop = Loop(tmp_path / "trace.mpk", set_on("state", lambda step: {"a": [step] * 20}))
    loop.run()
    loop.callback_handler.callbacks.clear()
    gc.collect()
    with Trace.open(tmp_path / "trace.mpk") as trace:
        assert not any(summary.values for summary in trace._directory.blocks)
