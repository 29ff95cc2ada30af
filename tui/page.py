"""A scrolling page of text, drawn line by line: showing another one costs no layout, so a key press is one frame."""

from __future__ import annotations

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Page(ScrollView, can_focus=False):
    """Shows one Rich renderable, wrapped to its width."""

    DEFAULT_CSS = (
        "Page { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; padding: 0 1; }"
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Show nothing yet."""
        super().__init__(id=id)
        self._content: RenderableType = Text()
        self._lines: list[Strip] | None = None
        self._style = Style()

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.on_resize())

    def show(self, content: RenderableType) -> None:
        """Show another renderable, from its top."""
        self._content = content
        self._lines = None
        if self.scroll_offset.y:
            self.scroll_to(y=0, animate=False, force=True)
        self._measure()

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

    def _measure(self) -> None:
        region = self.scrollable_content_region
        if not region:  # there is no layout yet; `on_resize` comes with it
            return
        # A change of the virtual size is a layout of the whole screen, about 5 ms: pages that fit have one size.
        size = Size(region.width, max(len(self._wrapped()), region.height))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()

    def _wrapped(self) -> list[Strip]:
        if self._lines is None:
            self._style = self.rich_style
            width = max(8, self.scrollable_content_region.width)
            console = self.app.console
            options = console.options.update(width=width, height=None, highlight=False)
            self._lines = [Strip(line) for line in console.render_lines(self._content, options, pad=False)]
        return self._lines
