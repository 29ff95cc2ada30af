"""A panel needs one line of the screen: it follows the cursor, hears of the search, and may lead elsewhere."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from support.browsed import MillionEvents, app_for, browser, sample, text_of
from tracetui.replay.align.alignment import Alignment
from tracetui.replay.cursor import Cursor
from tracetui.replay.trace import Trace
from tracetui.tui.actions import ACTIONS
from tracetui.tui.app import TraceApp
from tracetui.tui.messages import Found, GoTo
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.panel import Panel
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.source import Source


class Follower(Panel, can_focus=True):
    """Shows the number of the event, and leads to the last one when it is clicked."""

    DEFAULT_CSS = "Follower { height: 1; }"
    seen: list[int]
    heard: list[tuple[str, int]]

    def __init__(self) -> None:
        super().__init__()
        self.seen, self.heard, self.total = [], [], 0

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Remember the event."""
        self.seen.append(cursor.index)
        self.total = len(trace)
        self.refresh()

    def on_found(self, message: Found) -> None:
        """Remember what was found."""
        self.heard.append((message.text, len(message.events)))

    def on_click(self) -> None:
        """Lead to the end."""
        self.post_message(GoTo(self.total - 1))

    def render(self) -> str:
        """Draw the number."""
        return f"follows to {self.seen[-1] if self.seen else 'nothing'}"


@pytest.fixture(autouse=True)
def _another_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what somebody does who adds a panel: put it among the others, here above those that there are."""
    monkeypatch.setattr(BrowserScreen, "PANELS", ((Follower,), *BrowserScreen.PANELS))


async def follower(pilot: Pilot[Any]) -> Follower:
    """Wait for the browser; return its panel."""
    return (await browser(pilot)).query_one(Follower)


async def test_it_follows_the_cursor() -> None:
    """It shows the event to begin at, then that of every key, click and search; each of them once."""
    trace = sample("who_asked_for_this_save")
    app = app_for(trace, 7)
    async with app.run_test(size=(120, 40)) as pilot:
        panel = await follower(pilot)
        assert panel.seen == [7] and "follows to 7" in text_of(app)
        assert isinstance(app.focused, EventList)  # though it could have the focus itself
        await pilot.press("j", "s", "G", "k")
        assert len(panel.seen) == 5
        await pilot.click(EventList, offset=(20, 5))
        screen = await browser(pilot)
        assert len(panel.seen) == 6 and panel.seen[-1] == screen.cursor.index
        await pilot.press("slash", *"should_save", "enter")
        await pilot.pause()
        assert panel.seen[-1] == screen.cursor.index and f"follows to {screen.cursor.index}" in text_of(app)
        assert panel.heard[-1] == ("should_save", len(trace.columns.changed["control.should_save"]))
        await pilot.press("escape")
        await pilot.pause()
        assert panel.heard[-1] == ("", 0)


async def test_it_leads_all_others() -> None:
    """Where somebody points at an event in it, list, details and line go there, too."""
    trace = sample("why_did_it_stop")
    last = len(trace) - 1
    app = app_for(trace)
    async with app.run_test(size=(120, 40)) as pilot:
        panel = await follower(pilot)
        await pilot.click(Follower)
        await pilot.pause()
        screen = await browser(pilot)
        assert panel.seen[-1] == screen.cursor.index == screen.query_one(EventList).cursor == last
        assert f"{trace[last].name}  {last}/{last}" in text_of(app)


async def test_it_is_there_in_every_trace() -> None:
    """Of several traces each has its own; back in the first one it shows the place and hears of the search again."""
    traces = [sample("who_asked_for_this_save"), sample("why_did_it_stop")]
    app = TraceApp([Source("trace.mpk", partial(_opened, trace)) for trace in traces])
    async with app.run_test(size=(120, 40)) as pilot:
        await follower(pilot)
        await pilot.press("slash", *"should_save", "enter")
        here = (await browser(pilot)).cursor.index
        await pilot.press("t")
        await pilot.pause(0.2)
        assert (await follower(pilot)).seen == [Alignment(traces).nearest(here, 1)]
        await pilot.press("t")
        await pilot.pause(0.2)
        panel = await follower(pilot)
        assert panel.seen[0] == here > 0 and panel.heard[-1][0] == "should_save"


async def test_a_trace_without_events_has_no_panel() -> None:
    """Where there is no event nothing is asked to show one; the footer names the keys that are left, and they work."""
    app = app_for(MillionEvents(0))  # type: ignore[arg-type]
    async with app.run_test(size=(120, 20)) as pilot:
        assert not (await browser(pilot)).query(Follower)
        for _ in range(100):  # the footer comes a moment later
            if "Help" in (shown := text_of(app)):
                break
            await pilot.pause(0.02)
        assert "Help" in shown and "Quit" in shown and "Search" not in shown and "Step" not in shown
        await pilot.press("question_mark", "escape")  # the first opens the help, the second closes it
        assert isinstance(app.screen, BrowserScreen) and app.return_code is None
        await pilot.press("q")
    assert app.return_code == 0


async def test_keys_in_a_burst_are_all_done_in_their_order() -> None:
    """Many keys at once, as they come over a slow line, lead where they lead one after the other."""
    trace = sample("why_did_it_stop")
    keys = {action.keys.split(",")[0]: action.run for action in ACTIONS if action.run.startswith("move(")}
    draw = random.Random(3)
    bursts = [["G", "left_square_bracket"], *(draw.choices(list(keys), k=draw.randrange(2, 30)) for _ in range(15))]
    app = app_for(trace)
    async with app.run_test(size=(120, 40)) as pilot:
        panel = await follower(pilot)
        screen = await browser(pilot)
        cursor = Cursor(trace)
        for burst in bursts:
            for key in burst:
                app.post_message(events.Key(key, None))
                getattr(cursor, keys[key].removeprefix("move(").strip("')"))()
            await pilot.pause(0.1)
            await pilot.pause()
            assert screen.cursor.index == cursor.index == screen.query_one(EventList).cursor, burst
        assert panel.seen[-1] == cursor.index


async def test_a_key_that_is_held_down_is_not_painted_each_time() -> None:
    """Where keys come faster than they can be shown one look is enough for several."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(size=(120, 40)) as pilot:
        panel = await follower(pilot)
        for _ in range(60):
            app.post_message(events.Key("right_square_bracket", "]"))
        await pilot.pause(0.5)
        assert panel.seen[-1] == 60 and len(panel.seen) < 40


def _opened(trace: Trace, progress: object) -> Trace:
    return trace
