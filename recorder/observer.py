"""What a door reports, and to whom.

A door that stands in a method of the user's program knows nothing else of the recorder: neither what becomes of its
reports, nor that there is a file. The observer of a recording is its `Session`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .open_event import OpenEvent


class EventPlace(Protocol):
    """A method ``on_*`` of the handler, as the observer of its door knows it.

    Attributes:
        name: The method's name, which is the event's.
        owner: Returns the handler, None if it is gone.
        previous: What the handler itself had there before, None if its class's method serves.
        positional: Names of the arguments that follow args, state and control.
    """

    name: str
    owner: Callable[[], Any]
    previous: Any
    positional: tuple[str, ...]


class HookPlace(Protocol):
    """A hook that a callback overrides, as the observer of its door knows it.

    Attributes:
        name: The hook's name, which is the event's.
        owner: Returns the callback, None if it is gone.
        label: Number of the callback's name in the trace.
        ours: The hook is one of transformers' own, which are known to write control and logs only.
        quiet: It is known to leave control alone, too.
        stateful: What the callback keeps of itself is looked at after each call.
    """

    name: str
    owner: Callable[[], Any]
    label: int
    ours: bool
    quiet: bool
    stateful: bool


class Call:
    """A hook that is being called.

    Attributes:
        door: Where.
        event: The event that it is a part of, None if it is none.
        state, control: What it was called with.
        outer: The callback whose hook was running before, if a hook calls another.
        missed: It began where the recording could not be touched (`turn`).
    """

    __slots__ = ("control", "door", "event", "missed", "outer", "state")

    def __init__(self, door: HookPlace, state: Any, control: Any) -> None:
        self.door = door
        self.event: OpenEvent | None = None
        self.state = state
        self.control = control
        self.outer: int | None = None
        self.missed = False


class Observer(Protocol):
    """Takes what the doors of the handler and of the callbacks report: events begin and end, hooks are called in them.

    Attributes:
        open_events: Those that are open, of all threads, in the order in which they began.
    """

    open_events: list[OpenEvent]

    def new_event(self, name: str) -> OpenEvent:
        """Make an event of this name that begins now, in this thread."""

    def enter(self, event: OpenEvent, door: EventPlace, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """An event begins, with the arguments of the handler's method."""

    def leave(self, event: OpenEvent, result: Any) -> None:
        """An event ends; `result` is the control that the Trainer gets, None if an exception leaves it."""

    def leave_raising(self, event: OpenEvent, error: BaseException) -> None:
        """An event ends by an exception."""

    def see_to(self, event: OpenEvent, error: BaseException) -> None:
        """An exception is about to leave an event's door, the program's or one that came up in the observer itself."""

    def before_call(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A hook is about to be called."""

    def after_call(self, call: Call, nanoseconds: int, result: Any, raised: BaseException | None) -> None:
        """A hook has returned `result`, or `raised`."""

    def after_unusual_call(
        self, event: OpenEvent, door: HookPlace, nanoseconds: int, result: Any, raised: BaseException | None
    ) -> None:
        """A hook of an event on the fast path has raised, or returned another control."""

    def end_routine_call(self, event: OpenEvent, label: int, nanoseconds: int) -> None:
        """A hook of an event on the fast path has returned, and may have changed control."""

    def look_at_mappings(self, event: OpenEvent, label: int) -> None:
        """A hook of an event on the fast path has returned, and may have changed logs or metrics."""

    def see_to_call(self, event: OpenEvent | None, error: BaseException) -> None:
        """An exception is about to leave a hook's door, the program's or one that came up in the observer itself."""


class CallObserver(Protocol):
    """Takes what the Trainer's doors report: calls begin, raise and end."""

    def standing(self) -> tuple[int, bool]:
        """Return how many calls of the Trainer are running, and whether this thread is in the middle of a report."""

    def call_begins(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """A call of the Trainer begins; returns what `call_ends` has to be given."""

    def call_raised(self, name: str, error: BaseException) -> None:
        """An exception leaves a call of the Trainer."""

    def call_ends(self, depth: int) -> None:
        """A call of the Trainer has ended, in whatever way."""

    def free_turn(self, error: BaseException) -> None:
        """An exception is about to leave a call's door, and came up in the middle of a report."""
