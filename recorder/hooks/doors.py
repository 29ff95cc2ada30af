"""Doors: the places where the recorder stands and looks on, as instance attributes over a class's methods.

Three kinds: the handler's ``on_*`` methods (an event begins and ends), the hooks that a callback overrides
(who did it), and the Trainer's own calls (what ended them). A door calls what was there before it, looked up
anew each time, so that a method that a library replaces later is the one that runs. Doors hold their owner
weakly: a Trainer that is deleted is freed at once, as it would be without them.
"""

from __future__ import annotations

import copyreg
import inspect
import sys
import weakref
from collections.abc import Callable
from time import perf_counter_ns
from types import FunctionType, MethodType
from typing import Any, Generic, TypeVar

from ..observer import Call, CallObserver, Observer
from ..tracebacks import on_the_way_out
from .find import DOOR_CALLS

Looking = TypeVar("Looking", bound=Observer | CallObserver)
"""Who looks on at a door."""


class Door(Generic[Looking]):
    """Stands in for one method of one object.

    Args:
        observer: Who looks on; None when the door is closed and only passes through.
        owner: The object.
        name: The method's name.

    Attributes:
        owner: Returns the object, or None if it is gone.
    """

    __slots__ = ("__weakref__", "name", "observer", "owner", "previous")

    def __init__(self, observer: Looking | None, owner: Any, name: str) -> None:
        """Remember what stands there now, if the object has it of its own."""
        self.observer = observer
        self.owner: Callable[[], Any] = weakref.ref(owner)
        self.name = name
        self.previous = vars(owner).get(name)

    def original(self) -> Any:
        """Return the method that would be called if this door did not exist."""
        if self.previous is not None:
            return self.previous
        owner = self.owner()
        if owner is None:
            raise ReferenceError(f"the object whose {self.name} this was is gone")
        return _method(owner, self.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the original."""
        return self.original()(*args, **kwargs)

    def close(self) -> None:
        """Only pass through from now on."""
        self.observer = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Give the copy of the owner its own method instead: a copy is not watched."""
        owner = self.owner()
        copy = memo.get(id(owner), owner)
        return _method(copy, self.name)

    def __reduce__(self) -> Any:
        """Pickle as the owner's method."""
        return getattr, (self.owner(), self.name)

    @property
    def __name__(self) -> str:
        """The method's name, as callers that print it expect."""
        return self.name

    @property
    def __signature__(self) -> inspect.Signature:
        """The original's: accelerate's `find_executable_batch_size` reads it."""
        return inspect.signature(self.original())


class EventDoor(Door[Observer]):
    """A method ``on_*`` of the handler: an event.

    Attributes:
        positional: Names of the arguments that follow args, state and control.
    """

    __slots__ = ("positional",)

    def __init__(self, observer: Observer, owner: Any, name: str) -> None:
        super().__init__(observer, owner, name)
        self.positional = _positional_names(self.original())[3:]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the handler's method, with a look before and after."""
        observer = self.observer
        if observer is None:
            return self.original()(*args, **kwargs)
        event = observer.new_event(self.name)
        try:
            observer.enter(event, self, args, kwargs)
            try:
                result = self.original()(*args, **kwargs)
            except BaseException as error:
                observer.leave_raising(event, error)
                raise
            observer.leave(event, result)
        except BaseException as error:
            observer.see_to(event, error)
            on_the_way_out(error)
            raise
        return result


class HookDoor(Door[Observer]):
    """A hook that a callback overrides: a call inside an event.

    Attributes:
        label: The callback's name in the trace.
        ours: The hook is one of transformers' own, which are known to write control and logs only.
        quiet: It is known to leave control alone, too.
        stateful: What the callback keeps of itself is looked at after each call: its `state()`, or its attributes.
    """

    __slots__ = ("_function", "label", "ours", "quiet", "stateful")

    def __init__(
        self, observer: Observer, owner: Any, name: str, label: int, ours: bool, quiet: bool, stateful: bool
    ) -> None:
        super().__init__(observer, owner, name)
        self.label = label
        self.ours = ours
        self.quiet = quiet
        self.stateful = stateful
        self._function: Callable[..., Any] = getattr(type(owner), name) if ours else self.original

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the hook, with a look before and after; inside an event that takes the fast path, with one after it."""
        observer, owner, function = self.observer, self.owner(), self._function
        event = observer.open_events[-1] if observer is not None and observer.open_events else None
        if (
            observer is None
            or event is None
            or not event.routine
            or event.name != self.name
            or event.running is not None
            or getattr(type(owner), self.name, None) is not function
        ):
            return self._call_watched(args, kwargs)
        try:
            event.running = label = self.label
            start = perf_counter_ns()
            try:
                result = function(owner, *args, **kwargs)  # a plain function, as all of transformers' hooks
            except BaseException as error:
                observer.after_unusual_call(event, self, perf_counter_ns() - start, None, error)
                raise
            nanoseconds = perf_counter_ns() - start
            if event.lost or (result is not event.control and result is not None):
                observer.after_unusual_call(event, self, nanoseconds, result, None)
            elif self.quiet:
                event.running = None
                event.calls += (label, nanoseconds // 1000 if nanoseconds > 0 else 0)
                if event.mappings:
                    observer.look_at_mappings(event, label)
            else:
                observer.end_routine_call(event, label, nanoseconds)
        except BaseException as error:
            observer.see_to_call(event, error)
            on_the_way_out(error)
            raise
        return result

    def _call_watched(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        observer = self.observer
        if observer is None:
            return self.original()(*args, **kwargs)
        state, control = args[1:3] if len(args) > 2 else (None, None)
        call = Call(self, state, control)
        try:
            observer.before_call(call, args, kwargs)
            start = perf_counter_ns()
            try:
                result = self.original()(*args, **kwargs)
            except BaseException as error:
                observer.after_call(call, perf_counter_ns() - start, None, error)
                raise
            observer.after_call(call, perf_counter_ns() - start, result, None)
        except BaseException as error:
            if not call.missed:
                observer.see_to_call(call.event, error)
            on_the_way_out(error)
            raise
        return result


class CallDoor(Door[CallObserver]):
    """A call of the Trainer that can end abnormally: train, evaluate, predict and what stands for one attempt.

    Args:
        kept: Holds the Trainer until its first call has ended, for all its doors: in ``Trainer(...).train()``
            nothing else does once the door is fetched. The price: a Trainer that is deleted before it did
            anything is freed by the garbage collector, not at once.
    """

    __slots__ = ("_kept",)

    def __init__(self, observer: CallObserver, owner: Any, name: str, kept: list[Any]) -> None:
        super().__init__(observer, owner, name)
        self._kept = kept

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the Trainer's method; whatever leaves it as an exception is recorded and goes on."""
        observer, original = self.observer, self.original()
        if observer is None:
            return original(*args, **kwargs)
        depth, held = observer.standing()
        try:
            depth = observer.call_begins(self.name, args, kwargs)
            try:
                return original(*args, **kwargs)
            except BaseException as error:
                observer.call_raised(self.name, error)
                raise
        except BaseException as error:
            if not held:
                observer.free_turn(error)
            on_the_way_out(error)
            raise
        finally:
            self._kept.clear()
            observer.call_ends(depth)


class CopyDoor(Door[Observer]):
    """Stands in for ``__getstate__``: a copy or a pickle of a watched object carries no doors.

    Without it a shallow copy of a callback would share its doors, and call the original's hooks.
    """

    __slots__ = ()

    def __call__(self) -> Any:
        """Return the owner's state as it would be without doors."""
        owner = self.owner()
        state: Any = object.__getstate__(owner) if sys.version_info >= (3, 11) else vars(owner)
        if isinstance(state, tuple):
            return (without_doors(state[0]), *state[1:])
        return without_doors(state)


def install(door: Door[Any]) -> None:
    """Put a door in its place."""
    vars(door.owner())[door.name] = door


def remove(door: Door[Any]) -> None:
    """Take a door away and leave what was there; where others stand before it by now, only close it."""
    door.close()
    owner = door.owner()
    if owner is None or vars(owner).get(door.name) is not door:
        return
    previous = door.previous
    while isinstance(previous, Door) and previous.observer is None:  # of a recorder that was detached before this one
        previous = previous.previous
    if previous is None:
        del vars(owner)[door.name]
    else:
        vars(owner)[door.name] = previous


def without_doors(fields: dict[str, Any]) -> dict[str, Any]:
    """Return an object's fields as they would be without doors."""
    clean = {}
    for name, value in fields.items():
        while isinstance(value, Door) and value.previous is not None:
            value = value.previous
        if not isinstance(value, Door):
            clean[name] = value
    return clean


def copies_by_default(owner: object) -> bool:
    """Tell whether copy and pickle take this object's fields as they are, so that a `CopyDoor` is asked."""
    kind: Any = type(owner)
    if sys.version_info < (3, 11) and copyreg._slotnames(kind):
        return False
    default_state = getattr(object, "__getstate__", None)
    return (
        getattr(kind, "__getstate__", None) is default_state
        and kind.__reduce__ is object.__reduce__
        and kind.__reduce_ex__ is object.__reduce_ex__
        and not hasattr(kind, "__copy__")
        and not hasattr(kind, "__deepcopy__")
    )


def _method(owner: Any, name: str) -> Any:
    """Return what an object's class has under a name, bound as if the object had nothing of its own there."""
    kind = type(owner)
    found = vars(kind).get(name)
    if type(found) is FunctionType:
        return MethodType(found, owner)
    for base in kind.__mro__:  # a staticmethod, a partial, a mock: each binds in its own way, or not at all
        if name in vars(base):
            found = vars(base)[name]
            bind = getattr(type(found), "__get__", None)
            return found if bind is None else bind(found, owner, kind)
    return getattr(kind, name)


def _positional_names(method: Any) -> tuple[str, ...]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(parameter.name for parameter in parameters if parameter.kind in kinds)


DOOR_CALLS.update(kind.__call__.__code__ for kind in (EventDoor, HookDoor, CallDoor))
