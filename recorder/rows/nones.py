"""Which of an event's arguments were None: a hook that finds no optimizer was called before there was one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import compress
from operator import is_
from typing import Any, Final

from ...trace.paths import NONES
from ...trace.values import ABSENT, Plain
from ..open_event import HEAVY
from ..values.watch import NOTHING

ORDER: Final = tuple(sorted(HEAVY))
_ABSENT: Final = (ABSENT,) * len(ORDER)
_NONE: Final = (None,) * len(ORDER)


class Nones:
    """The arguments that were None at the event that was looked at last.

    Args:
        number: Gives a name its number in the trace.
        handler: Returns the callback handler, from whose fields `call_event` takes them (transformers 4.45 to 5.23).
    """

    def __init__(self, number: Callable[[str], int], handler: Callable[[], Any]) -> None:
        self._path = number(NONES.name)
        self._handler = handler
        self._last: list[bool] | None = None

    def forget(self) -> None:
        """Forget what was seen: the next look returns it again."""
        self._last = None

    def look(self, rest: Mapping[str, Any]) -> list[Plain]:
        """Return, as a pair, the names of those that are None now; nothing if they are the same as before.

        Args:
            rest: What the event itself was given.
        """
        try:
            given = self._handler().__dict__
        except AttributeError:  # a handler of a foreign kind
            given = {}
        if not HEAVY.isdisjoint(rest):
            given = {**given, **rest}
        found = [*map(is_, map(given.get, ORDER, _ABSENT), _NONE)]
        if found == self._last:
            return NOTHING
        self._last = found
        return [self._path, [*compress(ORDER, found)]]
