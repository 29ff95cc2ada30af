"""The history of one value: its curve, where it has numbers, and the list of its changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Static

from ...replay.text.safe import visible
from ...replay.value_history import ValueHistory, value_history
from ..panels.plot import Plot
from ..panels.turn_list import TurnList
from ..safe_text import plain_text
from .plot import Ask, PlotScreen

if TYPE_CHECKING:
    from ...replay.columns.series import Series
    from ...replay.trace import Trace


class HistoryScreen(Screen[int | None]):
    """Shows what a value was changed to; returns the event that the user wants to go to, None if he stays.

    Args:
        title: What the trace is called.
        path: The value, as `Trace.series` takes it.
        total: Events of the trace.
        cursor: Number of the event where one is.
        ask: Finds out what takes long.
    """

    DEFAULT_CSS = """
    HistoryScreen #title { height: 1; background: $panel; padding: 0 1; }
    HistoryScreen #titles { height: 1; background: $panel; padding: 0 1; }
    HistoryScreen Plot { height: 35%; display: none; }
    HistoryScreen.-numbers Plot { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,h", "dismiss(None)", "Back", key_display="Esc"),
        Binding("enter", "go", "Go", key_display="⏎"),
        Binding("down,j", "walk(1)", "Change", key_display="↑ ↓"),
        Binding("up,k", "walk(-1)", "Change back", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "walk(-1000000)", "First", show=False),
        Binding("end,G", "walk(1000000)", "Last", show=False),
        Binding("v", "plot", "Plot"),
        Binding("L", "log", "Log"),
        Binding("plus,equals_sign", "zoom(1)", "Zoom", key_display="+ -"),
        Binding("minus", "zoom(-1)", "Zoom out", show=False),
        Binding("0", "zoom(0)", "All", show=False),
    ]

    def __init__(self, title: str, path: str, total: int, cursor: int, ask: Ask) -> None:
        super().__init__()
        self._file, self._value, self._ask = title, path, ask  # `_name` and `_path` are Textual's
        self._total, self._cursor = total, cursor
        self._plot = Plot(total, cursor)
        self._list = TurnList()

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield Static(plain_text(f"{self._file}  history of {visible(self._value)}  reading …", "bold"), id="title")
        yield self._plot
        yield Static(f"{'event':>10} {'step':>9}  old → new", id="titles")
        yield self._list
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Find out what there is to show."""
        self._list.focus()
        self._ask("history", partial(value_history, path=self._value, around=self._cursor), self._found)
        self._ask("history series", partial(_series, path=self._value), self._found_series)

    def _found(self, found: ValueHistory) -> None:
        if self.is_attached:
            count = f"{len(found.turns):,} change{'s' * (len(found.turns) != 1)}"
            more = " and earlier ones" * found.earlier + " and later ones" * found.later
            text = f"{self._file}  history of {visible(self._value)}  {count}{more}"
            self.query_one("#title", Static).update(plain_text(text, "bold"))
            self._list.show(found, self._cursor)
            self._follow()

    def _found_series(self, found: Series) -> None:
        if self.is_attached and found.finite.any():
            self.add_class("-numbers")
            self._plot.show([found])

    @on(TurnList.Moved)
    def _follow(self) -> None:
        turn = self._list.turn
        if turn is not None:
            self._plot.go_to(turn.event)

    @on(TurnList.Chosen)
    def action_go(self) -> None:
        """Leave, and go to the change that is highlighted."""
        turn = self._list.turn
        self.dismiss(turn.event if turn is not None else None)

    @on(Plot.Pointed)
    def _pointed(self, message: Plot.Pointed) -> None:
        self._list.go_to(message.event)

    def action_walk(self, places: int) -> None:
        """Highlight another change."""
        if not self._list.move(places):
            self.app.bell()

    def action_page(self, pages: int) -> None:
        """Go some screens on, or back."""
        self.action_walk(pages * self._list.page)

    def action_log(self) -> None:
        """Change the scale."""
        self._plot.toggle_log()

    def action_zoom(self, steps: int) -> None:
        """See less of the run, or more."""
        self._plot.zoom(steps)

    def action_plot(self) -> None:
        """Draw it on the whole screen, with others."""
        screen = PlotScreen(self._file, self._total, self._plot.cursor, self._ask, [self._value])
        self.app.push_screen(screen, self._plotted)

    def _plotted(self, event: int | None) -> None:
        if event is not None:
            self.dismiss(event)


def _series(trace: Trace, path: str) -> Series:
    try:
        return trace.series(path, after=True)
    except ValueError:  # no callback can change it
        return trace.series(path)
