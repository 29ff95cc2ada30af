"""What a key costs: lines that look as before are not sent again, and none of those that differ stays away."""

from __future__ import annotations

import random
from statistics import median
from typing import Any

import pytest
from textual.pilot import Pilot

from browsing import sent
from support.browsed import SAMPLES, app_for, browser, sample, terminal_output
from support.contrast import contrast
from tracetui.tui.panels.event_list import EventList

KEYS = ["j", "k", "s", "S", "G", "g", "n", "e", "J", "J", "K", "pagedown", "pageup", *"123456"]
SEARCHES = [["slash", *"save", "enter"], ["slash", *"no such", "enter"], ["escape"], ["slash", "o", "escape"]]


@pytest.mark.slow
def test_a_key_sends_little() -> None:
    """The browser is used over ssh: a step to the next event sends the lines that differ, 2.5 KB, not the screen."""
    # On a busy machine what one key sends may come in parts, some with the next key: then it is counted again.
    assert any(median(sent(SAMPLES / "why_did_it_stop.mpk", 12)) <= 2_500 for _ in range(3))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_no_line_is_left_behind(size: tuple[int, int]) -> None:
    """After any keys, searches and changes of size the screen shows what it would show if all were drawn anew."""
    draw = random.Random(size[0])
    app = app_for(sample("why_did_it_stop"), 20)
    async with app.run_test(size=size) as pilot:
        await browser(pilot)
        for round_ in range(20):
            pressed = draw.choices(KEYS, k=draw.randrange(1, 4)) if draw.random() < 0.8 else draw.choice(SEARCHES)
            await pilot.press(*pressed)
            if round_ == 10:
                await pilot.resize_terminal(size[0] + 7, size[1] - 3)
            await pilot.pause()
            shown = terminal_output(app)
            await _draw_anew(pilot)
            assert terminal_output(app) == shown, pressed


async def _draw_anew(pilot: Pilot[Any]) -> None:
    """Forget all lines that are drawn."""
    for widget in pilot.app.screen.walk_children():
        widget._styles_cache.clear()
        widget.refresh()
    await pilot.pause()


@pytest.mark.slow
async def test_the_list_is_readable_in_every_theme() -> None:
    """Titles and names stand out from what is behind them, at the cursor too, in light themes as in dark ones."""
    app = app_for(sample("why_did_it_stop"), 139)
    async with app.run_test(size=(120, 40)) as pilot:
        events = (await browser(pilot)).query_one(EventList)
        for theme in app.available_themes.values():
            if "ansi" not in theme.name:  # whose colours the terminal knows
                app.theme = theme.name
                await pilot.pause(0.05)
                texts = [part for y in range(events.size.height) for part in events.render_line(y) if part.text.strip()]
                assert min(contrast(part.style) for part in texts if part.style and not part.style.dim) > 3, theme.name
