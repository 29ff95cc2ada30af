"""What keys do with the cursor and the list's folds. A part of the browser's screen."""

from __future__ import annotations

from textual.screen import Screen

from ...replay.cursor import Cursor
from ..messages import Stuck
from ..moving import Moving
from ..panels.event_list import EventList
from ..playing import Player


class MoveActions(Screen[None]):
    """Moves by events, by the list's lines, and by themselves.

    Attributes:
        moving: Where one is in the trace.
        player: Goes on by itself.
    """

    moving: Moving
    player: Player

    @property
    def cursor(self) -> Cursor:
        """Where one is."""
        return self.moving.cursor

    def action_move(self, name: str) -> None:
        """Make the cursor's move of this name."""
        self.moving.move(name)

    def action_page(self, pages: int) -> None:
        """Go some screens on, or back."""
        self.action_line(pages * self.query_one(EventList).page)

    def action_line(self, lines: int) -> None:
        """Go some lines on, or back."""
        if not self._by(lines):
            self.post_message(Stuck())

    def _by(self, lines: int) -> bool:
        return self._at(self.query_one(EventList).by(lines, self.cursor.index))

    def _at(self, index: int | None) -> bool:
        """Go to the event that the list says; it says none where there was no line to go to, nothing to fold."""
        if index is not None:
            self.moving.go_to(index, jump=False)
        return index is not None

    def action_into(self) -> None:
        """Open the fold here; where there is none go into the next phase."""
        if not self._at(self.query_one(EventList).fold("open", self.cursor.index)):
            self.moving.move("into")

    def action_out(self) -> None:
        """Close the fold here, or go to where it begins; where there is none go out of the phase."""
        if not self._at(self.query_one(EventList).fold("out", self.cursor.index)):
            self.moving.move("out")

    def action_fold(self, name: str) -> None:
        """Fold here."""
        if not self._at(self.query_one(EventList).fold(name, self.cursor.index)):
            self.post_message(Stuck())

    def action_depth(self) -> None:
        """Show the next depth of folds."""
        self.query_one(EventList).deeper(self.cursor.index)

    def action_play(self) -> None:
        """Play, or pause."""
        self.player.toggle()

    def action_speed(self, by: int) -> None:
        """Play faster, or slower."""
        self.player.faster(by)

    def play_on(self) -> bool:
        """Go a line on, while this screen is in front; tell whether there was one."""
        return self.is_current and self._by(1)

    def action_half_page(self, halves: int) -> None:
        """Go some halves of a screen on, or back."""
        self.action_line(halves * max(1, self.query_one(EventList).page // 2))

    def action_match(self, forward: bool) -> None:
        """Go to the next or previous match; without a search to the event of this name."""
        self.moving.match(forward=forward)

    def action_origin(self, forward: bool) -> None:
        """Go to the event that asked for the one here, or to the one that serves what was asked for here."""
        self.moving.to_origin(forward=forward)

    def _go_to(self, index: int | None) -> None:
        if index is not None:
            self.moving.go_to(index)
