"""The details: a row is selected, unfolded, copied; the mouse does the same; what is large stays quick."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import HOSTILE, app_for, browser, hostile_trace, sample, terminal_output, text_of
from support.contrast import contrast
from support.large import large_trace
from tracetui.tui.app import TraceApp
from tracetui.tui.messages import BreakOn, FindOrigin, ShowHistory
from tracetui.tui.panels.details import Details
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.page import Page
from tracetui.tui.panels.tab_line import TabLine

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

STOP = 139
"""The event of the sample at which the training was stopped."""


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep what is copied away from the user's own."""
    monkeypatch.setenv("TRACETUI_STATE", str(tmp_path))
    return tmp_path


async def details(pilot: Pilot[Any], *keys: str) -> Page:
    """Go to the details, and press keys there."""
    screen = await browser(pilot)
    page = screen.query_one(Page)
    page.focus()
    await pilot.pause()
    await pilot.press(*keys)
    await pilot.pause()
    return page


def copied(app: TraceApp, state: Path) -> str:
    """Return what was copied; clipboard and file hold the same."""
    text = (state / "copied.txt").read_text()
    assert app.clipboard == text
    return text


async def test_tab_leads_to_the_details_and_escape_back() -> None:
    """The keys go to the rows, and back to the list; meanwhile the event stays."""
    async with app_for(sample("why_did_it_stop"), STOP).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        for _ in range(4):
            if not isinstance(screen.focused, Page):
                await pilot.press("tab")
        page = screen.query_one(Page)
        assert page.has_focus and page.selected is not None
        first = page.selected.key
        await pilot.press("j", "j", "k")
        assert page.selected is not None and page.selected.key != first and screen.cursor.index == STOP
        await pilot.press("escape", "k")
        assert isinstance(screen.focused, EventList) and screen.cursor.index == STOP - 1


async def test_values_unfold() -> None:
    """Enter and the arrows go into a value and out of it, as deep as it is; a folded one is a line again."""
    async with app_for(sample("why_did_it_stop"), STOP).run_test(size=(120, 50)) as pilot:
        page = await details(pilot, "2", "G", "k")
        assert page.selected is not None and page.selected.row.path == "state.log_history"
        lines = len(page._outline)
        await pilot.press("enter")
        assert len(page._outline) == lines + 7
        await pilot.press("right", "right")
        entry = page.selected
        assert entry is not None and entry.row.path == "state.log_history[5]" and entry.open
        await pilot.press("right")
        assert page.selected is not None and page.selected.row.path.startswith("state.log_history[5].")
        await pilot.press("left", "left", "left", "left")
        assert len(page._outline) == lines and page.selected is not None
        assert page.selected.row.path == "state.log_history"


async def test_what_is_unfolded_and_selected_stays_at_other_events() -> None:
    """A value that one watches is in its place while one goes on."""
    async with app_for(sample("why_did_it_stop"), STOP).run_test(size=(120, 24)) as pilot:
        page = await details(pilot, "2", "G", "k", "enter", "escape")
        top = page.view.top
        assert top > 0
        await pilot.press("j", "j")
        await pilot.pause()
        assert page.view.top == top and page.selected is not None and page.selected.open
        await pilot.press("1", "2")
        assert page.view.top == top


async def test_the_mouse_selects_and_unfolds() -> None:
    """A click selects a row, one on its sign unfolds it; the wheel and the bar scroll; a click on a tab shows it."""
    async with app_for(sample("why_did_it_stop"), STOP).run_test(size=(120, 30)) as pilot:
        screen = await browser(pilot)
        page, line = screen.query_one(Page), screen.query_one(TabLine)
        await pilot.click(TabLine, offset=(line.size.width - 26, 0))
        assert screen.query_one(Details).active == "state" and isinstance(screen.focused, EventList)
        await pilot.click(Page, offset=(10, 3))
        assert page.selected is not None and page.selected.row.path == "state.logging_steps" and page.has_focus
        page.select_end(last=True)
        number = page._number()
        assert number is not None
        lines = len(page._outline)
        await pilot.click(Page, offset=(0, number - 1 - page.view.top))
        assert len(page._outline) == lines + 7
        await pilot.click(Page, offset=(page.size.width - 1, 0))
        assert page.view.top == 0
        await pilot.mouse_down(Page, offset=(page.size.width - 1, 0))
        await pilot.hover(Page, offset=(page.size.width - 1, page.size.height - 1))
        await pilot.mouse_up(Page, offset=(page.size.width - 1, page.size.height - 1))
        assert page.view.top == page._most() and not screen.get_selected_text()
        page.scroll(-page.view.top)
        page.on_mouse_scroll_down()
        assert page.view.top == 3


async def test_a_row_asks_for_history_break_and_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """h, b, o and O ask for something of the value that is selected."""
    asked: list[Any] = []
    kinds = (ShowHistory, BreakOn, FindOrigin, FindOrigin)
    post = Details.post_message

    def heard(self: Details, message: Any) -> bool:
        if isinstance(message, kinds):
            asked.append(message)
            return True
        return post(self, message)

    monkeypatch.setattr(Details, "post_message", heard)
    async with app_for(sample("why_did_it_stop"), STOP).run_test(size=(120, 40)) as pilot:
        await details(pilot, "h", "b", "o", "O")
        assert [type(message) for message in asked] == list(kinds)
        assert {message.path for message in asked} == {"control.should_training_stop"}
        assert [message.forward for message in asked[2:]] == [False, True]


@pytest.mark.slow
async def test_copying(state: Path) -> None:
    """Y copies the place, in the details the value, exactly; the menu has the rest."""
    app = app_for(sample("why_did_it_stop"), STOP)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert copied(app, state) == f"why_did_it_stop.mpk#{STOP}"
        page = await details(pilot, "2")
        while page.selected is not None and page.selected.row.path != "state.total_flos":
            await pilot.press("j")
        assert "7.500e9" in text_of(app)
        await pilot.press("y")
        await pilot.pause()
        assert copied(app, state) == "7500349440.0"
        for key, expected in (
            ("c", "control.should_training_stop: False → True (by EarlyStoppingCallback"),
            ("j", '"event": "on_evaluate"'),
            ("m", "on\\_evaluate, step 30"),
            ("r", "total_flos"),
            ("p", f"#{STOP}"),
        ):
            await pilot.press("Y", key)
            await pilot.pause()
            assert expected in copied(app, state), key
        await pilot.press("Y", "escape")
        assert app.screen is screen


async def test_a_hostile_value_is_copied_as_it_is_and_told_safely(state: Path) -> None:
    """The clipboard gets the value itself, wrapped as OSC 52 has it; what is told of it on the screen is safe."""
    app = app_for(hostile_trace(), 2)
    async with app.run_test(size=(120, 40)) as pilot:
        sent: list[str] = []
        app._driver.write = sent.append  # type: ignore[union-attr, method-assign]
        await details(pilot, "2", "y")
        await pilot.pause()
        text = copied(app, state)
        assert text in HOSTILE[:1] and sent[0] == f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
        await pilot.pause(0.1)
        shown = terminal_output(app)
        assert "\x1b]" not in shown and "\x07" not in shown


async def test_text_is_selected_with_the_mouse(state: Path) -> None:
    """What one drags over is a text that y copies, and Ctrl-C, which leaves where nothing is selected."""
    app = app_for(sample("why_did_it_stop"), STOP)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("2")
        await pilot.mouse_down(Page, offset=(4, 1))
        await pilot.hover(Page, offset=(14, 1))
        await pilot.mouse_up(Page, offset=(14, 1))
        await pilot.pause()
        assert screen.get_selected_text() == "global_step"
        await pilot.press("y")
        await pilot.pause()
        assert copied(app, state) == "global_step"
        (state / "copied.txt").unlink()
        await pilot.press("ctrl+c")
        assert copied(app, state) == "global_step" and app.is_running and app.return_code is None
        await pilot.press("ctrl+c")
        assert app.return_code == 0


async def test_numbers_are_exact_on_demand() -> None:
    """A rounded number is for reading; one key shows what it is."""
    app = app_for(sample("why_did_it_stop"), STOP)
    async with app.run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        assert "1.3311736583709717" not in text_of(app)
        await pilot.press("full_stop")
        await pilot.pause()
        assert "1.3311736583709717" in text_of(app)


async def test_a_change_of_the_log_history_is_what_came() -> None:
    """At every log one reads the new entry, and not the whole list twice; what somebody changed stands above it."""
    trace = sample("why_did_it_stop")
    log = next(index for index in range(50, len(trace)) if trace[index].name == "on_log")
    app = app_for(trace, log)
    async with app.run_test(size=(80, 24)) as pilot:
        await browser(pilot)
        await pilot.pause()
        (line,) = (line for line in text_of(app).splitlines() if "log_history" in line)
        assert "+1 entry (" in line and ": loss " in line and "→" not in line


def _quickest(run: Any) -> float:
    """Return the seconds of the quickest of some calls: a busy machine makes all others longer."""
    times = []
    for _ in range(3):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.slow
async def test_large_values_are_quick() -> None:
    """A history of 20,000 entries, a dictionary and a text too large to draw: only what is seen is made."""
    app = app_for(large_trace(), 1)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await details(pilot, "2")
        page.view.opened |= set(_keys(page))
        assert _quickest(lambda: page.show(page._make, page.view)) < 0.2
        assert len(page._outline) > 20_000
        assert _quickest(lambda: page.select_end(last=True)) < 0.1
        await pilot.pause()
        assert "\x1b[2J" not in terminal_output(app)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (30, 12)])
async def test_hostile_texts_in_every_row(size: tuple[int, int]) -> None:
    """In every tab, with everything unfolded: no control byte, and no line wider or narrower than the page."""
    app = app_for(hostile_trace())
    async with app.run_test(size=size) as pilot:
        screen = await browser(pilot)
        page = screen.query_one(Page)
        for index in range(len(HOSTILE)):
            screen.moving.go_to(index)
            await pilot.pause()
            for tab in "123456":
                await pilot.press(tab)
                await pilot.pause()
                for _ in range(3):
                    page.view.opened |= set(_keys(page))
                    page.show(page._make, page.view)
                for number in range(len(page._outline)):
                    strip = page._strip(number, page.size.width - 1)
                    assert strip.cell_length == page.size.width - 1, (index, tab, number)
                    for raw in ("\x1b", "\x9b", "\x07", "\u202e", "\ud800", "\n", "\t"):
                        assert raw not in strip.text, (index, tab, number)


def _keys(page: Page) -> Iterator[Any]:
    rows = (page._outline[number] for number in range(len(page._outline)))
    return (placed.key for placed in rows if placed.key is not None and placed.row.inner is not None)


@pytest.mark.slow
async def test_the_details_are_readable_in_every_theme() -> None:
    """Every part of a row stands out from what is behind it, the selected row too, in light themes as in dark ones."""
    app = app_for(sample("why_did_it_stop"), STOP)
    async with app.run_test(size=(120, 40)) as pilot:
        page = await details(pilot)
        for theme in app.available_themes.values():
            if "ansi" not in theme.name:  # whose colours the terminal knows
                app.theme = theme.name
                await pilot.pause(0.05)
                for tab in "123456":
                    await pilot.press(tab)
                    lines = [part.render_line(y) for part in (page, page.screen.query_one(TabLine)) for y in (0,)]
                    lines += [page.render_line(y) for y in range(page.size.height)]
                    parts = [part for line in lines for part in line if part.text.strip(" ┃▸▾")]
                    worst = min(parts, key=lambda part: contrast(part.style))
                    assert contrast(worst.style) > 3, (theme.name, tab, worst)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_no_line_is_left_behind_in_the_details(size: tuple[int, int]) -> None:
    """Only what differs is sent; after any keys the screen is what it would be if all of it were drawn anew."""
    draw = random.Random(size[1])
    keys = [*"jjjkkG", "enter", "right", "right", "left", *"g123456", "pagedown", "full_stop", "right_square_bracket"]
    app = app_for(sample("why_did_it_stop"), 30)
    async with app.run_test(size=size) as pilot:
        page = await details(pilot)
        for round_ in range(30):
            pressed = draw.choices(keys, k=draw.randrange(1, 5))
            await pilot.press(*pressed)
            if round_ == 15:
                await pilot.resize_terminal(size[0] + 9, size[1] - 4)
            await pilot.pause()
            shown = terminal_output(app)
            page._forget()
            for widget in app.screen.walk_children():
                widget._styles_cache.clear()
                widget.refresh()
            await pilot.pause()
            assert terminal_output(app) == shown, pressed
