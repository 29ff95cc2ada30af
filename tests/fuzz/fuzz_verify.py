"""Verifies whatever it is given."""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["tracetui"]):
    from framing import fuzz

    from tracetui.cli.verify import problems
    from tracetui.replay import Trace
    from tracetui.trace.errors import NewerVersion, NotATrace


def target(data: bytes) -> None:
    """Only errors about the trace may come, and a trace without a problem shows all its events."""
    try:
        trace = Trace.from_bytes(data, whole=True)
    except (NotATrace, NewerVersion):
        return
    found = list(problems(trace))
    assert found or not any(event.lost for event in map(trace.__getitem__, range(len(trace))))


if __name__ == "__main__":
    fuzz(target)
