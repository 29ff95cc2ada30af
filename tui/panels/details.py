"""The detail side: tabs that show the event at the cursor. Only the tab that is seen is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Tab, Tabs

from ...replay.cursor import Cursor
from ...replay.events.event import Event
from ...replay.trace import Trace
from .page import Page
from .panel import Panel
from .panes import callbacks_pane, control_pane, event_pane, logs_pane, run_pane, state_pane


@dataclass(frozen=True, slots=True)
class DetailTab:
    """A tab.

    Attributes:
        name: Its id.
        title: What is written on it.
        help: What it shows.
        pane: Draws it.
    """

    name: str
    title: str
    help: str
    pane: Callable[[Event, Trace], RenderableType]


TABS: Final = (
    DetailTab("event", "Event", "what happened here, and who did it", event_pane),
    DetailTab("state", "State", "the state", lambda event, trace: state_pane(event)),
    DetailTab("control", "Control", "the flags", control_pane),
    DetailTab("logs", "Logs & metrics", "logs, metrics and the log history", logs_pane),
    DetailTab("callbacks", "Callbacks", "the callbacks, in order", callbacks_pane),
    DetailTab("run", "Run", "the run as a whole", lambda event, trace: run_pane(trace)),
)
"""From left to right: the keys 1, 2, ... bring them to the front."""

_PANES: Final = {tab.name: tab.pane for tab in TABS}


class Details(Container, Panel):
    """The tabs."""

    DEFAULT_CSS = """
    Details { height: 1fr; }
    Details Tab { padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._event: Event | None = None

    def compose(self) -> ComposeResult:
        """Make the tabs."""
        tabs = Tabs(*(Tab(tab.title, id=tab.name) for tab in TABS))
        tabs.can_focus = False  # a click on one leaves the keys with the list
        yield tabs
        yield Page()  # one for all tabs: a page each, and what holds it, were a tenth of a browser's start

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show the event at the cursor."""
        self._trace, self._event = trace, cursor.event
        self._draw()

    @property
    def active(self) -> str:
        """Name of the tab in front."""
        return self.query_one(Tabs).active

    def action_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.query_one(Tabs).active = name

    def on_tabs_tab_activated(self) -> None:
        """Draw the tab that came to the front."""
        self._draw()

    def action_scroll(self, lines: int) -> None:
        """Scroll the tab in front."""
        self.query_one(Page).scroll_lines(lines)

    def _draw(self) -> None:
        if self._trace is not None and self._event is not None and self.active:
            self.query_one(Page).show(_PANES[self.active](self._event, self._trace))
