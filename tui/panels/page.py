"""A scrolling page of text, drawn line by line: showing another one costs no layout, so a key press is one frame."""

from __future__ import annotations

from itertools import zip_longest

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Page(ScrollView, can_focus=False):
    """Shows one Rich renderable, wrapped to its width."""

    DEFAULT_CSS = (
        "Page { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; padding: 0 1; }"
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._content: RenderableType = Text()
        self._lines: list[Strip] | None = None
        self._style = Style()

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.on_resize())

    def show(self, content: RenderableType) -> None:
        """Show another renderable, from its top. What looks as before is not sent to the terminal again."""
        before = self._lines
        self._content = content
        self._lines = None
        if self.scroll_offset.y:
            self.scroll_to(y=0, animate=False, force=True)  # which draws all
        self._measure(before)

    def on_resize(self) -> None:
        """Wrap anew."""
        self._lines = None
        self._measure()

    def scroll_lines(self, lines: int) -> None:
        """Scroll up or down."""
        self.scroll_relative(y=lines, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        lines, number = self._wrapped(), self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        strip = lines[number] if number < len(lines) else Strip.blank(width)
        return strip.adjust_cell_length(width).apply_style(self._style)

    def _measure(self, before: list[Strip] | None = None) -> None:
        """Wrap the lines; draw those that differ from what is on the screen, all if that is not known."""
        region = self.scrollable_content_region
        if not region:  # there is no layout yet; `on_resize` comes with it
            return
        lines = self._wrapped()
        # A change of the virtual size is a layout of the whole screen, about 5 ms: pages that fit have one size.
        size = Size(region.width, max(len(lines), region.height))
        if size != self.virtual_size:
            self.virtual_size = size
        if before is None:
            self.refresh()
            return
        for number, (old, new) in enumerate(
            zip_longest(before[: region.height], lines[: region.height], fillvalue=Strip([]))
        ):
            if old != new:  # behind their ends both are blank
                self.refresh(Region(0, number, max(old.cell_length, new.cell_length), 1))

    def _wrapped(self) -> list[Strip]:
        if self._lines is None:
            self._style = self.rich_style
            width = max(8, self.scrollable_content_region.width)
            console = self.app.console
            options = console.options.update(width=width, height=None, highlight=False)
            lines = console.render_lines(self._content, options, pad=False)
            self._lines = [Strip(line).simplify() for line in lines]
        return self._lines
