"""The browser, used through its keys and its mouse, on traces that were really recorded."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import ProgressBar

from support.browsed import (
    HOSTILE,
    MillionEvents,
    app_for,
    browser,
    hostile_trace,
    sample,
    terminal_output,
    text_of,
    threads_trace,
)
from tracetui.replay.trace import Trace
from tracetui.trace.errors import NotATrace
from tracetui.tui.actions import ACTIONS
from tracetui.tui.app import TraceApp
from tracetui.tui.palette import commands
from tracetui.tui.panels.details import Details
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.page import Page
from tracetui.tui.panels.search_bar import SearchBar
from tracetui.tui.screens.help import HelpScreen
from tracetui.tui.screens.loading import LoadingScreen
from tracetui.tui.source import Source

SIZES = ((80, 24), (120, 40), (200, 50))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tab", ["1", "2", "5"])
def test_pictures(snap_compare: Callable[..., bool], size: tuple[int, int], tab: str) -> None:
    """The browser looks as it did when somebody last looked at it, at three sizes."""

    async def go(pilot: Pilot[Any]) -> None:
        await browser(pilot)
        await pilot.press("G", "k", "k", "k", "k", tab)
        await pilot.pause()

    assert snap_compare(app_for(sample("why_did_it_stop")), terminal_size=size, run_before=go)


def test_picture_of_the_help(snap_compare: Callable[..., bool]) -> None:
    """The help shows every key of the table."""

    async def go(pilot: Pilot[Any]) -> None:
        await browser(pilot)
        await pilot.press("question_mark")

    assert snap_compare(app_for(sample("why_did_it_stop")), terminal_size=(100, 60), run_before=go)


async def test_a_journey() -> None:
    """The keys do what the help says: events, pages, ends, steps, phases, names, and back."""
    trace = sample("why_did_it_stop")
    app = app_for(trace)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)

        async def at(*keys: str) -> int:
            await pilot.press(*keys)
            return screen.cursor.index

        assert await at("right_square_bracket", "right_square_bracket", "right_square_bracket") == 3
        assert await at("left_square_bracket", "left_square_bracket", "left_square_bracket") == 0
        assert await at("G") == len(trace) - 1 and await at("g") == 0
        await pilot.press("Z", "Z")
        page = screen.query_one(EventList).page
        assert page > 20 and await at("pagedown") == page and await at("pageup") == 0
        assert await at("j", "down") == 2 and await at("k", "up") == 0
        assert await at("s") == 6 and trace[6].step == 1 and trace[5].step == 0
        assert await at("S") == 0
        assert trace[await at("p")].name == "on_epoch_begin"
        assert trace[await at("enter")].name == "on_step_begin"
        assert trace[await at("right")].name == "on_pre_optimizer_step"
        assert trace[await at("backspace")].name == "on_step_begin"
        here = screen.cursor.index
        assert trace[await at("n")].name == "on_step_begin" and screen.cursor.index > here
        assert await at("N") == here
        assert screen.query_one(EventList).cursor == here


async def test_what_changed_is_shown_with_its_cause() -> None:
    """At the event that ended training one reads what changed, from what to what, and who did it."""
    trace = sample("why_did_it_stop")
    stop = int(trace.columns.changed["control.should_training_stop"][-1])
    app = app_for(trace, stop)
    async with app.run_test(size=(240, 50)) as pilot:
        await browser(pilot)
        for tab in ("1", "3", "5"):
            await pilot.press(tab)
            shown = text_of(app)
            by = "" if tab == "5" else "  EarlyStoppingCallback"
            assert re.search(r"should_training_stop.*off → ON" + by, shown), tab
        await pilot.press("2")
        assert re.search(r"best_metric\s+\S", text_of(app))


async def test_search() -> None:
    """A search finds events by what changed in them, n and N go round, Escape goes back to where one was."""
    trace = sample("who_asked_for_this_save")
    found = trace.columns.changed["control.should_save"]
    app = app_for(trace)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *"should_save")
        assert screen.cursor.index == found[0]
        await pilot.press("enter", "n")
        assert screen.cursor.index == found[1] and f"2 of {len(found)}" in text_of(app)
        await pilot.press("N", "N")
        assert screen.cursor.index == found[-1]
        await pilot.press("escape", "g", "slash", *"on_save", "escape")
        assert screen.cursor.index == 0 and not screen.query_one(SearchBar).display


async def test_search_by_a_condition() -> None:
    """A condition finds the events for which it holds; while it is half typed it is a text like any other."""
    trace = sample("why_did_it_stop")
    app = app_for(trace)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *"step > 12 and event == 'on_log'")
        assert trace[screen.cursor.index].name == "on_log"
        assert trace[screen.cursor.index].step > 12
        assert ": 1 of " in text_of(app)


async def test_going_to_a_number() -> None:
    """An event is reached by its number, a negative one counts from the end."""
    trace = sample("why_did_it_stop")
    async with app_for(trace).run_test() as pilot:
        screen = await browser(pilot)
        for typed, expected in (("42", 42), ("-1", len(trace) - 1), ("0", 0)):
            await pilot.press("ctrl+g", *typed, "enter")
            await pilot.pause()
            assert screen.cursor.index == expected


async def test_the_mouse() -> None:
    """A click goes to the event under it, also after scrolling."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("Z", "Z")
        await pilot.click(EventList, offset=(20, 5))
        assert screen.cursor.index == 4
        await pilot.press("G")
        top = screen.query_one(EventList).scroll_offset.y
        await pilot.click(EventList, offset=(20, 3))
        assert top > 0 and screen.cursor.index == top + 2


async def test_help_and_palette_know_every_key() -> None:
    """Help and palette are made from the one table of actions, in its order, and nothing is there twice."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(size=(120, 150)) as pilot:
        screen = await browser(pilot)
        titles = [title for title, _, _ in commands(app, screen)]
        assert len(set(titles)) == len(titles) and titles[-1].startswith("Look: ")
        assert [action.help for action in ACTIONS if action.run != "app.menu"] == [
            title.partition(": ")[2] for title in titles if not title.startswith("Look: ")
        ]
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        shown = re.sub(r"[│\s]+", " ", text_of(app))
        assert all(" ".join(action.help.split()[:3]) in shown for action in ACTIONS)
        await pilot.press("escape")
        assert app.screen is screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_help_filters(size: tuple[int, int]) -> None:
    """Typed letters leave the lines that hold them, whatever is asked for: a key, a word, a group."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(size=size) as pilot:
        await browser(pilot)
        await pilot.press("question_mark", *"epoch nxt")
        assert "No key does that" in text_of(app)
        await pilot.press("backspace", "backspace", *"ext")
        await pilot.pause()
        shown = text_of(app)
        assert "next epoch" in shown and "previous epoch" not in shown and "next step" not in shown
        await pilot.press("question_mark")
        assert not isinstance(app.screen, HelpScreen)


async def test_hostile_text_stays_text() -> None:
    """No text of a trace reaches the terminal raw, is read as markup, or becomes something to click on."""
    app = app_for(hostile_trace())
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await browser(pilot)
        for index in range(len(HOSTILE)):
            screen.moving.go_to(index)
            await pilot.pause()
            for tab in "123456":
                await pilot.press(tab)
                sent = terminal_output(app)
                for raw in ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\u202e", "\ud800"):
                    assert raw not in sent, (index, tab, raw)
        await pilot.press("1")
        screen.moving.go_to(1)
        await pilot.pause()
        assert "[@click=app.quit]x[/]" in text_of(app)
        styles = [segment.style for strip in screen._compositor.render_strips() for segment in strip]
        assert not any(style and style.meta.get("@click") == "app.quit" for style in styles)


async def test_leaving_before_the_first_paint_is_quiet() -> None:
    """Whoever quits while the first screen is being made gets the terminal back, not a traceback."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test() as pilot:
        screen = await browser(pilot)
        await screen.query("*").remove()
        screen.moving.go_to(1)
        screen.moving.search("on_save")
        await pilot.pause()


async def test_a_million_events() -> None:
    """Of a million events only those on the screen are looked at, wherever one goes."""
    trace = MillionEvents()
    app = app_for(trace)  # type: ignore[arg-type]
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("G", "pageup", "g", "j", "s", "n")
        screen.moving.go_to(500_000)
        await pilot.pause()
        assert "500,000/" in text_of(app)
        assert sum(trace.made.values()) < 30
        assert len(trace.columns.asked) < 400


async def test_the_first_screen_is_there_at_once() -> None:
    """While a trace is read a bar shows how far it is, and the keys answer."""
    steps: list[float] = []
    trace = sample("why_did_it_stop")

    def load(progress: Callable[[int, int], None]) -> Trace:
        progress(25, 100)
        steps.append(app.screen.query_one(ProgressBar).progress)
        seen.wait(30)
        return trace

    seen = threading.Event()
    app = TraceApp([Source("slow.mpk", load)])
    async with app.run_test() as pilot:
        assert isinstance(app.screen, LoadingScreen)
        seen.set()
        await browser(pilot)
    assert steps == [25]


@pytest.mark.parametrize("error", [NotATrace("x.mpk is no trace"), FileNotFoundError(2, "No such file or directory")])
async def test_what_cannot_be_opened_ends_the_app(error: Exception) -> None:
    """A trace that can't be opened ends the app with its reason and exit status 2, not with a traceback."""

    def load(progress: object) -> Trace:
        raise error

    app = TraceApp([Source("x.mpk", load)])
    async with app.run_test() as pilot:
        for _ in range(100):
            if app.return_code is not None:
                break
            await pilot.pause(0.02)
    assert app.return_code == 2
    assert "x.mpk" in str(app.return_value)


async def test_several_traces() -> None:
    """The key t goes round the traces that were opened, and each keeps its place."""
    names = ("why_did_it_stop", "who_asked_for_this_save")
    app = TraceApp([Source(name, lambda progress, name=name: sample(name)) for name in names])
    async with app.run_test() as pilot:
        first = await browser(pilot)
        await pilot.press("j", "j", "t")
        await pilot.pause(0.2)
        second = await browser(pilot)
        assert second is not first and len(second.trace) != len(first.trace)
        await pilot.press("t")
        await pilot.pause()
        assert app.screen is first and first.cursor.index == 2


async def test_threads_and_what_probes_found() -> None:
    """The key e leads to what a probe found, and an event of another thread says so, in the list and beside it."""
    app = app_for(threads_trace())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("e")
        assert screen.cursor.index == 2
        assert text_of(app).count("heartbeat [1]") == 1
        await pilot.press("j")
        await pilot.pause()
        assert "on_log [heartbeat [1]]" in text_of(app) and ", thread heartbeat [1]" in text_of(app)


async def test_trouble_is_told() -> None:
    """Damage, gaps, exceptions and a missing end are named on a line of their own, and e leads to them."""
    app = app_for(hostile_trace())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        shown = text_of(app)
        assert "3 events could not be recorded" in shown and "no end record" in shown
        await pilot.press("e")
        assert screen.cursor.index == 1
    sound = app_for(sample("why_did_it_stop"))
    async with sound.run_test() as pilot:
        await browser(pilot)
        assert "⚠" not in text_of(sound)


async def test_details_scroll() -> None:
    """J and K scroll the details, another event shows them from their top."""
    app = app_for(sample("why_did_it_stop"), 139)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await browser(pilot)
        await pilot.press("2", "J")
        page = screen.query_one(Details).query_one(Page)
        assert page.view.top > 0
        await pilot.press("1", "J")
        assert page.view.top > 0
        await pilot.press("j")
        assert page.view.top == 0


async def test_a_theme_is_everywhere() -> None:
    """When another theme is chosen, no part of the screen keeps the colours of the first."""
    app = app_for(sample("why_did_it_stop"), 139)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        app.theme = "textual-light"
        await pilot.pause(0.2)
        for part in (screen.query_one(EventList), screen.query_one(Details).query_one(Page)):
            (first, *_) = part.render_line(part.size.height - 1)
            assert first.style is not None
            assert first.style.bgcolor is not None
            assert min(first.style.bgcolor.get_truecolor()) > 200, part


@pytest.mark.parametrize("size", SIZES)
async def test_the_event_to_begin_at_is_on_the_screen(size: tuple[int, int]) -> None:
    """`trace.mpk#139` shows the line of that event, also when the terminal's size is changed."""
    app = app_for(sample("why_did_it_stop"), 139)
    async with app.run_test(size=size) as pilot:
        await browser(pilot)
        for wide, high in (size, (100, 20)):
            await pilot.resize_terminal(wide, high)
            await pilot.pause(0.2)
            assert re.search(r" on_evaluate +T on by EarlyStop", text_of(app))


async def test_a_trace_without_events_opens() -> None:
    """A trace that ends in its header shows its troubles and takes every key."""
    empty = MillionEvents(0)
    app = app_for(empty)  # type: ignore[arg-type]
    async with app.run_test() as pilot:
        await browser(pilot)
        for action in ACTIONS:
            if action.run not in ("app.quit", "app.menu", "help"):
                await pilot.press(action.keys.split(",")[0])
        assert "holds no event" in text_of(app)


def test_the_fake_has_the_columns_of_a_real_trace() -> None:
    """The million events are a fair stand-in: the same columns, of the same types."""
    real, fake = sample("why_did_it_stop").columns, MillionEvents(8).columns
    for name in ("name", "step", "epoch", "time", "duration", "depth", "phases", "flags", "marks"):
        assert np.asarray(getattr(fake, name)).dtype == np.asarray(getattr(real, name)).dtype, name
