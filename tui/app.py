"""The Textual app: opens traces one after the other, and hands each to a browser."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final

from rich.console import COLOR_SYSTEMS
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from ..replay.text.safe import visible
from .actions import KEYMAP, MOVES
from .contrast import Readable
from .hangup import EVERY, is_gone
from .keymap import keys_file
from .keys_in_order import KeysInOrder
from .messages import FindCells, ToEvent, ToLane, Whole
from .screens.browser import BrowserScreen
from .screens.loading import LoadingScreen
from .source import Source
from .theme import first_theme, remember
from .together import Together

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
        folder: Folder of the user's configuration, in which bookmarks and the like are kept; None: nothing is kept.

    Attributes:
        failure: After an error of the browser's own what there is to tell of it, line by line, safe for a terminal.
    """

    TITLE = "tracetui"
    ENABLE_COMMAND_PALETTE = False  # `menu` is ours: in the order of the table, each thing once
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", "Quit", show=False, priority=True)]

    def __init__(self, sources: Sequence[Source], folder: Path | None = None) -> None:
        super().__init__()
        self.animation_level = "none"  # a tab's sliding underline alone takes 300 ms
        chosen = first_theme(self.available_themes)
        if chosen is not None:
            self.theme = chosen
        self._together = Together(self, sources, folder)
        self.failure: list[str] = []
        self.keys = KeysInOrder(self, super().on_event, MOVES)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what lines go through on their way to the terminal."""
        return [*super().get_line_filters(), self._readable]

    @cached_property
    def _readable(self) -> Readable:
        known = None if self.is_headless else self.console.color_system
        return Readable(COLOR_SYSTEMS[known or "truecolor"])

    async def on_event(self, event: events.Event) -> None:
        """Take a key in its turn; whatever else comes, and a key that a widget had no use for, at once."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.keys.take(event)
        else:
            await super().on_event(event)

    def on_mount(self) -> None:
        """Begin with the first trace."""
        self.push_screen(LoadingScreen(self._together.lanes.here.source))
        self._tell_faults()
        if not self.is_headless:
            self.set_interval(EVERY, self._leave_if_gone)
        self.theme_changed_signal.subscribe(self, lambda theme: remember(theme.name))

    def _leave_if_gone(self) -> None:
        """End where the terminal has gone away: what is kept of the trace is written, as at any end."""
        if is_gone():
            self.exit("the terminal has gone away", return_code=CANNOT)

    def _tell_faults(self) -> None:
        """Say in one line each what is wrong in the user's own files."""
        for fault in KEYMAP.faults:
            self.notify(f"{keys_file().name}: {fault}", severity="warning", markup=False)

    def on_loading_screen_loaded(self, message: LoadingScreen.Loaded) -> None:
        """Show the trace that has been read."""
        self._together.show(message.trace, message.source)
        self.set_timer(SETTLE_AFTER, _settle)

    def on_browser_screen_replaced(self, message: BrowserScreen.Replaced) -> None:
        """Open the file anew that has taken a trace's place, and follow that."""
        source = self._together.replaced(message.browser, message.index)
        if source is not None:
            self.switch_screen(LoadingScreen(source))

    def on_loading_screen_failed(self, message: LoadingScreen.Failed) -> None:
        """Give up: the reason is printed once the terminal is the user's again."""
        self.exit(message.reason, return_code=CANNOT)

    # -- an error of our own

    def _fatal_error(self) -> None:
        """Leave at once, and keep what there is to report: Textual would print whatever local variables hold."""
        error = sys.exc_info()[1] or self._exception or RuntimeError("unknown")
        if not self.failure:
            self.failure = self._reported(getattr(error, "error", error))
        self._close_messages_no_wait()

    def _reported(self, error: BaseException) -> list[str]:
        from .crash import facts_of, report, told, write

        facts = {"screen": f"{type(self.screen).__name__}, {self.size.width} x {self.size.height}, {self.theme}"}
        with suppress(Exception):  # it may be the trace that fails
            browser = self._together.browser
            facts |= {} if browser is None else {"event": str(browser.cursor.index), **facts_of(browser.trace)}
        lines = report(error, facts)
        return told(error, lines, write(lines))

    # -- several traces, two places

    def on_to_lane(self, message: ToLane) -> None:
        """Show another trace."""
        self._together.to_lane(message.lane, message.index)

    def on_to_event(self, message: ToEvent) -> None:
        """Show an event of another trace."""
        self._together.to_event(message.trace, message.index)

    def on_find_cells(self, message: FindCells) -> None:
        """Find what each trace has at the moments of this one."""
        self._together.lanes.cells(message.span, message.then)

    def on_whole(self, message: Whole) -> None:
        """Compare anew: what was known from keyframes alone is known from all records now."""
        self._together.checked()

    def action_interrupt(self) -> None:
        """Copy what the mouse has selected, as one is used to; leave where nothing is selected."""
        if isinstance(self.screen, BrowserScreen) and self.screen.get_selected_text():
            self.screen.action_copy_place()
            self.screen.clear_selection()
        else:
            self.exit()

    def action_next_trace(self) -> None:
        """Show the next of the traces, at this moment."""
        self._together.next_trace()

    def action_next_parting(self) -> None:
        """Go to the next place where the traces part."""
        self._together.next_parting()

    def action_mark(self) -> None:
        """Mark this event as A, or no longer."""
        self._together.mark()

    def action_compare(self) -> None:
        """Compare A with the place where one is."""
        self._together.compare()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out, from the footer too, what makes no sense with one trace."""
        return self._together.lanes.several or action not in ("next_trace", "next_parting")

    def action_picture(self) -> None:
        """Save the screen as a picture; in a web browser it is downloaded."""
        from .picture import picture, save, told  # which is not on the first screen

        text, name = picture(self), "tracetui"
        browser = self._together.browser
        if browser is not None and len(browser.trace):
            name = f"{os.path.basename(browser.trace.path)}-{browser.cursor.index}"
        if self.is_web:
            self.deliver_text(io.StringIO(text), save_filename=f"{name}.svg", mime_type="image/svg+xml")
            return
        try:
            self.notify(told(save(text, name)), markup=False)
        except OSError as error:
            self.notify(visible(f"no picture: {error}"), severity="error", markup=False)

    def action_menu(self) -> None:
        """Offer all that can be asked for by name."""
        from .palette import commands  # with Textual's palette, which is not on the first screen

        self.search_commands(commands(self, self.screen), placeholder="What do you want to do?")
