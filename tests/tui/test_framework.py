"""The browser on a trace whose framework nobody knows."""

from __future__ import annotations

import re

import pytest

from support.browsed import app_for, browser
from support.invented import FRAMEWORK, whole_ride
from tracetui.replay.text.safe import visible
from tracetui.replay.trace import Trace
from tracetui.tui.app import TraceApp
from tracetui.tui.panels.event_list import EventList

FOREIGN = re.compile(r"\bon_\w+|should_\w+|\w*Trainer\w*|CallbackHandler|global_step|TESVL")


def screen_text(app: TraceApp) -> str:
    """Return what is on the screen."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def test_it_browses() -> None:
    """Letters, phases, keys for steps and epochs, search, every tab and the help: all are in the framework's words."""
    app = app_for(Trace.from_bytes(whole_ride()))
    async with app.run_test(size=(140, 90)) as pilot:
        screen = await browser(pilot)

        async def at(*keys: str) -> int:
            await pilot.press(*keys)
            await pilot.pause()
            assert FOREIGN.findall(screen_text(app)) == []
            return screen.cursor.index

        assert "HKP" in screen_text(app)
        assert "▸ tick 1" in screen_text(app) and "P on by Brake, kept" in screen_text(app)
        await pilot.press("Z", "Z")
        assert await at("s") == 3 and await at("p") == 13 and await at("P") == 1
        assert await at("enter") == 2 and "ride › lap › tick" in screen_text(app)
        assert "step 0" in screen_text(app)
        assert await at("backspace") == 1
        for _ in range(17):
            await pilot.press("j")
        assert await at("3") == 18
        text = screen_text(app)
        assert "H··" in text and re.search(r"halt +off → ON  Brake", text) and "step 5" in text
        for tab in "12456":
            assert await at(tab) == 18
        assert "stopped at step 5 of 10 by Brake" in screen_text(app)
        await pilot.press("5", "g", "s", "s")
        await at("j", "j")
        assert "Herald, its own resets" in screen_text(app)
        await at("question_mark")
        assert "flag after the event: the ride ends" in screen_text(app)
        await pilot.press("escape")
        await at("slash", *"control.halt", "enter")
        assert await at("n") in (0, 18)


@pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "[@click=app.quit]x[/]", "\u202egnp", "a\nb"])
async def test_names_of_the_header_do_no_harm(hostile: str) -> None:
    """What the header calls phases, flags and causes reaches the terminal as safe text, never as markup."""
    flags = [{"name": hostile, "letter": "H", "about": hostile}]
    phases = [{"name": hostile, "begin": "gates open", "ends": [hostile]}]
    header = {**FRAMEWORK, "flags": flags, "phases": phases, "handler": hostile, "loop": hostile, "name": hostile}
    app = app_for(Trace.from_bytes(whole_ride(header)))
    async with app.run_test(size=(140, 90)) as pilot:
        await browser(pilot)
        for keys in ("1", "2", "3", "4", "5", "6", "G", "3", "5", "question_mark"):
            await pilot.press(keys)
            await pilot.pause()
            text = screen_text(app)
            assert not [mark for mark in ("\x1b", "\x07", "\u202e") if mark in text]
        assert f"flag after the event: {visible(hostile)}" in text
        assert app.is_running


async def test_without_flags_and_phases() -> None:
    """A framework without flags has no column for them, nor a line in the help; no key finds an epoch."""
    header = {key: value for key, value in FRAMEWORK.items() if key not in ("flags", "phases", "epoch", "step")}
    app = app_for(Trace.from_bytes(whole_ride(header)))
    async with app.run_test(size=(140, 90)) as pilot:
        screen = await browser(pilot)
        for key in ("s", "p", "enter", "backspace", "3", "6", "question_mark"):
            await pilot.press(key)
            await pilot.pause()
            assert screen.cursor.index == 0
        assert "flags after the event" not in screen_text(app)
        await pilot.press("escape", "j")
        assert screen.query_one(EventList).cursor == 1
