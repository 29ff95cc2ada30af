"""What a started Python does before the program: it waits for transformers, and imports next to nothing.

A program finds the modules, the path and the hooks that it would find without us.
"""

from __future__ import annotations

import os

from ..environment import PROBES, TELLS, VARIABLE, path_in
from ..finder import wait_for_handlers

TYPE_CHECKING = False  # of typing, which programs without transformers need not load
if TYPE_CHECKING:
    from types import ModuleType


def record_if_asked() -> None:
    """Record every Trainer of this process, if the environment says so."""
    if not os.environ.get(VARIABLE):
        return
    path = path_in(os.environ[VARIABLE])
    if os.environ.get(TELLS) == str(os.getpid()):
        from .telling import tell_at_exit

        tell_at_exit(path)
    probes = [name for name in os.environ.get(PROBES, "").split(",") if name]

    def watch(module: ModuleType) -> None:
        from ..every import watch_handlers

        watch_handlers(module, path, probes)

    wait_for_handlers(watch)
