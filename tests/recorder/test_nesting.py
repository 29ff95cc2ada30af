"""Events inside each other, more of them than a trace may hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.replay import Trace
from tracetui.trace.limits import MAX_OPEN

DEEP = MAX_OPEN + 40


class Deep(TrainerCallback):
    """Logs inside of logging."""

    handler: Any = None
    depth = 0

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Begin the next one inside this one."""
        self.depth += 1
        if self.depth < DEEP:
            self.handler.on_log(args, state, control, {"depth": self.depth})


def test_more_than_readers_allow(tmp_path: Path) -> None:
    """What would make the trace a damaged one is left out and told as a gap; the rest is read."""
    limit = sys.getrecursionlimit()
    callback = Deep()
    trainer = make_trainer(tmp_path / "out", callbacks=[callback], max_steps=1)
    callback.handler = handler = trainer.callback_handler
    sys.setrecursionlimit(20_000)
    try:
        with TraceRecorder(tmp_path / "trace.mpk").attach(trainer):
            handler.on_log(trainer.args, trainer.state, trainer.control, {"depth": 0})
    finally:
        sys.setrecursionlimit(limit)
    trace = Trace.open(tmp_path / "trace.mpk", whole=True)
    assert trace.damage == ()
    assert callback.depth == DEEP
    assert max(trace.columns.depth) >= MAX_OPEN - 1
    assert any("inside each other" in gap.reason for gap in trace.gaps)
