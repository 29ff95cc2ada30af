"""Sound files, and what is known of each of their events."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from support.hostile.runs import SAMPLES, nested_run, packed, several_blocks
from tracetui.replay import Trace
from tracetui.replay.events.event import Event
from tracetui.replay.events.history import HistoryView


@dataclass(frozen=True)
class Facts:
    """What is shown of an event, in texts that are equal only where the values are, types and NaN included.

    Attributes:
        begin: What its first record holds.
        end: What the record of its end may add to, in order: changes, calls, messages; and what was after it.
        histories: The log histories in it.
    """

    begin: str
    end: tuple[list[str], list[str], list[str], str]
    histories: list[list[str]]


def facts(event: Event) -> Facts:
    """Take an event apart."""
    histories: list[list[str]] = []

    def text(value: Any) -> str:
        if isinstance(value, HistoryView):
            histories.append([repr(entry) for entry in value])
            return "history"
        return repr({key: text(item) for key, item in value.items()}) if isinstance(value, dict) else repr(value)

    def moment(snapshot: Any) -> str:
        names = ("state", "control", "logs", "metrics", "inputs", "lr", "callbacks", "other")
        return repr([text(getattr(snapshot, name)) for name in names])

    def change(change: Any) -> str:
        return f"{change.path} {text(change.old)} {text(change.new)} {change.by}"

    between = [change(item) for item in event.changes if not item.inside]
    begin = repr((event.name, event.time, moment(event.before), between, event.callbacks, event.probes, event.joined))
    changes = [change(item) for item in event.changes if item.inside]
    return Facts(
        begin, (changes, list(map(repr, event.calls)), list(map(repr, event.messages)), moment(event.after)), histories
    )


@dataclass
class Sound:
    """A file before it is damaged.

    Attributes:
        data: The file.
        facts: Of all its events, in order.
        by_begin: Numbers of the events that begin alike.
        is_packed: It is in the packed form.
        id: Of the trace.
    """

    data: bytes
    facts: list[Facts]
    by_begin: dict[str, list[int]]
    is_packed: bool
    id: str

    @classmethod
    def of(cls, data: bytes) -> Sound:
        """Read it all."""
        trace = Trace.from_bytes(data, whole=True)
        assert trace.damage == ()
        found = [facts(event) for event in trace]
        by_begin: dict[str, list[int]] = {}
        for number, item in enumerate(found):
            by_begin.setdefault(item.begin, []).append(number)
        blocks = trace._directory.blocks
        return cls(data, found, by_begin, blocks[0].offset >= 0, trace.id)


@cache
def sound() -> tuple[Sound, ...]:
    """Return the files that are damaged."""
    recorded = several_blocks((SAMPLES / "why_did_it_stop.mpk").read_bytes(), 24)
    journals = [nested_run(1), nested_run(2), nested_run(3, 40), recorded]
    return tuple(Sound.of(form(data)) for data in journals for form in (bytes, lambda data: packed(data, 3)))
