"""What is typed faster than the browser answers means what it would mean if it were typed slowly."""

from __future__ import annotations

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from support.browsed import app_for, browser, sample
from tracetui.tui import keys_in_order
from tracetui.tui.app import TraceApp
from tracetui.tui.panels.search_bar import SearchBar
from tracetui.tui.screens.help import HelpScreen

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind


async def burst(pilot: Pilot[str], *keys: str) -> None:
    """Press keys without waiting for anything, as a paste or a slow line does; single characters by what they are."""
    for key in keys:
        single = len(key) == 1
        pilot.app.post_message(events.Key(_character_to_key(key) if single else key, key if single else None))
    for _ in range(500):
        await pilot.pause(0.01)
        if isinstance(pilot.app, TraceApp) and not pilot.app.keys.busy:
            break
    await pilot.pause(0.1)


async def test_a_search_in_one_go() -> None:
    """Letters behind `/` go into the search line, and those behind Enter are keys again."""
    trace = sample("why_did_it_stop")
    async with app_for(trace).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await burst(pilot, *"/training_stop", "enter", "]")
        assert screen.query_one(SearchBar).value == "training_stop"
        assert screen.cursor.index == int(trace.columns.changed["control.should_training_stop"][0]) + 1


async def test_a_screen_that_opens_takes_what_follows() -> None:
    """Letters behind a key that opens a screen are for that screen, and those behind its end for the list again."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await burst(pilot, *":70", "enter", *"]]")
        assert screen.cursor.index == 72
        await burst(pilot, "?", "escape", *"[?")
        assert screen.cursor.index == 71 and isinstance(pilot.app.screen, HelpScreen)


async def test_many_keys_in_one_go() -> None:
    """None of a hundred is lost, and none comes twice."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await burst(pilot, *"]]][" * 25)
        assert screen.cursor.index == 50


async def test_keys_go_on_where_a_widget_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A widget that is removed with a key in its hands does not make the keyboard dead."""
    monkeypatch.setattr(keys_in_order, "PATIENCE", 0.1)
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        field = Input()
        await screen.mount(field)
        field.focus()
        await pilot.pause()
        pilot.app.post_message(events.Key("a", "a"))
        await field.remove()
        await pilot.pause(0.2)
        await burst(pilot, "tab", "j")
        await burst(pilot, "j")
        assert screen.cursor.index >= 1
