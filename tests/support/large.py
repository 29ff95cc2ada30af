"""A trace of values that are too large to be drawn whole."""

from __future__ import annotations

from tracetui.replay.trace import Trace
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import HistoryRef

ENTRIES = 20_000
KEYS = 100_000
TEXT = 1_000_000


def large_trace() -> Trace:
    """Return a trace of two events with a long log history, a large dictionary and a long text."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    for step in range(ENTRIES):
        writer.history(1, step + 1, step, [{"loss": 1 / (step + 1), "epoch": step / ENTRIES, "step": step}], time=0)
    state = {
        "state.log_history": HistoryRef(1, ENTRIES, ENTRIES),
        "state.table": {f"key {number}": number / 7 for number in range(KEYS)},
        "state.essay": "a word [/b] \x1b[2J " * (TEXT // 16),
        "state.rows": [{"a": number, "b": [number] * 3} for number in range(1000)],
    }
    pairs = []
    for path, value in state.items():
        number = writer.name(path)
        pairs += [number, writer.stored(number, value)]
    writer.event(writer.name("on_log"), 1, 1, pairs)
    writer.event(writer.name("on_log"), 2, 1)
    return Trace.from_bytes(bytes(data))
