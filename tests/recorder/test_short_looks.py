"""Looks that are left out, or kept short: what they rely on."""

from __future__ import annotations

import dis
from types import FunctionType, SimpleNamespace
from typing import Any

import torch

from tracetui.recorder.cast import QUIET
from tracetui.recorder.plain import Plainer
from tracetui.recorder.redact import Redactor
from tracetui.recorder.watches import Watches
from tracetui.trace.writer import TraceWriter


def test_quiet_hooks_leave_control_alone() -> None:
    """Nobody looks at control after these hooks: in the transformers that is installed none of them touches a flag."""
    hooks = [hook for hook in QUIET if isinstance(hook, FunctionType) and hook.__name__.startswith("on_")]
    assert {"on_step_end", "on_log"} <= {hook.__name__ for hook in hooks}
    for hook in hooks:
        used = {instruction.argval for instruction in dis.get_instructions(hook)}
        assert not {name for name in used if str(name) == "control" or str(name).startswith("should_")}, hook


def test_every_change_of_a_rate_is_seen() -> None:
    """A rate is compared by identity where that is exact, and only there."""
    watches = Watches(TraceWriter(lambda data: None, bytes(16), 0.0, {}), Plainer(Redactor(None, {})))

    def look(*rates: Any) -> Any:
        pairs = watches.look_rates(SimpleNamespace(param_groups=[{"lr": rate} for rate in rates]))
        return pairs[1] if pairs else None

    tensor = torch.tensor(0.5)
    assert look(0.1) == [0.1]
    assert look(0.1) is None
    assert look(0.1, 0.2) == [0.1, 0.2]
    assert look(0.1, tensor) == [0.1, 0.5]
    tensor.fill_(0.25)
    assert look(0.1, tensor) == [0.1, 0.25]
    assert look() == []
    assert look() is None
    assert look(1) == [1]
    assert type(look(1.0)[0]) is float
    assert watches.look_rates(SimpleNamespace(param_groups=[{}]))[1] == [None]
    assert watches.look_rates(SimpleNamespace(param_groups=[{}])) == []
    assert watches.look_rates(None) == []
