"""The line that says where one is, and how the search goes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich.text import Text
from textual import on
from textual.widgets import Static

from ...replay.cursor import Cursor
from ...replay.text.safe import visible
from ...replay.trace import Trace
from ..messages import (
    Filtered,
    Followed,
    Found,
    Looking,
    Marked,
    Noted,
    Pinned,
    Playing,
    Searching,
    Stuck,
    Wrapped,
)
from ..safe_text import plain_text
from .panel import Panel


class PositionLine(Static, Panel):
    """Where the cursor is: number, phases, step, epoch, time."""

    DEFAULT_CSS = "PositionLine { height: 1; background: $panel; color: $text; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._cursor: Cursor | None = None
        self._search: Searching | Found | None = None
        self._looking = False
        self._word = ""
        self._followed = ""
        self._mark: int | None = None
        self._filter: Filtered | None = None
        self._speed = 0.0
        self._pinned: Pinned | None = None

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show a position."""
        self._cursor, self._word = cursor, ""
        self._draw()

    @on(Searching)
    @on(Found)
    def _searched(self, message: Searching | Found) -> None:
        """Say what is searched, and what it found."""
        self._search = message if message.text else None
        self._draw()

    @on(Wrapped)
    @on(Stuck)
    def _led(self, message: Wrapped | Stuck) -> None:
        """Say what the eye does not see of the last move."""
        self._word = "wrapped" if isinstance(message, Wrapped) else visible(message.why) or "nothing further"
        self._draw()

    def on_followed(self, message: Followed) -> None:
        """Say how it goes."""
        self._followed = message.state
        self._draw()

    def on_noted(self, message: Noted) -> None:
        """Say it, until one moves."""
        self._word = message.text
        self._draw()

    def on_marked(self, message: Marked) -> None:
        """Say where A is."""
        self._mark = message.index
        self._draw()

    def on_filtered(self, message: Filtered) -> None:
        """Say what is listed, if it is not all."""
        self._filter = message if message.text else None
        self._draw()

    def on_playing(self, message: Playing) -> None:
        """Say that the cursor goes on by itself, or no longer."""
        self._speed = message.speed
        self._draw()

    def on_looking(self, message: Looking) -> None:
        """Say that an event is looked for, or no longer."""
        self._looking = message.far
        self._draw()

    def on_pinned(self, message: Pinned) -> None:
        """Say how many bookmarks and stops there are."""
        self._pinned = message
        self._draw()

    def _draw(self) -> None:
        if self._cursor is not None:
            words = [filter_text(self._filter, len(self._cursor.trace))] if self._filter is not None else []
            words += [f"▶ {self._speed:.0f}/s"] if self._speed else []
            mark = f"A #{self._mark:,}" if self._mark is not None else ""
            words += [word for word in (self._word, mark, self._followed) if word]
            words += _pins(self._pinned, self._cursor.index) if self._pinned is not None else []
            self.update(position_text(self._cursor, self._search, words, looking=self._looking), layout=False)


def position_text(
    cursor: Cursor, search: Searching | Found | None = None, words: Sequence[str] = (), *, looking: bool = False
) -> Text:
    """Return a position in words.

    Args:
        cursor: The cursor.
        search: What was last told of the search; None: nothing is searched.
        words: What there is to say beside: of what is listed, of the last move, of the run that is followed.
        looking: An event far from here is being looked for.
    """
    where = cursor.where()
    trace = cursor.trace
    parts = [f"{where.index:,}/{where.total - 1:,}"]
    parts += ["looking …"] if looking else []
    parts += [f"/{visible(search.text)}: {_progress(search, where.index)}"] if search is not None else []
    parts += words
    parts += [" › ".join(map(visible, where.phases))] if where.phases else []
    parts += [f"step {where.step:,}"] if where.step >= 0 else []
    parts += [f"epoch {where.epoch:.4g}"] if math.isfinite(where.epoch) else []
    parts.append(f"{float(trace.columns.time[where.index]):,.3f} s")
    text = plain_text(trace.columns.name_of(where.index), "bold")
    if isinstance(search, Found) and search.fault:
        text = plain_text(f"no condition: {search.fault}", "bold")  # the rest may be cut off, this may not
    text.append("  " + "  ".join(parts))
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def filter_text(message: Filtered, events: int) -> str:
    """Return how much is listed."""
    if message.events is None:
        return f"filter {visible(message.text)}: {visible(message.fault)}"
    return f"filter {visible(message.text)}: {len(message.events):,} of {events:,}"


def _pins(pinned: Pinned, index: int) -> Iterator[str]:
    """Give how many bookmarks and stops there are; at an event that has one, or is one's hit, which it is."""
    for name, many, events in (
        ("bookmark", len(pinned.bookmarks), pinned.bookmarks),
        ("stop", pinned.active, pinned.stops),
    ):
        place = int(np.searchsorted(events, index))
        if place < len(events) and events[place] == index:
            yield f"{name} {place + 1:,} of {len(events):,}{'' if pinned.counted else '…'}"
        elif many:
            yield f"{many:,} {name}{'s' * (many != 1)}"


def _progress(search: Searching | Found, index: int) -> str:
    """Return how a search goes: which of the matches one is at, or how many there are."""
    if isinstance(search, Searching):
        return "searching …"
    place = int(np.searchsorted(search.events, index))
    here = place < len(search.events) and search.events[place] == index
    found = f"{place + 1:,} of {len(search.events):,}" if here else f"{len(search.events):,} found"
    return f"{found}, as text" if search.fault else found
