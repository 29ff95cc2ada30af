"""A run that goes on is followed: what comes appears, and whoever looks elsewhere is left alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import browser, text_of
from tracetui.replay.trace import Trace
from tracetui.trace.jobs.pack import pack_trace
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter
from tracetui.tui import following
from tracetui.tui.app import TraceApp
from tracetui.tui.screens import loading
from tracetui.tui.source import Source

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(following, "INTERVAL", 0.01)
    monkeypatch.setattr(loading, "INTERVAL", 0.01)


class Run:
    """A run that writes a trace, some events at a time."""

    def __init__(self, path: Path, trace: bytes = bytes(16)) -> None:
        self.path = path
        self._file = path.open("wb", buffering=0)
        self._writer = TraceWriter(self._file.write, trace, 0.0, {})
        self._name, self._step = self._writer.name("on_step_end"), self._writer.name("state.global_step")

    def go_on(self, events: int) -> None:
        """Write some events."""
        for _ in range(events):
            number = self._writer.events
            self._writer.event(self._name, 10 * number, 5, [self._step, number])

    def end(self) -> None:
        """Write the end."""
        self._writer.note(Note.END, {"reason": "finished", "events": self._writer.events}, time=10**6)
        self._file.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Return a run of which 100 events are there."""
    made = Run(tmp_path / "trace.mpk")
    made.go_on(100)
    yield made
    made._file.close()


def follower(path: Path, index: int = -1, *, follow: bool = True) -> TraceApp:
    """Return an app that follows a trace."""
    return TraceApp([Source(str(path), lambda _: Trace.open(path, at_once=True), index, follow)])


async def until(pilot: Pilot[Any], test: Callable[[], bool]) -> None:
    """Wait for something that comes in its time."""
    for _ in range(300):
        await pilot.pause(0.01)
        if test():
            await pilot.pause()
            return
    raise AssertionError(text_of(pilot.app))  # type: ignore[arg-type]


async def test_the_tail_is_followed(run: Run) -> None:
    """At the last event one goes on with the run; a move back leaves it, and G takes it up again."""
    async with follower(run.path).run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        assert screen.cursor.index == 99
        run.go_on(50)
        await until(pilot, lambda: screen.cursor.index == 149)
        assert "149/149" in text_of(pilot.app) and "follow" in text_of(pilot.app).splitlines()[-2]
        await pilot.press("k")
        run.go_on(50)
        await until(pilot, lambda: len(screen.trace) == 200)
        assert screen.cursor.index == 148 and "148/199" in text_of(pilot.app)
        await pilot.press("G")
        run.go_on(9_000)  # into another block
        await until(pilot, lambda: screen.cursor.index == 9_199)
        assert screen.trace[9_199].step == 9_199


@pytest.mark.parametrize("pack", [False, True])
async def test_the_end_of_a_run(run: Run, pack: bool) -> None:
    """The end is told, packing leaves one where one is, and what was cut off from its name is read on."""
    async with follower(run.path).run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        run.go_on(10)
        await until(pilot, lambda: screen.cursor.index == 109)
        assert "no end record" in text_of(pilot.app)
        await pilot.press("k", "k")
        run.end()
        if pack:
            pack_trace(run.path)
        await until(pilot, lambda: following.ENDED in text_of(pilot.app))
        assert "no end record" not in text_of(pilot.app) and screen.cursor.index == 107
        await pilot.press("g")
        assert screen.trace[0].name == "on_step_end" and "0/109" in text_of(pilot.app)


async def test_a_run_that_was_killed(run: Run) -> None:
    """A file to which nothing comes any more is told of, with how long ago the last came."""
    old = time.time() - 47
    os.utime(run.path, (old, old))
    async with follower(run.path).run_test(size=(120, 30)) as pilot:
        await browser(pilot)
        await until(pilot, lambda: "follow: no new event for 40 s" in text_of(pilot.app))
        run.go_on(1)
        await until(pilot, lambda: "no new event" not in text_of(pilot.app))


@pytest.mark.parametrize("begun", [False, True])
async def test_a_trace_that_is_not_there_yet(tmp_path: Path, begun: bool) -> None:
    """A file is waited for, and for its first event."""
    path = tmp_path / "trace.mpk"
    if begun:
        path.touch()
    async with follower(path).run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "waiting for" in text_of(pilot.app))
        run = Run(path)
        screen = await browser(pilot)
        await until(pilot, lambda: "holds no event" in text_of(pilot.app))
        run.go_on(3)
        await until(pilot, lambda: "2/2" in text_of(pilot.app))
        await pilot.press("k")
        assert screen.cursor.index == 1
        run._file.close()


async def test_what_is_no_trace_is_not_waited_for(tmp_path: Path) -> None:
    """A file that holds something else is told at once."""
    path = tmp_path / "trace.mpk"
    path.write_bytes(b"something else" * 20)
    app = follower(path)
    async with app.run_test() as pilot:
        await pilot.pause(0.5)
    assert app.return_code == 2


async def test_whoever_waits_can_leave(tmp_path: Path) -> None:
    """While nothing is there yet, q leaves."""
    app = follower(tmp_path / "never.mpk")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "waiting for" in text_of(app))
        await pilot.press("q")
    assert app.return_code == 0


async def test_another_run_in_the_same_file(run: Run) -> None:
    """A file that another one has replaced before its end is opened anew, and followed."""
    app = follower(run.path)
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        run.path.unlink()
        other = Run(run.path, b"x" * 16)
        other.go_on(7)
        await until(pilot, lambda: "6/6" in text_of(app))
        assert app.screen is not first
        other.go_on(1)
        await until(pilot, lambda: "7/7" in text_of(app))
        other._file.close()


async def test_following_by_a_key(run: Run) -> None:
    """^t goes to the last event and follows, a second one does so no longer; a run that has ended rings."""
    app = follower(run.path, 5, follow=False)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        run.go_on(5)
        await pilot.pause(0.1)
        assert len(screen.trace) == 100 and not app.workers._workers
        await pilot.press("ctrl+t")
        await until(pilot, lambda: screen.cursor.index == 104)
        await pilot.press("ctrl+t")
        run.go_on(5)
        await pilot.pause(0.1)
        assert len(screen.trace) == 105 and "follow" not in text_of(app)
        await pilot.press("ctrl+t")
        run.end()
        await until(pilot, lambda: following.ENDED in text_of(app))
        assert screen.cursor.index == 109


async def test_a_search_finds_what_has_come(run: Run) -> None:
    """A search that is begun later looks through the new events, too."""
    async with follower(run.path).run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        run.go_on(50)
        await until(pilot, lambda: screen.cursor.index == 149)
        await pilot.press("slash", *"on_step", "enter")
        await until(pilot, lambda: "150 of 150" in text_of(pilot.app))


def test_words() -> None:
    """How long nothing has come changes seldom: each time is a line that is sent."""
    assert [following.since(seconds) for seconds in (0, 29.9)] == ["follow"] * 2
    assert following.since(59) == "follow: no new event for 50 s"
    assert following.since(200) == "follow: no new event for 3 min"
    assert following.since(9000) == "follow: no new event for 2 h"


async def test_the_second_of_two_runs(run: Run, tmp_path: Path) -> None:
    """Each of several traces is followed, also one that was looked at later."""
    other = Run(tmp_path / "other.mpk", b"y" * 16)
    other.go_on(3)
    paths = [run.path, other.path]
    app = TraceApp([Source(str(path), lambda _, path=path: Trace.open(path), -1, True) for path in paths])
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        await pilot.press("t")
        await until(pilot, lambda: app.screen is not first and "other.mpk" in text_of(app))
        await pilot.press("G")
        other.go_on(4)
        await until(pilot, lambda: "6/6" in text_of(app))
        other._file.close()
