"""What can happen to a run whose events go the fast way through the recorder: before them, in them, in the recorder."""

# ruff: noqa: D103 - the name of each says what happens

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from transformers import TrainerCallback, TrainerControl
from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback, ProgressCallback

from support.stage import Stage
from tracetui.recorder import TraceRecorder

logger = logging.getLogger("transformers.tracetui_test")
ROUTINE = ("on_step_begin", "on_substep_end", "on_pre_optimizer_step", "on_optimizer_step", "on_step_end")

HAPPENINGS: dict[str, Callable[[Stage, pytest.MonkeyPatch], object]] = {}


class User(TrainerCallback):
    """A callback of the user's, without hooks until it gets some."""


def listed(function: Callable[[Stage, pytest.MonkeyPatch], object]) -> Callable[..., object]:
    """List what may happen to a run that goes the fast way."""
    HAPPENINGS[function.__name__] = function
    return function


def setting(flag: str, value: object = True) -> Callable[..., None]:
    """Return a hook, or a method of the handler, that sets a flag."""

    def hook(self: Any, args: Any, state: Any, control: Any, **others: Any) -> None:
        setattr(control, flag, value)

    return hook


def each(stage: Stage, happening: Callable[[], object]) -> None:
    """Have something happen before each kind of routine event."""
    for name in ROUTINE:
        happening()
        stage.fire(name)


def raiser(error: BaseException) -> Callable[..., Any]:
    """Return a function that raises."""

    def fail(*_: Any) -> None:
        raise error

    return fail


def in_thread(work: Callable[[], object], name: str) -> None:
    """Do something in another thread, and wait for it. Each has a name of its own: the system's numbers recur."""
    thread = threading.Thread(target=work, name=name)
    thread.start()
    thread.join()


# -- between the events


@listed
def nothing(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.log(loss=1.0)
    stage.step(3)


@listed
def a_warning(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: logger.warning("look out"))


@listed
def another_rate(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: stage.rates.update(lr=stage.rates["lr"] / 2))


@listed
def the_rate_with_a_flag_and_a_counter(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    def all_three() -> None:
        stage.rates["lr"] /= 2
        stage.state.global_step += 1
        stage.control.should_log = not stage.control.should_log

    each(stage, all_three)


@listed
def another_flag(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: setattr(stage.control, "should_save", not stage.control.should_save))


@listed
def another_counter(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: setattr(stage.state, "total_flos", stage.state.total_flos + 1.5))


@listed
def a_flag_that_nobody_knows(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: setattr(stage.control, f"flag_{len(vars(stage.control))}", 1))
    each(stage, lambda: vars(stage.control).popitem())


@listed
def a_flag_that_is_a_list(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.control.reasons = []
    each(stage, lambda: stage.control.reasons.append("more"))


@listed
def a_field_that_nobody_knows(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: setattr(stage.state, f"field_{len(vars(stage.state))}", 1))
    each(stage, lambda: vars(stage.state).popitem())


@listed
def another_control(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: setattr(stage, "control", TrainerControl(should_epoch_stop=True)))


@listed
def a_control_without_fields(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    class Slots:
        __slots__ = tuple(vars(TrainerControl()))

    stage.control: Any = Slots()
    for name in Slots.__slots__:
        setattr(stage.control, name, False)
    stage.step(2)
    each(stage, lambda: setattr(stage.control, "should_save", not stage.control.should_save))


@listed
def another_state(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    def other() -> None:
        stage.state = type(stage.state)(max_steps=9, logging_steps=2, is_world_process_zero=True)

    each(stage, other)


@listed
def a_state_without_a_history(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.log(loss=1.0)
    del stage.state.log_history
    each(stage, lambda: setattr(stage.state, "epoch", stage.state.epoch + 1))
    stage.state.log_history = [{"loss": 2.0}]


@listed
def entries_of_the_history(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    each(stage, lambda: stage.state.log_history.append({"loss": 1.0}))


@listed
def another_history_of_the_same_length(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.log(loss=1.0)
    each(stage, lambda: setattr(stage.state, "log_history", [dict(entry) for entry in stage.state.log_history]))


@listed
def another_history_with_the_same_last_entry(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        stage.log(loss=float(number))
    each(stage, lambda: setattr(stage.state, "log_history", [{"new": 1}, *stage.state.log_history[1:]]))


@listed
def another_last_entry(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.log(loss=1.0)
    each(stage, lambda: stage.state.log_history.__setitem__(-1, {"loss": 2.0}))


@listed
def no_history_any_more(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        stage.log(loss=1.0)
        stage.state.log_history.clear()
        stage.fire(name)
    stage.state.log_history = []
    stage.step()


@listed
def callbacks_that_come_and_go(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        user = User()
        setattr(user, name, setting("should_log").__get__(user))
        stage.callback_handler.callbacks.insert(1, user)
        stage.fire(name)
        stage.callback_handler.callbacks.remove(user)
        stage.fire(name)


@listed
def a_list_edited_before_a_callback_of_the_users(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    user = User()
    stage.callback_handler.callbacks.append(user)
    vars(stage.state)["mood"], vars(stage.args)["mood"] = [], []
    for name in ROUTINE:
        setattr(user, name, setting("should_log").__get__(user))
    for name in ROUTINE:
        stage.fire(name)
        vars(stage.state)["mood"].append(name)
        vars(stage.args)["mood"].append(name)


@listed
def callbacks_in_another_order(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        stage.callback_handler.callbacks.reverse()
        stage.fire(name)


class Equal(User):
    """Says that it is the same as any other callback."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


@listed
def a_callback_that_is_equal_to_the_one_before_it(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    callbacks = stage.callback_handler.callbacks
    callbacks.append(Equal())
    stage.step(2)
    for name in ROUTINE:
        callbacks[-1] = Equal()
        setattr(callbacks[-1], name, setting("should_log").__get__(callbacks[-1]))
        stage.fire(name)


@listed
def a_callback_that_can_not_be_compared(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    class Strange(User):
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise ValueError("can't be compared")

    for name in ROUTINE:
        stage.callback_handler.callbacks[-1:] = [Strange()]
        stage.fire(name)


@listed
def a_method_of_the_handler_that_was_replaced(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        patch.setattr(CallbackHandler, name, setting("should_evaluate"))
        stage.fire(name)
        stage.control = stage.control or TrainerControl()


@listed
def a_hook_that_was_replaced(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ProgressCallback, "on_step_end", setting("should_training_stop"))
    stage.step()
    patch.setattr(DefaultFlowCallback, "on_step_end", lambda *_, **__: TrainerControl(should_save=True))
    stage.step()


@listed
def an_event_that_was_added(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    user = User()
    user.on_invented = setting("should_log").__get__(user)
    stage.callback_handler.callbacks.append(user)
    stage.step()
    patch.setattr(TrainerCallback, "on_invented", lambda *_, **__: None, raising=False)
    stage.fire("on_step_begin")
    stage.callback_handler.call_event("on_invented", stage.args, stage.state, stage.control)
    stage.fire("on_step_end")


@listed
def arguments_by_name(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        method = getattr(stage.callback_handler, name)
        method(stage.args, stage.state, control=stage.control)
        method(args=stage.args, state=stage.state, control=stage.control)
        stage.fire(name, extra=5)


@listed
def too_many_and_too_few_arguments(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    def wide(self: Any, args: Any, state: Any, control: Any, more: Any = None) -> Any:
        return control

    for name in ROUTINE:
        for arguments in [(stage.args, stage.state), (), (stage.args, stage.state, stage.control, 1)]:
            try:
                getattr(stage.callback_handler, name)(*arguments)
            except TypeError as error:
                stage.seen.append(str(error))
    patch.setattr(CallbackHandler, "on_step_begin", wide)
    stage.callback_handler.on_step_begin(stage.args, stage.state, stage.control, 7)


@listed
def another_thread(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        in_thread(lambda name=name: stage.fire(name), name)  # type: ignore[misc]
    stage.step()


@listed
def a_second_recorder_over_the_first(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as folder, TraceRecorder(Path(folder) / "second.mpk").attach(stage):
        stage.step(2)
    stage.step()


@listed
def a_hook_called_by_hand(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.flow.on_step_end(stage.args, stage.state, stage.control)
    stage.progress.on_log(stage.args, stage.state, stage.control, logs={})
    stage.progress.on_step_end(stage.args, stage.state, stage.control)


# -- in the middle of an event


def in_both(stage: Stage, happening: Callable[[], object]) -> None:
    """Have something happen in each of the two hooks of a step's end, in both at once, and in the one of a log."""
    stage.in_flow(happening)
    stage.step()
    stage.in_bar(happening)
    stage.step()
    stage.in_flow(happening)
    stage.in_bar(happening)
    stage.step()
    stage.in_bar(happening)
    stage.log(loss=1.0)


@listed
def a_warning_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    in_both(stage, lambda: logger.warning("inside"))


@listed
def a_flag_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    stage.in_flow(lambda: setattr(stage.control, "should_epoch_stop", True))
    stage.step()


@listed
def an_event_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        if name != "on_step_end":
            in_both(stage, lambda name=name: stage.fire(name))  # type: ignore[misc]
    in_both(stage, lambda: stage.fire("on_epoch_end"))
    in_both(stage, lambda: stage.log(loss=2.0))
    in_both(stage, lambda: stage.fire("on_step_end"))


@listed
def an_event_without_the_handler_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    in_both(stage, lambda: stage.callback_handler.call_event("on_epoch_end", stage.args, stage.state, stage.control))


@listed
def an_event_that_breaks_off_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    def log() -> None:
        stage.in_bar(raiser(ValueError("no bar")))
        stage.fire("on_log", logs={"loss": 1.0})

    in_both(stage, log)


@listed
def a_hook_inside_another(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    given = stage.args, stage.state, stage.control

    def twice() -> None:
        stage.progress.on_step_end(*given)
        logger.warning("said by the outer one")

    in_both(stage, twice)
    in_both(stage, lambda: stage.flow.on_epoch_end(*given))
    in_both(stage, lambda: stage.progress.on_log(*given, logs={"loss": 1.0}))


@listed
def an_exception_of_a_hook(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for error in (ValueError("no"), KeyboardInterrupt(), SystemExit(3)):
        in_both(stage, raiser(error))


@listed
def another_control_returned(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    def returning(control: Any) -> Callable[..., Any]:
        return lambda self, *_, **__: control

    for hook in (DefaultFlowCallback, ProgressCallback):
        for control in (None, stage.control, TrainerControl(should_save=True)):
            function = wraps(hook.on_step_end)(returning(control))
            patch.setattr(hook, "on_step_end", function)
            stage.callback_handler.callbacks[:2] = [DefaultFlowCallback(), ProgressCallback()]
            stage.step(2)


@listed
def a_callback_that_joins_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    class Replaces(User):
        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> Any:
            return TrainerControl(should_save=True)

    class Calls(User):
        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> Any:
            stage.progress.on_log(args, state, control, logs={})
            stage.flow.on_epoch_end(args, state, control)

    callbacks = stage.callback_handler.callbacks
    for kind in (Replaces, Calls):
        stage.in_flow(lambda kind=kind: callbacks.append(kind()))  # type: ignore[misc]
        stage.step(2)
        callbacks[:] = [callback for callback in callbacks if not isinstance(callback, User)]
        stage.step(2)


@listed
def edited_logs(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    logs: dict[str, Any] = {"loss": 1.0}
    stage.in_bar(lambda: logs.update(more=2))
    stage.fire("on_log", logs=logs)
    stage.in_bar(lambda: logs.pop("more"))
    stage.fire("on_log", logs=logs)


@listed
def a_thread_inside(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    def beat() -> None:
        in_thread(lambda: stage.fire("on_epoch_begin"), f"beat {len(stage.seen)}")
        stage.control.should_log = True

    in_both(stage, beat)


# -- in the middle of the recorder


@listed
def a_look_that_fails(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for error in (ValueError("no history"), AttributeError("no history"), KeyboardInterrupt()):
        for name in ROUTINE:
            stage.at_look(raiser(error))
            stage.fire(name)
            stage.step(2)


@listed
def an_event_at_a_look(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for name in ROUTINE:
        stage.at_look(lambda: stage.fire("on_pre_optimizer_step"))
        stage.fire(name)
        stage.step(2)


@listed
def a_write_that_fails(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    for error in (OSError(28, "No space left on device"), KeyboardInterrupt()):
        for name in ROUTINE:
            for change in (False, True):
                stage.rates["lr"] /= 1 + change
                stage.state.total_flos += change
                with pytest.MonkeyPatch.context() as once:
                    once.setattr("tracetui.recorder.file.trace_file.os.write", raiser(error))
                    stage.fire(name)
                stage.step(4)
