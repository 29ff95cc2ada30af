"""What takes long is done in the background: keys are answered meanwhile, and nothing that was asked for is lost."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from textual.pilot import Pilot

from support.browsed import app_for, browser, sample, text_of
from tracetui.replay.search import matches
from tracetui.replay.trace import Trace
from tracetui.tui import moving as moving_module
from tracetui.tui.app import TraceApp
from tracetui.tui.background import Background
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.search_bar import SearchBar
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.source import Source

NAME = "who_asked_for_this_save"
TEXT = "should_save"


class Gate:
    """Holds jobs up until the test has seen what it wants to see."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.in_time: list[bool] = []
        self._open = threading.Event()

    def hold(self, job: str) -> None:
        """Called by the job: wait."""
        self.begun.append(job)
        self.in_time.append(self._open.wait(5))

    async def open(self, pilot: Pilot[Any]) -> None:
        """Let the jobs go on, and see what comes of them; no key had to wait for them."""
        self._open.set()
        for _ in range(100):
            await pilot.pause(0.02)
            if not any(not worker.is_finished for worker in pilot.app.workers):
                break
        await pilot.pause()
        assert all(self.in_time)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Hold every search up."""
    gate = Gate()

    def slow(trace: Trace, text: str) -> NDArray[np.int64]:
        gate.hold(text)
        return matches(trace, text)

    monkeypatch.setattr(moving_module, "matches", slow)
    return gate


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Hold every move up, as if each were far."""
    gate = Gate()
    arrive = moving_module._arrive

    def slow(trace: Trace, index: int, moves: tuple[Any, ...]) -> int:
        gate.hold(f"{len(moves)} from {index}")
        return arrive(trace, index, moves)

    monkeypatch.setattr(moving_module, "_arrive", slow)
    monkeypatch.setattr(moving_module, "REACH", -1)
    return gate


def found_in(trace: Trace) -> list[int]:
    """Return the events that the search finds."""
    return matches(trace, TEXT).tolist()


def marks(screen: BrowserScreen, event: int) -> bool:
    """Tell whether the list marks the line that an event is in as found."""
    listed = screen.query_one(EventList)
    return listed._is_found(listed.outline.lines[listed.outline.lines.line_of(event)])


def several(traces: list[Trace]) -> TraceApp:
    """Return an app that shows several traces."""
    return TraceApp([Source("trace.mpk", partial(_opened, trace)) for trace in traces])


def _opened(trace: Trace, progress: object) -> Trace:
    return trace


async def test_keys_are_answered_during_a_search(searches: Gate) -> None:
    """One moves on while a search goes on; what it finds is marked when it is known, and n goes to the next of it."""
    trace = sample(NAME)
    found = found_in(trace)
    app = app_for(trace)
    async with app.run_test(size=(200, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *TEXT, "enter")
        assert f"/{TEXT}: searching" in text_of(app)
        await pilot.press("j", "j", "s")
        here = screen.cursor.index
        assert here > 2 and screen.query_one(EventList).cursor == here
        await searches.open(pilot)
        assert screen.cursor.index == here and f"{len(found)} found" in text_of(app)
        assert marks(screen, found[0])
        await pilot.press("n")
        assert screen.cursor.index == next(index for index in found if index > here)


async def test_a_search_ends_where_it_leads(searches: Gate) -> None:
    """Without another key the first match is gone to when it is known."""
    trace = sample(NAME)
    app = app_for(trace)
    async with app.run_test() as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *TEXT)
        assert screen.cursor.index == 0
        await searches.open(pilot)
        assert screen.cursor.index == found_in(trace)[0]


@pytest.mark.parametrize(("keys", "place"), [("n", 1), ("nn", 2), ("nnN", 1), ("N", -1), ("jn", 0)])
async def test_a_match_is_waited_for(searches: Gate, keys: str, place: int) -> None:
    """Each n and N that was pressed before the search was done counts, from where one is by then."""
    trace = sample(NAME)
    app = app_for(trace)
    async with app.run_test() as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *TEXT, "enter", *keys)
        await searches.open(pilot)
        assert screen.cursor.index == found_in(trace)[place]


async def test_of_several_searches_the_last_counts(searches: Gate) -> None:
    """Letters that were typed over are not searched once there are more, and what they find is not shown."""
    app = app_for(sample(NAME))
    async with app.run_test(size=(200, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *TEXT)
        assert searches.begun == [TEXT[0]]
        await searches.open(pilot)
        assert searches.begun == [TEXT[0], TEXT] and screen.moving.text == TEXT
        assert f"/{TEXT}: 1 of {len(found_in(screen.trace))} " in text_of(app)


@pytest.mark.parametrize("keys", [("escape",), ("enter", "escape")])
async def test_escape_ends_a_search_at_once(searches: Gate, keys: tuple[str, ...]) -> None:
    """Whoever gives a search up is where they were, and stays there when it is done."""
    app = app_for(sample(NAME), 3)
    async with app.run_test(size=(200, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *TEXT, *keys)
        for _ in range(2):
            assert screen.cursor.index == 3 and not screen.query_one(SearchBar).display
            assert "search" not in text_of(app).splitlines()[-2]
            assert screen.moving.found is not None and not len(screen.moving.found)
            await searches.open(pilot)


async def test_what_is_not_found_rings(searches: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter before the search is done rings the bell when nothing was found, as it does after it."""
    rung: list[int] = []
    app = app_for(sample(NAME))
    monkeypatch.setattr(app, "bell", lambda: rung.append(1))
    async with app.run_test() as pilot:
        await browser(pilot)
        await pilot.press("slash", *"no such text", "enter")
        assert not rung
        await searches.open(pilot)
        assert rung


async def test_far_moves(moves: Gate) -> None:
    """Keys whose event is far away are done one after the other when it is found, and the screen says so."""
    trace = sample("why_did_it_stop")
    app = app_for(trace)
    async with app.run_test(size=(200, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("s", "s", "s")
        assert screen.cursor.index == 0 and "looking" in text_of(app)
        await moves.open(pilot)
        assert trace[screen.cursor.index].step == 3 and trace[screen.cursor.index - 1].step == 2
        assert "looking" not in text_of(app)


@pytest.mark.parametrize(("key", "place"), [("j", 11), ("k", 9), ("g", 0), ("escape", 10), ("slash", 10)])
async def test_another_key_ends_a_far_move(moves: Gate, key: str, place: int) -> None:
    """Who goes elsewhere meanwhile, or presses Escape, is not taken away again."""
    app = app_for(sample("why_did_it_stop"), 10)
    async with app.run_test(size=(200, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("p", key)
        for _ in range(2):
            assert screen.cursor.index == place and "looking" not in text_of(app)
            await moves.open(pilot)


async def test_leaving_during_a_search(searches: Gate) -> None:
    """Quitting during a search is quiet."""
    app = app_for(sample(NAME))
    async with app.run_test() as pilot:
        await browser(pilot)
        await pilot.press("slash", *TEXT, "enter")
        threading.Timer(0.2, searches._open.set).start()
        await pilot.press("q")
    assert app.return_code == 0 and all(searches.in_time)


async def test_a_search_goes_on_in_another_trace(searches: Gate) -> None:
    """Whoever looks at another trace during a search finds it done when they come back."""
    traces = [sample(NAME), sample("why_did_it_stop")]
    app = several(traces)
    async with app.run_test(size=(200, 40)) as pilot:
        first = await browser(pilot)
        await pilot.press("slash", *TEXT, "enter", "t")
        await pilot.pause(0.2)
        second = await browser(pilot)
        assert second is not first
        await pilot.press("t")
        assert await browser(pilot) is first
        await searches.open(pilot)
        assert f"/{TEXT}: 1 of {len(found_in(traces[0]))} " in text_of(app)
        assert marks(first, found_in(traces[0])[0])


async def test_what_comes_too_late_is_not_shown() -> None:
    """A job that is done, but whose result nobody has taken when the next one begins, is as good as dropped."""
    app, arrived = app_for(sample(NAME)), list[str]()
    begun, go = threading.Event(), threading.Event()

    def first(trace: Trace) -> str:
        begun.set()
        go.wait(5)
        return "first"

    async with app.run_test() as pilot:
        background = (await browser(pilot)).moving._background
        background.run("search", first, arrived.append)
        while not begun.is_set():
            await pilot.pause(0.01)
        go.set()
        time.sleep(0.2)  # the thread ends meanwhile; what it hands over waits for this coroutine
        background.run("search", lambda trace: "second", arrived.append)
        await pilot.pause(0.2)
    assert arrived == ["second"]


async def test_what_somebody_waits_for_comes_first() -> None:
    """Of the jobs that wait for one that takes long, those that a user waits for are done before all others."""
    app = app_for(sample(NAME))
    async with app.run_test(size=(80, 24)) as pilot:
        background = Background(await browser(pilot), sample(NAME))
        gate, done = threading.Event(), []
        background.run("long", lambda _: gate.wait(5), done.append)
        for number in range(4):
            background.run(f"unasked {number}", lambda _, number=number: number, done.append)
        background.run("asked", lambda _: "asked", done.append, soon=True)
        await pilot.pause(0.15)
        gate.set()
        for _ in range(200):
            await pilot.pause(0.02)
            if len(done) == 6:
                break
        assert done[:2] == [True, "asked"] and sorted(done[2:]) == [0, 1, 2, 3]
