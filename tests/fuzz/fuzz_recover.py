"""Recovers whatever it is given, and packs what came of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tracetui"]):
    from framing import fuzz

    from tracetui.replay import Trace
    from tracetui.trace.errors import NewerVersion, NotATrace
    from tracetui.trace.jobs.pack import NotPacked, pack_trace
    from tracetui.trace.jobs.recover import NotRecovered, recover

FOLDER = tempfile.TemporaryDirectory()


def target(data: bytes) -> None:
    """What is recovered can be opened, and says so if something is still wrong with it."""
    damaged, copy, small = (Path(FOLDER.name, name) for name in ("damaged.mpk", "copy.mpk", "small.mpk"))
    copy.unlink(missing_ok=True)
    small.unlink(missing_ok=True)
    damaged.write_bytes(data)
    try:
        result = recover(damaged, copy)
    except NotRecovered:
        assert not copy.exists()
        return
    except (NotATrace, NewerVersion):
        return
    trace = Trace.open(copy)
    assert len(trace) <= result.events
    try:
        pack_trace(copy, small, segments=2)
    except NotPacked:
        return
    assert len(Trace.open(small)) == len(trace)


if __name__ == "__main__":
    fuzz(target)
