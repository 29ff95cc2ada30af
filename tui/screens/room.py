"""How much room list and details have: as they are laid out, more for one of them, or all for it."""

from __future__ import annotations

from typing import Final

from textual.screen import Screen

PANES: Final = ("list", "details")

SIZES: Final = ("more", "most")
"""What comes after the ordinary layout; then that comes again."""

CSS: Final = """
BrowserScreen.-more-list Details { height: 4; }
BrowserScreen.-more-details Details { height: 2fr; max-height: 100%; }
BrowserScreen.-wide.-more-list EventList { width: 75fr; }
BrowserScreen.-wide.-more-list Details { width: 25fr; height: 100%; }
BrowserScreen.-wide.-more-details EventList { width: 30fr; }
BrowserScreen.-wide.-more-details Details { width: 70fr; height: 100%; }
BrowserScreen.-most-list Details { display: none; }
BrowserScreen.-most-list EventList { width: 100%; }
BrowserScreen.-most-details EventList { display: none; }
BrowserScreen.-most-details Details { width: 100%; height: 1fr; max-height: 100%; border: none; }
"""


def give_room(screen: Screen[None], pane: str) -> None:
    """Give one of `PANES` the next of `SIZES`; the ordinary layout comes after the last, and where it was the other."""
    now = next((size for size in SIZES if screen.has_class(f"-{size}-{pane}")), "")
    screen.remove_class(*(f"-{size}-{one}" for size in SIZES for one in PANES))
    following = SIZES[(SIZES.index(now) if now else -1) + 1 :][:1]
    screen.add_class(*(f"-{size}-{pane}" for size in following))
