"""A plot of some series, one below the other over the same events: zoom, a logarithmic scale, a line at the cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ...replay.reduction import Beside, Reduced, reduced
from ...replay.text.safe import visible
from ..braille import ACROSS, shaded
from .cut import end
from .strip_line import NUMBER, number_text
from .view import View

if TYPE_CHECKING:
    from ...replay.columns.series import Series

LEFT: Final = NUMBER + 2
"""Cells of the numbers on the left."""

COLORS: Final = ("success", "secondary", "warning", "accent")
"""The colours of the curves, from top to bottom."""


class Plot(Widget, can_focus=False):
    """Draws series. The wheel zooms, a click asks for an event with `Pointed`.

    Args:
        total: Events of the trace.
        cursor: The event at which there is a line.
    """

    class Pointed(Message):
        """The user pointed at an event."""

        def __init__(self, event: int) -> None:
            super().__init__()
            self.event = event

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"plot--{part}" for part in (*COLORS, "dim", "cursor", "name", "wrong")}
    DEFAULT_CSS = """
    Plot { height: 1fr; padding: 0 1; }
    Plot > .plot--success { color: $text-success; }
    Plot > .plot--secondary { color: $text-secondary; }
    Plot > .plot--warning { color: $text-warning; }
    Plot > .plot--accent { color: $text-accent; }
    Plot > .plot--dim { text-style: dim; }
    Plot > .plot--name { color: $foreground; text-style: bold; }
    Plot > .plot--wrong { color: $text-error; text-style: bold; }
    Plot > .plot--cursor { color: $foreground; background: $primary-muted; }
    """

    def __init__(self, total: int, cursor: int) -> None:
        super().__init__()
        self.view = View(total)
        self.cursor = cursor
        self.logarithmic = False
        self._series: tuple[Series, ...] = ()
        self._lines: list[list[Segment]] = []
        self._styles: dict[str, Style] = {}

    def show(self, series: Sequence[Series]) -> None:
        """Draw these series."""
        self._series = tuple(series)
        self._anew()

    def go_to(self, event: int) -> None:
        """Draw the line at another event."""
        self.cursor = event
        self.view.follow(event)
        self._anew()

    def zoom(self, steps: int) -> None:
        """See less of the run around the cursor, or more; 0: all of it."""
        self.view.zoom(steps, self.cursor)
        self._anew()

    def toggle_log(self) -> bool:
        """Change the scale; returns whether it is logarithmic now."""
        self.logarithmic = not self.logarithmic
        self._anew()
        return self.logarithmic

    def neighbour(self, forward: bool) -> int | None:
        """Return the event of the next value of the first series, or of the previous one; None if there is none."""
        if not self._series:
            return None
        index = self._series[0].index
        place = int(np.searchsorted(index, self.cursor, side="right" if forward else "left")) - (not forward)
        return int(index[place]) if 0 <= place < len(index) else None

    def on_resize(self) -> None:
        """Draw anew."""
        self._anew()

    def on_click(self, event: events.Click) -> None:
        """Ask for the event that was clicked."""
        self.post_message(
            self.Pointed(self.view.span(self._across).event(event.get_content_offset_capture(self).x - LEFT))
        )

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """See less of the run."""
        self._zoom_at(1, event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """See more of it."""
        self._zoom_at(-1, event)

    def _zoom_at(self, steps: int, event: events.MouseEvent) -> None:
        event.stop()
        pointer = self.view.span(self._across).event(event.get_content_offset_capture(self).x - LEFT)
        self.view.zoom(steps, pointer)
        self._anew()

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        width = self.size.width
        if not self._lines:
            self._lines = self._drawn()
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        return Strip(self._lines[y]).adjust_cell_length(width).apply_style(self.rich_style)

    @property
    def _across(self) -> int:
        return max(1, self.size.width - LEFT)

    def _anew(self) -> None:
        self._lines = []
        self._styles.clear()
        self.refresh()

    def _drawn(self) -> list[list[Segment]]:
        lines: list[list[Segment]] = []
        heights = [len(part) for part in np.array_split(np.arange(self.size.height), max(1, len(self._series)))]
        for series, height, color in zip(self._series, heights, COLORS, strict=False):
            lines += self._one(series, height, color)
        return lines

    def _one(self, series: Series, height: int, color: str) -> list[list[Segment]]:
        """Return the lines of one series: its name and its value at the cursor, the curve, an axis with what is NaN."""
        across = self._across
        span = self.view.span(across * ACROSS)
        points = reduced(series, span)
        bounds = points.bounds
        title = [Segment(self._title(series), self._style("name"))]
        axis = self._axis(points)
        rows = max(1, height - 2)
        if bounds is None:
            text = "no number here" if len(series) else "no value"
            return [title, [Segment(" " * LEFT + text, self._style("dim"))], *[[]] * (rows - 1), axis][:height]
        shown, scale = (_logarithms(points), True) if self.logarithmic and bounds[1] > 0 else (points, False)
        drawn = shaded(shown, rows)
        labels = self._labels(shown.bounds or bounds, rows, logarithmic=scale)
        cell = self.view.cell(self.cursor, across)
        body = [
            [Segment(f"{label:>{LEFT - 1}} ", self._style("dim")), *self._with_cursor(line, cell, color)]
            for label, line in zip(labels, drawn, strict=True)
        ]
        return [title, *body, axis][:height]

    def _with_cursor(self, line: list[tuple[str, bool]], cell: int, color: str) -> list[Segment]:
        """Return the parts of a line, those off the mean dim, and the cell of the cursor."""
        style, dim = self._style(color), self._style("dim")
        before, at, after = Segment.divide(
            [Segment(part, style if strong else style + dim) for part, strong in line], (cell, cell + 1, self._across)
        )
        return [*before, *(Segment(part.text, (part.style or style) + self._style("cursor")) for part in at), *after]

    def _title(self, series: Series) -> str:
        place = int(np.searchsorted(series.index, self.cursor, side="right")) - 1
        here = f"  {number_text(float(series.value[place]))} at #{series.index[place]:,}" if place >= 0 else ""
        scale = "  log scale" if self.logarithmic else ""
        return set_cell_size(end(visible(series.path), self.size.width - 30) + here + scale, self.size.width)

    def _labels(self, bounds: tuple[float, float], rows: int, *, logarithmic: bool) -> list[str]:
        """Return the numbers on the left: at the top, at the bottom, and in the middle where there is room."""
        low, high = bounds
        values = [high + (low - high) * row / max(1, rows - 1) for row in range(rows)]
        texts = [number_text(10.0**value if logarithmic else value) for value in values]
        shown = {0, rows - 1} | ({rows // 2} if rows >= 5 else set())
        return [
            text if row in shown and ((rows > 1 and low < high) or row == 0) else "" for row, text in enumerate(texts)
        ]

    def _axis(self, points: Reduced) -> list[Segment]:
        """Return the line below a curve: where a value is NaN or infinite, and where the cursor is."""
        wrong = np.any(points.nonfinite.reshape(-1, ACROSS), axis=1)
        lost = np.any(points.lost.reshape(-1, ACROSS), axis=1)
        cell = self.view.cell(self.cursor, self._across)
        parts = [Segment(f"{self.view.text:>{LEFT - 1}} ", self._style("dim"))]
        for place in range(self._across):
            sign = "!" if wrong[place] else "⋯" if lost[place] else "█" if place == cell else "─"
            style = "wrong" if sign in "!⋯" else "name" if place == cell else "dim"
            parts.append(Segment(sign, self._style(style)))
        return parts

    def _style(self, part: str) -> Style:
        style = self._styles.get(part)
        if style is None:
            style = self._styles[part] = self.get_component_rich_style(f"plot--{part}", partial=True)
        return style


def _logarithms(points: Reduced) -> Reduced:
    """Return the logarithms of what a series has; what is not above zero has none."""

    def log(values: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values > 0, np.log10(values), np.nan)

    def beside(one: Beside | None) -> Beside | None:
        return None if one is None or one.value <= 0 else Beside(one.place, math.log10(one.value))

    low = np.where(points.low > 0, points.low, points.high)  # a cell that reaches below zero is drawn as far as it can
    return replace(
        points,
        low=log(low),
        high=log(points.high),
        first=log(points.first),
        last=log(points.last),
        mean=log(points.mean),
        before=beside(points.before),
        after=beside(points.after),
    )
