"""Stops and bookmarks at work: counts what stops hold for beside the keys, and leads from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from textual.message import Message

from ..replay.cursor import Cursor, TooFar
from ..replay.kept.kept import Kept
from ..replay.stops.bookmarks import Bookmark
from ..replay.stops.hits import NOTHING, Hits, counted
from ..replay.stops.stop import Stop
from ..replay.stops.stop_list import run
from ..replay.trace import Trace
from .background import Background
from .messages import Pinned
from .moving import Moving


class Stopping:
    """The stops and bookmarks of a trace. Whoever changes them tells `changed`.

    Args:
        kept: Where they are kept.
        moving: Moves the cursor.
        background: Counts.
        post: Takes what is told.
        save: Called after each change.

    Attributes:
        kept: As above.
        hits: What is counted so far, by the stops' keys.
    """

    def __init__(
        self,
        kept: Kept,
        moving: Moving,
        background: Background,
        post: Callable[[Message], object],
        save: Callable[[], None],
    ) -> None:
        self.kept = kept
        self.hits: dict[str, Hits] = {}
        self._moving = moving
        self._background = background
        self._post = post
        self._save = save

    # -- what there is

    @property
    def trace(self) -> Trace:
        """The trace."""
        return self._moving.cursor.trace

    @property
    def here(self) -> int:
        """Number of the event where one is."""
        return self._moving.cursor.index

    def hits_of(self, stop: Stop) -> Hits:
        """Return what is counted of a stop so far."""
        return self.hits.get(stop.key, Hits())

    def is_counted(self, stop: Stop) -> bool:
        """Tell whether all hits of a stop are known."""
        hits = self.hits_of(stop)
        return bool(hits.fault) or hits.upto >= len(self.trace)

    # -- changing

    def add(self, stop: Stop) -> None:
        """Add a stop; raises TooMany."""
        self.kept.stops.add(stop)
        self.changed()

    def put(self, bookmark: Bookmark) -> None:
        """Put a bookmark; raises TooMany."""
        self.kept.bookmarks.put(bookmark)
        self.changed()

    def changed(self) -> None:
        """Keep what has changed, count what is new, and tell it."""
        self._save()
        self.count()

    def count(self) -> None:
        """Go on counting, until all is counted."""
        self._tell()
        if not all(map(self.is_counted, self.kept.stops)):
            job = partial(counted, stops=tuple(self.kept.stops), known=dict(self.hits))
            self._background.run("stops", job, self._counted)

    def recount(self) -> None:
        """Count anew: the events have other numbers."""
        self.hits.clear()
        self.count()

    def _counted(self, found: tuple[dict[str, Hits], bool]) -> None:
        self.hits |= found[0]
        self.count()

    def _tell(self) -> None:
        active = self.kept.stops.active
        parts = [self.hits_of(stop).events for stop in active]
        events: NDArray[np.int64] = np.unique(np.concatenate(parts)) if parts else NOTHING
        counted = all(map(self.is_counted, active))
        self._post(Pinned(self.kept.bookmarks.events, events, len(active), counted))

    # -- moving

    def run(self, *, forward: bool) -> None:
        """Go to the nearest event that a stop holds for; one far away is looked for beside the keys."""
        stops = self.kept.stops.active
        where = "after" if forward else "before"
        why = f"no stop {where} #{self.here:,}" if stops else "there are no stops: ^b sets one here, B lists them"
        if all(map(self.is_counted, stops)):
            places = [self.hits_of(stop).nearest(self.here, reverse=not forward) for stop in stops]
            found = [place for place in places if place is not None]
            nearest = None if not found else min(found) if forward else max(found)
            self._moving.seek(partial(_jump, to=nearest), why=why)
        else:
            self._moving.seek(partial(_run, stops=tuple(stops), forward=forward), why=why)

    def run_to(self, stop: Stop) -> None:
        """Go to the next event that a stop holds for, which need not be in the list."""
        why = f"{stop.subject} holds for no event after #{self.here:,}"
        self._moving.seek(partial(_run, stops=(stop,), forward=True), why=why)

    def to_bookmark(self, *, forward: bool) -> None:
        """Go to the next bookmark, or the previous one; from the last on to the first."""
        events = self.kept.bookmarks.events
        events = events[events < len(self.trace)]
        go = Cursor.next_of if forward else Cursor.previous_of
        why = "there is no other bookmark" if len(events) else "there are no bookmarks: m sets one here"
        self._moving.seek(partial(go, found=events), why=why)


def _jump(cursor: Cursor, to: int | None) -> bool:
    return to is not None and cursor.jump(to)


def _run(cursor: Cursor, stops: tuple[Stop, ...], forward: bool) -> bool:
    if not cursor.reaches_all:
        raise TooFar
    return _jump(cursor, run(cursor.trace, stops, cursor.index, reverse=not forward))
