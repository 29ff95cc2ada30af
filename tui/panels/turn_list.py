"""The list of changes of one value: draws the lines that are seen."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...replay.text.display import show
from ...replay.text.numbers import delta, is_number, rounded
from ...replay.text.safe import visible
from ...replay.value_history import Turn, ValueHistory
from ...trace.values import Plain
from .cut import end

NARROW: Final = 70
"""Cells below which there is no column for file and line."""


class TurnList(ScrollView, can_focus=True, inherit_bindings=False):
    """Changes, one a line; the one at the cursor is highlighted. Posts `Chosen` where one is clicked twice."""

    class Chosen(Message):
        """The user wants to go to a change."""

    class Moved(Message):
        """Another change is highlighted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"turn-list--{part}" for part in ("dim", "new", "cause", "cursor")}
    DEFAULT_CSS = """
    TurnList { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; padding: 0 1; }
    TurnList > .turn-list--dim { text-style: dim; }
    TurnList > .turn-list--new { color: $foreground; text-style: bold; }
    TurnList > .turn-list--cause { text-style: italic; }
    TurnList > .turn-list--cursor { background: $primary; color: auto; text-style: bold; }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    """Place of the highlighted change."""

    def __init__(self) -> None:
        super().__init__()
        self._history: ValueHistory | None = None
        self._now = -1

    def show(self, history: ValueHistory, event: int) -> None:
        """Show a history, and highlight the latest change up to an event."""
        self._history, self._now = history, event
        self.virtual_size = Size(0, len(history.turns))
        self.set_reactive(TurnList.cursor, history.place(event))
        self.refresh()
        self.call_after_refresh(self._follow)

    @property
    def turn(self) -> Turn | None:
        """The highlighted change."""
        return self._history.turns[self.cursor] if self._history is not None and self._history.turns else None

    def move(self, places: int) -> bool:
        """Highlight another change; returns whether there is one."""
        count = len(self._history.turns) if self._history is not None else 0
        before = self.cursor
        self.cursor = max(0, min(before + places, count - 1))
        return self.cursor != before

    def go_to(self, event: int) -> None:
        """Highlight the latest change up to an event."""
        if self._history is not None:
            self.cursor = self._history.place(event)

    @property
    def page(self) -> int:
        """Changes on a screen."""
        return max(1, self.size.height)

    def watch_cursor(self, before: int, cursor: int) -> None:
        """Draw the two lines that differ."""
        for place in (before, cursor):
            self.refresh(Region(0, place - self.scroll_offset.y, self.size.width, 1))
        self._follow()
        self.post_message(self.Moved())

    def _follow(self) -> None:
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if height and not top <= self.cursor < top + height:
            self.scroll_to(y=max(0, self.cursor - height // 2), animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        """Highlight a change; go to it where it was highlighted already."""
        place = self.scroll_offset.y + event.get_content_offset_capture(self).y
        if self._history is not None and 0 <= place < len(self._history.turns):
            if place == self.cursor:
                self.post_message(self.Chosen())
            self.cursor = place

    def render_line(self, y: int) -> Strip:
        """Draw one change."""
        width, place = self.scrollable_content_region.width, self.scroll_offset.y + y
        if self._history is None or place >= len(self._history.turns):
            return Strip.blank(width, self.rich_style)
        texts = turn_text(self._history.turns[place], width)
        parts = [Segment(text, self._style(part)) for text, part in texts]
        strip = Strip(parts).adjust_cell_length(width).apply_style(self.rich_style)
        if place == self.cursor:
            style = self.get_component_rich_style("turn-list--cursor")
            strip = Strip([Segment(part.text, (part.style or Style()) + style) for part in strip])
        return strip.simplify()

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"turn-list--{part}", partial=True)


def turn_text(turn: Turn, width: int) -> list[tuple[str, str]]:
    """Return the parts of a line, and the style of each: event, step, old and new value, cause, file and line."""
    step = f"{turn.step:,}" if turn.step >= 0 else ""
    left = f"{'#' + format(turn.event, ','):>10} {step:>9}  "
    at = turn.at if width >= NARROW else ""
    right = end(visible(turn.by) + (f"  {visible(at)}" if at else ""), max(12, (width - len(left)) * 2 // 5))
    room = max(12, width - len(left) - max(20, (width - len(left)) * 2 // 5) - 2)
    change = delta(turn.old, turn.new)
    new = value_text(turn.new) + (f"  {change}" if change else "")
    old = end(value_text(turn.old), room // 3)
    values = [(old, "dim"), (" → ", "dim"), (end(new, room - len(old) - 3), "new")]
    taken = sum(len(set_cell_size(text, len(text))) for text, _ in values)
    return [(left, "dim"), *values, (" " * max(0, room - taken) + "  ", "dim"), (right, "cause")]


def value_text(value: Plain) -> str:
    """Return a value on a short line: numbers for reading."""
    return rounded(value) if is_number(value) else show(value, 200)
