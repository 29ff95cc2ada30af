"""The last line names the keys for which there is room, whole, and always the one for help."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from support.browsed import app_for, browser, sample, text_of
from tracetui.tui.panels.key_line import Key, fitting
from tracetui.tui.panels.search_bar import SearchBar
from tracetui.tui.screens.help import HelpScreen


@pytest.mark.parametrize("width", range(1, 90))
def test_what_fits_is_whole(width: int) -> None:
    """Keys go from the right, none is cut, and help stays to the last."""
    keys = [Key(name, name, "Label", "help" if name == "?" else name) for name in ("a", "界", "c", "?", "q", "e")]
    places = fitting(keys, width)
    assert [key for _, key in places] == [key for key in keys if key in {key for _, key in places}]
    assert "?" in [key.name for _, key in places]
    ends = [place + cell_len(key.shown) + 6 for place, key in places]
    assert all(end < place for end, (place, _) in zip(ends, places[1:], strict=False))
    assert len(places) == 1 or ends[-1] < width
    assert width < 70 or len(places) == len(keys)


@pytest.mark.parametrize("width", [40, 60, 77, 78, 200])
async def test_the_line_of_the_browser(width: int) -> None:
    """At any width there are whole words alone; a click on one is its key."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(width, 24)) as pilot:
        screen = await browser(pilot)
        line = text_of(pilot.app).splitlines()[-1]
        assert "? Help" in line and "↓ Next" in line
        assert ("q Quit" in line) is (width == 200) and ("^p Menu" in line) is (width == 200)
        assert {len(word) for word in line.split("  ") if word.strip()} != {1}
        await pilot.click("KeyLine", offset=(line.index("Next"), 0))
        assert screen.cursor.index == 1
        await pilot.click("KeyLine", offset=(line.index("Help"), 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_the_line_while_one_types_a_search() -> None:
    """In the search line one reads how to leave it, either way; `?` is a letter there, and F1 is the help."""
    async with app_for(sample("why_did_it_stop")).run_test(size=(80, 24)) as pilot:
        screen = await browser(pilot)
        await pilot.press("slash", "question_mark")
        await pilot.pause()
        line = text_of(pilot.app).splitlines()[-1]
        assert "⏎ Stay here" in line and "esc Back" in line and "f1 Help" in line and "Quit" not in line
        assert "/ Search" not in line
        assert screen.query_one(SearchBar).value == "?"
        await pilot.press("escape")
        await pilot.pause()
        assert "? Help" in text_of(pilot.app).splitlines()[-1]
