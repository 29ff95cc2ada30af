"""The list of events: draws the lines on the screen and no others, for a million events as for ten."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...replay.cursor import Cursor
from ...replay.fold.folds import Folds
from ...replay.fold.outline import Outline
from ...replay.fold.said import said
from ...replay.fold.units import Scan
from ...replay.fold.view import Line
from ...replay.text.safe import visible
from ...replay.text.what import Said
from ...replay.trace import Trace
from ..messages import Checked, Filtered, FindOut, Found, GoTo, Grown, Keep, Pinned
from .event_line import BOOKMARK, STOP, Layout, Place, event_line, header, layout
from .panel import Panel

CACHED_LINES: Final = 512
NOTHING: Final[NDArray[np.int64]] = np.empty(0, np.int64)

LONGEST: Final = 24
"""Cells of a name that is shown in full, where there is room."""

AT_ONCE: Final = 20_000
"""Events that are folded before the first paint, in some 20 ms, with all that is said; of more it comes when known."""

PATIENCE: Final = 0.008
"""Seconds of a paint in which events are rebuilt to say what happened; what is left is said a moment later."""

PAUSE: Final = 0.02
"""Seconds until then."""


class EventList(ScrollView, Panel, can_focus=True, inherit_bindings=False):
    """Events and folds by their columns; the line of the cursor is highlighted.

    Attributes:
        outline: The lines, and which of them the cursor is on.
        cursor: Number of the event at the cursor.
    """

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

    def __init__(self) -> None:
        super().__init__()
        self.outline = Outline(0)
        self.cursor = 0
        self._trace: Trace | None = None
        self._scan: Scan | None = None
        self._found = NOTHING
        self._bookmarks, self._stops = NOTHING, NOTHING
        self._cache: LRUCache[tuple[Line, int, bool], Strip] = LRUCache(CACHED_LINES)
        self._said: LRUCache[Line, list[Said]] = LRUCache(2 * CACHED_LINES)
        self._unsaid: set[Line] = set()
        self._until = 0.0
        self._layout: Layout | None = None
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._forget())

    # -- what is told

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Highlight the line of the event at the cursor."""
        if self._trace is None or len(trace) != self.outline.length:
            self._trace = trace
            self._grow(trace)
        self._follow(cursor.index)

    def on_searching(self) -> None:
        """Mark nothing until it is known."""
        self._mark(NOTHING)

    def on_found(self, message: Found) -> None:
        """Mark the events that a search has found."""
        self._mark(message.events)

    def on_pinned(self, message: Pinned) -> None:
        """Mark the events that have a bookmark, or that something stops at."""
        before, self._bookmarks, self._stops = (self._bookmarks, self._stops), message.bookmarks, message.stops
        if not all(map(np.array_equal, before, (message.bookmarks, message.stops))):
            self._forget()

    def on_filtered(self, message: Filtered) -> None:
        """Show the events that a filter leaves, or all."""
        row = self.outline.line - self.scroll_offset.y
        self.outline.filter(message.events)
        self._show_lines(row)

    def on_checked(self, message: Checked) -> None:
        """Draw all lines anew when all is checked."""
        if message.whole and self._trace is not None:
            self._said.clear()
            self._grow(self._trace)
            self._follow(self.cursor)
            self._forget()

    def on_grown(self, message: Grown) -> None:
        """Draw those lines anew of which more is known now."""
        for drawn in list(self._cache.keys()):
            if drawn[0].stop > message.first:
                self._cache.discard(drawn)
        for line in list(self._said.keys()):
            if line.stop > message.first:
                self._said.discard(line)
        if self._trace is not None:
            self._grow(self._trace)
            self._follow(self.cursor)

    def _mark(self, found: NDArray[np.int64]) -> None:
        if len(found) or len(self._found):
            self._found = found
            self._forget()

    # -- folds

    def _grow(self, trace: Trace) -> None:
        """Show how many events there are now, and find their folds: at once if there are few."""
        self._scan = self._scan or Scan(trace.framework)
        self._said.clear()
        self._forget()
        if trace.checked == 1 and len(trace) <= AT_ONCE:
            self.outline.fold(Folds.of(trace.columns, trace.framework, self._scan), len(trace))
        else:
            self.outline.fold(self.outline.folds, len(trace))
            self.post_message(FindOut("folds", partial(_fold, scan=self._scan), self._fold))
        self.virtual_size = Size(0, len(self.outline.lines) + 1)

    def _fold(self, folds: Folds) -> None:
        """Take the folds that were found in the background."""
        if self._trace is not None:
            row = self.outline.line - self.scroll_offset.y
            self.outline.fold(folds, len(self._trace))
            self.outline.line = -1
            self.outline.look_at(self.cursor)
            self._said.clear()
            self._show_lines(row)

    def begin_at(self, depth: object) -> None:
        """Take up the depth of folds that was kept, before any is shown."""
        if type(depth) is int and depth > 0:
            self.outline.depth = depth

    def by(self, lines: int, index: int) -> int | None:
        """Go some lines on, or back, from an event; return the event there, None if there is no further line."""
        self._follow(index)
        return self._after(self.outline.step, lines)

    def fold(self, name: str, index: int) -> int | None:
        """Fold at an event: ``open``, ``out``, ``toggle``; return the event where one is then, None if nothing was."""
        self._follow(index)
        return self._after(getattr(self.outline, name))

    def deeper(self, index: int) -> None:
        """Show the next depth."""
        self._follow(index)
        self._after(self.outline.deeper)
        self.post_message(Keep("depth", self.outline.depth))

    def _after(self, act: Callable[..., int | None], *arguments: int) -> int | None:
        """Do something with the outline, and draw what differs."""
        lines, line = self.outline.lines, self.outline.line
        row, length = line - self.scroll_offset.y, len(lines)
        found = act(*arguments)
        if self.outline.lines is not lines or len(self.outline.lines) != length:
            self._show_lines(row)
        else:
            self._moved(line)
        return found

    def _follow(self, index: int) -> None:
        """Bring the cursor to an event."""
        lines, line = self.outline.lines, self.outline.line
        row = line - self.scroll_offset.y
        self.cursor, self._until = index, 0.0
        self.outline.look_at(index)
        if self.outline.lines is not lines:
            self._show_lines(row)
        elif self.outline.line != line:
            self._moved(line)

    def _show_lines(self, row: int) -> None:
        """Draw other lines than before; that of the cursor stays where it was on the screen."""
        self.virtual_size = Size(0, len(self.outline.lines) + 1)
        height = self.scrollable_content_region.height - 1
        if height >= 1:
            margin = min(2, height // 4)
            self._scroll_list(self.outline.line - max(margin, min(row, height - 1 - margin)))
        self.refresh()

    def _moved(self, before: int) -> None:
        """Draw the two lines that differ, and keep the cursor on the screen: a jump shows what comes after it."""
        top, width = self.scroll_offset.y, self.scrollable_content_region.width
        for line in (before, self.outline.line):
            self.refresh(Region(0, line + 1 - top, width, 1))
        self._scroll_to_cursor(abs(self.outline.line - before) > 1)

    def _scroll_to_cursor(self, jumped: bool = True) -> None:
        """Keep two lines on each side of the cursor; after a jump bring it to the middle if it is near an edge."""
        line = self.outline.line
        top, height = self.scroll_offset.y, self.scrollable_content_region.height - 1
        if height < 1:  # there is no layout yet; `on_resize` comes with it
            return
        margin = min(2, height // 4)
        if jumped and not top + margin <= line < top + height - max(margin, height // 4):
            self._scroll_list(line - height // 2)
        elif line < top + margin:
            self._scroll_list(line - margin)
        elif line >= top + height - margin:
            self._scroll_list(line - height + 1 + margin)

    def _scroll_list(self, top: int) -> None:
        self.scroll_to(y=max(0, top), animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """Widths have changed."""
        self._forget()
        self.call_after_refresh(self._scroll_to_cursor)

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked line; a click on the fold where one is opens or closes it."""
        number = self.scroll_offset.y + event.y - 1
        if event.y < 1 or not 0 <= number < len(self.outline.lines):
            return
        if number == self.outline.line and self.outline.here.is_fold:
            self._after(self.outline.toggle)
        else:
            before, self.outline.line = self.outline.line, number
            self._moved(before)
        self.cursor = self.outline.here.start
        self.post_message(GoTo(self.cursor))

    @property
    def page(self) -> int:
        """Lines on a screen."""
        return max(1, self.scrollable_content_region.height - 1)

    # -- drawing

    def render_line(self, y: int) -> Strip:
        """Draw the titles, or one line."""
        width, base = self.scrollable_content_region.width, self._base_style()
        number = self.scroll_offset.y + y - 1
        if self._trace is None or number >= len(self.outline.lines):
            return Strip.blank(width, base)
        if y == 0:
            style = self._style("header")
            return Strip([Segment(header(self._columns(self._trace, width)), style)]).adjust_cell_length(width, style)
        strip = self._line(self._trace, number, width)
        if number != self.outline.line:
            return strip
        highlight = self._style("cursor")
        parts = [Segment(part.text, (part.style or Style()) + highlight) for part in strip]
        return Strip(parts, strip.cell_length).simplify()

    def _line(self, trace: Trace, number: int, width: int) -> Strip:
        line = self.outline.lines[number]
        heads = not number or self.outline.lines[number - 1].start != line.start
        drawn = self._cache.get((line, width, heads))
        if drawn is None:
            told = self._told(trace, line)
            step = self._step(trace, line) if heads or line.is_fold else None
            place = Place(
                trace.columns,
                trace.framework,
                self.outline.folds,
                line,
                told,
                step,
                self._is_found(line),
                self._pin(line),
            )
            parts = event_line(place, self._columns(trace, width), self._style)
            drawn = Strip(parts).adjust_cell_length(width).apply_style(self._base_style())
            drawn = drawn.simplify()  # a third of the bytes: each part has its own codes
            if told is not None:
                self._cache[line, width, heads] = drawn
        return drawn

    def _columns(self, trace: Trace, width: int) -> Layout:
        if self._layout is None or self._layout.width != width:
            last = int(trace.columns.step[-1]) if len(trace) else 0
            longest = max((cell_len(visible(name)) for name in trace.columns.names), default=8)
            self._layout = layout(width, len(trace), last, min(longest, LONGEST), trace.framework.letters)
        return self._layout

    def _told(self, trace: Trace, line: Line) -> list[Said] | None:
        """Return what is to be said of a line; None if this paint has taken long already: then it is said later."""
        told = self._said.get(line)
        if told is None:
            now = monotonic()
            self._until = self._until or now + PATIENCE
            if now > self._until and len(trace) > AT_ONCE:
                if not self._unsaid:
                    self.set_timer(PAUSE, self._say)
                self._unsaid.add(line)
                return None
            told = self._said[line] = said(trace, self.outline.folds, line)
        return told

    def _say(self) -> None:
        """Draw the lines of which nothing could be said yet."""
        unsaid, self._unsaid, self._until = self._unsaid, set(), 0.0
        top, width = self.scroll_offset.y, self.scrollable_content_region.width
        for y in range(1, self.page + 1):
            number = top + y - 1
            if number < len(self.outline.lines) and self.outline.lines[number] in unsaid:
                self.refresh(Region(0, y, width, 1))

    def _step(self, trace: Trace, line: Line) -> int | None:
        """Return the step that a line begins; where folds are not known, the one that it is of if the last is not."""
        if self.outline.folds is not None:
            return self.outline.folds.step(line)
        step = trace.columns.step
        here = int(step[line.start])
        return here if here >= 0 and (not line.start or step[line.start - 1] != here) else None

    def _is_found(self, line: Line) -> bool:
        return _any_in(line, self._found)

    def _pin(self, line: Line) -> str:
        if line.is_open:
            return ""
        return BOOKMARK if _any_in(line, self._bookmarks) else STOP if _any_in(line, self._stops) else ""

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
        self._layout = None
        self.refresh()


def _fold(trace: Trace, scan: Scan) -> Folds:
    return Folds.of(trace.columns, trace.framework, scan)


def _any_in(line: Line, events: NDArray[np.int64]) -> bool:
    """Tell whether some event of a line is among others, which ascend."""
    first, last = np.searchsorted(events, (line.start, line.stop)).tolist() if len(events) else (0, 0)
    return bool(first != last)
