"""An exception that ended a call of the loop: whose it is, and where it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..events.event import Call, Event, ExceptionRecord
from ..text.safe import visible
from ..text.where import of_hook, short
from .doing import doing

if TYPE_CHECKING:
    from ..trace import Trace

LINE: Final = 200
"""Characters of a message's first line that stand in a sentence."""

FRAME: Final = re.compile(r'^ *File "([^"\n]{1,1000})", line ([0-9]{1,9}), in (\S{1,200})$', re.MULTILINE)
"""A frame of a traceback, as Python prints it."""

OURS: Final = re.compile(r"[/\\]recorder[/\\](doors|routine|hook_calls)\.py$")
"""The recorder's own files: older recordings have them in their tracebacks."""

KINDS: Final = {"KeyboardInterrupt": "interrupted", "SystemExit": "exit", "GeneratorExit": "exit"}


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception, in words that are safe for a terminal, and who raised it.

    Attributes:
        kind: ``exception``, ``interrupted``, ``exit``.
        what: Its type.
        where: The hook, or what the run was doing, with file and line where they are known.
        message: Its first line, after a colon; empty where it has none.
        by: The callback whose hook raised it, or None.
        at: File and line, or None.
    """

    kind: str
    what: str
    where: str
    message: str
    by: str | None
    at: str | None


def raised(trace: Trace, error: ExceptionRecord) -> Raised:
    """Describe an exception of a trace."""
    event = trace[error.index] if error.index < len(trace) else None
    call = raising_call(event, error) if event is not None else None
    line = next(iter(error.message.splitlines()), "")
    message = f": {visible(line[:LINE])}{'…' if len(line) > LINE else ''}" if line else ""
    what = visible(error.type) or "an exception"
    kind = KINDS.get(error.type, "exception")
    if error.callback is not None and event is not None:
        where = f"in {visible(error.callback)}.{visible(event.name)}"
        return Raised(kind, what, _placed(where, error.at), message, error.callback, error.at)
    if event is None or call is None:
        where = _around(trace, event, error) if event is not None else ""
        return Raised(kind, what, _placed(where, error.place), message, None, error.place or None)
    at = call.at or _own_line(trace, event, error) or of_hook(trace.run, call.callback, event.name)
    where = f"in {visible(call.callback)}.{visible(event.name)}"
    return Raised(kind, what, _placed(where, at), message, call.callback, at)


def raising_call(event: Event, error: ExceptionRecord) -> Call | None:
    """Return the call of a hook that an exception came from; None where it came from elsewhere."""
    if not error.inside and not any(call.exception for call in event.calls):
        return None
    found = [call for call in event.calls if call.exception is not None]
    return next((call for call in found if (call.exception or "").startswith(error.type)), None)


def _around(trace: Trace, event: Event, error: ExceptionRecord) -> str:
    """Return what was going on when an exception came that no hook raised."""
    if event.name in trace.framework.behaviour.certain and not error.inside:
        return doing(trace, error.index)
    return f"{'inside' if error.inside else 'after'} {visible(event.name)}"


def _own_line(trace: Trace, event: Event, error: ExceptionRecord) -> str | None:
    """Return the line of the hook itself from the traceback: what it called may have raised.

    The handler's method has the event's name, and calls what calls the hook, whatever that is named.
    """
    caller = trace.framework.behaviour.caller
    frames = [frame for frame in FRAME.findall(error.traceback) if not OURS.search(frame[0])]
    for place in range(len(frames) - 2, 0, -1):
        if frames[place][2] == caller and frames[place - 1][2] == event.name:
            path, line, name = frames[place + 1]
            return f"{path}:{line} in {name}"
    return error.place or None


def _placed(where: str, place: str | None) -> str:
    """Add file and line, without the folders."""
    found = short(place)
    return f"{where} ({found})".lstrip() if found else where
