"""A screen full of curves: any numeric series of the trace, several below each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Static

from ..panels.plot import COLORS, Plot
from ..safe_text import plain_text

if TYPE_CHECKING:
    from ...replay.columns.series import Series
    from ...replay.metrics import Metric
    from ...replay.trace import Trace

Ask = Callable[[str, "Callable[[Trace], Any]", Callable[[Any], None]], object]
"""Finds out beside the keys what takes long: see `Background.run`."""

MOST: Final = len(COLORS)
"""Series at once."""


class PlotScreen(Screen[int | None]):
    """Draws metrics; returns the event that the user wants to go to, None if he stays where he was.

    Args:
        title: What the trace is called.
        total: Events of the trace.
        cursor: Number of the event where one is.
        ask: Finds out what takes long.
        paths: What is drawn at first; empty: the first metric.
    """

    DEFAULT_CSS = """
    PlotScreen #title { height: 1; background: $panel; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,v", "dismiss(None)", "Back", key_display="Esc"),
        Binding("enter", "go", "Go", key_display="⏎"),
        Binding("right,l,j,down", "walk(True)", "Value", key_display="← →"),
        Binding("left,h,k,up", "walk(False)", "Value back", show=False),
        Binding("c", "metric(1)", "Metric"),
        Binding("C", "metric(-1)", "Metric back", show=False),
        Binding("a", "add", "Add"),
        Binding("x", "drop", "Drop"),
        Binding("L", "log", "Log"),
        Binding("plus,equals_sign", "zoom(1)", "Zoom", key_display="+ -"),
        Binding("minus", "zoom(-1)", "Zoom out", show=False),
        Binding("0", "zoom(0)", "All"),
    ]

    def __init__(self, title: str, total: int, cursor: int, ask: Ask, paths: Sequence[str] = ()) -> None:
        super().__init__()
        self._file = title
        self._ask = ask
        self._plot = Plot(total, cursor)
        self._paths = list(paths[:MOST])
        self._metrics: list[Metric] = []
        self._series: dict[str, Series | None] = {}

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield Static(id="title")
        yield self._plot
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Find out what there is to draw."""
        self._ask("plot metrics", _metrics, self._found_metrics)
        self._draw()

    def _found_metrics(self, found: list[Metric]) -> None:
        self._metrics = found
        self._paths = self._paths or [metric.path for metric in found[:2]]
        self._draw()

    def _found_series(self, found: Series) -> None:
        self._series[found.path] = found
        self._draw()

    def _draw(self) -> None:
        if not self.is_attached:
            return
        for path in self._paths:
            if path not in self._series:
                self._series[path] = None
                self._ask(f"plot {path}", partial(_series, path=path), self._found_series)
        known = [found for path in self._paths if (found := self._series[path]) is not None]
        self._plot.show(known)
        waits = "" if len(known) == len(self._paths) else "  reading …"
        empty = "  no metric in this trace" if not self._paths and self._metrics else ""
        step = f"#{self._plot.cursor:,}"
        self.query_one("#title", Static).update(plain_text(f"{self._file}  plot  {step}{waits}{empty}", "bold"))

    def action_go(self) -> None:
        """Leave, and go to the event at the line."""
        self.dismiss(self._plot.cursor)

    def action_walk(self, forward: bool) -> None:
        """Go to the next value of the uppermost series, or the previous one."""
        event = self._plot.neighbour(forward)
        if event is None:
            self.app.bell()
        else:
            self._point(event)

    @on(Plot.Pointed)
    def _pointed(self, message: Plot.Pointed) -> None:
        self._point(message.event)

    def _point(self, event: int) -> None:
        self._plot.go_to(event)
        self._draw()

    def action_metric(self, steps: int) -> None:
        """Draw the next metric in the place of the uppermost one."""
        known = [metric.path for metric in self._metrics if metric.path not in self._paths[1:]]
        if known:
            place = known.index(self._paths[0]) + steps if self._paths and self._paths[0] in known else 0
            self._paths[:1] = [known[place % len(known)]]
            self._draw()

    def action_add(self) -> None:
        """Draw one more metric, at the bottom."""
        more = [metric.path for metric in self._metrics if metric.path not in self._paths]
        if more and len(self._paths) < MOST:
            self._paths.append(more[0])
            self._draw()
        else:
            self.app.bell()

    def action_drop(self) -> None:
        """Draw one metric less."""
        if len(self._paths) > 1:
            self._paths.pop()
            self._draw()
        else:
            self.app.bell()

    def action_log(self) -> None:
        """Change the scale."""
        self._plot.toggle_log()

    def action_zoom(self, steps: int) -> None:
        """See less of the run, or more."""
        self._plot.zoom(steps)


def _metrics(trace: Trace) -> list[Metric]:
    from ...replay.metrics import metrics

    return metrics(trace)


def _series(trace: Trace, path: str) -> Series:
    return trace.series(path)
