"""A page of rows: only what is seen is made, and only what differs is sent to the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from ..actions import bindings
from ..panes.outline import Key, Outline, Placed
from ..panes.rows import ROLES, Lines, Listed
from .row_line import INDENT, differing, has_thumb, marked, row_line

WHEEL: Final = 3
"""Lines that the wheel scrolls."""


@dataclass(slots=True)
class View:
    """How a page is looked at; it outlasts what is shown.

    Attributes:
        opened: Keys of the unfolded rows.
        selected: Key of the selected row; it may not be there at the moment.
        top: Number of the first row on the screen.
    """

    opened: set[Key] = field(default_factory=set)
    selected: Key | None = None
    top: int = 0


class Page(Widget, can_focus=True):
    """Rows that one can select and unfold."""

    class Pressed(Message):
        """A row was clicked, or Enter was pressed on it, and there is nothing to unfold.

        Args:
            placed: The row.
        """

        def __init__(self, placed: Placed) -> None:
            super().__init__()
            self.placed = placed

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"page--{part}" for part in (*ROLES, "cursor", "bar")}
    DEFAULT_CSS = """
    Page { height: 1fr; }
    Page > .page--text, Page > .page--name { color: $foreground; }
    Page > .page--dim, Page > .page--old, Page > .page--place { color: $text-muted; }
    Page > .page--title { color: $foreground; text-style: bold; }
    Page > .page--new { color: $foreground; text-style: bold; }
    Page > .page--cause { color: $text-secondary; }
    Page > .page--changed { color: $text-accent; }
    Page > .page--on { color: $foreground; text-style: bold; }
    Page > .page--best { color: $text-success; }
    Page > .page--flipped, Page > .page--warning { color: $text-warning; text-style: bold; }
    Page > .page--error { color: $text-error; text-style: bold; }
    Page > .page--cursor { background: $primary-muted; }
    Page:focus > .page--cursor { background: $primary; color: auto; text-style: bold; }
    Page > .page--bar { color: $foreground 40%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Page")]

    def __init__(self) -> None:
        super().__init__()
        self._make: Callable[[int, int], Lines] = lambda width, height: Listed()
        self._lines: Lines = Listed()
        self._outline = Outline(self._lines)
        self._strips: dict[int, Strip] = {}
        self._styles: dict[str, Style] = {}
        self._shown: list[Strip] = []  # the lines that are on the screen; none: not known
        self.view = View()
        self._dragged = False

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._forget())

    def show(self, make: Callable[[int, int], Lines], view: View) -> None:
        """Show other rows. What looks as before is not sent to the terminal again.

        Args:
            make: Returns the rows for a width and a height of the page.
            view: How they are looked at.
        """
        before = self._seen()
        self._make, self.view = make, view
        self._lines = make(self._room, self.size.height)
        self._unfold()
        if self.has_focus:
            self._select_some()
        self._send(before)

    @property
    def _room(self) -> int:
        """Cells of a row: behind what stands before each, and before the scroll bar."""
        return max(16, self.size.width - INDENT - 1)

    # -- what is selected

    @property
    def selected(self) -> Placed | None:
        """The selected row, if it is there."""
        number = self._number()
        return None if number is None else self._outline[number]

    def select(self, by: int) -> bool:
        """Select the next row below (1) or above (-1), or else scroll by a line; return whether anything changed."""
        number, before = self._number(), self._seen()
        begin = self.view.top - 1 if by > 0 else min(len(self._outline), self.view.top + self.size.height)
        found = self._outline.next(begin if number is None else number, by)
        if found is None:
            return self.scroll(by)
        self.view.selected = self._outline[found].key
        self._reveal(found)
        self._send(before)
        return True

    def select_end(self, *, last: bool) -> None:
        """Select the first row, or the last."""
        before = self._seen()
        found = self._outline.next(len(self._outline) if last else -1, -1 if last else 1)
        if found is not None:
            self.view.selected = self._outline[found].key
        self.view.top = self._most() if last else 0
        self._send(before)

    def scroll(self, lines: int) -> bool:
        """Scroll up or down; return whether there was more."""
        return self._go_to_line(self.view.top + lines)

    def unfold(self, *, fold: bool = False) -> bool:
        """Unfold the selected row, or go into it; with `fold` the other way round. Return whether anything changed."""
        placed = self.selected
        if placed is None or placed.key is None:
            return False
        if fold and not placed.open:
            return self._select_key(placed.key[:-1])
        if not fold and placed.open:
            return self.select(1)
        return self._toggle(placed)

    def press(self) -> None:
        """Unfold the selected row or fold it; if it can't be, tell that it was pressed."""
        placed = self.selected
        if placed is not None and not self._toggle(placed):
            self.post_message(self.Pressed(placed))

    def on_focus(self) -> None:
        """Select the first row that is seen, if none is."""
        self._select_some()
        self._forget()

    def on_blur(self) -> None:
        """Show that the keys are for something else."""
        self._forget()

    def _number(self) -> int | None:
        return None if self.view.selected is None else self._outline.find(self.view.selected)

    def _select_some(self) -> None:
        if self._number() is None:
            found = self._outline.next(self.view.top - 1, 1)
            self.view.selected = None if found is None else self._outline[found].key

    def _select_key(self, key: Key) -> bool:
        number = self._outline.find(key) if key else None
        if number is None:
            return False
        before = self._seen()
        self.view.selected = key
        self._reveal(number)
        self._send(before)
        return True

    def _toggle(self, placed: Placed) -> bool:
        if placed.key is None or placed.row.inner is None:
            return False
        before = self._seen()
        self.view.opened ^= {placed.key}
        self._unfold()
        self._send(before)
        return True

    # -- the mouse

    def on_click(self, event: events.Click) -> None:
        """Select the clicked row; at its sign, or where it is clicked twice, unfold it."""
        number = self.view.top + event.y
        dragged = self.text_selection is not None  # the end of a selection is a click, too
        if dragged or self._is_bar(event.x) or not 0 <= number < len(self._outline):
            return
        placed = self._outline[number]
        if placed.key is None:
            return
        self._select_key(placed.key)
        if event.chain > 1 or event.x < INDENT * (placed.depth + 1):
            self.press()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scroll bar."""
        if self._is_bar(event.x):
            self._dragged = True
            self.capture_mouse()
            self.screen.clear_selection()  # which began here: no text is meant
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse with the scroll bar."""
        if self._dragged:
            self._drag(event.y)

    def on_mouse_up(self) -> None:
        """Let the scroll bar go."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def on_mouse_scroll_down(self) -> None:
        """Scroll down."""
        self.scroll(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Scroll up."""
        self.scroll(-WHEEL)

    def _is_bar(self, x: int) -> bool:
        return x == self.size.width - 1 and len(self._outline) > self.size.height

    def _drag(self, y: int) -> None:
        self._go_to_line(round(self._most() * y / max(1, self.size.height - 1)))

    # -- text that is selected with the mouse

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text."""
        start = selection.start.y if selection.start is not None else 0
        end = selection.end.y if selection.end is not None else len(self._outline) - 1
        lines = [
            self._strip(number, self.size.width - 1).text.rstrip()
            for number in range(start, min(end + 1, len(self._outline)))
        ]
        if not lines:
            return None
        if selection.end is not None and end < len(self._outline):
            lines[-1] = lines[-1][: selection.end.x]
        if selection.start is not None:
            lines[0] = lines[0][selection.start.x :]
        return "\n".join(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected."""
        self.refresh()

    # -- drawing

    def on_resize(self) -> None:
        """Make the rows anew, for another width."""
        self._lines = self._make(self._room, self.size.height)
        self._unfold()
        self.view.top = max(0, min(self.view.top, self._most()))
        self._forget()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        number = self.view.top + y
        strip = self._shown[y] if y < len(self._shown) else self._seen_line(number, self.size)
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is not None:
            strip = marked(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, number)

    def _seen_line(self, number: int, size: Size) -> Strip:
        """Return a line as it is on the screen: with the cursor, and with the scroll bar behind it.

        The size is given, since to ask a widget for it takes as long as to find a line that is drawn already.
        """
        width, base = size.width, self._style("")
        strip = self._strip(number, width - 1) if number < len(self._outline) else Strip.blank(width - 1, base)
        if self._cursor_at(number):
            cursor = self._style("cursor")
            strip = Strip([Segment(one.text, (one.style or Style()) + cursor) for one in strip], strip.cell_length)
        held = has_thumb(number - self.view.top, len(self._outline), size.height, self.view.top)
        bar = Segment("┃" if held else " ", self._style("bar"))
        return Strip([*strip, bar], width).simplify()

    def _cursor_at(self, number: int) -> bool:
        return (
            self.view.selected is not None
            and number < len(self._outline)
            and (self._outline[number].key == self.view.selected)
        )

    def _strip(self, number: int, width: int) -> Strip:
        strip = self._strips.get(number)
        if strip is None:
            strip = self._strips[number] = row_line(self._outline[number], width, self._style)
        return strip

    def _style(self, part: str) -> Style:
        style = self._styles.get(part)
        if style is None:
            # The row keeps its colours where it is not the one that the keys are for; there its own stands out.
            partial = part == "cursor" and not self.has_focus
            style = self.get_component_rich_style(f"page--{part}", partial=partial) if part else self.rich_style
            self._styles[part] = style
        return style

    # -- what is sent

    def _seen(self) -> list[Strip]:
        """Return the lines as they are on the screen."""
        size = self.size
        if len(self._shown) != size.height:
            self._shown = [self._seen_line(self.view.top + y, size) for y in range(size.height)]
        return self._shown

    def _send(self, before: list[Strip]) -> None:
        """Draw the lines that differ from what is on the screen, and of them only that part."""
        self.view.top = max(0, min(self.view.top, self._most()))
        self._shown = []
        for y, (old, new) in enumerate(zip(before, self._seen(), strict=True)):
            if old != new:
                first, last = differing(old, new)
                self.refresh(Region(first, y, last - first, 1))

    def _unfold(self) -> None:
        self._outline = Outline(self._lines, self.view.opened)
        self._strips.clear()

    def _reveal(self, number: int) -> None:
        """Bring a row to the screen, with a line above and below it."""
        height = self.size.height
        margin = min(1, height // 4)
        self.view.top = min(self.view.top, max(0, number - margin))
        self.view.top = max(self.view.top, number - height + 1 + margin)

    def _most(self) -> int:
        """Return the largest number that the first row on the screen may have."""
        return max(0, len(self._outline) - self.size.height)

    def _go_to_line(self, top: int) -> bool:
        before, was = self._seen(), self.view.top
        self.view.top = max(0, min(top, self._most()))
        self._send(before)
        return self.view.top != was

    def _forget(self) -> None:
        self._styles.clear()
        self._strips.clear()
        self._shown = []
        self.refresh()
