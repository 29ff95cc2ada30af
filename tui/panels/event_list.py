"""The list of events: draws the lines on the screen and no others, for a million events as for ten."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...replay.cursor import Cursor
from ...replay.trace import Trace
from ..messages import Checked, Found, GoTo, Grown
from .event_line import Layout, event_line, header, layout
from .panel import Panel

CACHED_LINES: Final = 512
NOTHING: Final[NDArray[np.int64]] = np.empty(0, np.int64)


class EventList(ScrollView, Panel, can_focus=True, inherit_bindings=False):
    """Events by their columns; the one at the cursor is highlighted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"event-list--{part}"
        for part in (
            "header",
            "cursor",
            "dim",
            "on",
            "name",
            "edge",
            "changed",
            "flipped",
            "warning",
            "error",
        )
    }
    DEFAULT_CSS = """
    EventList { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; }
    EventList > .event-list--header { color: $text-muted; background: $panel; }
    EventList > .event-list--cursor { background: $primary-muted; }
    EventList:focus > .event-list--cursor { background: $primary; color: auto; text-style: bold; }
    EventList > .event-list--dim { text-style: dim; }
    EventList > .event-list--on { color: $foreground; text-style: bold; }
    EventList > .event-list--name { color: $foreground; }
    EventList > .event-list--edge { color: $text-secondary; }
    EventList > .event-list--changed { color: $text-accent; }
    EventList > .event-list--flipped { color: $text-warning; text-style: bold reverse; }
    EventList > .event-list--warning { color: $text-warning; text-style: bold; }
    EventList > .event-list--error { color: $text-error; text-style: bold; }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    """Number of the highlighted event. Only two lines change with it: the whole list would be kilobytes a key."""

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._found = NOTHING
        self._cache: LRUCache[tuple[int, int], Strip] = LRUCache(CACHED_LINES)
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._forget())

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Highlight the event at the cursor."""
        self._trace = trace
        self.virtual_size = Size(0, len(trace) + 1)
        self.cursor = cursor.index

    def on_searching(self) -> None:
        """Mark nothing until it is known."""
        self._mark(NOTHING)

    def on_found(self, message: Found) -> None:
        """Mark the events that a search has found."""
        self._mark(message.events)

    def on_checked(self, message: Checked) -> None:
        """Draw all lines anew when all is checked."""
        if message.whole:
            self._forget()

    def on_grown(self, message: Grown) -> None:
        """Draw those lines anew of which more is known now."""
        for key in list(self._cache.keys()):
            if key[0] >= message.first:
                self._cache.discard(key)
        top = self.scroll_offset.y
        for index in range(max(top, message.first), top + self.page):
            self.refresh(Region(0, index + 1 - top, self.size.width, 1))

    def _mark(self, found: NDArray[np.int64]) -> None:
        if len(found) or len(self._found):
            self._found = found
            self._forget()

    def watch_cursor(self, before: int, cursor: int) -> None:
        """Draw the two lines that differ, and keep the cursor on the screen."""
        top, width = self.scroll_offset.y, self.scrollable_content_region.width
        for index in (before, cursor):
            self.refresh(Region(0, index + 1 - top, width, 1))
        self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        """Keep two lines on each side of the cursor; where it is more than a screen away, bring it to the middle."""
        cursor = self.cursor
        top, height = self.scroll_offset.y, self.scrollable_content_region.height - 1
        if height < 1:  # there is no layout yet; `on_resize` comes with it
            return
        margin = min(2, height // 4)
        if not top - height <= cursor < top + 2 * height:
            self._scroll_list(cursor - height // 2)
        elif cursor < top + margin:
            self._scroll_list(cursor - margin)
        elif cursor >= top + height - margin:
            self._scroll_list(cursor - height + 1 + margin)

    def _scroll_list(self, top: int) -> None:
        self.scroll_to(y=max(0, top), animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """Widths have changed."""
        self._forget()
        self.call_after_refresh(self._scroll_to_cursor)

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked event."""
        index = self.scroll_offset.y + event.y - 1
        if event.y >= 1 and self._trace is not None and 0 <= index < len(self._trace):
            self.post_message(GoTo(index))

    @property
    def page(self) -> int:
        """Events on a screen."""
        return max(1, self.scrollable_content_region.height - 1)

    def render_line(self, y: int) -> Strip:
        """Draw the titles, or one event."""
        width, base = self.size.width, self._base_style()
        index = self.scroll_offset.y + y - 1
        if self._trace is None or index >= len(self._trace):
            return Strip.blank(width, base)
        if y == 0:
            style = self._style("header")
            return Strip([Segment(header(_layout(self._trace, width)), style)]).adjust_cell_length(width, style)
        strip = self._line(self._trace, index, width)
        if index != self.cursor:
            return strip
        highlight = self._style("cursor")
        parts = [Segment(part.text, (part.style or Style()) + highlight) for part in strip]
        return Strip(parts, strip.cell_length).simplify()

    def _line(self, trace: Trace, index: int, width: int) -> Strip:
        line = self._cache.get((index, width))
        if line is None:
            found = bool(len(self._found)) and self._is_found(index)
            parts = event_line(trace.columns, trace.framework, index, _layout(trace, width), self._style, found)
            line = Strip(parts).adjust_cell_length(width).apply_style(self._base_style())
            line = self._cache[index, width] = line.simplify()  # a third of the bytes: each part has its own codes
        return line

    def _is_found(self, index: int) -> bool:
        place = int(np.searchsorted(self._found, index))
        return place < len(self._found) and bool(self._found[place] == index)

    def _base_style(self) -> Style:
        style = self._styles.get("")
        if style is None:
            style = self._styles[""] = self.rich_style
        return style

    def _style(self, part: str) -> Style:
        style = self._styles.get(part)
        if style is None:
            # An automatic colour is black or white by its own background, which a partial style does not know of.
            partial = part != "header" and (part != "cursor" or not self.has_focus)
            style = self._styles[part] = self.get_component_rich_style(f"event-list--{part}", partial=partial)
        return style

    def on_focus(self) -> None:
        """Show that the keys are for the list."""
        self._styles.pop("cursor", None)

    def on_blur(self) -> None:
        """Show that the keys are for something else."""
        self._styles.pop("cursor", None)

    def _forget(self) -> None:
        self._cache.clear()
        self._styles.clear()
        self.refresh()


def _layout(trace: Trace, width: int) -> Layout:
    last = int(trace.columns.step[-1]) if len(trace) else 0
    return layout(width, len(trace), last, trace.framework.letters)
