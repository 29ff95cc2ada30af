"""Several traces at once: the same moment in each, a lane for each, and where they part, by keys and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import HOSTILE, browser, hostile_trace, sample, terminal_output, text_of
from support.invented import whole_ride
from support.scripts import Happening, ranks, ranks_that_part, training, written
from tracetui.replay.trace import Trace
from tracetui.trace.errors import NotATrace
from tracetui.tui.app import TraceApp
from tracetui.tui.panels.lanes import LanesPanel
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.screens.compare import CompareScreen
from tracetui.tui.source import Source

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

Script = list[Happening]


def opened(*traces: Trace | None) -> TraceApp:
    """Return an app for some traces; None is one that can't be read."""

    def loader(trace: Trace | None) -> Callable[..., Trace]:
        def load(progress: object) -> Trace:
            if trace is None:
                raise NotATrace("broken.mpk is no trace")
            return trace

        return load

    return TraceApp([Source("broken.mpk" if each is None else each.path, loader(each), 0) for each in traces])


async def until(pilot: Pilot[Any], true: Callable[[], bool]) -> None:
    """Wait for something."""
    for _ in range(200):
        if true():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError(text_of(pilot.app))  # type: ignore[arg-type]


async def test_where_the_ranks_part() -> None:
    """One key: there, and what parts, who did it, what was the same, why they hang; the next key: what follows."""
    traces, at = ranks_that_part()
    app = opened(*traces)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("D")
        await until(pilot, lambda: "they part at" in text_of(app))
        assert screen.cursor.index == at
        shown = text_of(app)
        assert f"≠ they part at #{at} on_step_end, step 12" in shown
        assert "control.should_log   rank 0: False   rank 1: True, by LogsOften" in shown
        assert (
            f"the same until then: {at} events" in shown and "a guess: they wait for each other: rank 0 in the" in shown
        )
        await until(pilot, lambda: "(1 of 2" in text_of(app))
        await pilot.press("D")
        await until(pilot, lambda: "(2 of 2" in text_of(app))
        assert screen.cursor.index == at + 1 and "rank 1: has no event after on_step_end; no end record" in text_of(app)
        await until(pilot, lambda: app._together.lanes.all_found)
        await pilot.press("D")
        await until(pilot, lambda: screen.cursor.index == at)
        assert "wrapped" in text_of(app)


async def test_the_same_moment_in_the_next_trace() -> None:
    """The key t shows the next trace at this moment, says which one it is, and leads back to where one was."""
    one = training(30)
    other = deepcopy(one)
    other[3:3] = [Happening("on_push_begin")] * 5
    app = opened(*ranks(one, other))
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        await pilot.press(*"sssjj")
        here = first.cursor.index
        assert "1/2 rank 0 of 2" in text_of(app)
        await pilot.press("t")
        await until(pilot, lambda: app.screen is not first)
        second = await browser(pilot)
        await until(pilot, lambda: "2/2 rank 1 of 2" in text_of(app))
        assert second.cursor.index == here + 5
        await pilot.press("t")
        await until(pilot, lambda: app.screen is first)
        assert first.cursor.index == here
        await pilot.press("s")
        there = first.cursor.index
        await pilot.press("t")
        await until(pilot, lambda: app.screen is second)
        assert second.cursor.index == there + 5 > here + 5


async def test_lanes_by_mouse() -> None:
    """The key T shows a lane for each, marks where the cursor and the ends are; a click leads there in that trace."""
    one, other = training(30), training(30)[:60]
    app = opened(*ranks(one, other))
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        assert not first.query_one(LanesPanel).display
        await pilot.press("T")
        await until(pilot, lambda: "┤ ended" in text_of(app) and "━" not in text_of(app)[:200])
        lines = text_of(app).splitlines()
        lanes = [line for line in lines if "rank 0 " in line or "rank 1 " in line][-2:]
        assert lanes[0].lstrip().startswith("❯rank 0") and lanes[0].count("─") > lanes[1].count("─") + 20
        panel = first.query_one(LanesPanel)
        await pilot.click(LanesPanel, offset=(panel._left + 12, 1))
        await until(pilot, lambda: app.screen is not first)
        second = await browser(pilot)
        assert 0 < second.cursor.index < 60 and second.trace is not first.trace
        await pilot.press("T", "T")
        await pilot.pause()
        assert not second.query_one(LanesPanel).display


async def test_two_traces_are_compared_at_one_moment() -> None:
    """Without a place A d compares this moment in both; j moves along in both; Enter goes to who wrote it, there."""
    traces, at = ranks_that_part()
    app = opened(*traces)
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        await pilot.press("D")
        await until(pilot, lambda: first.cursor.index == at)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await until(pilot, lambda: "rank 1: LogsOften" in text_of(app))
        assert f"rank 1 #{at} step 12  ↔  rank 0 #{at} step 12" in text_of(app)
        await pilot.press("k", "k")
        await until(pilot, lambda: f"rank 1 #{at - 2} step 11  ↔  rank 0 #{at - 2} step 11" in text_of(app))
        assert " 1 of " in text_of(app) and "args.output_dir" in text_of(app)
        await pilot.press("j", "j")
        await until(pilot, lambda: "rank 1: LogsOften" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, BrowserScreen) and app.screen is not first)
        assert app.screen.cursor.index == at  # type: ignore[attr-defined]


async def test_traces_that_do_not_part() -> None:
    """Healthy ranks are said to be the same; nobody is led anywhere."""
    app = opened(*ranks(training(20), training(20)))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        await pilot.press("j", "D")
        await until(pilot, lambda: "they part nowhere" in text_of(app))
        assert screen.cursor.index == 1


async def test_what_can_not_be_read_is_said() -> None:
    """A trace that can't be read is a lane that says so; the others go on. With none left there is a word."""
    app = opened(*ranks(training(5), training(5)), None)
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        await pilot.press("T")
        await until(pilot, lambda: "can't be read: broken.mpk is no trace" in text_of(app))
        await pilot.press("t")
        await until(pilot, lambda: app.screen is not first)
        second = app.screen
        await pilot.press("t")
        await until(pilot, lambda: app.screen is first and app.screen is not second)
    app = opened(*ranks(training(5)), None)
    async with app.run_test(size=(120, 30)) as pilot:
        await browser(pilot)
        await until(pilot, lambda: bool(app._together.lanes.lanes[1].failed))
        await pilot.press("t")
        await until(pilot, lambda: "can't be read" in text_of(app))


async def test_runs_of_two_frameworks() -> None:
    """Runs that share no moment: t shows the other where one was there, and says that there is no such moment."""
    app = opened(Trace.from_bytes(written(training(5)), "run.mpk"), Trace.from_bytes(whole_ride(), "ride.mpk"))
    async with app.run_test(size=(120, 30)) as pilot:
        first = await browser(pilot)
        await pilot.press("s", "s", "t")
        await until(pilot, lambda: app.screen is not first)
        await until(pilot, lambda: "no such moment in this trace" in text_of(app))
        await pilot.press("D")
        await until(pilot, lambda: "they part at #0" in text_of(app))


async def test_one_trace_has_no_lanes() -> None:
    """With one trace t, T and D do nothing, and are neither in the line of keys nor in the menu."""
    app = opened(Trace.from_bytes(written(training(5))))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        await pilot.press("t", "T", "D")
        await pilot.pause()
        assert app.screen is screen and not screen.query_one(LanesPanel).display


@pytest.mark.parametrize("size", [(40, 16), (80, 24), (200, 50)])
async def test_hostile_traces_and_many_lanes(size: tuple[int, int]) -> None:
    """Whatever traces are called and hold, no control byte reaches the terminal, and every line fills the screen."""
    odd = [Trace.from_bytes(written(training(number)), text) for number, text in enumerate(HOSTILE, 2)]
    app = opened(sample("why_did_it_stop"), hostile_trace(), *odd)
    async with app.run_test(size=size) as pilot:
        await browser(pilot)
        await until(pilot, lambda: app._together.lanes.ready)
        for keys in ("T", "D", "D", "t", "D", "D"):
            await pilot.press(keys)
            await pilot.pause(0.1)
            assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
            found = terminal_output(app)
            assert "\x1b]0;" not in found and "\x1b[2J" not in found and "\x9b" not in found and "\u202e" not in found
