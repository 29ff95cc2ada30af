"""The journeys of docs/browser.md: each question is answered by the keys that the page says, and by the mouse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from textual.pilot import Pilot

from support.browsed import app_for, browser, sample, text_of, threads_trace
from support.scripts import ranks_that_part
from tracetui.replay import Trace
from tracetui.tui.app import TraceApp
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.source import Source

SIZES: Final = [(80, 24), (140, 45)]
STOPPED: Final = "why_did_it_stop"
SAVED: Final = "who_asked_for_this_save"

Keys: TypeAlias = Callable[[Pilot[Any], BrowserScreen], Awaitable[None]]


async def begin(pilot: Pilot[Any]) -> BrowserScreen:
    """Wait until all is shown that becomes known."""
    screen = await browser(pilot)
    await settled(pilot)
    return screen


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until nothing is being found out."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def click_on(pilot: Pilot[Any], text: str) -> None:
    """Click on a text of the screen, where it stands first."""
    lines = text_of(pilot.app).splitlines()
    y = next(number for number, line in enumerate(lines) if text in line)
    await pilot.click(offset=(lines[y].index(text), y))
    await settled(pilot)


def changed(trace: Trace, index: int, path: str) -> list[str]:
    """Return who changed a path at an event."""
    return [change.by for change in trace[index].changes if change.path == path]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_why_did_it_stop(size: tuple[int, int]) -> None:
    """No key tells who stopped the run and why; one goes there, and so does a click."""
    trace = sample(STOPPED)
    for go in ("enter", ""):
        app = app_for(trace, None)
        async with app.run_test(size=size) as pilot:
            screen = await begin(pilot)
            shown = text_of(app)
            assert "stopped at step 30 of 900 by EarlyStoppingCallback" in shown
            assert "should_training_stop set by EarlyStoppingCallback" in shown and "patience 2 of 2" in shown
            await (pilot.press(go) if go else click_on(pilot, "should_training_stop set by"))
            await settled(pilot)
            assert changed(trace, screen.cursor.index, "control.should_training_stop") == ["EarlyStoppingCallback"]
            assert "should_training_stop" in text_of(app)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_who_asked_for_this_save(size: tuple[int, int]) -> None:
    """No key tells who asked for each checkpoint; at a save one key, or a click on it, leads to who asked for that."""
    trace = sample(SAVED)
    saves = [number for number, event in enumerate(trace) if event.name == "on_save"]
    app = app_for(trace, None)
    async with app.run_test(size=size) as pilot:
        await begin(pilot)
        asked = {by for number in range(len(trace)) for by in changed(trace, number, "control.should_save")}
        assert all(by in text_of(app) for by in asked - {"CallbackHandler", "Trainer"})
    for number in saves:
        for by_key in (True, False) if size[0] > 80 else (True,):
            app = app_for(trace, number)
            async with app.run_test(size=size) as pilot:
                screen = await begin(pilot)
                await (pilot.press("o") if by_key else click_on(pilot, "o Origin"))
                await settled(pilot)
                index = screen.cursor.index
                assert index < number and changed(trace, index, "control.should_save")
                assert trace[index].after.control["should_save"] is True


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_when_did_it_become_nan(size: tuple[int, int]) -> None:
    """No key tells of the first NaN, that of a probe, too; one goes there, and so does a click."""
    trace = threads_trace()
    for by_key in (True, False):
        app = app_for(trace, None)
        async with app.run_test(size=size) as pilot:
            screen = await begin(pilot)
            assert "NaN" in text_of(app) and "#2" in text_of(app)
            await (pilot.press("e") if by_key else click_on(pilot, "NaN"))
            await settled(pilot)
            assert screen.cursor.index == 2


async def test_how_did_a_metric_develop() -> None:
    """No key shows the curve, last and best of a metric; `c` shows the next, `v` fills the screen with them."""
    app = app_for(sample(STOPPED), None)
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot)
        first = text_of(app).splitlines()[1]
        assert "eval_accuracy" in first and "last" in first and any("⠀" < char <= "⣿" for char in first)
        await pilot.press("c")
        await settled(pilot)
        assert "eval_accuracy" not in text_of(app).splitlines()[1]
        await pilot.press("v")
        await settled(pilot)
        assert sum("⠀" < char <= "⣿" for char in text_of(app)) > 40


async def test_what_differs_between_two_places() -> None:
    """`:s10⏎ x :s20⏎ d` compares two steps: what differs, and who wrote it."""
    app = app_for(sample(STOPPED), None)
    async with app.run_test(size=(120, 40)) as pilot:
        await begin(pilot)
        await pilot.press(*":s10", "enter", "x", *":s20", "enter", "d")
        await settled(pilot)
        shown = text_of(app)
        assert "step 10" in shown and "step 20" in shown and "log_history" in shown and "fields differ" in shown


async def test_where_do_the_ranks_part() -> None:
    """`D` goes to where two ranks part, and says what parts and who did it."""
    app = TraceApp([_source(each) for each in ranks_that_part()[0]])
    async with app.run_test(size=(140, 45)) as pilot:
        screen = await begin(pilot)
        await pilot.press("D")
        for _ in range(100):
            if "should_log" in text_of(app):
                break
            await pilot.pause(0.05)
        assert "should_log" in text_of(app) and "LogsOften" in text_of(app)
        assert screen.trace[app.screen.cursor.index].name == "on_step_end"  # type: ignore[attr-defined]


async def test_places_worth_coming_back_to(tmp_path: Path) -> None:
    """`m` keeps a place for the next time, `u` goes there; `^b` stops at events of this name, F8 runs to the next."""
    trace = sample(STOPPED)
    app = app_for(trace, 139)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await begin(pilot)
        await pilot.press("m", *"here", "enter")
        await settled(pilot)
        screen.moving.go_to(47)
        name = trace[47].name
        await pilot.press("ctrl+b", "f8")
        await settled(pilot)
        assert screen.cursor.index > 47 and trace[screen.cursor.index].name == name
        await pilot.press("g", "u")
        await settled(pilot)
        assert screen.cursor.index == 139 and "here" in text_of(app)


def _source(trace: Trace) -> Source:
    return Source(trace.path, lambda progress: trace)
