"""Lives in the training process: Trainer events -> trace. The only folder that imports transformers or torch."""

from __future__ import annotations

TYPE_CHECKING = False  # of typing, which a Python that starts with `startup` need not load
if TYPE_CHECKING:
    from .recorder import TraceRecorder as TraceRecorder

__all__ = ["TraceRecorder"]


def __getattr__(name: str) -> object:
    """Import the recorder on first use, so that its small neighbours stay importable without transformers."""
    if name != "TraceRecorder":
        raise AttributeError(name)
    from .recorder import TraceRecorder

    return TraceRecorder
