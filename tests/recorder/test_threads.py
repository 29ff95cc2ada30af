"""Events of several threads are recorded whole, and nothing of the recorder's makes anyone wait for ever."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from support.interrupting import Training
from tracetui.recorder import TraceRecorder, turn
from tracetui.recorder.hooks.doors import Door
from tracetui.recorder.session.session import Session
from tracetui.replay import Trace

THREADS = 8


class Meeting(TrainerCallback):
    """Lets events of two threads overlap: at each log it waits a moment for another thread to be in one, too."""

    def __init__(self) -> None:
        """Nobody is there yet."""
        self.inside = 0

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Wait."""
        self.inside += 1
        end = time.monotonic() + 0.002
        while self.inside < 2 and time.monotonic() < end:
            time.sleep(0)
        self.inside -= 1
        logs["seen"] = True


def session_of(recorder: TraceRecorder) -> Session:
    """Return what records."""
    return recorder._sessions[0][1]


def in_threads(work: Callable[[int], None], count: int = THREADS) -> None:
    """Run a function in several threads, with their numbers."""
    threads = [threading.Thread(target=work, args=(number,), name=f"beat {number}") for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def log(trainer: Training, number: int, count: int) -> None:
    """Log so many numbers, as a heartbeat does."""
    for beat in range(count):
        logs = {"thread": number, "beat": beat}
        trainer.callback_handler.on_log(trainer.args, trainer.state, trainer.control, logs)


@pytest.mark.parametrize(("count", "meeting"), [pytest.param(1_250, False, marks=pytest.mark.slow), (40, True)])
def test_no_event_of_eight_threads_is_lost(tmp_path: Path, count: int, meeting: bool) -> None:
    """Each event of each thread is in the trace once, whole, in the order of its thread, beside a training."""
    trainer = Training(tmp_path)
    trainer.callback_handler.callbacks[1:] = [Meeting()] if meeting else []
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:

        def work(number: int) -> None:
            if number:
                log(trainer, number, count)
            else:
                for _ in range(count // 20):
                    trainer.train()

        in_threads(work)
    trace = Trace.open(recorder.path)
    assert trace.damage == ()
    assert trace.gaps == ()
    logged: dict[Any, list[Any]] = {}
    for event in trace:
        if event.name == "on_log" and "thread" in (event.logs or {}):
            assert event.logs is not None
            assert event.thread == f"beat {event.logs['thread']}"
            assert len(event.calls) == meeting
            assert not meeting or event.after.logs == {**event.logs, "seen": True}
            assert event.depth == 0
            logged.setdefault(event.logs["thread"], []).append(event.logs["beat"])
    assert logged == {number: list(range(count)) for number in range(1, THREADS)}
    names = Counter(event.name for event in trace if event.thread == "beat 0")
    assert names["on_step_end"] == 3 * (count // 20) == 3 * names["on_train_end"]


def test_what_nobody_can_know_is_marked(tmp_path: Path) -> None:
    """A flag that changes while two threads are inside events has the cause `unknown`; one thread's own has its own."""

    class Setter(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            state.mark = state.mark + 1 if hasattr(state, "mark") else 1
            if state.mark == 2:
                inside.set()
                assert done.wait(10)

    inside, done = threading.Event(), threading.Event()
    trainer = Training(tmp_path)
    trainer.callback_handler.callbacks[1:] = [Setter()]
    fire = trainer.callback_handler.on_step_end

    def other() -> None:
        inside.wait(10)
        trainer.state.other = 1
        log(trainer, 1, 1)
        done.set()

    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        thread = threading.Thread(target=other)
        thread.start()
        for _ in range(3):
            fire(trainer.args, trainer.state, trainer.control)
        thread.join()
    trace = Trace.open(recorder.path)
    assert trace.damage == ()
    causes = {(event.index, change.path): change.by for event in trace for change in event.changes}
    assert causes[0, "state.mark"] == "Setter"
    assert causes[2, "state.mark"] == "unknown"  # row 2: the log's, which found it
    assert causes[2, "state.other"] == "unknown"
    assert causes[3, "state.mark"] == "Setter"


def test_a_signal_handler_that_logs_in_the_middle_of_recording_does_not_hang(tmp_path: Path) -> None:
    """It is turned away, its event is counted as lost, and all others are there."""
    trainer = Training(tmp_path)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        watches = session_of(recorder).recording.watches
        look, rang = watches.look_args, []

        def ring(number: int, frame: Any) -> None:
            rang.append(number)
            log(trainer, 1, 1)

        def look_and_ring(given: object) -> Any:
            if not rang:
                signal.raise_signal(signal.SIGUSR1)
            return look(given)

        watches.look_args = look_and_ring  # type: ignore[method-assign]
        before = signal.signal(signal.SIGUSR1, ring)
        try:
            trainer.train()
        finally:
            signal.signal(signal.SIGUSR1, before)
        with pytest.raises(LookupError):
            trainer.train()
    trace = Trace.open(recorder.path)
    assert (rang, trace.damage) == ([signal.SIGUSR1], ())
    assert sum(gap.count for gap in trace.gaps) >= 1
    assert Counter(event.name for event in trace)["on_step_end"] == 6
    assert all("thread" not in (event.logs or {}) for event in trace)


def test_a_thread_that_never_gives_the_turn_back_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others lose their events after a while, and say so; they go on."""
    monkeypatch.setattr(turn, "PATIENCE", 0.01)
    trainer = Training(tmp_path)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        session = session_of(recorder)
        assert session.turn.take()
        in_threads(lambda number: log(trainer, number, 2), 2)
        session.turn.give()
        trainer.train()
    trace = Trace.open(recorder.path)
    assert trace.damage == ()
    assert sum(gap.count for gap in trace.gaps) >= 4
    assert next(event.name for event in trace if event.depth == 0) == "on_train_begin"


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_in_the_middle_of_recording_does_not_hang_the_child(tmp_path: Path) -> None:
    """The child of a thread that has its turn, or of one that forks while another has it, fires events at once."""
    trainer = Training(tmp_path)
    with TraceRecorder(tmp_path / "trace.mpk").attach(trainer) as recorder:
        session = session_of(recorder)
        log(trainer, 0, 1)
        assert session.turn.take()
        children: list[int] = []

        def fork(number: int) -> None:
            child = os.fork()
            if not child:
                start = time.monotonic()
                log(trainer, 1, 100)
                os._exit(time.monotonic() - start > 20)  # a second for each event, if it waited
            children.append(child)

        fork(0)
        in_threads(fork, 1)
        session.turn.give()
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
        trainer.train()
    trace = Trace.open(recorder.path)
    assert (trace.damage, trace.gaps) == ((), ())


def test_a_training_in_a_thread_of_its_own_has_its_name(tmp_path: Path) -> None:
    """Events of the thread that began the recording have its name, also where that is not the main thread."""
    recorder = TraceRecorder(tmp_path / "trace.mpk")

    def work(_: int) -> None:
        trainer = Training(tmp_path)
        with recorder.attach(trainer):
            trainer.train()

    in_threads(work, 1)
    assert {event.thread for event in Trace.open(recorder.path)} == {"beat 0"}


@pytest.mark.slow
def test_a_recording_begins_and_ends_while_threads_log(tmp_path: Path) -> None:
    """Attached and detached in the middle of other threads' events: one sound file each time, and no door is left."""
    recorder, trainer = TraceRecorder(tmp_path / "trace.mpk", pack=False), Training(tmp_path)
    trainer.callback_handler.callbacks.append(recorder)
    over = threading.Event()

    def beat(number: int) -> None:
        while not over.is_set():
            log(trainer, number, 1)

    def attach_and_detach() -> None:
        for _ in range(20):
            recorder.attach(trainer)
            time.sleep(0.005)
            recorder.detach()
            written.extend(path for path in recorder.paths if path not in written)
        over.set()

    written: list[Path] = []
    recorder.detach()  # from now on it waits to be attached
    in_threads(lambda number: attach_and_detach() if number == 0 else beat(number), 5)
    assert len(written) == 20
    for path in written:
        trace = Trace.open(path, whole=True)
        assert trace.damage == (), path
        assert not trace.gaps, path
        assert trace.end is not None, path
    assert not [value for value in vars(trainer.callback_handler).values() if isinstance(value, Door)]
