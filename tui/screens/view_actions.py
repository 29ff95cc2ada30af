"""Histories, plots, and the room that the panes have. A part of the browser's screen."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

from textual import on
from textual.screen import Screen

from ...replay.trace import Trace
from ..background import Background
from ..messages import GoTo, ShowHistory
from ..moving import Moving
from ..panels.details import Details
from ..panels.strip import RunStrip
from .room import give_room


class ViewActions(Screen[None]):
    """What shows more of a value, or of a pane.

    Attributes:
        trace: The trace.
        moving: Where one is in it.
        asides: Finds out beside the keys what takes long.
    """

    trace: Trace
    moving: Moving
    asides: Background

    @on(ShowHistory)
    def _asked_for_history(self, message: ShowHistory) -> None:
        self.show_history(message.path)

    def show_history(self, path: str) -> None:
        """Show the changes of a value, and its curve; go to the one that the user chooses."""
        from .history import HistoryScreen  # the first screen comes before

        where = len(self.trace), self.moving.cursor.index, partial(self.asides.run, soon=True)
        self.app.push_screen(HistoryScreen(self._file, path, *where), self._chosen)

    def action_plot(self) -> None:
        """Draw the metrics of the strip on the whole screen."""
        self.show_plot([metric.path for metric in self._strip.shown])

    def show_plot(self, paths: list[str]) -> None:
        """Draw values on the whole screen; go to the event that the user chooses."""
        from .plot import PlotScreen  # the first screen comes before

        where = len(self.trace), self.moving.cursor.index, partial(self.asides.run, soon=True)
        self.app.push_screen(PlotScreen(self._file, *where, paths), self._chosen)

    def command_history(self, text: str) -> str:
        """Show the history of a value by its path or its name; without one that of the metric in the strip."""
        if text:
            self.post_message(ShowHistory(self._strip.path_of(text)))  # once the line that was typed is closed
        else:
            self._strip.action_history()
        return ""

    def command_plot(self, text: str) -> str:
        """Draw values by their paths or names; without one the metrics in the strip."""
        paths = [self._strip.path_of(word) for word in text.split()]
        self.call_later(self.show_plot, paths or [metric.path for metric in self._strip.shown])
        return ""

    def action_room(self) -> None:
        """Give the pane that has the keys more room, then all, then as much as at first."""
        give_room(self, "details" if any(details.has_focus_within for details in self.query(Details)) else "list")

    def _chosen(self, event: int | None) -> None:
        if event is not None:
            self.post_message(GoTo(event))

    @property
    def _strip(self) -> RunStrip:
        return self.query_one(RunStrip)

    @property
    def _file(self) -> str:
        return PurePath(self.trace.path).name
