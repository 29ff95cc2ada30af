"""What parts at a place, in words: who has which value, who goes on with what; and a guess, said to be one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ...trace.paths import PROBES
from ...trace.values import ABSENT, Plain
from ..columns.chunk import LOST_NAME
from ..compare.described import described
from ..ending.doing import doing
from ..events.event import Event
from ..origin.place import place_of
from ..rows.same import same
from ..text.safe import visible
from .names import rank_of

if TYPE_CHECKING:
    from ..trace import Trace
    from .alignment import Alignment, Parting

MOST_PATHS: Final = 12
"""Values that part at one event that are told of one by one."""

NEAR: Final = 8
"""Events after a parting: ranks that have no more, and no end, are taken to wait for each other."""

_RATE: Final = re.compile(r"(.*)\[(\d+)\]")


def told(aligned: Alignment, parting: Parting, names: Sequence[str], *, first: bool = True) -> list[str]:
    """Return what parts at a place, a safe line each: the place, what parts, what was the same; last of all a guess.

    Args:
        aligned: The traces.
        parting: The place.
        names: What each trace is called.
        first: They part nowhere before.
    """
    lines = [_title(aligned, parting, names)]
    lines += _values(aligned, parting, names) if parting.paths else _alone(aligned, parting, names)
    lines += [f"the same until then: {max(parting.places[0], 0):,} events"] if first else []
    guess = _guess(aligned, parting, names)
    return [*lines, f"a guess: {guess}"] if guess else lines


def _title(aligned: Alignment, parting: Parting, names: Sequence[str]) -> str:
    here = [number for number, event in enumerate(parting.events) if event is not None]
    number = next((number for number in here if not _is_lost(aligned.traces[number], parting.places[number])), here[0])
    index = max(parting.places[number], 0)
    columns = aligned.traces[number].columns
    if not len(columns):
        return "they part at the begin"
    step = int(columns.step[index])
    place = f"#{index:,} {visible(columns.name_of(index))}" + (f", step {step:,}" if step >= 0 else "")
    only = f" of {names[number]}" if None in parting.events else ""
    return f"they part at {place}{only}"


def _values(aligned: Alignment, parting: Parting, names: Sequence[str]) -> Iterator[str]:
    """Tell which traces have which value, and who wrote it there."""
    there = zip(aligned.traces, parting.events, strict=True)
    events = [None if event is None else trace[event] for trace, event in there]
    for path in parting.paths[:MOST_PATHS]:
        values = [ABSENT if event is None else _value(event, path) for event in events]
        groups = [
            f"{_list(names, group)}: {_text(values, group[0])}{_by(aligned, events, path, group[0])}"
            for group in _groups(values)
        ]
        yield f"{visible(path)}   {'   '.join(groups)}"
    if len(parting.paths) > MOST_PATHS:
        yield f"and {len(parting.paths) - MOST_PATHS:,} more values"


def _value(event: Event, path: str) -> Plain:
    """Return the value of a path that parted, as it was after an event."""
    if path.startswith(PROBES.path("")):
        return next((probed.value for probed in event.probes if PROBES.path(probed.probe) == path), ABSENT)
    rate = _RATE.fullmatch(path)
    if rate is not None:
        values = event.after.value(rate[1])
        place = int(rate[2])
        return values[place] if isinstance(values, list) and place < len(values) else ABSENT
    return event.after.value(path, ABSENT)


def _groups(values: Sequence[Plain]) -> list[list[int]]:
    """Return the places of values that are the same, the first one's first."""
    groups: list[list[int]] = []
    for place, value in enumerate(values):
        group = next((group for group in groups if same(values[group[0]], value)), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return groups


def _text(values: Sequence[Plain], place: int) -> str:
    other = next((value for value in values if not same(value, values[place])), values[place])
    return described(other, values[place])[1]


def _by(aligned: Alignment, events: Sequence[Event | None], path: str, place: int) -> str:
    event = events[place]
    written = _RATE.sub(r"\1", path)
    change = next((one for one in reversed(event.changes if event else ()) if one.path == written), None)
    if change is None or event is None:
        return ""
    where = place_of(aligned.traces[place], change.by, event.name)
    return f", by {visible(change.by)}" + (f" ({where})" if where else "")


def _alone(aligned: Alignment, parting: Parting, names: Sequence[str]) -> Iterator[str]:
    """Tell which traces go on with what; those that part not from the first one do as it does."""
    said: dict[str, list[int]] = {}
    for number, apart in enumerate(parting.parted):
        place = number if apart else 0
        trace = aligned.traces[place]
        text = _goes_on(trace, parting.events[place], parting.alone[place])
        said.setdefault(text or _stays(trace, parting.places[place]), []).append(number)
    yield from (f"{_list(names, group)}: {text}" for text, group in said.items())


def _goes_on(trace: Trace, event: int | None, count: int) -> str:
    if event is None:
        return ""
    if _is_lost(trace, event):
        return f"{count:,} event{'s' * (count != 1)} can't be read"
    name = visible(trace.columns.name_of(event))
    rest = event + count == len(trace)
    if count == 1:
        return f"goes on with {name}, its last event" if rest else f"has {name} here, which not all have"
    return f"goes on with {name}, {count:,} events{' to its end' if rest else ', which not all have'}"


def _is_lost(trace: Trace, event: int) -> bool:
    return trace.columns.name_of(event) == LOST_NAME


def _stays(trace: Trace, place: int) -> str:
    if place < 0:
        return "has no such event"
    if place < len(trace) - 1:
        return "has no such event here"
    ended = "no end record" if trace.end is None else f"the recording ended: {visible(trace.end.reason)}"
    damage = "; the file is damaged" if trace.damage else ""
    return f"has no event after {visible(trace.columns.name_of(place))}; {ended}{damage}"


def _guess(aligned: Alignment, parting: Parting, names: Sequence[str]) -> str:
    """Return why ranks that hang may hang; empty where they do not seem to, or are no ranks."""
    traces = aligned.traces
    ends = [len(trace) - 1 - place for trace, place in zip(traces, parting.places, strict=True)]
    if any(rank_of(trace) is None or trace.end is not None for trace in traces) or max(ends) > NEAR or min(ends) < 0:
        return ""
    doings = [doing(trace, len(trace) - 1) or "doing what the trace does not tell" for trace in traces]
    if len(set(doings)) < 2:
        return ""
    groups = [[place for place, text in enumerate(doings) if text == each] for each in dict.fromkeys(doings)]
    said = "; ".join(f"{_list(names, group)} {visible(doings[group[0]])}" for group in groups)
    return f"they wait for each other: {said}"


def _list(names: Sequence[str], places: Iterable[int]) -> str:
    """Return some names: all of them where they are few."""
    few = [names[place] for place in places]
    return ", ".join(few) if len(few) <= 4 else f"{few[0]} and {len(few) - 1:,} others"
