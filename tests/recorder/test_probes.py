"""Probes: called when asked for, right in what they say, contained, and without a trace in the training."""

from __future__ import annotations

import copy
import logging
import os
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import TrainerCallback, set_seed

from support.recorded import checked, named, warnings_of
from support.tiny import TinyData, make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.probes import (
    SHIPPED,
    Probe,
    accelerator_memory,
    first_nonfinite_gradient,
    gradient_norm,
    parameter_digest,
    probe,
    process_memory,
    random_state,
)
from tracetui.recorder.probes import named as probe_named
from tracetui.replay import Trace


@probe("on_log", every=2)
def total(logs: Any, state: Any, event: str, **_: Any) -> dict[str, Any]:
    """Return what it was given."""
    return {"event": event, "loss": logs.get("loss"), "step": state.global_step}


class Looks(TrainerCallback):
    """Computes by itself what the shipped probes say."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.norms: list[float] = []
        self.weights: list[bytes] = []

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Keep the norm of all gradients."""
        every = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
        self.norms.append(float(every.norm()))

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Keep the bytes of all parameters."""
        self.weights.append(b"".join(weight.detach().numpy().tobytes() for weight in model.parameters()))


def run(folder: Path, probes: list[Any], *callbacks: Any, **options: Any) -> Trace:
    """Train five steps with probes."""
    recorder = TraceRecorder(folder / "trace.mpk", probes=probes)
    settings: dict[str, Any] = {"max_steps": 5, "logging_strategy": "steps", "logging_steps": 1, **options}
    make_trainer(folder / "out", callbacks=[recorder, *callbacks], **settings).train()
    recorder.detach()
    return checked(Trace.open(folder / "trace.mpk"))


def values(trace: Trace, name: str) -> list[Any]:
    """Return what a probe returned, in order."""
    return [found.value for event in trace for found in event.probes if found.probe == name]


def test_nothing_is_called_unless_asked_for(tmp_path: Path) -> None:
    """Without probes no row has any, and the header does not mention them."""
    trace = run(tmp_path, [])
    assert not any(event.probes for event in trace)
    assert "probes" not in trace.run


def test_a_probe_is_called_at_its_events_and_steps(tmp_path: Path) -> None:
    """Each result stands with the row of the event that was chosen, with what the event was given."""
    trace = run(tmp_path, [total])
    logged = [event for event in named(trace, "on_log") if "loss" in event.logs]
    expected = [{"event": "on_log", "loss": event.logs["loss"], "step": event.step} for event in logged]
    assert values(trace, "total")[:2] == [expected[1], expected[3]]
    assert {event.name for event in trace if event.probes} == {"on_log"}
    assert trace.run["probes"] == [{"name": "total", "events": ["on_log"], "every": 2}]


def test_shipped_probes_say_what_is_so(tmp_path: Path) -> None:
    """Norm and digest are those that a callback computes by itself; memory is that of this process."""
    looks = Looks()
    trace = run(tmp_path, [*SHIPPED.values()], looks, max_grad_norm=0.1)
    assert values(trace, "gradient_norm") == pytest.approx(looks.norms)
    assert max(values(trace, "gradient_norm")) < 0.1001
    digests = values(trace, "parameter_digest")
    assert len(digests) == len(values(trace, "random_state")) == 10
    assert digests[2::2] == digests[1:-1:2]  # nobody but the optimizer writes
    assert len(set(digests[1::2])) == len(set(looks.weights)) == 5
    assert values(trace, "first_nonfinite_gradient") == [None] * 5
    assert values(trace, "accelerator_memory") == [None] * 5
    assert all(100e6 < found["resident"] < 100e9 for found in values(trace, "process_memory"))
    assert all(found.duration > 0 for event in named(trace, "on_step_end") for found in event.probes)


def test_the_first_gradient_that_is_not_finite_is_named(tmp_path: Path) -> None:
    """The step, the parameter and the count of a poisoned batch's gradients are in the trace."""
    trace = run(tmp_path, [first_nonfinite_gradient], train=TinyData(16, poison=[5]), num_train_epochs=1, max_steps=-1)
    found = values(trace, "first_nonfinite_gradient")
    first = next(value for value in found if value is not None)
    assert first == {"parameter": "linear.weight", "nan": 8, "infinite": 0, "of": 8}
    assert found[0] is None or len(found) == 4


def test_digests_tell_where_two_runs_part(tmp_path: Path) -> None:
    """Runs that differ from the third step on have equal digests up to the second."""

    class Nudge(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            if state.global_step == 2:
                model.linear.weight.data[0, 0] += 0.001

    one = values(run(tmp_path / "one", [parameter_digest.at("on_step_end")]), "parameter_digest")
    two = values(run(tmp_path / "two", [parameter_digest.at("on_step_end")], Nudge()), "parameter_digest")
    assert [left == right for left, right in zip(one, two, strict=True)] == [True, True, False, False, False]


@pytest.mark.parametrize("when", ["on_step_begin", "on_step_end", "on_log"])
def test_a_callback_s_write_is_told_from_the_optimizer_s(tmp_path: Path, when: str) -> None:
    """What differs between the end of a step and the begin of the next was a callback; inside a step, the optimizer."""

    class Nudge(TrainerCallback):
        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, "nudge" if name == when else name)

        def nudge(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            if state.global_step == 2:
                model.linear.weight.data[0, 0] += 0.001

    trace = run(tmp_path, [parameter_digest], Nudge(), learning_rate=0.0)
    found = [(event.name, probed.value) for event in trace for probed in event.probes]
    differ = [number for number in range(1, 10) if found[number][1] != found[number - 1][1]]
    assert differ == [5 if when == "on_step_begin" else 4]
    assert [name for name, _ in found] == ["on_step_begin", "on_step_end"] * 5


def test_who_draws_random_numbers(tmp_path: Path) -> None:
    """The digest of a random state differs exactly where a number of it was drawn, and none is drawn by looking."""

    class Draws(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            {1: random.random, 2: np.random.rand, 3: lambda: torch.rand(1)}.get(state.global_step, int)()

    trace = run(tmp_path, [random_state], Draws())
    found = values(trace, "random_state")
    assert all(state.keys() == {"python", "numpy", "torch"} for state in found)
    inside = [(before, after) for before, after in zip(found[1:-1:2], found[2::2], strict=True)]
    changed_parts = [{name for name in after if after[name] != before[name]} for before, after in inside]
    assert [changed & {"python", "numpy"} for changed in changed_parts] == [{"python"}, {"numpy"}, set(), set()]
    assert "torch" in changed_parts[2]


def test_random_state_of_an_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is in use, each generator has a digest; while a graph is captured, none may be asked."""
    generators = torch.Generator(), torch.Generator()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: False)
    monkeypatch.setattr(torch.cuda, "default_generators", generators)
    before = random_state()
    torch.rand(1, generator=generators[1])
    after = random_state()
    assert {name for name in after if after[name] != before[name]} == {"cuda:1"}
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    assert "cuda:0" not in random_state()


def test_digests_of_every_kind_of_tensor() -> None:
    """Half precision, 0-d, strided and meta parameters have a digest, by value and not by layout."""

    def digest(*tensors: torch.Tensor) -> str:
        model = torch.nn.Module()
        for number, tensor in enumerate(tensors):
            model.register_parameter(f"p{number}", torch.nn.Parameter(tensor, requires_grad=False))
        return str(parameter_digest(model=model))

    square = torch.arange(6.0).reshape(2, 3)
    assert digest(square.T.contiguous()) == digest(square.T)
    assert digest(square) != digest(square.reshape(3, 2))
    assert digest(torch.tensor(0.0)) != digest(torch.tensor(-0.0))
    assert digest(square.bfloat16()) != digest(square.half())
    assert digest(square.to("meta")) == digest(square.to("meta"))


def test_the_norm_of_half_precision_does_not_overflow() -> None:
    """Gradients whose squares exceed their type have a finite norm."""
    layer = torch.nn.Linear(2, 1, bias=False).half()
    layer.weight.grad = torch.full((1, 2), 3e4, dtype=torch.float16)
    assert gradient_norm(model=layer) == pytest.approx(3e4 * 2**0.5, rel=1e-3)
    layer.weight.grad = None
    assert gradient_norm(model=layer) is None
    assert first_nonfinite_gradient(model=layer) is None


def test_a_probe_that_fails_is_recorded_and_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Training goes on, each row says what was raised, the log says it once, other probes are called."""

    def broken(**_: Any) -> None:
        raise RuntimeError("no such thing")

    with caplog.at_level(logging.WARNING, "tracetui"):
        trace = run(tmp_path, [broken, process_memory])
    found = [item for event in trace for item in event.probes if item.probe == "broken"]
    assert [(item.value, item.exception) for item in found] == [(None, "RuntimeError: no such thing")] * 5
    assert len(values(trace, "process_memory")) == 5
    assert [message.count("the probe broken failed") for message in warnings_of(caplog)] == [1]
    assert trace.gaps == ()


def test_training_is_bit_identical_with_probes(tmp_path: Path) -> None:
    """Weights and random states are the same, also with a probe that draws random numbers and needs gradients."""

    def draws(model: Any, **_: Any) -> float:
        assert not torch.is_grad_enabled()
        return float(torch.rand(3).sum() + random.random() + np.random.rand() + model.linear.weight.sum())

    def outcome(folder: Path, probes: list[Any]) -> list[Any]:
        set_seed(3)
        looks = Looks()
        trace = run(folder, [*probes], looks, train=TinyData(32))
        assert len(values(trace, "draws")) == 5 * bool(probes)
        states = [random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()]
        return [looks.weights, looks.norms, *states]

    assert outcome(tmp_path / "a", []) == outcome(tmp_path / "b", [draws, *SHIPPED.values()])


def test_an_event_is_not_charged_with_its_probes(tmp_path: Path) -> None:
    """What a slow probe takes is in its own duration, not in that of the event."""

    def slow(**_: Any) -> None:
        import time

        time.sleep(0.05)

    for event in named(run(tmp_path, [slow]), "on_step_end"):
        assert event.probes[0].duration >= 0.05 > event.duration


def test_probes_are_copied_with_the_recorder(caplog: pytest.LogCaptureFixture) -> None:
    """Functions of a module go along into pickles and copies; others stay behind, and the log says so."""

    def local(**_: Any) -> None:
        return None

    recorder = TraceRecorder("x.mpk", probes=[total, gradient_norm.at("on_step_end", every=7), local])
    with caplog.at_level(logging.WARNING, "tracetui"):
        for twin in (pickle.loads(pickle.dumps(recorder)), copy.deepcopy(recorder)):
            assert twin._probes == recorder._probes[:2]
    assert {message.count("local is not a function of a module") for message in warnings_of(caplog)} == {1}


@pytest.mark.parametrize("wrong", [3, "gradient_norm"])
def test_what_is_no_probe_is_refused_at_once(wrong: Any) -> None:
    """A mistake shows before training, as an error that names it."""
    with pytest.raises(ValueError, match="must be a function"):
        TraceRecorder("x.mpk", probes=[wrong])


def test_settings_that_make_no_sense_are_refused() -> None:
    """No event, a name that is none, a distance of 0."""
    for events, every in ((("step_end",), 1), ((), 1), (("on_log",), 0)):
        with pytest.raises(ValueError):
            Probe(print, events, every)


def test_probes_by_name() -> None:
    """Shipped ones by their name, others as module:name; an unknown one is told with what there is."""
    assert probe_named("gradient_norm") is gradient_norm
    assert probe_named("tracetui.recorder.probes:process_memory") is process_memory
    assert probe_named("os:getpid").function is os.getpid
    for name in ("nonsense", "no.such.module:thing", "os:nothing"):
        with pytest.raises(ValueError, match=name.rpartition(":")[0] or name):
            probe_named(name)


def test_accelerator_memory_reads_what_torch_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a device whose torch module counts, its three numbers are returned."""
    device = torch.device("meta")
    counts = {"memory_allocated": 5, "memory_reserved": 7, "max_memory_allocated": 6}
    fake = type("meta", (), {name: staticmethod(lambda _, n=number: n) for name, number in counts.items()})
    monkeypatch.setattr(torch, "meta", fake, raising=False)
    found = accelerator_memory(args=type("Args", (), {"device": device})())
    assert found == {"allocated": 5, "reserved": 7, "peak": 6}


def test_each_probe_says_what_it_costs() -> None:
    """The documentation names each probe that is shipped, when it is called, what it returns and what it costs."""
    text = (Path(__file__).parents[2] / "docs" / "recording.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    table = {row[0].strip("`"): row[1:] for row in rows}
    for name in SHIPPED:
        assert len(table[name]) == 3, name
        assert all(table[name]), name
        assert "cost" in str(SHIPPED[name].function.__doc__).casefold(), name


def test_nothing_is_probed_unless_asked(tmp_path: Path) -> None:
    """A recorder that was given no probe calls none."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    make_trainer(tmp_path / "out", callbacks=[recorder], max_steps=2).train()
    recorder.detach()
    trace = Trace.open(recorder.path)
    assert "probes" not in trace.run
    assert not any(event.probes for event in trace)
