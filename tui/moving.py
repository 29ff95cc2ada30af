"""Owns the cursor: all moves lead through here, those to a search's matches and to events far away among them.

What comes of a move is told in messages. A move is made at once where it can be. Else the keys are answered meanwhile:
the event is looked for in a thread, and what was asked for is done when it is known, unless the user went elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import methodcaller
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from textual.message import Message

from ..replay.cursor import Cursor, TooFar
from ..replay.origin.moves import to_asker, to_writer
from ..replay.search import fault, matches
from ..replay.stops.visited import Visited
from ..replay.trace import Trace
from .background import Background
from .messages import Found, Looking, Moved, Searching, Stuck, Wrapped

REACH: Final = 1 << 14
"""Events that a key may look at before it paints, a few blocks of a millisecond each; the rest takes a thread."""

NEAR: Final = frozenset({"forward", "back", "first", "last"})
"""Moves that know where they lead: each ends a far move that is still on its way. All others follow it."""

NOTHING: Final[NDArray[np.int64]] = np.empty(0, np.int64)

STEPS: Final = frozenset(
    {"forward", "back", "next_step", "previous_step", "next_epoch", "previous_epoch", "into", "out"}
)
"""Moves on foot: one does not go back to where they began, as after a jump."""

Move: TypeAlias = Callable[[Cursor], bool]
"""Moves a cursor, and returns whether it moved; raises `TooFar` where that is not within the cursor's reach."""

_Step: TypeAlias = Callable[[NDArray[np.int64]], bool]
"""What was asked for while a search went on; gets what it found, returns whether it could be done."""


class Moving:
    """The cursor, and what is on its way to another event.

    Args:
        trace: The trace.
        index: Event to begin at; negative from the end.
        background: Does what takes long.
        post: Takes what is told.

    Attributes:
        cursor: Where one is. Others look at it; only this class moves it.
        text: What is searched; empty: nothing.
        found: Events in which it was found; None: the search goes on.
    """

    def __init__(self, trace: Trace, index: int, background: Background, post: Callable[[Message], object]) -> None:
        self.cursor = Cursor(trace, index + len(trace) if index < 0 else index, REACH)
        self._asked = index  # the number that the user gave, until there is a move: then it is where one is that counts
        self.text = ""
        self.found: NDArray[np.int64] | None = NOTHING
        self._background = background
        self._post = post
        self.visited = Visited(self.cursor.index)
        self._told = self.cursor.index  # where one was when it was last told
        self._far: list[Move] = []
        self._why = ""
        self._from = self.cursor.index
        self._when_found: list[tuple[_Step, bool]] = []
        self._wrapped = False

    # -- moving

    def move(self, name: str) -> None:
        """Make the cursor's move of this name; raises AttributeError if there is none."""
        move = methodcaller(name)
        if name in NEAR:
            self._moved(move(self.cursor), jump=name not in STEPS)
        else:
            self.seek(move, jump=name not in STEPS)

    def by(self, events: int) -> None:
        """Go on, or back, by so many events, or to the end."""
        self._moved(self.cursor.forward(events) if events > 0 else self.cursor.back(-events), jump=False)

    def go_to(self, index: int, *, jump: bool = True) -> None:
        """Go to an event by its number.

        Args:
            index: The number.
            jump: One may want to come back to where one is.
        """
        self.cursor.jump(index)
        self._moved(True, jump=jump)

    def to_origin(self, path: str = "", *, forward: bool = False) -> None:
        """Go to where a value was written last, or is written next; without one to who asked for the event here.

        Args:
            path: The value, or empty.
            forward: The other way: to the next one, or to the event that serves what was asked for here.
        """
        self.seek(partial(to_writer, path=path, forward=forward) if path else partial(to_asker, forward=forward))

    def return_to(self, *, forward: bool) -> None:
        """Go back to where one jumped from last, or forward again."""
        here = self.cursor.index
        place = self.visited.forward(here) if forward else self.visited.back(here)
        moved = place is not None and self.cursor.jump(place)
        self._moved(moved, jump=False, why="" if moved else f"no place {'ahead' if forward else 'to go back to'}")

    def stay(self) -> bool:
        """Give up what is on its way to another event; return whether there was anything."""
        if not self._far:
            return False
        self._stay()
        return True

    def match(self, *, forward: bool) -> None:
        """Go to the next match, or the previous one; without a search to an event of this name."""
        if self.text:
            self._once_found(partial(self._to_match, forward), jump=True)
        else:
            self.move("next_same" if forward else "previous_same")

    def resume(self) -> None:
        """Go on after the screen was away: its threads have ended, and new panels know of nothing."""
        self._far.clear()
        if self.found is None:
            self._begin_search()
        elif self.text:
            self._tell_found(self.found)

    def grown(self, before: int) -> None:
        """Take note of events that have come: whoever is at the last one goes on to the new last one.

        Args:
            before: How many there were.
        """
        self._background.forget_trace()
        if self.cursor.index >= before - 1 and not self._far:
            self.cursor.last()
            self._told = self.cursor.index
        self._post(Moved())

    def all_checked(self, number_now: Callable[[int], int]) -> None:
        """Stay at the event where one is, and do what has waited; of both the numbers may be others now."""
        last = len(self.cursor.trace) - 1
        self.cursor.index = min(self._asked, last) if self._asked > 0 else number_now(self.cursor.index)
        self._from, self._told = number_now(self._from), self.cursor.index
        self.visited.renumber(number_now)
        self._post(Moved())
        if self._far:
            self._background.drop("move")
            self._look_for_far()
        self._background.all_checked()

    def _moved(self, moved: bool, *, jump: bool = True, why: str = "") -> None:
        """Tell where a move has led; what was still on its way to another event stays away.

        Args:
            moved: It has led elsewhere.
            jump: One may want to come back to where it began.
            why: What to tell if it has not.
        """
        self._asked = -1 if moved else self._asked
        self._when_found.clear()
        self._stay()
        if jump:
            self.visited.jumped(self._told, self.cursor.index)
        self._told = self.cursor.index
        self._post(Moved() if moved else Stuck(why))
        if self._wrapped:
            self._wrapped = False
            self._post(Wrapped())

    # -- moving far

    def seek(self, move: Move, *, jump: bool = True, why: str = "") -> None:
        """Move; in the background if the event is not near, or if one is on the way to another already.

        Args:
            move: The move; in the background with a cursor that has no end to its reach, on another trace.
            jump: One may want to come back to where it began. Whatever is far is a jump.
            why: What to tell where it does not lead anywhere.
        """
        if not self._far:
            try:
                self._moved(move(self.cursor), jump=jump, why=why)
                return
            except TooFar:
                self._when_found.clear()
        self._asked, self._why = -1, why
        self._far.append(move)
        self._look_for_far()
        self._post(Looking(True))

    def _look_for_far(self) -> None:
        self._background.run("move", partial(_arrive, index=self.cursor.index, moves=tuple(self._far)), self._arrived)

    def _arrived(self, index: int) -> None:
        moved = self.cursor.jump(index)
        self._moved(moved, why=self._why)

    def _stay(self) -> None:
        if self._far:
            self._far.clear()
            self._background.drop("move")
            self._post(Looking(False))

    # -- searching

    def begin_search(self) -> None:
        """Remember where one is: the search leads on from here, and back to here when it is given up."""
        self._stay()
        self._from, self._asked = self.cursor.index, -1

    def search(self, text: str) -> None:
        """Search a text instead of the one before, and go to its first match; without one to where the search began."""
        self._set_search(text)
        self._once_found(self._to_first)

    def stay_at_match(self) -> None:
        """Be content with what is searched; tells `Stuck` if it is not to be found."""
        if self.text:
            self._once_found(self._stays)

    def cancel_search(self) -> None:
        """Forget the search, and go back to where it began."""
        self.cursor.jump(self._from)
        self.forget_search()

    def forget_search(self) -> None:
        """Search nothing any more."""
        self._set_search("")
        self._post(Moved())

    def _set_search(self, text: str) -> None:
        self._stay()
        self._when_found.clear()
        self.text = text
        if text:
            self._begin_search()
        else:
            self._background.drop("search")
            self._search_found(NOTHING)

    def _begin_search(self) -> None:
        self.found = None
        self._post(Searching(self.text))
        self._background.run("search", partial(matches, text=self.text), self._search_found)

    def _search_found(self, found: NDArray[np.int64]) -> None:
        steps = list(self._when_found)
        self.found = found
        self._tell_found(found)
        for step, jump in steps:
            self._once_found(step, jump=jump)

    def _tell_found(self, found: NDArray[np.int64]) -> None:
        self._post(Found(self.text, found, fault(self.text)))

    def _once_found(self, step: _Step, *, jump: bool = False) -> None:
        """Do something with what the search has found: now, or when it is known."""
        if self.found is None:
            self._stay()
            self._when_found.append((step, jump))
        else:
            self._moved(step(self.found), jump=jump)

    def _stays(self, found: NDArray[np.int64]) -> bool:
        """Take the way from where the search began for one jump: typing has led here and there."""
        self.visited.jumped(self._from, self.cursor.index)
        return bool(len(found))

    def _to_match(self, forward: bool, found: NDArray[np.int64]) -> bool:
        """Go to the next match or the previous one, round the end if need be, which is told."""
        here = self.cursor.index
        moved = self.cursor.next_of(found) if forward else self.cursor.previous_of(found)
        if moved and forward is not (self.cursor.index > here):
            self._wrapped = True
        return moved

    def _to_first(self, found: NDArray[np.int64]) -> bool:
        """Go to the first match from where the search began, round the end if need be."""
        place = int(np.searchsorted(found, self._from))
        self.cursor.jump(int(found[place % len(found)]) if len(found) else self._from)
        return True


def _arrive(trace: Trace, index: int, moves: Sequence[Move]) -> int:
    """Return where some moves lead to."""
    cursor = Cursor(trace, index)
    for move in moves:
        move(cursor)
    return cursor.index
