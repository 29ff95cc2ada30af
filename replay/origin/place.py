"""Where the code of a cause stands: what is shown beside it wherever a cause is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text.where import of_hook, short

if TYPE_CHECKING:
    from ..trace import Trace


def place_of(trace: Trace, label: str, event_name: str) -> str:
    """Return file and line of a callback's hook.

    Args:
        trace: The trace.
        label: A cause of changes, `Change.by`.
        event_name: Name of the event in which it changed something.

    Returns:
        ``trainer_callback.py:613``, without folders, safe for a terminal; empty where the trace does not tell, and for
        a cause that is no callback.
    """
    return short(of_hook(trace.run, label, event_name))
