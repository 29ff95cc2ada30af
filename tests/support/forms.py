"""Both forms of a trace, for tests that hold for either: `@pytest.mark.parametrize("form", FORMS)`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tracetui.replay import Trace
from tracetui.trace.jobs.pack import pack_trace


def packed(data: bytes) -> Trace:
    """Return the trace in its packed form, in several small blocks."""
    return Trace.from_bytes(packed_bytes(data))


def packed_bytes(data: bytes) -> bytes:
    """Return the bytes of that form."""
    with tempfile.TemporaryDirectory() as folder:
        journal, target = Path(folder) / "journal.mpk", Path(folder) / "packed.mpk"
        journal.write_bytes(data)
        pack_trace(journal, target, segments=2)
        return target.read_bytes()


Form = Callable[[bytes], Trace]
FORMS = [pytest.param(Trace.from_bytes, id="journal"), pytest.param(packed, id="packed")]
