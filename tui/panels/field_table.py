"""A table of fields at two places: path, both values, who wrote it last. Draws the lines that are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...replay.compare.described import described
from ...replay.compare.fields import Field
from ...replay.text.safe import visible
from .cut import end, middle

MARKER: Final = "❯"

SHORTEST: Final = 14
"""Cells of a column of values, if there is room."""

MEASURED: Final = 200
"""Rows that are looked at for the width of the columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        field: The field.
        by: Who wrote it last, how often, and where that stands; safe for a terminal.
        event: Number of the event where that was; -1 if there is none.
        place: In the trace of which place that was, 0 for A, 1 for B.
    """

    field: Field
    by: str = ""
    event: int = -1
    place: int = 1


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of the columns."""

    path: int
    value: int
    by: int


def widths(rows: Sequence[Row], width: int) -> Widths:
    """Return the columns for a width: as wide as what stands in them, within what each may take."""
    room = max(8, width - 6)
    by, longest = min(40, room * 26 // 100), max((len(row.field.path) for row in rows), default=0)
    path = max(8, min(longest, room * 42 // 100))
    most = max(6, (room - by - path) // 2)
    texts = [cell_len(text) for row in rows[:MEASURED] for text in described(row.field.one, row.field.other, most)]
    value = min(most, max(SHORTEST, *texts, 0))
    return Widths(path, value, max(0, room - path - 2 * value))


class FieldTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows, one of them chosen. A click chooses one, a click on the chosen one opens it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"field-table--{part}" for part in ("header", "chosen", "path", "old", "new", "by", "same", "on")
    }
    DEFAULT_CSS = """
    FieldTable { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; padding: 0 1; }
    FieldTable > .field-table--header { text-style: dim; }
    FieldTable > .field-table--chosen { background: $primary-muted; }
    FieldTable:focus > .field-table--chosen { background: $primary; color: $text; }
    FieldTable > .field-table--path { color: $foreground; text-style: bold; }
    FieldTable > .field-table--new { text-style: bold; }
    FieldTable > .field-table--on { color: $text-warning; text-style: bold; }
    FieldTable > .field-table--by { text-style: italic; }
    FieldTable > .field-table--same { text-style: dim; }
    """

    chosen: reactive[int] = reactive(0, repaint=False)
    """Number of the chosen row."""

    class Opened(Message):
        """A row was opened.

        Args:
            row: The row.
        """

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self._titles = ("A", "B")
        self._widths = Widths(8, 6, 0)

    def show(self, rows: Sequence[Row], titles: tuple[str, str]) -> None:
        """Show rows; the path that was chosen stays so, where it is among them.

        Args:
            rows: The rows.
            titles: What stands over the two columns of values.
        """
        before = self.row if self.chosen else None  # the first row is chosen by nobody
        self.rows, self._titles = rows, titles
        paths = [row.field.path for row in rows]
        kept = paths.index(before.field.path) if before is not None and before.field.path in paths else self.chosen
        self.virtual_size = Size(0, len(rows) + 1)
        self.chosen = max(0, min(kept, len(rows) - 1))
        self.on_resize()

    def on_resize(self) -> None:
        """Fit the columns in."""
        self._widths = widths(self.rows, self.scrollable_content_region.width)
        self.refresh()

    @property
    def row(self) -> Row | None:
        """The chosen row."""
        return self.rows[self.chosen] if self.chosen < len(self.rows) else None

    def choose(self, steps: int) -> None:
        """Choose another row, so many further down."""
        self.chosen = max(0, min(self.chosen + steps, len(self.rows) - 1))

    def watch_chosen(self) -> None:
        """Keep the chosen row on the screen."""
        top, height = self.scroll_offset.y, max(1, self.scrollable_content_region.height - 1)
        if not top <= self.chosen < top + height:
            target = self.chosen if self.chosen < top else self.chosen - height + 1
            self.scroll_to(y=target, animate=False, force=True)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose a row, or open the chosen one."""
        place = self.scroll_offset.y + event.get_content_offset_capture(self).y - 1
        if event.get_content_offset_capture(self).y < 1 or not 0 <= place < len(self.rows):
            return
        if place == self.chosen:
            self.post_message(self.Opened(self.rows[place]))
        self.chosen = place

    def render_line(self, y: int) -> Strip:
        """Draw the titles, or a row."""
        width = self.scrollable_content_region.width
        columns, place = self._widths, self.scroll_offset.y + y - 1
        if y == 0:
            parts = self._header(columns)
        elif place < len(self.rows):
            parts = self._row(self.rows[place], columns, place == self.chosen)
        else:
            parts = []
        strip = Strip(parts).adjust_cell_length(width)
        own = self._style("chosen") if y and place == self.chosen and self.rows else Style()
        return strip.apply_style(own).apply_style(self.rich_style).simplify()

    def _header(self, columns: Widths) -> list[Segment]:
        one, other = (end(visible(title), columns.value) for title in self._titles)
        texts = [("field", columns.path), (one, columns.value), (other, columns.value), ("by", columns.by)]
        line = " ".join(set_cell_size(end(text, size), size) for text, size in texts)
        return [Segment(f"  {line}", self._style("header"))]

    def _row(self, row: Row, columns: Widths, chosen: bool) -> list[Segment]:
        one, other = described(row.field.one, row.field.other, max(2, columns.value))
        path = middle(visible(row.field.path), columns.path)
        parts = [
            (f"{MARKER if chosen else ' '} ", 2, ""),
            (path, columns.path + 1, "path"),
            (end(one, columns.value), columns.value + 1, "old"),
            (end(other, columns.value), columns.value + 1, "on" if row.field.other is True else "new"),
            (end(row.by, columns.by), columns.by, "by"),
        ]
        return [
            Segment(set_cell_size(text, size), self._style(part if row.field.differs else "same"))
            for text, size, part in parts
        ]

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"field-table--{part}", partial=True) if part else Style()
