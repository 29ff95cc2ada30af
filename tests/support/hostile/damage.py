"""A trace of several blocks to damage, and what may be read of it then."""

from __future__ import annotations

from tracetui.trace.errors import NotATrace
from tracetui.trace.journal.records import Header, Keyframe, Note
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Damage, Placed

Seen = tuple[int, int, int, bytes]
"""Block, record number in it, type, payload."""


def sample(blocks: int = 4, rows: int = 5, trace_id: bytes = bytes(range(16))) -> bytes:
    """Return a trace with a few short blocks, names in the middle, nested events and notes."""
    data = bytearray()
    writer = TraceWriter(data.extend, trace_id, 1.0, {"run": 1})
    begin, end = writer.name("on_step_begin"), writer.name("on_step_end")
    for block in range(blocks):
        for row in range(rows):
            time = 1_000 * block + 100 * row
            writer.event(begin, time, 5, [writer.name(f"state.x{block}{row}"), row])
            writer.event(end, time + 10, 0, opens=True)
            writer.event(begin, time + 20, 5)
            writer.exit(9, time=time + 30)
        writer.history(1, block + 1, block, [{"block": block}], time=1_000 * block + 900)
        writer.restart_block()
    writer.note(Note.END, {"reason": "finished", "events": writer.events}, time=9_999)
    return bytes(data)


def read(data: bytes) -> tuple[list[Seen], list[Damage]]:
    """Return the records that a reader trusts, and the damage that it tells of."""
    try:
        items = list(TraceReader.from_bytes(data).items())
    except NotATrace as error:
        return [], [Damage("not a trace", 0, len(data), str(error))]
    seen: list[Seen] = []
    block = 0
    for item in items:
        if isinstance(item, Placed):
            block = item.record.block if isinstance(item.record, Keyframe) else block
            keyframe = isinstance(item.record, (Keyframe, Header))
            number = 0 if keyframe else item.record.number  # type: ignore[union-attr]
            seen.append((block, number, item.frame.type, item.frame.payload))
    return seen, [item for item in items if isinstance(item, Damage)]
