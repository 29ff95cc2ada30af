"""Who takes part in a recording: the handler, the Trainer, the callbacks, and the doors set on each of them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Container
from operator import is_
from typing import Any, Final

from transformers.trainer_callback import PrinterCallback, ProgressCallback

from ...trace.transformers import FREQUENT, RESETTING
from ...trace.values import Plain
from ..hooks.code_places import places_of_callback
from ..hooks.describe import VOCABULARY, describe, known_events, labels
from ..hooks.doors import CallDoor, CopyDoor, Door, EventDoor, HookDoor, copies_by_default, install, remove
from ..hooks.odd import Unwatched, shares_fields
from ..interruptions import interrupts
from ..observer import CallObserver, EventPlace, Observer
from ..rows.recording import Recording
from ..values.static import module_of
from .fast_path import RoutineDoor, is_open

CALLS: Final = ("train", "evaluate", "predict", "_inner_training_loop")
"""Calls of a Trainer that may end abnormally. `_inner_training_loop` is one attempt of `train`: with
``auto_find_batch_size`` an attempt that runs out of memory ends there, and `train` goes on with the next."""

INNER_CALLS: Final = ("_run_epoch", "training_step", "_maybe_log_save_evaluate", "_finalize_training")
"""Parts of a training loop, watched only when the recorder came while `train` was already running: that call
can't be given a door any more, its parts can (transformers 5.23; 4.45 to 4.57 have the last two or three)."""

OURS: Final = "transformers.trainer_callback"
"""Module of the hooks that are known to write nothing but control and logs (transformers 4.45 to 5.23)."""

QUIET: Final = (*vars(ProgressCallback).values(), *vars(PrinterCallback).values())
"""Hooks that show what goes on and leave control alone (trainer_callback.py of transformers 4.45.2, 4.57.6, 5.23)."""

OWN_HOOK: Final = object()
"""Stands for the recorder's own hook where an event ends with it."""


class Cast:
    """The objects of one recording, held weakly, and their doors.

    Args:
        observer: Who looks on.
        recording: What is shared.
        handler: The callback handler.
        trainer: The Trainer, or None.
        recorder: The recorder, which is in the callback list but gets no door.

    Attributes:
        labels: Names of the callbacks, in order.
        descriptions: What the run's header says of each callback.
        label_texts: Label by its number in the trace.
        stale: A callback was deleted, whose identity may be reused by another one.
        foreign_handler: Something else than doors and transformers' own `call_event` may act between two hooks.
        unwatched: The callbacks without doors.
        exporting: The labels of those that have a `state()`.
    """

    def __init__(self, observer: Observer, recording: Recording, handler: Any, trainer: Any, recorder: Any) -> None:
        """Take note of the objects; no door is set yet."""
        self._observer, self._recording = observer, recording
        self._handler: Callable[[], Any] = weakref.ref(handler)
        self._trainer: Callable[[], Any] = weakref.ref(trainer) if trainer is not None else lambda: None
        self._recorder = weakref.ref(recorder)
        self._known: list[weakref.ref[Any]] = []  # handlers with doors
        self._doors: list[weakref.ref[Door[Any]]] = []  # weakly: a `RoutineDoor` holds the callbacks
        self._torn = False  # an interruption came while doors were set on callbacks
        self._hooks: dict[int, list[Door[Any]]] = {}  # doors of each callback, by its identity
        self._order: list[int] = []
        self.stale = False
        self._vocabulary = len(VOCABULARY)
        self._by_event: dict[str, list[HookDoor]] = {}
        self._foreign: set[str] = set()
        self._fast = is_open()
        self._quiet: set[str] = set()
        self.foreign_handler = False
        self.unwatched = Unwatched()
        self._observed: dict[str, weakref.ref[Any]] = {}
        self.exporting: set[str] = set()
        self.labels: list[str] = []
        self.descriptions: list[Plain] = []
        self.label_texts: dict[int, str] = {}

    @property
    def observed(self) -> dict[str, Any]:
        """Callbacks whose state or attributes are looked at, by label."""
        alive = {label: reference() for label, reference in self._observed.items()}
        return {label: callback for label, callback in alive.items() if callback is not None}

    def open(self, calls: CallObserver, running: tuple[str, ...] = ()) -> None:
        """Set the doors of the handler and the Trainer.

        Args:
            calls: Who looks on at the Trainer's calls.
            running: Methods of the Trainer that are running already.
        """
        self._open_handler(self._handler())
        trainer = self._trainer()
        if trainer is None:
            return
        kept = [] if set(CALLS) & set(running) else [trainer]
        for name in CALLS + (INNER_CALLS if "train" in running else ()):
            if callable(getattr(trainer, name, None)):
                self._set(CallDoor(calls, trainer, name, kept))
        self._allow_copies(trainer, self._set)

    def _open_handler(self, handler: Any) -> None:
        self._known.append(weakref.ref(handler))
        for name in dir(type(handler)):
            if name.startswith("on_") and callable(getattr(handler, name, None)):
                self._set(self._event_door(handler, name))
        self._allow_copies(handler, self._set)

    def _event_door(self, handler: Any, name: str) -> EventDoor:
        if name in FREQUENT:
            return RoutineDoor(self._observer, handler, name, self._recording)
        return EventDoor(self._observer, handler, name)

    def _set(self, door: Door[Any]) -> None:
        self._doors.append(weakref.ref(door))  # first: an interruption must not leave a door that nobody knows
        install(door)

    def use(self, handler: Any) -> None:
        """An event of this handler begins: follow it, if the Trainer got another one, or has several.

        Args:
            handler: A callback handler, or None.
        """
        if handler is None or handler is self._handler():
            return
        if not self.knows(handler):
            self._open_handler(handler)
        self._handler = weakref.ref(handler)
        self._recording.handler = self._handler
        self.stale = True

    def handler_of_trainer(self) -> Any:
        """Return the handler that the Trainer has now, None if it can't be said."""
        return getattr(self._trainer(), "callback_handler", None)

    def knows(self, handler: Any) -> bool:
        """Tell whether the doors of a handler are set."""
        return any(reference() is handler for reference in self._known)

    def serves(self, trainer: Any) -> bool:
        """Tell whether this is the Trainer that is recorded."""
        return trainer is not None and self._trainer() is trainer

    def close(self) -> None:
        """Take all doors away, the newest first."""
        for doors in (*self._hooks.values(), self._own_doors()):
            for door in reversed(doors):
                remove(door)
        self._hooks.clear()
        self._doors.clear()

    def _own_doors(self) -> list[Door[Any]]:
        doors = [reference() for reference in self._doors]
        return [door for door in doors if door is not None]

    def learn_routine(self, probed: Container[str]) -> None:
        """Open the fast path to the events that can take it with the callbacks as they are now, close it to all others.

        Args:
            probed: Events at which probes are called.
        """
        handler = self._handler()
        for door in self._own_doors():
            if isinstance(door, RoutineDoor):
                usual = door.owner() is handler and door.name not in probed and self._is_own(door)
                door.learn(usual and self._fast, list(handler.callbacks))

    def changed(self) -> bool:
        """Tell whether the callback list changed since the last look, or new events are known."""
        handler = self._handler()
        if handler is None:
            return False
        return self._order != [*map(id, handler.callbacks)] or self._vocabulary != len(VOCABULARY) or self.stale

    def refresh(self, number: Callable[[str], int]) -> None:
        """Follow the callback list: set the doors of new callbacks, and remove those of callbacks that left.

        Args:
            number: Gives a label its number in the trace.
        """
        callbacks = list(self._handler().callbacks)
        self._order, self.stale = list(map(id, callbacks)), False
        kept = self._order if self._vocabulary == len(VOCABULARY) and not self._torn else ()
        self._torn = True
        for identity in [identity for identity in self._hooks if identity not in kept]:
            for door in reversed(self._hooks.pop(identity)):
                remove(door)
        self._learn_events()
        self.labels = labels(callbacks)
        known = known_events()
        self.descriptions = [
            {"name": label, **self._describe(callback, known)}
            for label, callback in zip(self.labels, callbacks, strict=True)
        ]
        self._by_event.clear()
        self._observed.clear()
        self.exporting.clear()
        for callback, label, description in zip(callbacks, self.labels, self.descriptions, strict=True):
            self._follow(callback, label, number(label), description)
        odd = [number(label) for label, known in zip(self.labels, self.descriptions, strict=True) if "odd" in known]
        self.unwatched = Unwatched([*map(number, self.labels)], odd, number)
        self.foreign_handler = bool(odd) or not _is_ours(self._handler(), "call_event")
        quiet = {
            name for name, doors in self._by_event.items() if all(door.quiet and not door.stateful for door in doors)
        }
        self._quiet = quiet if self._fast else set()
        self._foreign = {name for name, doors in self._by_event.items() if not all(door.ours for door in doors)}
        self._torn = False

    def _describe(self, callback: Any, known: frozenset[str]) -> dict[str, Any]:
        described = describe(callback, known)
        places = places_of_callback(callback, [*described["hooks"], *described["unknown"]])
        return {**described, **self._recording.plain(places)}

    def _learn_events(self) -> None:
        recorder = self._recorder()
        if recorder is not None and self._vocabulary != len(VOCABULARY):
            recorder.learn_events()
        self._vocabulary = len(VOCABULARY)

    def _follow(self, callback: Any, label: str, number: int, description: dict[str, Any]) -> None:
        self.label_texts[number] = label
        if callback is self._recorder():
            return
        if "odd" not in description and id(callback) not in self._hooks:
            self._set_hooks_contained(callback, number, description)
        if "odd" in description:
            return
        if description["stateful"]:
            self.exporting.add(label)
        if description["stateful"] or _is_foreign(callback):
            self._observed[label] = weakref.ref(callback)
        for door in self._hooks[id(callback)]:
            if isinstance(door, HookDoor):
                door.label = number
                self._by_event.setdefault(door.name, []).append(door)

    def _set_hooks_contained(self, callback: Any, number: int, description: dict[str, Any]) -> None:
        """Set a callback's doors, or note in its description why it has none; the other callbacks keep theirs."""
        odd = "it shares its fields with another callback" if shares_fields(callback) else None
        doors = self._hooks[id(callback)] = []
        try:
            if odd is None:
                self._set_hooks(callback, number, description, doors)
        except Exception as error:
            if interrupts(error):
                raise
            odd = f"watching it raised {type(error).__name__}"
            for door in reversed(doors):
                remove(door)
            doors.clear()
        if odd is not None:
            del self._hooks[id(callback)]  # tried again when the list changes, and told again
            description.update({"odd": odd, "hooks": [], "unknown": [], "stateful": False})

    def _set_hooks(self, callback: Any, number: int, description: dict[str, Any], doors: list[Door[Any]]) -> None:
        def put(door: Door[Any]) -> None:
            doors.append(door)  # first: an interruption must not leave a door that nobody knows
            install(door)

        for name in (*description["hooks"], *description["unknown"]):
            ours = _is_ours(callback, name)
            quiet = ours and any(getattr(type(callback), name) is hook for hook in QUIET)
            stateful = description["stateful"] or (_is_foreign(callback) and not ours)
            put(HookDoor(self._observer, callback, name, number, ours, quiet, stateful))
        if doors:
            self._allow_copies(callback, put)
        weakref.finalize(callback, _mark_stale, weakref.ref(self)).atexit = False

    def _allow_copies(self, owner: Any, put: Callable[[Door[Any]], object]) -> None:
        if copies_by_default(owner):
            put(CopyDoor(self._observer, owner, "__getstate__"))

    def mark_stale(self) -> None:
        """A callback was deleted: its identity may be reused by another one."""
        self.stale = True

    def foreign(self, event: str) -> bool:
        """Tell whether code that is not transformers' own runs inside this event: a hook, or the handler."""
        return event in self._foreign or self.foreign_handler

    def _is_own(self, door: RoutineDoor) -> bool:
        """Tell whether all that runs inside an event is transformers' own, with nothing to look at but control."""
        hooks = self._by_event.get(door.name, ())
        if self.foreign(door.name) or any(hook.stateful for hook in hooks) or (hooks and door.name == RESETTING):
            return False
        return self._is_plain(door)

    def quiet(self, door: EventPlace) -> bool:
        """Tell whether nothing inside this event touches control, except the handler itself before the first hook."""
        return door.name in self._quiet and not self.foreign_handler and self._is_plain(door)

    def _is_plain(self, door: EventPlace) -> bool:
        """Tell whether the handler's method behind a door is transformers' own."""
        method = getattr(type(self._handler()), door.name, None)
        return door.previous is None and getattr(method, "__module__", None) == OURS

    def first_door(self, event: str) -> HookDoor | None:
        """Return the door of the first callback that overrides this event."""
        return next(iter(self._by_event.get(event, ())), None)

    def last_door(self, event: str) -> HookDoor | None:
        """Return the door of the last callback that overrides this event."""
        return next(reversed(self._by_event.get(event, ())), None)

    def last_door_after_recorder(self, event: str) -> HookDoor | None:
        """Return the last such door if its callback comes after the recorder in the list."""
        door = self.last_door(event)
        owner = door.owner() if door is not None else None
        callbacks = self._handler().callbacks
        after = any(map(is_, callbacks[self.place_of_recorder() + 1 :], [owner] * len(callbacks)))
        return door if owner is not None and after else None

    def last_hook(self, event: str) -> object:
        """Return the last one to be called in this event: a door, or the recorder's own hook, named `OWN_HOOK`."""
        recorder_called = any(callback is self._recorder() for callback in self._handler().callbacks)
        return self.last_door_after_recorder(event) or (OWN_HOOK if recorder_called else self.last_door(event))

    def place_of_recorder(self) -> int:
        """Return how many callbacks come before the recorder in the list."""
        recorder = self._recorder()
        return next((place for place, item in enumerate(self._handler().callbacks) if item is recorder), 0)

    def trainer(self) -> Any:
        """Return the Trainer, or None."""
        return self._trainer()

    def state(self) -> Any:
        """Return the Trainer's state as it is now, or None."""
        return getattr(self._trainer(), "state", None)


def _is_ours(callback: Any, hook: str) -> bool:
    # The function itself is asked: a subclass, or a patched class, has hooks of its own.
    return hook not in vars(callback) and getattr(getattr(type(callback), hook), "__module__", None) == OURS


def _is_foreign(callback: Any) -> bool:
    """Tell whether a callback's attributes are looked at: those of transformers' own few say nothing."""
    module = module_of(type(callback))
    return module != OURS and module.partition(".")[0] != __name__.partition(".")[0]


def _mark_stale(reference: weakref.ref[Cast]) -> None:
    cast = reference()
    if cast is not None:
        cast.mark_stale()
