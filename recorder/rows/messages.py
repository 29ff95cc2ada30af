"""Warnings that the libraries log while a run is recorded."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Final

from ..interruptions import interrupts

LOGGERS: Final = ("transformers", "accelerate", "trl", "setfit", "sentence_transformers")
"""Libraries whose warnings belong to a run: each logs under its package's name."""

TEXT_LIMIT: Final = 2_000
"""Characters kept of one message, once there are no secrets in it."""

_NAME_LIMIT: Final = 200
_BELOW: Final = tuple(f"{name}." for name in LOGGERS)

Listener = Callable[[str, str, str], None]
"""Takes level, logger name, text."""


class MessageTap(logging.Handler):
    """Passes on what is logged at WARNING and above; prints nothing, changes nothing, and never fails.

    Args:
        listener: Returns what takes each message, or None once the recording is gone: a logger outlives it.
    """

    def __init__(self, listener: Callable[[], Listener | None]) -> None:
        super().__init__(logging.WARNING)
        self._listener = listener
        self._loggers = [logging.getLogger(name) for name in LOGGERS]
        self._last: Callable[[], object] = lambda: None

    def install(self) -> None:
        """Listen, also at lower loggers that do not propagate, and remove the taps of recordings that are gone."""
        for tap in [handler for logger in self._loggers for handler in logger.handlers]:
            if isinstance(tap, MessageTap) and tap._listener() is None:
                tap.remove()
        self.keep()
        for name, found in list(logging.root.manager.loggerDict.items()):
            if isinstance(found, logging.Logger) and not found.propagate and name.startswith(_BELOW):
                found.addHandler(self)

    def keep(self) -> None:
        """Listen again where the user has set up logging anew (``dictConfig``, cleared handlers)."""
        self.level = logging.WARNING
        for logger in self._loggers:
            if not any(handler is self for handler in logger.handlers):
                logger.addHandler(self)

    def remove(self) -> None:
        """Listen no more."""
        for name, found in list(logging.root.manager.loggerDict.items()):
            if isinstance(found, logging.Logger) and name.startswith((*LOGGERS, *_BELOW)):
                found.removeHandler(self)

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a message on once, whichever loggers it comes through.

        Without the handler's lock: a thread that waits for it could have what the one that holds it waits for.
        """
        if self._last() is not record:
            self._last = weakref.ref(record)
            self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a message on; a message that can't be put together is named as such."""
        try:
            text = _exact(record.getMessage(), None)
        except Exception as error:  # the library's mistake, or the argument's: not a reason to stop
            if interrupts(error):
                raise
            text = _unformatted(record, error)
        listener = self._listener()
        if listener is not None:
            listener(_field(record, "levelname"), _field(record, "name"), text)


def _exact(text: object, limit: int | None) -> str:
    """Return the begin of a text as a plain string; raises what its ``__str__`` does."""
    return str.__getitem__(text if isinstance(text, str) else str(text), slice(limit))


def _unformatted(record: logging.LogRecord, error: Exception) -> str:
    message = getattr(record, "msg", None)
    what = _exact(message, TEXT_LIMIT) if isinstance(message, str) else f"a {type(message).__name__}"
    return f"(a message that could not be formatted: {what}; {type(error).__name__})"


def _field(record: logging.LogRecord, name: str) -> str:
    """Return a field of a record as a short text; a record class of the user's may lack it, or hold anything there."""
    try:
        return _exact(getattr(record, name), _NAME_LIMIT)
    except Exception as error:
        if interrupts(error):
            raise
        return "unknown"
