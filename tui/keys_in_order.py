"""Hands keys to the app one at a time: what is typed in one go is understood as it would be typed slowly.

Textual sends a key to the widget that has the focus when the key arrives. Of ``/loss`` in one burst all letters would
go to the list of events, and run what is bound to them, before the search line has the focus.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from time import monotonic
from typing import Any, Final

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen

from .panels.panel import Panel

PATIENCE: Final = 2.0
"""Seconds after which a key that nobody has answered, because its widget has gone, holds up the next no longer."""

Deliver = Callable[[events.Key], Awaitable[None]]


class KeysInOrder:
    """Delivers a key when the one before it has been handled, and what it opened takes keys.

    Args:
        app: Whose keys they are.
        deliver: Sends a key to where the focus is.
        moves: Names of keys that only move where a panel has the focus: nobody has to wait for one.
    """

    def __init__(self, app: App[Any], deliver: Deliver, moves: Collection[str]) -> None:
        self._app = app
        self._deliver = deliver
        self._moves = moves
        self._waiting: deque[events.Key] = deque()
        self._since: float | None = None  # when the key was delivered that is on its way

    @property
    def busy(self) -> bool:
        """Whether a key is on its way."""
        return self._since is not None

    async def take(self, key: events.Key) -> None:
        """Deliver a key, now or in its turn."""
        self._waiting.append(key)
        if self._since is None or monotonic() - self._since > PATIENCE:
            await self._next()

    async def _next(self) -> None:
        self._since = None
        while self._waiting and self._since is None:
            key = self._waiting.popleft()
            if key.key in self._moves and isinstance(self._app.focused, Panel):
                await self._deliver(key)
            else:
                self._since = monotonic()
                way = self._way()
                await self._deliver(key)
                await self._walk(way, partial(self._handled, self._app.screen, way))

    def _way(self) -> list[MessagePump]:
        """Return what a key comes by: from where the focus is up to the app."""
        pump: MessagePump = self._app.focused or self._app.screen
        way = [pump]
        while pump is not self._app and pump._parent is not None:
            pump = pump._parent
            way.append(pump)
        return way

    async def _walk(self, way: Sequence[MessagePump], then: Callable[[], Awaitable[None]]) -> None:
        """Wait in the queue of one after the other: all that stood there before is done then."""
        for place, pump in enumerate(way, 1):
            if pump.call_later(self._walk, way[place:], then):
                return  # one that is gone does not call
        await then()

    async def _handled(self, screen: Screen[Any], way: Sequence[MessagePump]) -> None:
        """Go on behind what the key has set going: messages of the widget that took it, a new screen, a new focus."""
        opened = [self._app.screen] if self._app.screen is not screen else []
        await self._walk([*way, *opened, self._app], self._next)
