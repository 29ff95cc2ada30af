"""What keys do to take something out of the browser: copies, and events as a file. A part of the browser's screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from ..exporting import Exporting
from ..messages import CopyText, Filtered
from ..panels.details import Details

if TYPE_CHECKING:
    from ..copied import Copy, Here


class CopyActions(Screen[None]):
    """Copies of what is seen.

    Attributes:
        exporting: Writes events into a file.
    """

    exporting: Exporting

    def action_copy_place(self) -> None:
        """Copy the place, or the text that is selected with the mouse."""
        here = self.query_one(Details).here
        if here is not None:
            self._copy(self.get_selected_text() or here.place)

    def action_copy_menu(self) -> None:
        """Ask what is to be copied."""
        from ..copied import COPIES
        from .copy import CopyScreen  # its list is no part of the first screen

        here = self.query_one(Details).here
        if here is not None:
            self.app.push_screen(CopyScreen(COPIES), partial(self._copy_chosen, here))

    def _copy_chosen(self, here: Here, copy: Copy | None) -> None:
        if copy is None:
            return
        if copy.run:
            self.call_after_refresh(self.run_action, copy.run)  # the menu is gone by then
            return
        text = copy.make(here)
        if text is None:
            self.app.bell()
        else:
            self._copy(text)

    @on(CopyText)
    def _copy_text(self, message: CopyText) -> None:
        self._copy(message.text)

    def _copy(self, text: str) -> None:
        from ..copied import put

        self.tell(put(text, self.app.copy_to_clipboard))

    def tell(self, text: str) -> None:
        """Say something in a line that goes away."""
        self.notify(text, markup=False)

    @on(Filtered)
    def _note_listed(self, message: Filtered) -> None:
        self.exporting.listed = message.events

    def command_export(self, file: str) -> str:
        """Write the events that are listed into a file of JSON lines; return what is wrong, empty if nothing is."""
        return self.exporting.begin(file)
