"""What a key costs: lines that look as before are not sent again, and none of those that differ stays away."""

from __future__ import annotations

import random
from statistics import median
from typing import Any

import pytest
from textual.pilot import Pilot

from browsing import sent
from support.browsed import SAMPLES, app_for, browser, sample, terminal_output

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
