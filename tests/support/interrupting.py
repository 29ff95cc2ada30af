"""An exception at any line of the recorder: a training without a model, and a signal that comes where it is told to."""

from __future__ import annotations

import logging
import signal
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from transformers import EarlyStoppingCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback

import tracetui.recorder.recorder
from tracetui.recorder import TraceRecorder

RECORDER = Path(tracetui.recorder.recorder.__file__).parent
FILES = tuple(str(path) for folder in (RECORDER, RECORDER.with_name("trace")) for path in folder.rglob("*.py"))

Line = tuple[str, int]
"""A file of the recorder, and a line in it."""


class TimeUp(Exception):
    """A time limit, as a plain exception."""


class Evil:
    """A value whose text can't be had: a failure that the recorder contains."""

    def __repr__(self) -> str:
        """Fail."""
        raise ValueError("no text")

    @property
    def __class__(self) -> Any:
        """Fail."""
        raise ValueError("no class")


class Counting(EarlyStoppingCallback):
    """A callback with a `state()`, which fails once."""

    asked = 0

    def state(self) -> dict[str, Any]:
        """Return the state; fail the third time."""
        Counting.asked += 1
        if Counting.asked == 3:
            raise ValueError("no state")
        return super().state()

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        """Check nothing."""


class Busy(TrainerCallback):
    """A user's callback: edits logs, sets flags, evaluates inside an event, returns another control, raises."""

    def __init__(self, trainer: Any) -> None:
        """Remember the trainer."""
        self.trainer = trainer
        self.seen = 0

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Edit the logs, and have a library warn."""
        logs["mine"] = state.global_step
        logging.getLogger("transformers.trainer").warning("step %d", state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> TrainerControl | None:
        """Replace the control object once."""
        self.seen += 1
        if state.global_step == 2:
            return TrainerControl(should_log=True)
        return None

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Evaluate: events inside an event."""
        state.strange = Evil() if state.strange is None else None
        self.trainer.evaluate()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End the second training by an exception."""
        if self.trainer.trainings == 2:
            raise LookupError("the user's own")


class Training:
    """What a recorder sees of a Trainer, in a millisecond: three steps, logs, an evaluation inside an event, a save."""

    def __init__(self, folder: Path) -> None:
        """Make the handler, quietly."""
        self.args = TrainingArguments(
            str(folder), report_to=[], use_cpu=True, eval_strategy="steps", metric_for_best_model="loss"
        )
        self.state = TrainerState(max_steps=3, logging_steps=1, eval_steps=2, save_steps=3)
        self.state.strange = None
        self.control = TrainerControl()
        callbacks = [DefaultFlowCallback(), Counting(2), Busy(self)]
        self.callback_handler = CallbackHandler(callbacks, None, None, None, None)
        self.trainings = 0
        self.saved = 0

    def train(self) -> None:
        """Fire the events of a training."""
        self.trainings += 1
        self.state.global_step, self.state.epoch, self.state.log_history = 0, 0.0, []
        self._fire("on_train_begin")
        self._fire("on_epoch_begin")
        for _ in range(3):
            self._step()
        self._fire("on_epoch_end")
        self._fire("on_train_end")

    def _step(self) -> None:
        for name in ("on_step_begin", "on_pre_optimizer_step", "on_optimizer_step"):
            self._fire(name)
        self.state.global_step += 1
        self.state.epoch = self.state.global_step / 3
        self._fire("on_step_end")
        if self.control.should_log:
            logs = {"loss": 1.0 / self.state.global_step, "step": self.state.global_step}
            self.state.log_history.append(dict(logs))
            self._fire("on_log", logs)
        if self.state.global_step == 3:
            self._fire("on_save")

    def evaluate(self) -> None:
        """Fire the events of an evaluation."""
        for _ in range(2):
            self._fire("on_prediction_step")
        self._fire("on_evaluate", {"eval_loss": 0.5})

    def _fire(self, name: str, *inputs: Any) -> None:
        self.control = getattr(self.callback_handler, name)(self.args, self.state, self.control, *inputs)


def scenario(folder: Path) -> tuple[dict[str, BaseException], Training]:
    """Record three trainings, the second of which ends by an exception; return what came out of each call."""
    trainer = Training(folder)
    raised: dict[str, BaseException] = {}
    recorder: Any = None

    def fail_once(given: object) -> list[Any]:
        nonlocal failures
        failures += 1
        if failures == 4:
            raise ValueError("a fault of the recorder's own")
        return look_args(given)

    def call(name: str, function: Callable[..., Any], *args: Any) -> None:
        try:
            function(*args)
        except BaseException as error:
            raised[name] = error

    def create() -> None:
        nonlocal recorder
        recorder = TraceRecorder(folder / "trace.mpk", probes=[dead])

    call("create", create)
    if recorder is None:
        call("create again", create)
    call("attach", recorder.attach, trainer)
    if "attach" in raised:  # the user tries once more
        call("attach again", recorder.attach, trainer)
    for _, session in recorder._sessions[:1]:
        failures, watches = 0, session.recording.watches
        look_args, watches.look_args = watches.look_args, fail_once  # type: ignore[method-assign]
    for number in (1, 2, 3):
        call(f"training {number}", trainer.train)
    call("detach", recorder.detach)
    if "detach" in raised:
        call("detach again", recorder.detach)
    return raised, trainer


def dead(**_: Any) -> int:
    """Probe nothing."""
    return 0


class _Tracer:
    """Follows the lines of the recorder; `at` is told of each."""

    def __init__(self, at: Callable[[Line], None]) -> None:
        self._at = at
        self._codes: dict[CodeType, bool] = {}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code not in self._codes:
            self._codes[code] = code.co_filename in FILES
        return self._line if self._codes[code] else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            self._at((frame.f_code.co_filename, frame.f_lineno))
        return self._line


@contextmanager
def traced(at: Callable[[Line], None]) -> Iterator[None]:
    """Call a function at each line of the recorder that runs in this thread."""
    before = sys.gettrace()
    sys.settrace(_Tracer(at))
    try:
        yield
    finally:
        sys.settrace(before)


def _is_in_finalizer() -> bool:
    """Tell whether an object is being finalized: what is raised there Python itself prints and drops."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == weakref.__file__:
            return True
        frame = frame.f_back
    return False


@contextmanager
def signal_at(line: Line, hit: int, error: type[BaseException]) -> Iterator[list[Line]]:
    """Have a signal's handler raise when a line is about to run for the `hit`-th time; yields where it did."""
    hits = 0
    done: list[Line] = []

    def ring(number: int, frame: FrameType | None) -> None:
        raise error

    def at(place: Line) -> None:
        nonlocal hits
        if place == line and not _is_in_finalizer():
            hits += 1
            if hits == hit:
                done.append(place)
                signal.raise_signal(signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, ring)
    try:
        with traced(at):
            yield done
    finally:
        signal.signal(signal.SIGUSR1, before)
