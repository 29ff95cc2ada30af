"""Words and signs can be read: in every theme, with 16 colours, and with none."""

from __future__ import annotations

import random

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from support.browsed import app_for, browser, sample
from tracetui.tui.contrast import LEAST, SIGN, Readable, away, contrast, readable

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

STATES = ([], ["1"], ["2"], ["3"], ["5"], ["tab"], ["slash", "a"], ["escape"], ["7"])
TRUE = ColorSystem.TRUECOLOR


def on(letter: str, ground: str, **more: bool) -> Style:
    """Return a style of two colours."""
    return Style(color=letter, bgcolor=ground, **more)


def measured(style: Style) -> float:
    """Return the contrast of what a terminal shows."""
    assert style.color is not None and style.bgcolor is not None
    return contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))


@pytest.mark.slow
async def test_every_theme() -> None:
    """On every tab, in the search, in the overview, with the keys here and there, nothing is fainter than it may be."""
    app = app_for(sample("why_did_it_stop"), 139)
    async with app.run_test(size=(160, 48)) as pilot:
        await browser(pilot)
        for theme in app.available_themes.values():
            if "ansi" in theme.name:  # whose colours the terminal knows
                continue
            app.theme = theme.name
            for keys in STATES:
                await pilot.press(*keys)
                await pilot.pause(0.02)
                parts = [part for strip in app.screen._compositor.render_strips() for part in strip]
                faint = [
                    part for part in parts if SIGN.search(part.text) and part.style and measured(part.style) < LEAST
                ]
                assert faint == [], (theme.name, keys)


def test_a_colour_is_moved_as_little_as_it_must_be() -> None:
    """What can be read stays; what cannot is as readable as asked for, and no more; graphs stay as they are."""
    draw = random.Random(1)
    for _ in range(300):
        letter, ground = (Color(*(draw.randrange(256) for _ in range(3))) for _ in range(2))
        found = away(letter, ground)
        if contrast(letter, ground) >= LEAST:
            assert found is letter
        else:
            assert LEAST <= contrast(found, ground) < LEAST + 0.6
    line = [Segment("⣀⠤─ ·", on("#222222", "#121212")), Segment("•", on("#222222", "#121212"))]
    graph, sign = Readable(TRUE).apply(line, Color(0, 0, 0))
    assert graph == line[0] and sign.style is not None and measured(sign.style) >= LEAST


def test_dim_and_turned_round() -> None:
    """A dim colour is sent as what it comes to; in reverse it is the letter that is moved, and both stay reversed."""
    dim = readable(on("#ffffff", "#000000", dim=True), TRUE)
    assert not dim.dim and dim.color == RichColor.parse("#a8a8a8")
    turned = readable(on("#e0e0e0", "#ffaa00", reverse=True), TRUE)
    assert turned.reverse and turned.color == RichColor.parse("#e0e0e0") and measured(turned) >= LEAST


@pytest.mark.parametrize(("letter", "ground", "becomes"), [("#ffffff", "#00cdcd", 0), ("#000080", "#000000", 15)])
def test_sixteen_colours(letter: str, ground: str, becomes: int) -> None:
    """White on cyan, which the line at the cursor was, becomes black on cyan; what is black on black, white."""
    found = readable(on(letter, ground, bold=True), ColorSystem.STANDARD)
    assert found.color == RichColor.from_ansi(becomes) and found.bgcolor == RichColor.parse(ground)
    assert found.bold is (becomes == 15)


def test_colours_of_the_terminal_stay() -> None:
    """Where the terminal's own colour is asked for nobody knows which that is."""
    style = Style(color="default", bgcolor="#ffffff")
    assert readable(style, TRUE) is style and readable(Style(bold=True), TRUE) == Style(bold=True)
