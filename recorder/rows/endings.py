"""Abnormal ends: the exceptions that leave a call of the Trainer, for which transformers has no event."""

from __future__ import annotations

import traceback
from typing import Any, Final

from ...trace.journal.records import Note
from ...trace.values import Plain
from ..interruptions import interrupts
from ..journal import Journal
from ..tracebacks import traceback_of
from ..values.plain import Plainer
from .faults import text_of

TRACEBACK_LIMIT: Final = 9_000
"""Characters of a traceback that are kept, from its end."""


class Endings:
    """The exceptions of one recording.

    Args:
        journal: The file.
        plain: Turns any value into a plain one.
    """

    def __init__(self, journal: Journal, plain: Plainer) -> None:
        self._journal = journal
        self._plain = plain
        self._count = 0
        self._leaving: tuple[int, int] | None = None  # identity of the exception on its way out, and its depth

    def call_begins(self) -> None:
        """A call of the Trainer begins: what was on its way out has been caught."""
        self._leaving = None

    def record(
        self, call: str, error: BaseException, state: Any, inside: bool, depth: int, origin: dict[str, Plain]
    ) -> None:
        """Write an exception once in full, and one line more for each further call that it ends.

        Args:
            call: Name of the Trainer's method that it leaves.
            error: The exception.
            state: The Trainer's state at this moment.
            inside: Whether an event was open.
            depth: Calls of the Trainer that are running, this one included.
            origin: What else is known of where it came from: ``callback``, ``at``.
        """
        # Builtin exceptions can't be referenced weakly, and identities are reused: it is the same exception
        # only if it leaves the very next call outwards.
        same = self._leaving == (id(error), depth + 1)
        self._leaving = (id(error), depth)
        self._count += not same
        fields: dict[str, Any] = {"number": self._count}
        if not same:
            step = getattr(state, "global_step", None)
            fields = {**fields, **_describe(error), "inside": inside, "step": step, **origin}
        plain: dict[str, Plain] = {key: self._plain(value) for key, value in (*fields.items(), ("ended", call))}
        if not same:
            plain["traceback"] = self._plain.end(_traceback(error), TRACEBACK_LIMIT)
        self._journal.note(Note.EXCEPTION, plain, time=self._journal.clock.now())


def _describe(error: BaseException) -> dict[str, Any]:
    return {"type": type(error).__qualname__, "message": text_of(error), "traceback": "", "place": _place(error)}


def _traceback(error: BaseException) -> str:
    trace = traceback_of(error)
    try:
        return "".join(traceback.format_exception(type(error), error, trace))
    except Exception as failure:  # its class has a `__context__`, or a `__notes__`, of its own
        if interrupts(failure):
            raise
        return "".join([*traceback.format_tb(trace), f"{type(error).__qualname__}: {text_of(error)}\n"])


def _place(error: BaseException) -> str:
    """Return where the exception was raised: file, line and function of the innermost frame."""
    frames = traceback.extract_tb(traceback_of(error))
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
