"""Bookmarks: events that one wants to come back to, each with a note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .stop import NOTE_LENGTH
from .stop_list import TooMany

MOST: Final = 1_000
"""Bookmarks of a trace."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An event with a note.

    Attributes:
        event: Number of the event.
        note: The user's words; may be empty.
    """

    event: int
    note: str = ""


class Bookmarks:
    """The bookmarks of a trace, one an event at most. It is a collection of `Bookmark`, in the order of the events.

    Args:
        bookmarks: Those to begin with; of what is more than `MOST` the rest is left out.
    """

    def __init__(self, bookmarks: Iterable[Bookmark] = ()) -> None:
        self._notes: dict[int, str] = {}
        for bookmark in bookmarks:
            if len(self._notes) < MOST:
                self.put(bookmark)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._notes)

    def __iter__(self) -> Iterator[Bookmark]:
        """Give them in the order of their events."""
        return (Bookmark(event, self._notes[event]) for event in sorted(self._notes))

    def __contains__(self, event: int) -> bool:
        """Tell whether an event has one."""
        return event in self._notes

    def note(self, event: int) -> str:
        """Return the note at an event; empty if there is no bookmark."""
        return self._notes.get(event, "")

    def put(self, bookmark: Bookmark) -> None:
        """Put a bookmark in the place of the one at this event; raises TooMany."""
        if bookmark.event not in self._notes and len(self) >= MOST:
            raise TooMany(f"there are {MOST:,} bookmarks; remove some first")
        self._notes[bookmark.event] = bookmark.note[:NOTE_LENGTH]

    def remove(self, event: int) -> None:
        """Take the bookmark of an event away, if there is one."""
        self._notes.pop(event, None)

    @property
    def events(self) -> NDArray[np.int64]:
        """Numbers of the events, ascending."""
        return np.array(sorted(self._notes), np.int64)
