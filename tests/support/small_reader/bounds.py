"""What a journal block may hold, after docs/format.md alone; nothing of tracetui."""

from __future__ import annotations

from typing import Any

EVENTS, RECORDS, BYTES, OPEN = 256, 2_048, 2_097_152, 255


class Bounds:
    """What a journal block holds so far, and how many events are open; raises ValueError at too many."""

    def __init__(self) -> None:
        """Nothing."""
        self.begin(0)

    def begin(self, opened: int) -> None:
        """Begin a block."""
        self.events = self.records = self.bytes = 0
        self.open = min(opened, OPEN)

    def add(self, kind: int, size: int, payload: list[Any]) -> None:
        """Count a record."""
        self.records += 1
        self.bytes += size
        self.events += kind in (4, 5)
        back = payload[1] if kind == 15 else 0
        self.open += (kind == 5) - (kind in (6, 15) and back < self.open)
        right = self.events <= EVENTS and self.records <= RECORDS and self.bytes <= BYTES
        if not right or self.open > OPEN:
            raise ValueError("more than there may be")
