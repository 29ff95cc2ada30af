"""Finds the handler and the Trainer that a callback serves, from inside one of its hooks.

transformers hands a callback neither. Both stand on the stack above the hook: the handler is what holds the
callback in its list, the Trainer is what holds the handler.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import CodeType, FrameType
from typing import Any, Final

from ..interruptions import interrupts

MAX_FRAMES: Final = 60


def find_owners(callback: object) -> tuple[Any, Any]:
    """Return the handler and the Trainer above the caller, None for what is not found.

    Args:
        callback: A callback whose hook is running.
    """
    frames = _frames_above()
    handler = next((value for frame in frames for value in _locals(frame) if _holds(value, callback)), None)
    if handler is None:
        return None, None
    trainers = (value for frame in frames for value in _locals(frame) if _serves(value, handler))
    return handler, next(trainers, None)


def running_calls(trainer: object, names: Collection[str]) -> tuple[str, ...]:
    """Return which of a trainer's methods are running now, innermost first.

    Up to Python 3.12 a frame that was asked for its variables keeps them alive until it ends, so none is asked
    but those of the methods themselves.

    Args:
        trainer: The Trainer.
        names: Names of the methods.
    """
    frames = [frame for frame in _frames_above() if frame.f_code.co_name in names]
    return tuple(frame.f_code.co_name for frame in frames if frame.f_locals.get("self") is trainer)


def is_inside_door() -> bool:
    """Tell whether a door stands above the one that asks: whether its call is a part of something that is recorded."""
    frame: FrameType | None = sys._getframe(3)  # past the observer's method, and the door that called it
    while frame is not None:
        if frame.f_code in DOOR_CALLS:
            return True
        frame = frame.f_back
    return False


DOOR_CALLS: Final[set[CodeType]] = set()
"""The code of the doors' own `__call__`, which `doors` puts here."""


def _frames_above() -> list[FrameType]:
    frame: FrameType | None = sys._getframe(2)
    frames: list[FrameType] = []
    while frame is not None and len(frames) < MAX_FRAMES:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _locals(frame: FrameType) -> list[Any]:
    return list(frame.f_locals.values())


def _holds(value: object, callback: object) -> bool:
    # Read from the fields alone: a foreign object's __getattr__ may do anything.
    callbacks = _field(value, "callbacks")
    return isinstance(callbacks, list) and any(item is callback for item in callbacks) and hasattr(value, "call_event")


def _serves(value: object, handler: object) -> bool:
    return _field(value, "callback_handler") is handler


def _field(value: object, name: str) -> Any:
    try:
        return vars(value).get(name)
    except Exception as error:  # a foreign object may have any kind of __dict__
        if interrupts(error):
            raise
        return None
