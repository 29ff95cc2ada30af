"""What a search says, and where it leaves one."""

from __future__ import annotations

import pytest

from support.browsed import app_for, browser, sample, text_of
from tracetui.tui.panels.details import Details
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.tab_line import TabLine

KEY = {" ": "space", ">": "greater_than_sign", "'": "apostrophe", "=": "equals_sign", ".": "full_stop"}


@pytest.mark.parametrize("text", ["logs.loss > 300", "lgos.loss > 0.3", "on_save 2000", "no such text"])
async def test_what_is_not_found_leads_nowhere(text: str) -> None:
    """Whatever its half-typed beginnings have found, a search without a match ends where it began."""
    async with app_for(sample("why_did_it_stop"), 70).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        been = set()
        await pilot.press("slash")
        for letter in text:
            await pilot.press(KEY.get(letter, letter))
            await pilot.pause()
            been.add(screen.cursor.index)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.cursor.index == 70 and len(been) > 1
        assert "0 found" in text_of(pilot.app)


async def test_deleted_letters_lead_back() -> None:
    """Whoever deletes what they have typed is where they were before it; Escape later on leads nowhere else."""
    async with app_for(sample("why_did_it_stop"), 70).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *"save")
        assert screen.cursor.index != 70
        await pilot.press(*["backspace"] * 4)
        assert screen.cursor.index == 70
        await pilot.press(*"save", "enter", "g", "escape")
        await pilot.pause()
        assert screen.cursor.index == 0 and "save" not in text_of(pilot.app).splitlines()[-2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lgos.loss > 0.3", "no condition: unknown name lgos; did you mean logs.loss"),
        ("logs.loss >", "no condition: a value is missing after >"),
        ("logs.loss > 300", ": 0 found  "),
        ("should_save", ": 1 of 6  "),
    ],
)
async def test_a_wrong_condition_is_told(text: str, told: str) -> None:
    """A condition with a mistake in it does not look like one that holds nowhere, in 80 columns neither."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(80, 24)) as pilot:
        await browser(pilot)
        await pilot.press("slash", *(KEY.get(letter, letter) for letter in text), "enter")
        await pilot.pause()
        assert told in text_of(pilot.app).splitlines()[-2]


async def test_matches_are_counted() -> None:
    """At a match one reads which of them it is, elsewhere how many there are."""
    trace = sample("who_asked_for_this_save")
    total = len(trace.columns.changed["control.should_save"])
    async with app_for(trace).run_test(size=(200, 40)) as pilot:
        await browser(pilot)
        await pilot.press("slash", *"should_save", "enter")
        assert f": 1 of {total} " in text_of(pilot.app)
        await pilot.press("n", "n")
        assert f": 3 of {total} " in text_of(pilot.app)
        await pilot.press("g")
        assert f": {total} found " in text_of(pilot.app)


async def test_a_search_that_goes_round_is_told() -> None:
    """Who comes from the last match to the first reads it, and no longer after the next move."""
    async with app_for(sample("who_asked_for_this_save")).run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        await pilot.press("slash", *"should_save", "enter", "N")
        assert "wrapped" in text_of(pilot.app)
        await pilot.press("N")
        assert "wrapped" not in text_of(pilot.app)
        await pilot.press("n", "n")
        assert ": 1 of " in text_of(pilot.app) and "wrapped" in text_of(pilot.app)


async def test_the_end_is_told() -> None:
    """A key that leads nowhere says so, and not with the bell alone."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        await pilot.press("e")
        assert "nothing further" in text_of(pilot.app)
        await pilot.press("j")
        assert "nothing further" not in text_of(pilot.app)


@pytest.mark.parametrize("text", ["1.9432", "1.94319687", "1.943"])
async def test_a_number_is_found_as_it_is_shown(text: str) -> None:
    """A number that one reads on the screen can be searched, rounded or in full."""
    trace = sample("why_did_it_stop")
    first = int(trace.series("logs.loss").index[0])
    async with app_for(trace).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", *(KEY.get(letter, letter) for letter in text), "enter")
        await pilot.pause()
        assert screen.cursor.index == first


@pytest.mark.parametrize("keys", [["colon", *"70", "enter"], ["slash", *"step == 15", "enter"]])
async def test_a_far_event_is_shown_with_what_is_around_it(keys: list[str]) -> None:
    """A jump to an event that is not near brings it to the middle; what followed it is on the screen."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 24)) as pilot:
        screen = await browser(pilot)
        await pilot.press("Z", "Z", *(KEY.get(key, key) for key in keys))
        await pilot.pause()
        events = screen.query_one(EventList)
        line, page = events.outline.line - events.scroll_offset.y, events.page
        assert screen.cursor.index > 2 * page and abs(line - page // 2) <= 1


async def test_a_click_on_a_tab_leaves_the_keys_with_the_list() -> None:
    """After a click on a tab the keys go on moving through the events."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        line = screen.query_one(TabLine)
        await pilot.click(TabLine, offset=(line.size.width - 8, 0))
        await pilot.pause()
        assert screen.query_one(Details).active == "calls" and screen.focused is screen.query_one(EventList)
        await pilot.press("s", "right")
        assert screen.query_one(Details).active == "calls" and screen.cursor.index > 6
