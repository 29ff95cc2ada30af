"""Traces of a framework that there is not: other events, phases, flags, paths and causes than anybody's."""

from __future__ import annotations

from typing import Any, Final

from support.conformance.frameworks import RIDE
from tracetui.trace.journal.records import Note, Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import Plain

FRAMEWORK: Final[dict[str, Plain]] = RIDE

TICKS: Final = 3
"""Ticks of a lap."""


class Ride:
    """Writes a run.

    Args:
        framework: What the run's header says; None: nothing.
        ticks: How many there should be.
    """

    def __init__(self, framework: Plain = FRAMEWORK, ticks: int = 10) -> None:
        self.data = bytearray()
        run: dict[str, Plain] = {"args": {"horses": 4, "music": False}, "callbacks": [{"name": "Brake"}]}
        run |= {} if framework is None else {"framework": framework}
        self._writer = TraceWriter(self.data.extend, bytes(range(16)), 1.0, run)
        self._time, self._tick, self._lap = 0, 0, 0.0
        self._pending: dict[str, Plain] = {"state.tick": 0, "state.ticks": ticks, "state.lap": 0.0}
        self._pending |= {"control.halt": False, "control.skip": False, "control.keep": False}

    def event(self, name: str, by: str = "", inside: dict[str, Plain] | None = None, **given: Any) -> int:
        """Write an event, in which a callback changes something; return its number."""
        writer, self._time = self._writer, self._time + 1000
        cause = writer.name(by) if by else 0
        rare: dict[int, Plain] = {}
        if given:
            shaped = {writer.name(key): [writer.name(tuple(item)), *item.values()] for key, item in given.items()}
            rare[Rare.INPUTS] = shaped
        changed = [cause, self._pairs(inside)] if inside else []
        calls = [cause, 3] if by else []
        writer.event(writer.name(name), self._time, 7, self._pairs(self._pending), changed, calls, rare)
        self._pending = {}
        return writer.events - 1

    def _pairs(self, values: dict[str, Plain]) -> list[Plain]:
        return [item for path, value in values.items() for item in (self._writer.name(path), value)]

    def tick(self, by: str = "", inside: dict[str, Plain] | None = None) -> int:
        """Write a tick, at the end of which a callback changes something; return the number of that event."""
        self.event("tick", "Herald", {"control.keep": False})
        self._tick += 1
        self._lap = self._tick / TICKS
        self._pending |= {"state.tick": self._tick, "state.lap": self._lap}
        return self.event("tock", by, inside)

    def writes(self, values: dict[str, Plain]) -> None:
        """Write values between two events."""
        self._pending |= values

    def raises(self, ended: str) -> None:
        """An exception leaves a call."""
        error = {"number": 1, "type": "Dizzy", "message": "too fast", "traceback": "", "place": "", "step": self._tick}
        self._writer.note(Note.EXCEPTION, {**error, "ended": ended, "inside": False}, time=self._time)

    def end(self) -> bytes:
        """End the recording; return the file."""
        self._writer.note(Note.END, {"reason": "finished", "events": self._writer.events}, time=self._time)
        return bytes(self.data)


def whole_ride(framework: Plain = FRAMEWORK) -> bytes:
    """Return a run of two laps, which `Brake` ends at tick 5 of 10; it looked after the first lap, and kept a tick."""
    ride = Ride(framework)
    ride.event("gates open")  # 0
    ride.event("lap_starts")  # 1
    ride.tick()  # 2 3
    ride.tick("Brake", {"control.keep": True})  # 4 5
    ride.event("kept")  # 6
    ride.tick()  # 7 8
    ride.event("glance")  # 9
    ride.event("glance")  # 10
    ride.event("looked", metrics={"joy": 0.5})  # 11
    ride.event("lap_done")  # 12
    ride.event("lap_starts")  # 13
    ride.event("sung", logs={"loss": 0.25, "lap": 1.0})  # 14
    ride.tick()  # 15 16
    ride.tick("Brake", {"control.halt": True})  # 17 18
    ride.event("lap_done")  # 19
    ride.event("gates close")  # 20
    return ride.end()
