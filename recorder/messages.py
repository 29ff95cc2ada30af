"""Warnings that the libraries log while a run is recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

LOGGERS: Final = ("transformers", "accelerate", "trl", "setfit", "sentence_transformers")
"""Libraries whose warnings belong to a run: each logs under its package's name."""

TEXT_LIMIT: Final = 2_000
"""Characters kept of one message, once there are no secrets in it."""

Listener = Callable[[str, str, str], None]
"""Takes level, logger name, text."""


class MessageTap(logging.Handler):
    """Passes on what is logged at WARNING and above; prints nothing, changes nothing.

    Args:
        listener: Takes each message.
    """

    def __init__(self, listener: Listener) -> None:
        """Listen to nothing yet."""
        super().__init__(logging.WARNING)
        self._listener = listener

    def install(self) -> None:
        """Listen."""
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)

    def remove(self) -> None:
        """Listen no more."""
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a message on; a message that can't be put together is named as such."""
        try:
            text = record.getMessage()
        except Exception:  # a wrong format string is the library's mistake, not a reason to stop
            text = f"(a message that could not be formatted: {str(record.msg)[:TEXT_LIMIT]})"
        self._listener(record.levelname, record.name, text)
