"""Looks that are left out, or kept short: what they rely on."""

from __future__ import annotations

import dis
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import EarlyStoppingCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback, ProgressCallback

from tracetui.recorder import TraceRecorder
from tracetui.recorder.session.callbacks import QUIET
from tracetui.recorder.values.plain import Plainer
from tracetui.recorder.values.redact import Redactor
from tracetui.recorder.values.watch import Watch, fingerprint
from tracetui.recorder.values.watches import Watches
from tracetui.replay import Trace
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.limits import BLOCK_EVENTS


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


def watched(**fields: Any) -> tuple[SimpleNamespace, Watch]:
    """Return an object with these lists, and a watch that has seen them and reports their lengths."""
    thing, numbers = SimpleNamespace(**fields), {f"thing.{name}": number for number, name in enumerate(fields)}

    def plain(name: str, value: Any) -> Any:
        return len(value) if name else value

    watch = Watch("thing", numbers.__getitem__, plain, lambda path, value: value)
    watch.look(thing)
    return thing, watch


def test_a_list_that_is_as_deep_as_can_be_hides_no_edit_of_another() -> None:
    """The fingerprint of all containers, which can't be had then, is not taken for that of unchanged ones."""
    deep: list[Any] = []
    while fingerprint([[deep]]) is not None:
        deep = [deep]
    thing, watch = watched(deep=[deep], short=[1])
    assert fingerprint(thing.deep) is not None is fingerprint([thing.deep])
    assert watch.look(thing) == []
    thing.short.append(2)
    assert watch.look(thing) == [1, 2]
    assert watch.look(thing) == []


def test_an_edit_by_another_thread_while_a_look_begins_is_seen_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a look at each container and the fingerprint of all of them nothing is lost, whenever it comes."""
    for moment in (1, 2, 3):
        thing, watch = watched(one=[1], two=[1])
        calls = 0

        def late(value: Any, moment: int = moment, thing: Any = thing) -> Any:
            nonlocal calls
            calls += 1
            print_ = fingerprint(value)
            if calls == moment:
                thing.one.append(2)
            return print_

        with monkeypatch.context() as patch:
            patch.setattr("tracetui.recorder.values.watch.fingerprint", late)
            changes = watch.look(thing)
        assert changes + watch.look(thing) == [0, 2], moment


def test_a_moment_is_written_as_an_event_is() -> None:
    """The short form of a row has the bytes of the long one, whatever the clock said, and where a block is full."""
    written: list[list[bytes]] = []
    for short in (True, False):
        out: list[bytes] = []
        writer = TraceWriter(out.append, bytes(16), 0.0, {})
        name = writer.name("on_step_begin")
        write = writer.moment if short else writer.event
        for number in range(3 * BLOCK_EVENTS):
            if not number % 100:
                writer.restart_block()
                writer.note(Note.GAP, {"count": 1}, time=10 * number)  # begins a block, later than what follows
                writer.note(Note.GAP, {"count": 1}, time=10 * number)
            write(name, 10 * number - (number % 7) ** 3, number % 5 - 2)
        written.append(out)
    assert written[0] == written[1]


class _Trainer:
    def __init__(self, folder: Path) -> None:
        self.callback_handler = CallbackHandler([DefaultFlowCallback(), ProgressCallback()], None, None, None, None)
        self.args = TrainingArguments(str(folder), report_to=[], use_cpu=True)
        self.state = TrainerState(max_steps=9, logging_steps=9, is_world_process_zero=False)
        self.control = TrainerControl()


def _causes(event: Any) -> list[tuple[str, str]]:
    return [(change.path, change.by) for change in event.changes]


def test_a_quiet_hook_that_raises_is_not_blamed_for_what_the_handler_did(tmp_path: Path) -> None:
    """Before a quiet hook nobody looks: should it raise, the flag that the handler took back is still the handler's."""
    trainer = _Trainer(tmp_path)
    trainer.control.should_log = True
    trainer.state.is_world_process_zero = True
    handler = trainer.callback_handler
    handler.callbacks[1].training_bar = object()  # has no `write`
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder, pytest.raises(AttributeError):
        handler.on_log(trainer.args, trainer.state, trainer.control, {"loss": 1.0})
    (event,) = Trace.open(recorder.path)
    assert _causes(event)[-1] == ("control.should_log", "CallbackHandler")
    assert (event.calls[0].exception or "").startswith("AttributeError")


def test_what_the_handler_takes_back_is_its_own_doing(tmp_path: Path) -> None:
    """Before the first hook of an event with more to look at than control, the handler's own changes are its own."""
    trainer = _Trainer(tmp_path)
    trainer.callback_handler.callbacks[:] = [EarlyStoppingCallback(1)]
    trainer.args.metric_for_best_model = "eval_loss"
    trainer.control.should_evaluate = True
    given = trainer.args, trainer.state, trainer.control
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        trainer.callback_handler.on_evaluate(*given, {"eval_loss": 1.0})
    (event,) = Trace.open(recorder.path)
    assert ("control.should_evaluate", "CallbackHandler") in _causes(event)
    assert [call.callback for call in event.calls] == ["EarlyStoppingCallback"]


def test_a_hook_that_was_changed_meanwhile_is_not_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of transformers' own hooks holds for these functions alone, not for what replaces them."""

    def stop(self: Any, args: Any, state: Any, control: Any, **others: Any) -> None:
        control.should_training_stop = True

    trainer = _Trainer(tmp_path)
    trainer.state.global_step = 1
    handler, given = trainer.callback_handler, (trainer.args, trainer.state, trainer.control)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        handler.on_step_end(*given)
        monkeypatch.setattr(ProgressCallback, "on_step_end", stop)
        handler.on_step_end(*given)
    assert _causes(Trace.open(recorder.path)[1]) == [("control.should_training_stop", "ProgressCallback")]
