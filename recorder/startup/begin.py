"""What a started Python does before the program: it waits for transformers, and imports next to nothing.

A program finds the modules, the path and the hooks that it would find without us.
"""

from __future__ import annotations

import os

from ..finder import wait_for_handlers

TYPE_CHECKING = False  # of typing, which programs without transformers need not load
if TYPE_CHECKING:
    from types import ModuleType

VARIABLE = "TRACETUI_RECORD"
"""Environment variable with the name of the trace; see `as_word`."""

PROBES = "TRACETUI_PROBES"
"""Environment variable with names of probes, separated by commas; see `probes.named`."""

TELLS = "TRACETUI_TELLS"
"""Environment variable with the number of the process that says at its end which traces were written."""


_ADDRESS = "file://"


def as_word(path: str) -> str:
    """Return an absolute path as one word that no shell takes apart or expands: a plain one as it is."""
    from urllib.parse import quote

    quoted = quote(os.fsencode(path), safe="/@+=:,")
    return path if quoted == path else _ADDRESS + quoted


def _path(word: str) -> str:
    if not word.startswith(_ADDRESS):
        return word
    from urllib.parse import unquote_to_bytes

    return os.fsdecode(unquote_to_bytes(word[len(_ADDRESS) :]))


def record_if_asked() -> None:
    """Record every Trainer of this process, if the environment says so."""
    if not os.environ.get(VARIABLE):
        return
    path = _path(os.environ[VARIABLE])
    if os.environ.get(TELLS) == str(os.getpid()):
        from .telling import tell_at_exit

        tell_at_exit(path)
    probes = [name for name in os.environ.get(PROBES, "").split(",") if name]

    def watch(module: ModuleType) -> None:
        from ..every import watch_handlers

        watch_handlers(module, path, probes)

    wait_for_handlers(watch)
