"""What a part of the browser's screen is: a widget that shows where the cursor is."""

from __future__ import annotations

from textual.widget import Widget

from ...replay.cursor import Cursor
from ...replay.trace import Trace


class Panel(Widget):
    """Follows the cursor. It moves nothing itself: it posts `messages.GoTo`, and `show` is called once one is there.

    What else goes on it is told in the messages under `messages.Told`: it handles those that concern it.
    """

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show the place of a cursor. All panels do so in one frame, at every key: what takes long is not done here.

        Args:
            trace: The trace; the same at every call.
            cursor: A cursor in it, to be looked at only; there is an event at it.
        """
        raise NotImplementedError
