"""What comes out of a signal handler is the user's, wherever it arrives; the trace stays sound."""

from __future__ import annotations

import ctypes
import gc
import random
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from support.campaigns import SEED, sample
from support.interrupting import FILES, Line, TimeUp, Training, scenario, signal_at, traced
from tracetui.recorder import TraceRecorder
from tracetui.recorder.hooks.doors import Door
from tracetui.recorder.interruptions import interrupts
from tracetui.recorder.turn import Turn
from tracetui.replay import Trace
from tracetui.trace.journal.records import EventRow, Exit
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

KINDS = (TimeUp, KeyboardInterrupt, SystemExit)


def lines(folder: Path) -> dict[Line, int]:
    """Return how often each line of the recorder runs in the scenario."""
    counted: Counter[Line] = Counter()

    def count(line: Line) -> None:
        counted[line] += 1

    with traced(count):
        scenario(folder)
    return counted


def story(trace: Trace) -> list[tuple[Any, ...]]:
    """Return what has to be the same however the training before it went: the events of the last training."""
    first = max(event.index for event in trace if event.name == "on_train_begin")
    return [(event.name, event.depth, event.step, len(event.calls)) for event in trace if event.index >= first]


def doubled(trace: Trace, wanted: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the events that stand in a trace more often than three trainings have them."""
    there = Counter((event.name, event.step) for event in trace)
    allowed = Counter((name, step) for name, _, step, _ in wanted)
    return [key for key, count in there.items() if count > 3 * allowed[key]]


def still_open(path: Path) -> int:
    """Return how many events of a file have no end."""
    records = [item.record for item in TraceReader.open(path).items() if isinstance(item, Placed)]
    opened = sum(isinstance(record, EventRow) and record.opens for record in records)
    return opened - sum(isinstance(record, Exit) for record in records)


def check(folder: Path, line: Line, hit: int, kind: type[BaseException], wanted: list[tuple[Any, ...]]) -> list[str]:
    """Raise at one line; return what is wrong."""
    with signal_at(line, hit, kind) as done:
        raised, trainer = scenario(folder)
    wrong = []
    if not done:
        return []
    if not any(type(error) is kind for error in raised.values()):
        wrong.append(f"swallowed; raised were {raised}")
    for path in sorted(folder.glob("*.mpk")):
        trace = Trace.open(path, whole=True)
        if trace.damage:
            wrong.append(f"{path.name} {trace.damage}")
        wrong += [f"{path.name}: {key} twice" for key in doubled(trace, wanted)]
        if still_open(path) or trace.end is None:
            wrong.append(f"{path.name}: {still_open(path)} open, end {trace.end}")
    last = max(folder.glob("*.mpk"), key=lambda path: path.stat().st_mtime_ns, default=None)
    if last is None:
        wrong.append("nothing was recorded")
    elif "training 3" not in raised and story(Trace.open(last)) != wanted:
        wrong.append("the last training is not recorded as it should be")
    if any(isinstance(value, Door) for value in vars(trainer.callback_handler).values()):
        wrong.append("a door is left")
    return [f"{Path(line[0]).name}:{line[1]} hit {hit} {kind.__name__}: {text}" for text in wrong]


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_an_exception_at_any_line_of_the_recorder_is_raised(tmp_path: Path) -> None:
    """At each line in turn: the exception leaves the training, all files are sound, the next training is recorded."""
    (tmp_path / "first").mkdir()
    counted = lines(tmp_path / "first")
    wanted = story(Trace.open(tmp_path / "first" / "trace.mpk"))
    hits = random.Random(SEED)
    cases = [
        (line, min(most, hits.choice((1, 2, hits.randint(1, most)))), kind)
        for line, most in sorted(counted.items())
        for kind in KINDS
    ]
    assert len(cases) > 4_000
    wrong: list[str] = []
    for number, (line, hit, kind) in enumerate(sample(cases, 40, "lines of the recorder")):
        folder = tmp_path / str(number)
        folder.mkdir()
        wrong += check(folder, line, hit, kind, wanted)
        shutil.rmtree(folder)
        gc.collect()
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_an_exception_between_writing_and_counting(tmp_path: Path) -> None:
    """A note that is in the file and not counted is cut off before the next one, outside events and at the end, too."""
    (tmp_path / "first").mkdir()
    counted = lines(tmp_path / "first")
    wanted = story(Trace.open(tmp_path / "first" / "trace.mpk"))
    code = TraceWriter._append.__code__
    within = {(code.co_filename, number) for *_, number in code.co_lines()}
    places = [line for line in sorted(counted) if line in within]
    wrong: list[str] = []
    for number, (line, hit) in enumerate(product(places[-6:], (1, 2))):
        folder = tmp_path / str(number)
        folder.mkdir()
        wrong += check(folder, line, min(hit, counted[line]), KeyboardInterrupt, wanted)
    assert places and not wrong, "\n".join(wrong)


Handler = Callable[[int, "FrameType | None"], object]


def caught(function: Callable[[], object], handler: Handler = signal.default_int_handler) -> tuple[BaseException, bool]:
    """Return what leaves a function while a signal has this handler, and whether that is taken for an interruption."""
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        function()
    except BaseException as error:
        return error, interrupts(error)
    finally:
        signal.signal(signal.SIGUSR1, before)
    raise AssertionError("nothing was raised")


def ring() -> None:
    """Be interrupted by the signal."""
    signal.raise_signal(signal.SIGUSR1)


def late(number: int, frame: FrameType | None, text: str = "") -> None:
    """Raise, as a handler does that limits the time."""
    raise TimeUp(text)


class Limit:
    """A handler that is an object, forgets the frame that it was given, and is not set any more when it raises."""

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Raise."""
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        raise TimeUp

    def method(self, number: int, frame: FrameType | None) -> None:
        """Drop the frame, then raise."""
        del frame
        raise TimeUp


def test_what_comes_out_of_a_signal_handler_is_known_for_it() -> None:
    """Whatever kind of function the handler is, and however deep it is called; and through code that raises another."""

    def converted() -> None:
        try:
            ring()
        except TimeUp as error:
            raise ValueError("out of time") from error

    handlers: list[Any] = [late, Limit(), Limit().method, partial(late, text="x"), lambda *given: late(*given)]
    for handler in handlers:
        for function in (ring, converted):
            assert caught(function, handler)[1], (handler, function)


def test_a_failure_is_not_taken_for_an_interruption() -> None:
    """What code raises by itself is contained, also while an exception from a signal handler is being handled."""

    def fail() -> None:
        raise TimeUp("not from a signal")

    assert not caught(fail)[1]
    assert not caught(lambda: 1 / 0)[1]
    assert caught(lambda: sys.exit(1))[1]
    try:
        raise caught(ring, late)[0]
    except TimeUp:
        error, taken = caught(fail)
    assert error.__context__ is not None
    assert not taken


def test_an_exception_put_into_the_thread_is_raised(tmp_path: Path) -> None:
    """`PyThreadState_SetAsyncExc`, with which libraries for time limits work, leaves no frame: it goes on, too."""
    trainer = Training(tmp_path)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        recording = recorder._sessions[0][1].recording
        # No function in Python: the exception comes up in the frame of the recorder that calls this.
        thread, limit = ctypes.c_ulong(threading.get_ident()), ctypes.py_object(TimeUp)
        put: Any = partial(ctypes.pythonapi.PyThreadState_SetAsyncExc, thread, limit)
        recording.look_rates = put  # type: ignore[method-assign]
        with pytest.raises(TimeUp):
            trainer.train()
        del recording.look_rates
        with pytest.raises(LookupError):
            trainer.train()
    assert Trace.open(recorder.path).damage == ()


def test_an_exception_put_into_the_thread_while_a_failure_is_looked_at_is_raised() -> None:
    """To tell whether a failure is an interruption runs no Python but the recorder's, which such an exception shows."""
    files: set[str] = set()

    def called(frame: FrameType, event: str, arg: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    error, _ = caught(lambda: 1 / 0, late)
    sys.setprofile(called)
    try:
        assert not interrupts(error)
    finally:
        sys.setprofile(None)
    assert files
    assert files <= set(FILES)


@pytest.mark.parametrize("place", ["call_begins", "see_to"])
@pytest.mark.parametrize("handled", ["give", "interrupted", "restart_block"])
def test_a_second_exception_finds_the_recorder_seeing_to_the_first(tmp_path: Path, place: str, handled: str) -> None:
    """Ctrl-C twice: the first after bytes were written and before that is known, the second while it is seen to."""
    trainer, given = Training(tmp_path), []
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        session = recorder._sessions[0][1]
        writer, faults = session.journal.writer, session._faults
        sink, give = writer._sink, Turn.give

        def write_and_ring(data: bytes) -> None:
            sink(data)
            if not given:
                given.append("first")
                raise KeyboardInterrupt

        def then_ring(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def ring_once(*args: Any) -> Any:
                if given == ["first"] and name == handled:
                    given.append("second")
                    raise KeyboardInterrupt
                return function(*args)

            return ring_once

        trainer._fire("on_log", {"loss": 1.0})
        if place == "call_begins":
            session._notes.run.clear()  # so that it has something to write
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Turn, "give", then_ring("give", give))
            patch.setattr(faults, "interrupted", then_ring("interrupted", faults.interrupted))
            patch.setattr(writer, "restart_block", then_ring("restart_block", writer.restart_block), raising=False)
            patch.setattr(writer, "_sink", write_and_ring)
            with pytest.raises(KeyboardInterrupt):
                trainer.train()
        trainer.trainings = 0  # the second is the one that raises
        trainer.train()
    assert given == ["first", "second"]
    trace = Trace.open(recorder.path, whole=True)
    assert trace.damage == ()
    assert not still_open(recorder.path)
    assert len(story(trace)) > 20


def test_nobody_waits_for_a_turn_that_an_exception_ended(tmp_path: Path) -> None:
    """Wherever a turn was just taken when the exception came: it is free when that has left the training."""
    take, places, place = Turn.take, 0, 0

    def take_and_ring(turn: Turn) -> bool:
        nonlocal number
        taken = take(turn)
        number += 1
        if number == place:
            ring()
        return taken

    before = signal.signal(signal.SIGUSR1, late)
    try:
        while place <= places:
            trainer, number = Training(tmp_path), 0
            with TraceRecorder(tmp_path / "trace.mpk", overwrite=True).attach(trainer) as recorder:
                recording = recorder._sessions[0][1].recording
                trainer.trainings = 1  # the second one raises, which is recorded in a turn, too
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Turn, "take", take_and_ring)
                    with pytest.raises(TimeUp if place else LookupError):
                        trainer.train()
                assert not recording.turn.mine(), f"turn {place}"
                assert recording.trainer_calls == 0, f"turn {place}"
            places, place = places or number, place + 1
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert places > 50
