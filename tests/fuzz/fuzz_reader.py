"""Opens whatever it is given, by its index and whole, and looks at everything."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["tracetui"]):
    from framing import fuzz

    from support.hostile.everything import look_at
    from tracetui.replay import Trace
    from tracetui.trace.errors import NewerVersion, NotATrace


def target(data: bytes) -> None:
    """Only errors about the trace may come."""
    for whole in (False, True):
        try:
            trace = Trace.from_bytes(data, whole=whole)
        except (NotATrace, NewerVersion):
            return
        look_at(trace)


if __name__ == "__main__":
    fuzz(target)
