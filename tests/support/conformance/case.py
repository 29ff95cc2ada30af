"""A case: a trace and the JSON that a reader has to find in it. And what cases are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tracetui.trace.journal.frame import checksum_start, frame, head
from tracetui.trace.journal.records import Note
from tracetui.trace.journal.writer import TraceWriter

ID = bytes(range(16))
CREATED = 1_700_000_000.5


@dataclass(frozen=True)
class Case:
    """One trace and what is in it.

    Attributes:
        name: Of the two files.
        about: The feature.
        data: The trace.
        expected: What a reader has to find; what is left out is not part of the feature.
        exact: The script makes the same bytes again, whatever the version of zstd.
    """

    name: str
    about: str
    data: bytes
    expected: dict[str, Any]
    exact: bool = True


class Book:
    """A writer into memory that takes names as texts."""

    def __init__(self, run: dict[str, Any] | None = None) -> None:
        """Write a header."""
        self.data = bytearray()
        self.writer = TraceWriter(self.data.extend, ID, CREATED, run or {})

    def pairs(self, changes: dict[str, Any]) -> list[Any]:
        """Return changes as number, value, number, value, ..."""
        return [item for path, value in changes.items() for item in (self.writer.name(path), value)]

    def groups(self, groups: list[tuple[str, dict[str, Any]]]) -> list[Any]:
        """Return causes and their changes as number, pairs, number, pairs, ..."""
        return [item for cause, changes in groups for item in (self.writer.name(cause), self.pairs(changes))]

    def calls(self, calls: dict[str, int]) -> list[int]:
        """Return callbacks and microseconds as number, microseconds, ..."""
        return [item for name, time in calls.items() for item in (self.writer.name(name), time)]

    def event(
        self,
        name: str,
        start: int,
        duration: int = 10,
        *,
        between: dict[str, Any] | None = None,
        inside: list[tuple[str, dict[str, Any]]] | None = None,
        calls: dict[str, int] | None = None,
        rare: dict[int, Any] | None = None,
        opens: bool = False,
    ) -> None:
        """Write an event."""
        between_pairs, groups = self.pairs(between or {}), self.groups(inside or [])
        number = self.writer.name(name)
        self.writer.event(number, start, duration, between_pairs, groups, self.calls(calls or {}), rare, opens=opens)

    def shaped(self, values: dict[str, Any]) -> list[Any]:
        """Return a mapping as its shape's number and its values."""
        return [self.writer.name(tuple(values)), *values.values()]

    def end(self, time: int, events: int) -> None:
        """Write END."""
        self.writer.note(Note.END, {"reason": "finished", "events": events}, time=time)


def event(index: int, name: str, start: int, duration: int = 10, **more: Any) -> dict[str, Any]:
    """Return what is expected of an event; times in microseconds become seconds."""
    return {"index": index, "event": name, "time": start / 1e6, "duration": duration / 1e6, **more}


def change(path: str, old: Any, new: Any, by: str, inside: bool = True) -> dict[str, Any]:
    """Return what is expected of a change."""
    return {"path": path, "old": old, "new": new, "by": by, "inside": inside}


NONE = {"$absent": True}
FINISHED = {"reason": "finished"}


class Records:
    """The frames of a sound trace that ends in a block."""

    def __init__(self, data: bytes) -> None:
        """Find where each frame begins."""
        self.places: list[int] = []
        self.keyframes: list[int] = []
        self.kinds: list[int] = []
        place = 0
        while place < len(data):
            size, length, kind, crc = head(data[place : place + 10]) or (0, 0, 0, 0)
            self.places.append(place)
            self.kinds.append(kind)
            if kind == 2:
                self.keyframes.append(place)
                self.seed = crc
            place += size + length

    def frame(self, kind: int, payload: bytes) -> bytes:
        """Return a frame that may follow."""
        return frame(kind, checksum_start(self.seed, kind), payload)
