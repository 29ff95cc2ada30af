"""Warnings that libraries log: whatever is logged, however logging is set up, training goes on as without us."""

from __future__ import annotations

import gc
import logging
import logging.config
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.tiny import make_trainer
from tracetui.recorder import TraceRecorder
from tracetui.recorder.rows.messages import LOGGERS, MessageTap
from tracetui.replay import Trace

NAME = "transformers.tracetui_test"


class Text(str):
    """A text that is cut to something else, and says something else."""

    def __getitem__(self, key: Any) -> Any:
        raise RuntimeError("cut")

    def __str__(self) -> str:
        return self


def raising(error: BaseException) -> Any:
    """Return an object of which no text can be made."""

    def fail(self: object, *_: object) -> str:
        raise error

    return type("Evil", (), {"__str__": fail, "__repr__": fail, "__format__": fail})()


class Number:
    """Its text is none."""

    def __str__(self) -> Any:
        return 5


UNREADABLE: dict[str, tuple[Any, ...]] = {
    "text raises": (raising(RuntimeError("no text")),),
    "text of an argument raises": ("%s", raising(KeyError("k"))),
    "repr of an argument raises": ("%r", raising(ZeroDivisionError())),
    "too few arguments": ("%s and %s", 1),
    "too many arguments": ("%s", 1, 2),
    "of another kind": ("%d", "one"),
    "a wrong format": ("100%", 1),
    "text is none": (Number(),),
    "text of its error raises": (raising(type("Odd", (Exception,), {"__str__": lambda self: 1 / 0})()),),
    "memory": (raising(MemoryError()),),
}
READABLE: dict[str, tuple[Any, ...]] = {
    "number": (5,),
    "none": (None,),
    "bytes": (b"bytes",),
    "a text of its own": (Text("odd"),),
    "mapping": ("%(a)s", {"a": 1}),
    "surrogate": ("\udc80",),
    "long": ("x" * 1_000_000,),
}


@pytest.fixture
def quiet() -> Iterator[logging.Logger]:
    """Return a logger whose messages nobody prints, and leave logging as it was."""
    raises, logging.raiseExceptions = logging.raiseExceptions, False
    logger = logging.getLogger(NAME)
    yield logger
    logging.raiseExceptions = raises
    logger.disabled, logger.propagate = False, True
    logger.setLevel(logging.NOTSET)
    logger.handlers.clear()


class Warns(TrainerCallback):
    """Logs at the end of each step."""

    def __init__(self, *logs: Callable[[], object]) -> None:
        self.logs = logs

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Log."""
        for log in self.logs:
            log()


def train(folder: Path, *logs: Callable[[], object]) -> Trace:
    """Train two steps that log, recorded; return the trace."""
    trainer = make_trainer(folder / "out", max_steps=2, callbacks=[Warns(*logs), TraceRecorder(folder / "t.mpk")])
    trainer.train()
    assert trainer.state.global_step == 2
    trace = Trace.open(folder / "t.mpk")
    assert trace.damage == trace.gaps == ()
    return trace


def told(trace: Trace) -> list[str]:
    """Return the messages that the test itself logged, and how many more there were."""
    return [
        message.text for event in trace for message in event.messages if message.logger in (NAME, "unknown", "tracetui")
    ]


def test_whatever_is_logged_training_goes_on(tmp_path: Path, quiet: logging.Logger) -> None:
    """A message of which no text can be made is named as such, at its place, and every other is there."""
    every = [*UNREADABLE.values(), *READABLE.values()]
    found = told(train(tmp_path, *(lambda words=words: quiet.warning(*words) for words in every)))  # type: ignore[misc]
    assert len(found) == 2 * len(every)
    assert all("could not be formatted" in text for text in found[: len(UNREADABLE)])
    assert found[: len(every)][len(UNREADABLE) :][:6] == ["5", "None", "b'bytes'", "odd", "1", "\udc80"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_passes(quiet: logging.Logger, error: type[BaseException]) -> None:
    """Ctrl-C that arrives while a message is put together is the user's."""
    tap = MessageTap(lambda: lambda *_: None)
    tap.install()
    try:
        with pytest.raises(error):
            quiet.warning(raising(error()))
    finally:
        tap.remove()


def test_a_factory_of_the_users_may_make_any_record(tmp_path: Path, quiet: logging.Logger) -> None:
    """Records without a name or level that are texts, and with a text that is none, cost no event."""

    class Record(logging.LogRecord):
        def getMessage(self) -> Any:
            return 7

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = Record(*args, **kwargs)
        record.levelname = record.name = 3  # type: ignore[assignment]
        return record

    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(make)
    try:
        trace = train(tmp_path, lambda: quiet.warning("x"))
    finally:
        logging.setLogRecordFactory(before)
    found = [(m.level, m.logger, m.text) for event in trace for m in event.messages if m.text == "7"]
    assert len(found) >= 2  # an older transformers may warn of something itself
    assert set(found) == {("3", "3", "7")}


def test_what_is_beyond_the_limit_is_counted(tmp_path: Path, quiet: logging.Logger) -> None:
    """Of very many warnings the first are kept, and the trace says how many more there were, between events, too.

    An older transformers may warn of something itself.
    """

    def log() -> None:
        for number in range(1_250):
            quiet.warning("warning %d", number)

    found = told(train(tmp_path, log))
    assert len(found) == 42
    assert re.fullmatch(r"warning 1[789]\|and 1,23\d more", "|".join(found[19:21]))

    class Between(type(make_trainer(tmp_path / "o"))):  # type: ignore[misc]
        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            log()
            return super().training_step(*args, **kwargs)

    trainer = make_trainer(tmp_path / "out", max_steps=2, callbacks=[TraceRecorder(tmp_path / "b.mpk")])
    trainer.__class__ = Between
    trainer.train()
    found = told(Trace.open(tmp_path / "b.mpk"))
    assert re.fullmatch(r"warning 1[789]\|and 1,23\d more", "|".join(found[19:21]))


SETUPS: dict[str, Callable[[], object]] = {
    "dictConfig": lambda: logging.config.dictConfig({"version": 1, "disable_existing_loggers": False}),
    "dictConfig of it": lambda: logging.config.dictConfig(
        {"version": 1, "disable_existing_loggers": False, "loggers": {"transformers": {"level": "WARNING"}}}
    ),
    "cleared": lambda: logging.getLogger("transformers").handlers.clear(),
    "shutdown": logging.shutdown,
    "level of handlers": lambda: [h.setLevel(logging.CRITICAL) for h in logging.getLogger("transformers").handlers],
    "propagation": lambda: setattr(logging.getLogger(NAME), "propagate", False),
    "filters": lambda: [h.addFilter(lambda _: 1 / 0) for h in logging.getLogger("transformers").handlers[-1:]],
}


@pytest.mark.parametrize("name", SETUPS)
def test_logging_may_be_set_up_anew(tmp_path: Path, quiet: logging.Logger, name: str) -> None:
    """A script that configures logging between the Trainer and `train()` loses no warning, and has none twice."""
    parent = logging.getLogger("transformers")
    before, level = parent.handlers[:], [handler.level for handler in parent.handlers]
    others = {id(tap) for tap in before}
    trainer = make_trainer(tmp_path / "out", max_steps=2)
    trainer.add_callback(Warns(lambda: quiet.warning("careful")))
    recorder = TraceRecorder(tmp_path / "t.mpk").attach(trainer)
    try:
        SETUPS[name]()
        trainer.train()
    finally:
        recorder.detach()
        parent.handlers[:] = before
        for handler, old in zip(before, level, strict=True):
            handler.setLevel(old)
    assert told(Trace.open(tmp_path / "t.mpk")) == ["careful"] * 2
    taps = {
        id(tap) for logger in (*LOGGERS, NAME) for tap in logging.getLogger(logger).handlers if type(tap) is MessageTap
    }
    assert taps <= others


def test_recordings_that_are_gone_leave_nothing_behind(tmp_path: Path) -> None:
    """Loggers live as long as the process: of many Trainers that were recorded, at most the last is still there."""
    for number in range(3):
        train(tmp_path / str(number))
        gc.collect()
    taps = [tap for tap in logging.getLogger("transformers").handlers if type(tap) is MessageTap]
    assert len([tap for tap in taps if tap._listener() is None]) <= 1


def test_no_thread_waits_for_another(quiet: logging.Logger) -> None:
    """A listener that waits for a thread which itself logs does not hang: there is no lock of the handler's."""
    heard: list[str] = []

    def listen(level: str, source: str, text: str) -> None:
        heard.append(text)
        if text == "outer":
            thread = threading.Thread(target=lambda: quiet.warning("inner"), daemon=True)
            thread.start()
            thread.join(10)

    tap = MessageTap(lambda: listen)
    tap.install()
    try:
        quiet.warning("outer")
    finally:
        tap.remove()
    assert heard == ["outer", "inner"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_signal_handler_may_log(tmp_path: Path, quiet: logging.Logger) -> None:
    """Warnings of a signal handler, at whatever moment it comes, cost no event."""
    before = signal.signal(signal.SIGALRM, lambda *_: quiet.warning("from a handler"))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        trace = train(tmp_path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert trace[-1].name == "on_train_end"
