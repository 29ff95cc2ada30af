"""One journal block while it is written: what its records have in common."""

from __future__ import annotations

from .frame import checksum_start
from .records import EventRow


class Segment:
    """What the records of one journal block have in common.

    Attributes:
        block: Number of the block.
        starts: The checksum that a record of a type begins with, by type; `event` is that of EVENT.
        time: Microseconds since the start of the recording, at the keyframe.
        end: Number of events after which the block is full.
        full: Bytes of the file after which it is.
        names: Names that it or a block before it repeats: those from here on stand in one place alone.
        opened: Events that are open at the keyframe.
        unseen: Ends in this block that readers of the first versions pass over.
        lost: Events that were abandoned since, and were not the innermost: how many were open above each. The next
            block tells of them, and this one is not written any more then.
    """

    __slots__ = ("_seed", "_starts", "block", "end", "event", "full", "lost", "names", "opened", "time", "unseen")

    def __init__(self, block: int, seed: int, time: int, end: int, full: int, names: int, opened: int) -> None:
        self.opened = opened
        self.unseen = 0
        self.lost: list[int] = []
        self.block = block
        self.time = time
        self.end = end
        self.full = full
        self.names = names
        self._seed = seed
        self.event = checksum_start(seed, EventRow.TYPE)
        self._starts = {EventRow.TYPE: self.event}

    def start(self, kind: int) -> int:
        """Return the checksum that a record of this type begins with."""
        start = self._starts.get(kind)
        if start is None:
            start = self._starts[kind] = checksum_start(self._seed, kind)
        return start


def no_segment() -> Segment:
    """Return what stands for the block before the first one."""
    return Segment(0, 0, 0, 0, 0, 0, 0)
