"""Folds, filter and player, by keys and by mouse: what one sees is what one asked for, and a key paints little."""

from __future__ import annotations

import re
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import app_for, browser, sample, text_of
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.filter_bar import FilterBar

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind


def rows(pilot: Pilot[Any]) -> list[str]:
    """Return the lines of the list, without the titles."""
    events = pilot.app.screen.query_one(EventList)
    return [
        events.render_line(y).text.rstrip() for y in range(1, events.page + 1) if events.render_line(y).text.strip()
    ]


async def test_a_run_opens_as_a_few_lines() -> None:
    """The list says what happened: runs of steps in a line each, and who asked for what."""
    async with app_for(sample("why_did_it_stop"), 0).run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        shown = rows(pilot)
        assert len(shown) == 7
        assert re.search(r" 1 ▸ steps 1-10 +logged, evaluated", shown[2])
        assert re.search(r"● +30 ▸ step 30 +T on by EarlyStopping", shown[5]) and shown[5].endswith("T····")


async def test_keys_that_fold() -> None:
    """Enter opens and goes in, Left goes out and closes, z does both; Z shows steps, then all events."""
    async with app_for(sample("why_did_it_stop"), 0).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("j", "j", "enter")
        assert len(rows(pilot)) > 7 and "▾ steps 1-10" in rows(pilot)[2] and screen.cursor.index == 2
        await pilot.press("j", "j", "right", "right", "right")
        inside = screen.cursor.index
        assert "▾ step 2" in "".join(rows(pilot)) and inside > 2
        await pilot.press("left")
        assert screen.query_one(EventList).outline.here.is_open
        await pilot.press("left", "z", "z", "left", "left")
        assert len(rows(pilot)) == 7 and screen.cursor.index == 2
        await pilot.press("Z")
        assert sum("▸ step " in row for row in rows(pilot)) > 20
        await pilot.press("Z")
        assert not any("▸" in row for row in rows(pilot)) and "on_step_begin" in rows(pilot)[3]
        await pilot.press("Z")
        assert len(rows(pilot)) == 7 and screen.cursor.index == 2


async def test_a_jump_opens_what_is_around_it() -> None:
    """An event that is searched is shown among its own, with what came after it; the fold closes when one leaves."""
    async with app_for(sample("why_did_it_stop"), 0).run_test(size=(120, 24)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *"training_stop", "enter")
        await pilot.pause()
        shown = rows(pilot)
        here = next(number for number, row in enumerate(shown) if "on_evaluate" in row)
        assert "T on by EarlyStopping" in shown[here] and "on_save" in shown[here + 1]
        await pilot.press("escape", "g")
        assert len(rows(pilot)) == 7 and screen.cursor.index == 0


async def test_the_mouse_folds() -> None:
    """A click goes to a line, a second one opens its fold, a third closes it."""
    async with app_for(sample("why_did_it_stop"), 0).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        for expected in (7, 17, 7):
            await pilot.click(EventList, offset=(14, 3))
            await pilot.pause()
            assert screen.cursor.index == 2 and abs(len(rows(pilot)) - expected) <= 1


async def test_a_filter() -> None:
    """A filter lists matching events alone, other moves go on, an empty one lists all; what is wrong is told."""
    trace = sample("why_did_it_stop")
    async with app_for(trace, 0).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("f", *"on_save", "enter")
        await pilot.pause()
        saves = trace.columns.places("on_save").tolist()
        assert len(rows(pilot)) == len(saves) and f"filter on_save: {len(saves)} of {len(trace)}" in text_of(pilot.app)
        await pilot.press("j", "j")
        assert screen.cursor.index in saves
        await pilot.press("right_square_bracket")
        assert screen.cursor.index - 1 in saves and len(rows(pilot)) == len(saves)
        await pilot.press("f", "delete", "enter")
        await pilot.pause()
        assert "filter" not in rows(pilot) and len(rows(pilot)) > len(saves)
        await pilot.press("f", *"nowhere", "enter")
        await pilot.pause()
        assert "nothing matches" in text_of(pilot.app) and len(rows(pilot)) >= 7
        await pilot.press("f", "x", "escape")
        assert not screen.query_one(FilterBar).display and screen.filtering.text == "nowhere"


async def test_play_and_pause() -> None:
    """Space goes on line by line until the end or the next space; while nothing is played there is no timer."""
    async with app_for(sample("why_did_it_stop"), 0).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("Z", "space")
        assert "▶ 4/s" in text_of(pilot.app)
        await pilot.press(*["greater_than_sign"] * 3)
        for _ in range(100):
            if screen.player._timer is None:
                break
            await pilot.pause(0.05)
        assert screen.cursor.index == len(screen.trace) - 1 and "▶" not in text_of(pilot.app)
        await pilot.press("g", "space", "less_than_sign", "space")
        assert screen.player._timer is None and "▶" not in text_of(pilot.app)


async def test_over_what_is_deeper() -> None:
    """The key over leads to the next event of the same level, the one before back."""
    trace = sample("why_did_it_stop")
    async with app_for(trace, 1).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("right_curly_bracket")
        assert trace[screen.cursor.index].name == "on_train_end"
        await pilot.press("left_curly_bracket")
        assert screen.cursor.index == 1


async def test_wide_and_hostile_names_keep_the_columns() -> None:
    """Whatever events are called, every line has one width, and the flags stand below each other."""
    from support.browsed import hostile_trace

    async with app_for(hostile_trace(), 0).run_test(size=(90, 30)) as pilot:
        screen = await browser(pilot)
        events = screen.query_one(EventList)
        widths = {events.render_line(y).cell_length for y in range(events.page + 1)}
        assert widths == {events.scrollable_content_region.width}
        assert not re.search(r"[\x00-\x1f\x9b\u202e]", "".join(rows(pilot)))
