"""Where an exception that left a callback's hook was raised: the callback's own line, not that of a library below."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from types import CodeType
from typing import Any, Final

from ...trace.values import Plain
from ..open_event import OpenEvent
from ..tracebacks import traceback_of
from ..values.plain import Plainer
from ..values.static import class_fields, function_of, instance_fields, module_of, mro
from .faults import text_of

MAX_FRAMES: Final = 10_000

_PACKAGE: Final = __name__.partition(".")[0]
_LIBRARY: Final = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
_INSTALLED: Final = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))

Key = tuple[int, Any]
"""Of an exception: its identity, and the code and the line that raised it."""

Frame = tuple[CodeType, int, str]
"""Code, line, and the name of the module."""


class Raised:
    """The exceptions that leave hooks.

    Args:
        plain: Turns any value into a plain one.
    """

    def __init__(self, plain: Plainer) -> None:
        self._plain = plain
        self._last: tuple[Key, int, Plain] | None = None  # of the exception, label, place

    def note(self, event: OpenEvent, label: int, error: BaseException, callback: object) -> None:
        """Note in an event what a hook raised, and where.

        Args:
            event: The event.
            label: The number of the callback's label.
            error: What left its hook.
            callback: The callback.
        """
        place = self._plain(raised_at(error, callback))
        if self._last is None or self._last[0] != _key(error):  # else it passes through the hook of an outer event
            self._last = _key(error), label, place
        event.note_raised(self._plain(f"{type(error).__name__}: {text_of(error)}"), place)

    def origin(self, error: BaseException) -> tuple[int, Plain] | None:
        """Return the label's number and the place of the hook that an exception came out of, None if it was no hook."""
        return self._last[1:] if self._last is not None and self._last[0] == _key(error) else None


def raised_at(error: BaseException, callback: object) -> str | None:
    """Return ``file:line in function`` of the line that raised, as far down as it is the callback's.

    Args:
        error: An exception with its traceback.
        callback: Whose hook it left.

    Returns:
        The innermost frame in a file of the callback's class; if there is none, the innermost that is neither in
        Python's own library nor in torch; None if there is none at all.
    """
    frames = [frame for frame in _frames(error) if frame[2].partition(".")[0] != _PACKAGE]
    files = _files_of(callback)
    own = [frame for frame in frames if frame[0].co_filename in files]
    others = [frame for frame in frames if not _is_library(frame)]
    last = next((chosen[-1] for chosen in (own, others, frames) if chosen), None)
    return None if last is None else f"{last[0].co_filename}:{last[1]} in {last[0].co_name}"


def _key(error: BaseException) -> Key:
    """Return a key that tells exceptions apart and keeps none alive; `id` alone would be used again."""
    return id(error), next(reversed([frame[:2] for frame in _frames(error)]), None)


def _frames(error: BaseException) -> Iterator[Frame]:
    trace = traceback_of(error)
    for _ in range(MAX_FRAMES):
        if trace is None:
            return
        frame = trace.tb_frame
        yield frame.f_code, trace.tb_lineno, str(frame.f_globals.get("__name__", ""))
        trace = trace.tb_next


def _files_of(callback: object) -> set[str]:
    """Return the files of the code of a callback's class; those of transformers count for its own classes only."""
    kind = type(callback)
    bases = [base for base in mro(kind) if base is kind or not module_of(base).startswith("transformers.")]
    found: list[Any] = [value for base in bases for value in class_fields(base).values()]
    functions = map(function_of, [*found, *(instance_fields(callback) or {}).values()])
    return {function.__code__.co_filename for function in functions if function is not None}


def _is_library(frame: Frame) -> bool:
    name, module = frame[0].co_filename, frame[2].partition(".")[0]
    if name.startswith("<frozen") or module in ("torch", "accelerate") or module in sys.builtin_module_names:
        return True
    return name.startswith(_LIBRARY) and not any(part in name for part in _INSTALLED)
