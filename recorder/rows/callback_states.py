"""What callbacks keep of themselves: what `state()` of those that export it returns, and the attributes of the others.

`state()` is the user's code, and asked after every hook of its callback, within a budget. A slow call now and then is
nothing (a busy machine makes any call slow); one that is slow each time would slow training down.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Container
from typing import Any, Final

from ...trace.paths import CALLBACKS
from ...trace.values import ABSENT, Described, Plain
from ..clock import since, ticks
from ..interruptions import interrupts
from ..open_event import OpenEvent
from ..values.plain import Plainer
from ..values.watch import NOTHING, same
from .attributes import Attributes

SHARE: Final = 100
"""The part of the elapsed time that may be spent in one callback's `state()`, as a divisor: one per cent."""

ALLOWANCE: Final = 300_000_000
"""Nanoseconds that may be spent beyond that."""

RARE: Final = frozenset({"on_train_begin", "on_train_end", "on_epoch_end", "on_evaluate", "on_predict", "on_save"})
"""Events after which all is up to date. The budget is ten times as large there."""

UNKNOWN: Final = "unknown"
"""The cause of a change that happened outside the callback's hooks: the recorder can't see who made it."""

NOT_ASKED: Final = "its state() takes too long to be asked each time"


class ExportedState:
    """What `state()` of one callback returns.

    Args:
        callback: The callback; held weakly.
        plain: Turns any value into a plain one.

    Attributes:
        overdue: `state()` may return something else now than what was recorded last.
    """

    def __init__(self, callback: Any, plain: Plainer) -> None:
        self.callback: Callable[[], Any] = weakref.ref(callback)
        self.overdue = False
        self._plain = plain
        self._begin = ticks()
        self._spent = 0
        self._last: Plain = ABSENT

    def look(self, event: str) -> Plain:
        """Return the state if it is another than the last one, and `ABSENT` if it is the same.

        Args:
            event: The event's name, empty where all is to be up to date: the budget depends on it.

        Returns:
            `Described` of type ``not asked``, once, while asking takes too long; its value is the last answer.
        """
        if not self._affordable(event) or self.callback() is None:
            if self.overdue:
                return ABSENT
            self.overdue = True
            return Described("not asked", NOT_ASKED, None if self._last is ABSENT else self._last)
        new, known = self._asked(), self._last
        if known is not ABSENT and not self.overdue and same(known, new):
            return ABSENT
        self.overdue, self._last = False, new
        return new

    def _affordable(self, event: str) -> bool:
        times = 1 if event else 10
        return self._spent <= times * (ALLOWANCE + since(self._begin) // SHARE)

    def _asked(self) -> Plain:
        start = ticks()
        try:
            return self._plain(self.callback().state())
        except Exception as error:
            if interrupts(error):
                raise
            return self._plain({"state() raised": type(error).__name__})
        finally:
            self._spent += since(start)


class CallbackStates:
    """The states of all callbacks in a list, as values of the chain.

    Args:
        number: Gives a name its number in the trace.
        stored: Returns what stands for a path's value in the trace: a large one is stored once.
        plain: Turns any value into a plain one.
        events: Tells how many events there were so far.
    """

    def __init__(
        self,
        number: Callable[[str], int],
        stored: Callable[[int, Plain], Plain],
        plain: Plainer,
        events: Callable[[], int],
    ) -> None:
        self._number = number
        self._stored = stored
        self._plain = plain
        self._events = events
        self._states: dict[int, ExportedState | Attributes] = {}
        self._paths: dict[int, int] = {}

    def follow(self, observed: dict[str, Any], exporting: Container[str]) -> list[Plain]:
        """Take up the callbacks as they are now.

        Args:
            observed: Those to look at, by label.
            exporting: The labels of those that have a `state()`.

        Returns:
            What is new, and what is gone, as pairs.
        """
        labels = {self._number(label): label for label in observed}
        pairs: list[Plain] = []
        for number in [number for number in self._states if number not in labels]:
            pairs += (self._paths[number], ABSENT)
            del self._states[number]
        for number, label in labels.items():
            known, callback = self._states.get(number), observed[label]
            if known is None or known.callback() is not callback:
                self._states[number] = self._state_of(callback, label in exporting)
            self._paths[number] = self._number(CALLBACKS.path(label))
            pairs += self.look(number, "")
        return pairs

    def _state_of(self, callback: Any, exports: bool) -> ExportedState | Attributes:
        return ExportedState(callback, self._plain) if exports else Attributes(callback, self._plain, self._events)

    def forget(self) -> None:
        """Forget all that was seen: `follow` then returns everything."""
        self._states.clear()

    def look(self, label: int, event: str) -> list[Plain]:
        """Return, as a pair, the state of a callback whose hook was called, if it changed since the last look.

        Args:
            label: The number of its label.
            event: The event's name.
        """
        state = self._states.get(label)
        new = state.look("" if event in RARE else event) if state is not None else ABSENT
        return NOTHING if new is ABSENT else self._pair(label, new)

    def _pair(self, label: int, new: Plain) -> list[Plain]:
        path = self._paths[label]
        return [path, self._stored(path, new)]

    def look_before(self, event: OpenEvent, label: int) -> None:
        """Look at a callback whose hook is about to be called: its own hooks did not make these changes.

        Attributes only; asking for a `state()` twice as often would cost too much.
        """
        state = self._states.get(label)
        new = state.look(event.name) if type(state) is Attributes else ABSENT
        if new is ABSENT:
            return
        if event.written or any(other in self._states for other in event.calls[::2]):
            event.inside += (self._number(UNKNOWN), self._pair(label, new))
        else:
            event.add_between(self._pair(label, new))

    def catch_up(self) -> list[Plain]:
        """Return what is overdue at the end of a rare event, as groups: each callback is the cause of its own state."""
        groups: list[Plain] = []
        for label in [label for label, state in self._states.items() if state.overdue]:
            pairs = self.look(label, "")
            if pairs:
                groups += (label, pairs)
        return groups
