"""Pictures of the screens that have no others: the overview, the list of stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import app_for, sample

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

SIZES = ((80, 24), (120, 40), (200, 50))
THEMES = ("textual-dark", "textual-light")


def after(*keys: str, theme: str) -> Callable[[Pilot[Any]], Any]:
    """Return what is done before a picture is taken: keys, and all is known."""

    async def run(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await pilot.pause(0.5)
        for key in keys:
            await pilot.press(key)
            await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.5)

    return run


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_overview(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    """A trace opens in this."""
    app = app_for(sample("why_did_it_stop"), None)
    assert snap_compare(app, terminal_size=size, run_before=after(theme=theme))


@pytest.mark.parametrize("theme", THEMES)
def test_stops(snap_compare: Any, theme: str) -> None:
    """A bookmark, a breakpoint and a watchpoint in the list."""
    keys = ("m", *"why", "enter", "ctrl+b", *":b state.best_metric", "enter", "B")
    keys = tuple("space" if key == " " else "colon" if key == ":" else key for key in keys)
    app = app_for(sample("why_did_it_stop"), 139)
    assert snap_compare(app, terminal_size=(80, 24), run_before=after(*keys, theme=theme))
