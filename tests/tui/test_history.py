"""History and plots of values: screens of their own, from which one goes to an event or back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import HOSTILE, app_for, browser, hostile_trace, sample, terminal_output, text_of
from tracetui.tui.messages import ShowHistory
from tracetui.tui.panels.plot import Plot
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.screens.history import HistoryScreen
from tracetui.tui.screens.plot import PlotScreen

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind


async def show(pilot: Pilot[Any], path: str) -> None:
    """Ask for the history of a value, as a panel does."""
    (await browser(pilot)).post_message(ShowHistory(path))
    for _ in range(3):
        await pilot.pause()


async def test_a_history_leads_to_a_change() -> None:
    """It lists who changed the value where; Enter goes to the highlighted change, Escape stays where one was."""
    trace = sample("why_did_it_stop")
    app = app_for(trace, 100)
    async with app.run_test(size=(120, 40)) as pilot:
        await show(pilot, "control.should_save")
        shown = text_of(app)
        assert "history of control.should_save  6 changes" in shown and "DefaultFlowCallback" in shown
        assert shown.count("False → True") == 3
        await pilot.press("j")
        await pilot.press("escape")
        assert (await browser(pilot)).cursor.index == 100
        await show(pilot, "control.should_save")
        await pilot.press("j", "enter")
        await pilot.pause()
        assert (await browser(pilot)).cursor.index == 134


async def test_a_history_has_a_curve_where_there_are_numbers() -> None:
    """A logged number is drawn, the line follows the list, and a click in the curve highlights the value there."""
    app = app_for(sample("why_did_it_stop"), 0)
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, "logs.loss")
        screen = app.screen
        assert isinstance(screen, HistoryScreen) and screen.query_one(Plot).display
        assert "1.943 → 1.260  -0.683" in text_of(app)
        await pilot.press("G")
        assert screen.query_one(Plot).cursor == 135
        await pilot.click(Plot, offset=(60, 2))
        await pilot.pause()
        assert screen.query_one(Plot).cursor == 89
        await pilot.press("v", "enter")
        await pilot.pause()
        assert isinstance(app.screen, BrowserScreen) and app.screen.cursor.index == 89
        await show(pilot, "state.best_model_checkpoint")
        assert not app.screen.query_one(Plot).display


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (30, 8)])
async def test_plots(size: tuple[int, int]) -> None:
    """Metrics below each other: more, fewer, others, zoomed, on a logarithmic scale; keys go from value to value."""
    app = app_for(sample("why_did_it_stop"), 0)
    async with app.run_test(size=size) as pilot:
        await browser(pilot)
        await pilot.pause()
        await pilot.press("v")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, PlotScreen)
        for keys in ("a", "a", "L", "plus", "l", "minus", "c", "C", "x", "0", "l", "l"):
            await pilot.press(keys)
            await pilot.pause()
            lines = text_of(app).splitlines()
            assert len(lines) == size[1] and not any("\n" in line for line in lines)
        here = screen.query_one(Plot).cursor
        assert here in sample("why_did_it_stop").series(screen._paths[0]).index
        await pilot.press("enter")
        await pilot.pause()
        assert (await browser(pilot)).cursor.index == here


async def test_by_name() -> None:
    """After a colon a history and a plot are asked for by path or by name; without one they are of the metric shown."""
    app = app_for(sample("why_did_it_stop"), 90)
    async with app.run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        await pilot.pause()
        for line, shown in (
            ("h loss", "history of logs.loss  3 changes"),
            ("h control.should_log", "history of control.should_log  6 changes"),
            ("h", "history of logs.eval_accuracy"),
            ("h lgos.loss", "history of lgos.loss  0 changes"),
            ("v lr loss", "lr[0]"),
            ("v", "logs.eval_accuracy"),
        ):
            await pilot.press("colon", *("space" if letter == " " else letter for letter in line), "enter")
            for _ in range(3):
                await pilot.pause()
            assert shown in text_of(app), line
            await pilot.press("escape")
            await pilot.pause()


async def test_hostile_histories() -> None:
    """Paths, values and causes that would steer the terminal are shown as what they are."""
    app = app_for(hostile_trace())
    async with app.run_test(size=(100, 30)) as pilot:
        for text in HOSTILE:
            await show(pilot, f"state.{text}")
            assert isinstance(app.screen, HistoryScreen)
            output = terminal_output(app)
            assert not any(text in output for text in HOSTILE if not text.isprintable())
            await pilot.press("escape")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
def test_pictures(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    """The history of a flag, with its curve, looks as it did when somebody last looked at it."""

    async def go(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await show(pilot, "control.should_save")
        await pilot.press("j")
        await pilot.pause()

    assert snap_compare(app_for(sample("why_did_it_stop"), 90), terminal_size=size, run_before=go)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
def test_pictures_of_plots(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    """Two metrics on the whole screen look as they did when somebody last looked at them."""

    async def go(pilot: Pilot[Any]) -> None:
        await browser(pilot)
        pilot.app.theme = theme
        await pilot.pause()
        await pilot.press("v", "a", "l")
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app_for(sample("why_did_it_stop"), 90), terminal_size=size, run_before=go)
