"""Tracebacks without the recorder's frames: what a script prints, and what a trace holds, is the script's own.

A frame of a wrapper cannot be kept out of a traceback while an exception passes it. It can be taken out
afterwards: a wrapper further out that catches the exception calls `clean`. A process that `tracetui record` started
also prints uncaught exceptions without these frames, whatever hook prints them; see `on_the_way_out`.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, TracebackType
from typing import Any, Final

MAX_EXCEPTIONS: Final = 1_000
"""Exceptions looked at: causes, contexts and members of groups of one that is cleaned."""

_OWN: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep
_DEMO: Final = os.path.join(_OWN, "demo", "")
# The slots themselves: a class may hide them behind properties of its own.
_TRACEBACK: Final[Any] = vars(BaseException)["__traceback__"]
_LINKED: Final[tuple[Any, ...]] = (vars(BaseException)["__cause__"], vars(BaseException)["__context__"])


def is_own(code: CodeType) -> bool:
    """Tell whether code is a part of the recorder; the demo's training counts as a user's."""
    return code.co_filename.startswith(_OWN) and not code.co_filename.startswith(_DEMO)


def traceback_of(error: BaseException) -> TracebackType | None:
    """Return an exception's traceback, whatever its class makes of the name."""
    return _TRACEBACK.__get__(error)  # type: ignore[no-any-return]


def links_of(error: BaseException) -> tuple[BaseException | None, ...]:
    """Return an exception's cause and its context, whatever its class makes of these names."""
    return tuple(slot.__get__(error) for slot in _LINKED)


def clean(error: BaseException) -> None:
    """Leave the recorder's frames out of an exception's traceback, and of all that it is linked with.

    Links that go round in a circle are followed once, and at most `MAX_EXCEPTIONS` exceptions are looked at.
    """
    for item in _with_linked(error):
        trace = traceback_of(item)
        cleaned = without_own(trace)
        if cleaned is not trace:
            _TRACEBACK.__set__(item, cleaned)


def without_own(trace: TracebackType | None) -> TracebackType | None:
    """Take the recorder's frames out of a chain of frames, in place; return its first that stays, if any does."""
    first = last = _next_foreign(trace)
    while last is not None:
        following = _next_foreign(last.tb_next)
        if following is not last.tb_next:
            last.tb_next = following
        last = following
    return first


def _next_foreign(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and is_own(trace.tb_frame.f_code):
        trace = trace.tb_next
    return trace


def _with_linked(error: BaseException) -> Iterator[BaseException]:
    """Give an exception, and all that are linked with it, each once."""
    waiting, seen = [error], {id(error)}
    while waiting:
        item = waiting.pop()
        yield item
        for linked in (*links_of(item), *_members(item)):
            if linked is not None and id(linked) not in seen and len(seen) < MAX_EXCEPTIONS:
                seen.add(id(linked))
                waiting.append(linked)


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions of a group; before Python 3.11 a package brings them."""
    owner = sys.modules["builtins"] if sys.version_info >= (3, 11) else sys.modules.get("exceptiongroup")
    group: Any = getattr(owner, "BaseExceptionGroup", None)
    return tuple(vars(group)["exceptions"].__get__(error)) if group and isinstance(error, group) else ()


# -- what a recorded process prints

_printing_clean = False


def print_clean() -> None:
    """Print uncaught exceptions without the recorder's frames from now on, through the hook that the user has.

    For processes that are recorded without a change to their code; other processes keep their hooks.
    """
    global _printing_clean  # a property of the process
    _printing_clean = True


def on_the_way_out(error: BaseException) -> None:
    """Clean an exception that leaves a frame of the recorder: at once, and once more before it is printed.

    The hooks for uncaught exceptions are replaced here and nowhere else: a script that raises nothing keeps them, and
    so does a script that sets its own.
    """
    clean(error)
    if not _printing_clean:
        return
    if not isinstance(sys.excepthook, _Cleaning):
        sys.excepthook = _Cleaning(sys.excepthook)
    if not isinstance(threading.excepthook, _CleaningThreads):
        threading.excepthook = _CleaningThreads(threading.excepthook)


class _Cleaning:
    """A ``sys.excepthook`` that cleans, then does what the one before it did."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self._hook = hook

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        if isinstance(error, BaseException):
            clean(error)
        return self._hook(kind, error, without_own(trace))


class _CleaningThreads:
    """A ``threading.excepthook`` that cleans, then does what the one before it did."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self._hook = hook

    def __call__(self, args: Any) -> Any:
        if isinstance(args.exc_value, BaseException):
            clean(args.exc_value)  # in place: a thread's outermost frames are Python's
        return self._hook(args)
