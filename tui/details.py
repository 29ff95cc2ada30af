"""The detail side: tabs that show the event at the cursor. Only the tab that is seen is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Tab, Tabs

from ..replay.event import Event
from ..replay.trace import Trace
from .page import Page
from .panes import callbacks_pane, control_pane, event_pane, logs_pane, run_pane, state_pane

TABS: Final[dict[str, tuple[str, Callable[[Event, Trace], RenderableType]]]] = {
    "event": ("Event", event_pane),
    "state": ("State", lambda event, trace: state_pane(event)),
    "control": ("Control", lambda event, trace: control_pane(event)),
    "logs": ("Logs & metrics", lambda event, trace: logs_pane(event)),
    "callbacks": ("Callbacks", callbacks_pane),
    "run": ("Run", lambda event, trace: run_pane(trace)),
}


class Details(Container):
    """The tabs.

    Args:
        trace: The trace.
    """

    DEFAULT_CSS = """
    Details { height: 1fr; }
    Details Tab { padding: 0 1; }
    """

    def __init__(self, trace: Trace, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Show nothing yet."""
        super().__init__(id=id)
        self._trace = trace
        self._event: Event | None = None

    def compose(self) -> ComposeResult:
        """Make the tabs."""
        yield Tabs(*(Tab(title, id=name) for name, (title, _) in TABS.items()))
        yield Page()  # one for all tabs: a page each, and what holds it, were a tenth of a browser's start

    def show(self, event: Event) -> None:
        """Show an event."""
        self._event = event
        self._draw()

    @property
    def active(self) -> str:
        """Name of the tab in front."""
        return self.query_one(Tabs).active

    def bring_to_front(self, name: str) -> None:
        """Show another tab."""
        self.query_one(Tabs).active = name

    def on_tabs_tab_activated(self) -> None:
        """Draw the tab that came to the front."""
        self._draw()

    def scroll_lines(self, lines: int) -> None:
        """Scroll the tab in front."""
        self.query_one(Page).scroll_lines(lines)

    def _draw(self) -> None:
        if self._event is None or not self.active:
            return
        _, pane = TABS[self.active]
        self.query_one(Page).show(pane(self._event, self._trace))
