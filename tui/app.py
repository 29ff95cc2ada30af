"""The Textual app: opens traces one after the other, and hands each to a browser."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from .actions import ACTIONS
from .screens.browser import BrowserScreen
from .screens.loading import LoadingScreen, Source

CANNOT = 2
"""Exit status when a trace can't be opened."""

SETTLE_AFTER: Final = 0.5
"""Seconds: what takes a moment waits until the first screen is painted."""


def _settle() -> None:
    """Take everything that is loaded by now out of garbage collection: it stays, and walking it took 50 ms a time."""
    gc.collect()
    gc.freeze()


class TraceApp(App[str]):
    """Browses traces. Returns the reason, with exit status 2, if one can't be opened.

    Args:
        sources: The traces; the first is shown first.
    """

    TITLE = "tracetui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__()
        self.animation_level = "none"  # a tab's sliding underline alone takes 300 ms
        self._sources = sources
        self._current = 0
        self._browsers: dict[int, BrowserScreen] = {}

    def on_mount(self) -> None:
        """Begin with the first trace."""
        self.push_screen(LoadingScreen(self._sources[0]))

    def on_loading_screen_loaded(self, message: LoadingScreen.Loaded) -> None:
        """Show the trace that has been read."""
        browser = self._browsers[self._current] = BrowserScreen(message.trace, message.source.index)
        self.switch_screen(browser)
        self.set_timer(SETTLE_AFTER, _settle)

    def on_loading_screen_failed(self, message: LoadingScreen.Failed) -> None:
        """Give up: the reason is printed once the terminal is the user's again."""
        self.exit(message.reason, return_code=CANNOT)

    def action_next_trace(self) -> None:
        """Show the next of the traces."""
        if len(self._sources) < 2:
            self.bell()
            return
        self._current = (self._current + 1) % len(self._sources)
        known = self._browsers.get(self._current)
        self.switch_screen(known if known is not None else LoadingScreen(self._sources[self._current]))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer all keys of the browser by name in the command palette."""
        yield from super().get_system_commands(screen)
        if isinstance(screen, BrowserScreen):
            for action in ACTIONS:
                yield SystemCommand(
                    f"{action.group}: {action.help}", f"key {action.written}", self._runner(screen, action.run)
                )

    def _runner(self, screen: BrowserScreen, action: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await screen.run_action(action)

        return run
