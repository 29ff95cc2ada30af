"""The line above the details: which event it is, and the tabs. To change the tab costs no layout."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ..panes.rows import fitted
from ..tabs import TABS


class TabLine(Widget):
    """The event, and a tab for each key 1, 2, ..."""

    class Chosen(Message):
        """A tab was clicked.

        Args:
            name: Its name.
        """

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-line--title", "tab-line--active", "tab-line--tab"}
    DEFAULT_CSS = """
    TabLine { height: 1; background: $panel; }
    TabLine > .tab-line--title { color: $foreground; background: $panel; text-style: bold; }
    TabLine > .tab-line--tab { color: $foreground; background: $panel; }
    TabLine > .tab-line--active { color: $foreground; background: $panel; text-style: bold reverse; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._titles: tuple[str, ...] = ("",)
        self._active = TABS[0].name

    def show(self, titles: tuple[str, ...], active: str) -> None:
        """Show another event, or tab.

        Args:
            titles: Safe texts, the longest first; the first that fits is shown.
            active: Name of the tab in front.
        """
        if (titles, active) != (self._titles, self._active):
            self._titles, self._active = titles, active
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Tell which tab was clicked."""
        for tab, (begin, end) in zip(TABS, self._spans(), strict=True):
            if begin <= event.x < end:
                self.post_message(self.Chosen(tab.name))

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        room = max(0, self._spans()[0][0] - 2)
        title = next((one for one in self._titles if cell_len(one) < room), self._titles[-1])
        parts = [Segment(fitted(f" {title}", room) + "  ", self._style("title"))] if room else []
        for tab in TABS:
            active = tab.name == self._active
            parts += [Segment(tab.title, self._style("active" if active else "tab")), Segment(" ", self._style("tab"))]
        return Strip(parts).adjust_cell_length(self.size.width, self._style("tab"))

    def _spans(self) -> list[tuple[int, int]]:
        """Return the cells of each tab, at the right end of the line, or from its begin where it is too short."""
        widths = [cell_len(tab.title) + 1 for tab in TABS]
        begin = max(0, self.size.width - sum(widths))
        return [(begin + sum(widths[:place]), begin + sum(widths[: place + 1])) for place in range(len(widths))]

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"tab-line--{part}")
