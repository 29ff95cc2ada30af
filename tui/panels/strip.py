"""The strip on top of the browser: the whole run as a plot, as a line of marks, and as a bar to seek with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from ...replay.cursor import Cursor
from ...replay.span import Span
from ...replay.trace import Trace
from ...trace.framework import Framework
from ..messages import Checked, FindOut, GoTo, Keep, Marked, Seen, ShowHistory, Surveyed
from .panel import Panel
from .strip_line import PART_STYLES, Places, event_in, left_text, marks_line, places, plot_lines, tip
from .view import View

if TYPE_CHECKING:
    from ...replay.columns.series import Series
    from ...replay.metrics import Metric

PLOT: Final = 2
"""Lines of a metric."""

CURVES: Final = ("curve", "other")
"""Styles of the curves, from top to bottom."""


class RunStrip(Panel):
    """Metrics, marks and the cursor over the whole run, or a part of it. Click and drag seek, the wheel zooms."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"run-strip--{part}" for part in PART_STYLES}
    DEFAULT_CSS = """
    RunStrip { height: 1; padding: 0 1; }
    RunStrip > .run-strip--curve { color: $text-success; }
    RunStrip > .run-strip--other { color: $text-secondary; }
    RunStrip > .run-strip--curve-dim { color: $text-success; text-style: dim; }
    RunStrip > .run-strip--other-dim { color: $text-secondary; text-style: dim; }
    RunStrip > .run-strip--label { color: $foreground; text-style: bold; }
    RunStrip > .run-strip--dim { text-style: dim; }
    RunStrip > .run-strip--mark { color: $foreground; text-style: bold; }
    RunStrip > .run-strip--stop { color: $text-accent; text-style: bold; }
    RunStrip > .run-strip--warning { color: $text-warning; text-style: bold; }
    RunStrip > .run-strip--error { color: $text-error; text-style: bold; }
    RunStrip > .run-strip--at { color: $primary; }
    RunStrip > .run-strip--cursor { color: $text; background: $primary; text-style: bold; }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    """Number of the event where one is. Only the cell that it leaves and the one that it comes to are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._signs: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._metrics: list[Metric] | None = None
        self._wanted = ""
        self._first = 0
        self._series: dict[str, Series] = {}
        self._asked: set[str] = set()
        self._asked_at = -1
        self._lines: list[list[Segment]] = []
        self._line: list[Segment] = []
        self._drawn = Size(0, 0)
        self._styles: dict[str, Style] = {}
        self._view = View(1)
        self._dragged = -1
        self._mark: int | None = None
        self._told: tuple[int, ...] = ()

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._forget())

    # -- what is told

    def like(self, other: RunStrip) -> None:
        """Draw what another strip of the same trace draws: what that has found out is not found out again."""
        self._trace, self._signs, self._first = other._trace, other._signs, other._first
        self._metrics, self._series, self._asked = other._metrics, dict(other._series), set(other._series)
        self._asked_at = other._asked_at if other._metrics is not None else -1
        self._view.total = other._view.total
        self.set_class(other._metrics == [], "-plain")

    @property
    def surveyed(self) -> bool:
        """Whether it knows what all events of the trace have."""
        return self._trace is not None and len(self._signs) == len(self._trace)

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Mark the place of the cursor."""
        if self._trace is None:
            self._trace = trace
            self._find_out(trace)
        if self._view.total != len(trace):
            self._view.total = len(trace)
            self._forget()
        self.cursor = cursor.index
        if self._view.follow(cursor.index):
            self._forget()

    def on_surveyed(self, message: Surveyed) -> None:
        """Draw what is known."""
        self._signs = message.signs
        self._line = []
        self.refresh(Region(0, self.size.height - 1, self.size.width, 1))
        if self._trace is not None and self._asked_at != len(self._trace) == len(message.signs):
            self._find_out(self._trace)

    def on_marked(self, message: Marked) -> None:
        """Show where A is."""
        self._mark = message.index
        self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def on_checked(self, message: Checked) -> None:
        """Draw all anew when all is checked."""
        if message.whole and self._trace is not None:
            self._find_out(self._trace)

    def begin_with(self, metric: object) -> None:
        """Take up the metric that was kept, before any is shown."""
        self._wanted = metric if isinstance(metric, str) else ""

    def _find_out(self, trace: Trace) -> None:
        """Find out what the trace has; of one that grows anew now and then, and what is known is drawn meanwhile."""
        self._asked_at = len(trace)
        self._asked.clear()
        self.post_message(FindOut("metrics", _metrics, self._found_metrics))

    def _found_metrics(self, found: list[Metric]) -> None:
        before = self.shown
        self._metrics = found
        paths = [metric.path for metric in found]
        first = before[0].path if before else self._wanted
        self._first = paths.index(first) if first in paths else 0
        self.set_class(not found, "-plain")
        self._ask_series()

    def _ask_series(self) -> None:
        for metric in self.shown:
            if metric.path not in self._asked:
                self._asked.add(metric.path)
                job = partial(_series, path=metric.path)
                self.post_message(FindOut(f"series {metric.path}", job, self._found_series))
        self._forget()

    def _found_series(self, found: Series) -> None:
        self._series[found.path] = found
        self._forget()

    # -- what is asked for

    @property
    def shown(self) -> list[Metric]:
        """The metrics that are drawn, from top to bottom."""
        known = self._metrics or []
        count = min(len(known), max(0, self.size.height - 1) // PLOT)
        return [known[(self._first + place) % len(known)] for place in range(count)]

    def path_of(self, text: str) -> str:
        """Return the path that a text means: one, or the name of a metric, or a well-known key."""
        named = {metric.name: metric.path for metric in self._metrics or ()}
        words = self._trace.framework.words if self._trace is not None else {}
        return named.get(text) or words.get(text, text)

    def action_metric(self, steps: int) -> None:
        """Draw the next metric, or the previous one."""
        if self._metrics:
            self._first = (self._first + steps) % len(self._metrics)
            self.post_message(Keep("metric", self._metrics[self._first].path))
            self._ask_series()

    def action_history(self) -> None:
        """Ask for the history of the uppermost metric."""
        for metric in self.shown[:1] or (self._metrics or [])[:1]:
            self.post_message(ShowHistory(metric.path))

    def action_zoom(self, steps: int) -> None:
        """See less of the run around the cursor, or more; 0: all of it."""
        if self._view.zoom(steps, self.cursor):
            self._forget()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """See less of the run."""
        self._zoom_at(1, event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """See more of it."""
        self._zoom_at(-1, event)

    def _zoom_at(self, steps: int, event: events.MouseEvent) -> None:
        event.stop()
        if self._view.zoom(steps, self._span.event(event.get_content_offset_capture(self).x - self._places.left)):
            self._forget()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to an event, and on to others while the button is held."""
        self.capture_mouse()
        self._dragged = -1
        self._seek(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the pointer, or say what is below it."""
        if self.app.mouse_captured is self:
            self._seek(event)
        elif self._trace is not None:
            cell = event.get_content_offset_capture(self).x - self._places.left
            self.tooltip = tip(cell, self._signs, self._span, self._trace) if 0 <= cell < self._places.middle else None

    def on_mouse_up(self) -> None:
        """Stay there."""
        self.release_mouse()

    def _seek(self, event: events.MouseEvent) -> None:
        cell = event.get_content_offset_capture(self).x - self._places.left
        if self._trace is None or cell == self._dragged:
            return
        self._dragged = cell
        cell = max(0, min(cell, self._places.middle - 1))
        self.post_message(GoTo(event_in(cell, self._signs, self._span, self._trace.framework)))

    # -- drawing

    def watch_cursor(self, before: int, cursor: int) -> None:
        """Draw the cells that differ. Textual sends a line from its begin to each region's end: so it is one region."""
        where = self._places
        first, last = sorted(self._view.cell(event, where.middle) for event in (before, cursor))
        if first < last:
            self.refresh(Region(where.left + first, self.size.height - 1, last - first + 1, 1))

    def on_resize(self) -> None:
        """Fit in: there may be room for another metric."""
        self._ask_series()

    def render_line(self, y: int) -> Strip:
        """Draw a line: those of the metrics come first, then the marks."""
        width, base = self.size.width, self._style("")
        if self._trace is None or not width:
            return Strip.blank(width, base)
        if self._drawn != self.size:
            self._drawn = self.size
            self._lines, self._line = [], []
        if y == self.size.height - 1:
            parts = self._marks(self._trace.framework)
        else:
            self._lines = self._lines or self._plots()
            parts = self._lines[y] if y < len(self._lines) else []
        return Strip(parts).adjust_cell_length(width).apply_style(base).simplify()

    def _plots(self) -> list[list[Segment]]:
        lines: list[list[Segment]] = []
        for metric, style in zip(self.shown, CURVES, strict=False):
            series = self._series.get(metric.path)
            if series is None:
                name = [Segment(left_text(metric.name, "", self._places.left), self._style("label"))]
                lines += [name, *[[Segment("")]] * (PLOT - 1)]
            else:
                lines += plot_lines(metric, series, self._span, self._places, PLOT, self._style, style)
        return lines

    def _marks(self, framework: Framework) -> list[Segment]:
        where, dim = self._places, self._style("dim")
        self._line = self._line or marks_line(self._signs, self._span, framework, self._style)
        marks = list(self._line)
        if self._mark is not None and self._span.begin <= self._mark < self._span.end:
            marks[self._view.cell(self._mark, where.middle)] = Segment("A", self._style("stop"))
        cell = self._view.cell(self.cursor, where.middle)
        sign = marks[cell].text
        marks[cell] = Segment("█" if sign in "─┄┴" else sign, self._style("cursor" if sign not in "─┄┴" else "at"))
        return [Segment(self._view.text[: where.left].ljust(where.left), dim), *marks]

    @property
    def _places(self) -> Places:
        return places(self.size.width, [metric.name for metric in self.shown])

    @property
    def _span(self) -> Span:
        return self._view.span(self._places.middle)

    def _style(self, part: str) -> Style:
        style = self._styles.get(part)
        if style is None:
            own = self.rich_style if not part else self.get_component_rich_style(f"run-strip--{part}", partial=True)
            style = self._styles[part] = own
        return style

    def _forget(self) -> None:
        self._lines, self._line = [], []
        self._styles.clear()
        self.refresh()
        self._tell_seen()

    def _tell_seen(self) -> None:
        """Tell which events are drawn where, to whoever draws others below them."""
        span, where = self._span, self._places
        seen = span.begin, span.end, where.left, where.middle
        if self.size.width and seen != self._told:
            self._told = seen
            self.screen.post_message(Seen(*seen))


def _metrics(trace: Trace) -> list[Metric]:
    from ...replay.metrics import metrics  # the first screen comes before

    return metrics(trace)


def _series(trace: Trace, path: str) -> Series:
    return trace.series(path)
