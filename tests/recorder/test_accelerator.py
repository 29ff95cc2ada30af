"""What lies on an accelerator is not read: reading makes training wait for its stream.

Tensors on the meta device stand in for those on an accelerator: their values can't be read either, and whatever
torch is asked to do with one passes a dispatch mode, also on a machine without a GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten
from transformers import PrinterCallback, TrainerCallback
from transformers.trainer_callback import ExportableState

from support.recorded import named
from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace
from tracetui.trace.values import Described

FAR = Described("torch.Tensor", "shape=() dtype=float32 device=meta")
READS = ("item", "tolist", "numpy", "cpu", "__bool__", "__float__", "__int__", "__repr__", "__eq__", "__hash__")


def far() -> torch.Tensor:
    """Return a tensor whose value is not here."""
    return torch.zeros((), device="meta")


class Spreads(TrainerCallback, ExportableState):
    """Puts tensors of an accelerator wherever something is recorded, new ones at each step."""

    def on_step_end(self, args: Any, state: Any, control: Any, optimizer: Any = None, **kwargs: Any) -> None:
        """Into state, control, args, containers and, as `capturable` optimizers have it, the learning rate."""
        state.far, control.far, args.far = far(), [far()], {"deep": (far(),)}
        if state.global_step == 3:
            optimizer.param_groups[0]["lr"] = far()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Into the logs, and into the history."""
        logs["far"] = far()
        state.log_history[-1]["far"] = far()

    def state(self) -> Any:
        """Into what is exported."""
        return {"args": {}, "attributes": {"far": far()}}


class Watching(TorchDispatchMode):
    """Notes every operation on a tensor that is not on the CPU."""

    def __init__(self, done: list[str]) -> None:
        """Take the list."""
        super().__init__()
        self.done = done

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note it, and do it."""
        tensors = [item for item in tree_flatten((args, kwargs))[0] if isinstance(item, torch.Tensor)]
        if any(tensor.device.type == "meta" for tensor in tensors):
            self.done.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return a list of all that is asked of tensors on the meta device, by Python or by torch."""
    done: list[str] = []

    def noting(name: str) -> Any:
        original = getattr(torch.Tensor, name)

        def method(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            if tensor.device.type == "meta":
                done.append(name)
            return original(tensor, *args, **kwargs)

        return method

    for name in READS:
        monkeypatch.setattr(torch.Tensor, name, noting(name))
    with Watching(done):
        yield done


def test_nothing_is_asked_of_what_lies_on_an_accelerator(tmp_path: Path, reads: list[str]) -> None:
    """Shape, type and device are recorded at every place, and no operation is started that would be waited for."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")
    options: dict[str, Any] = {"max_steps": 2, "logging_strategy": "steps", "logging_steps": 1}
    trainer = make_trainer(tmp_path / "out", callbacks=[Spreads(), recorder], **options)
    trainer.remove_callback(PrinterCallback)  # it prints all logs, and with them what is far away
    trainer.train()
    handler = trainer.callback_handler
    trainer.state.global_step = 3
    handler.on_step_end(trainer.args, trainer.state, trainer.control)
    handler.on_step_begin(trainer.args, trainer.state, trainer.control)
    handler.on_evaluate(trainer.args, trainer.state, trainer.control, {"eval_far": far()})
    recorder.detach()
    assert reads == []
    trace = Trace.open(tmp_path / "trace.mpk")
    assert trace.gaps == trace.damage == ()
    last = named(trace, "on_evaluate")[-1]
    assert last.before.metrics["eval_far"] == FAR
    assert (last.after.state["far"], last.after.control["far"], last.after.args["far"]) == (
        FAR,
        [FAR],
        {"deep": (FAR,)},
    )
    assert last.after.state["log_history"][0]["far"] == FAR
    assert last.after.callbacks["Spreads"]["attributes"]["far"] == FAR
    assert last.after.lr[0] == FAR
    assert named(trace, "on_log")[0].after.logs["far"] == FAR
