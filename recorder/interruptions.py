"""Tells an exception that interrupts the recorder from a failure inside it.

A failure of the recorder, or of code that it calls (`__repr__`, `state()`, a probe), is contained. An exception that
comes from outside, and only happens to arrive while the recorder runs, is the user's (a time limit, Ctrl-C): it is
raised again.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from inspect import CO_VARARGS
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from .tracebacks import links_of, traceback_of

MAX_CHAINED: Final = 16
"""Exceptions that are looked at: an exception, what it was raised from, and so on."""

_OURS: Final = (str(Path(__file__).parent), str(Path(__file__).parents[1] / "trace"))
"""Folders of the code that runs while recording."""

_LIBRARIES: Final = frozenset({"builtins", __name__.partition(".")[0], "msgpack", "torch", "numpy", "backports"})
"""Modules whose exceptions a call from the recorder may raise without a frame of their own, beside Python's modules."""

_getsignal: Final[Any] = sys.modules["_signal"].getsignal
"""`signal.getsignal` without its function in Python. That makes an enum member of each handler, which takes most of the
time of `interrupts`, and an exception that is put into the thread meanwhile would have its innermost frame there."""


def interrupts(error: BaseException) -> bool:
    """Tell whether an exception that was caught in the recorder came from outside.

    It did if it is no `Exception` (KeyboardInterrupt, SystemExit, ...); if it came out of a signal handler, which is
    seen in its traceback; or if it was put into the thread (`PyThreadState_SetAsyncExc`): then the innermost frame is
    the recorder's own, and its class is none that anything called there knows.

    Args:
        error: As caught, with its traceback from the catching frame inwards.
    """
    if not isinstance(error, Exception):
        return True
    frames = list(_frames(error))
    handlers = _signal_handlers()
    here = set(map(id, frames))
    link: BaseException | None = error
    for _ in range(MAX_CHAINED):
        if link is None:
            break
        caught_here = link is error or any(id(frame) in here for frame in _frames(link))
        if caught_here and _through_handler(link, handlers):
            return True
        cause, context = links_of(link)
        link = context if cause is None else cause
    return _was_put_in(error, frames)


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = traceback_of(error)
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _through_handler(error: BaseException, handlers: set[CodeType]) -> bool:
    caller: FrameType | None = None
    for frame in _frames(error):
        if frame.f_code in handlers or (caller is not None and _was_given(frame, caller)):
            return True
        caller = frame
    return False


def _was_given(frame: FrameType, caller: FrameType) -> bool:
    """Tell whether a function was called with the frame that it interrupts, as signal handlers are, and few others."""
    code = frame.f_code
    if code.co_filename.startswith(_OURS):
        return False
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)
    fields = frame.f_locals
    values = [fields.get(name) for name in code.co_varnames[:count]]
    return any(value is caller or (type(value) is tuple and any(item is caller for item in value)) for value in values)


def _signal_handlers() -> set[CodeType]:
    """Return the code of all signal handlers: one may have dropped the frame that it was given."""
    codes = set()
    for number in range(1, signal.NSIG):
        handler: Any = _getsignal(number)
        handler = getattr(handler, "func", handler)  # a partial
        for function in (getattr(handler, "__func__", handler), vars(type(handler)).get("__call__")):
            code = getattr(function, "__code__", None)
            if isinstance(code, CodeType):
                codes.add(code)
    return codes


def _was_put_in(error: Exception, frames: list[FrameType]) -> bool:
    module = str(type(error).__module__).partition(".")[0]
    known = module in _LIBRARIES or module in sys.stdlib_module_names
    return not known and bool(frames) and frames[-1].f_code.co_filename.startswith(_OURS)
