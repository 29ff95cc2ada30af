"""What differs between two places: marked and compared by keys and by mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import app_for, browser, hostile_trace, sample, terminal_output, text_of
from support.invented import whole_ride
from support.scripts import training, written
from tracetui.replay.trace import Trace
from tracetui.tui.app import TraceApp
from tracetui.tui.panels.field_table import FieldTable
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.screens.compare import CompareScreen

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind


def run_of(steps: int = 20) -> Trace:
    """Return a run."""
    return Trace.from_bytes(written(training(steps)), "run.mpk")


async def compared(pilot: Pilot[Any], *keys: str) -> CompareScreen:
    """Press keys, and return the screen that compares."""
    await pilot.press(*keys)
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_pictures(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    """The comparison looks as it did when somebody last looked at it, at three sizes, dark and light."""

    async def go(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        screen = await browser(pilot)
        screen.moving.go_to(18)
        await pilot.pause()
        await pilot.press("x")
        screen.moving.go_to(142)
        await pilot.pause()
        await compared(pilot, "d")
        await pilot.press("down", "down")
        await pilot.pause()

    assert snap_compare(app_for(sample("why_did_it_stop")), terminal_size=size, run_before=go)


def line_with(app: TraceApp, text: str) -> str:
    """Return the line of the screen that has a text."""
    return next((line for line in text_of(app).splitlines() if text in line), "")


async def test_what_differs_between_two_places() -> None:
    """By keys: mark, move, compare; the fields that differ, with who wrote each; Enter goes to who did."""
    trace = run_of()
    app = app_for(trace)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("s", "s", "x")
        here = screen.cursor.index
        await pilot.pause()
        assert f"A #{here}" in text_of(app)
        there = len(trace) - 4
        screen.moving.go_to(there)
        compare = await compared(pilot, "d")
        shown = text_of(app)
        assert f"A #{here} step 2" in shown and f"B #{there} step 20" in shown and "fields differ" in shown
        assert re.search(r"lr +0\.05 +0\.005 +Trainer, 18 ×", shown), shown
        assert re.search(r"control\.should_save +False +True +DefaultFlowCallback, 3 ×", shown)
        assert "2 evaluations, 1 save (asked by DefaultFlowCallback)" in shown
        await pilot.press("down", "down")
        row = compare.query_one(FieldTable).row
        assert row is not None and row.event >= 0
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is screen and screen.cursor.index == row.event


async def test_b_moves_while_one_looks() -> None:
    """j, k and s move B, J and K move A, x takes each for the other, a shows what is the same; Escape and d go back."""
    app = app_for(run_of())
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await browser(pilot)
        compare = await compared(pilot, "s", "x", "j", "d")
        assert "A #4 step 1  ↔  B #5 step 1" in text_of(app)
        await pilot.press("j")
        assert "A #4 step 1  ↔  B #6 step 2" in text_of(app)
        await pilot.press("s", "k")
        assert "↔  B #7 step 2" in text_of(app)
        await pilot.press("J", "x")
        assert "A #7 step 2  ↔  B #5 step 1" in text_of(app)
        rows = len(compare.query_one(FieldTable).rows)
        await pilot.press("a")
        assert len(compare.query_one(FieldTable).rows) > rows and "hides them" in text_of(app)
        await pilot.press("a", "question_mark")
        assert "Keys" in text_of(app) and "B to the next event" in text_of(app)
        await pilot.press("escape", "d")
        await pilot.pause()
        assert app.screen is screen and screen.cursor.index == 5
        await compared(pilot, "d")
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is screen


async def test_by_mouse() -> None:
    """A click in the strip moves B, a click on a row chooses it, another one goes to who wrote it."""
    trace = run_of()
    app = app_for(trace)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await browser(pilot)
        compare = await compared(pilot, "s", "x", "j", "d")
        await pilot.click("RunStrip", offset=(80, 2))
        await pilot.pause()
        assert "B #4 step 1" not in text_of(app)
        table = compare.query_one(FieldTable)
        place = next(place for place, row in enumerate(table.rows) if row.field.path == "state.best_metric")
        row = table.rows[place]
        await pilot.click(FieldTable, offset=(5, place + 1))
        assert table.chosen == place and app.screen is compare
        await pilot.click(FieldTable, offset=(5, place + 1))
        await pilot.pause()
        assert app.screen is screen and screen.cursor.index == row.event and trace[row.event].name == "on_save"


async def test_history_and_copy_of_a_row() -> None:
    """The key h shows all changes of the chosen value and Escape leads back; y copies the row as it is read."""
    app = app_for(run_of())
    async with app.run_test(size=(120, 30)) as pilot:
        await browser(pilot)
        compare = await compared(pilot, "s", "x", "G", "d")
        table = compare.query_one(FieldTable)
        table.chosen = next(place for place, row in enumerate(table.rows) if row.field.path == "state.best_metric")
        await pilot.press("h")
        await pilot.pause()
        assert "history of state.best_metric" in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is compare
        await pilot.press("y")
        assert app.clipboard.startswith("state.best_metric: A #4 step 1: None; B #")


async def test_nothing_to_compare_with() -> None:
    """Without a place A there is a word and no screen; x at A takes it back."""
    app = app_for(run_of())
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        await pilot.press("d")
        await pilot.pause()
        assert app.screen is screen and "x marks a place A" in text_of(app)
        await pilot.press("x")
        await pilot.pause()
        assert "A #0" in text_of(app)
        await pilot.press("x", "d")
        await pilot.pause()
        assert app.screen is screen and "A #0" not in text_of(app)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
async def test_hostile_traces(size: tuple[int, int]) -> None:
    """Whatever stands in a trace, no control byte of it reaches the terminal, and every line fills the screen."""
    for trace in (hostile_trace(), Trace.from_bytes(whole_ride()), sample("which_callback_ate_my_metric")):
        app = app_for(trace)
        async with app.run_test(size=size) as pilot:
            await browser(pilot)
            await compared(pilot, "x", "G", "d")
            await pilot.press("a", "down", "down")
            await pilot.pause()
            assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
            found = terminal_output(app)
            assert "\x1b]0;" not in found and "\x1b[2J" not in found and "\x9b" not in found and "\u202e" not in found


async def test_a_large_trace_is_compared_beside_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a walk over the events takes a thread, the values are there at once, and the rest comes."""
    monkeypatch.setattr("tracetui.tui.screens.compare.FEW", 0)
    app = app_for(run_of())
    async with app.run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        await compared(pilot, "s", "x", "G", "d")
        assert isinstance(app.screen, CompareScreen) and not isinstance(app.screen, BrowserScreen)
        for _ in range(100):
            if "Trainer, 19 ×" in line_with(app, "lr "):
                break
            await pilot.pause(0.02)
        assert "Trainer, 19 ×" in line_with(app, "lr ") and "2 evaluations" in text_of(app)
