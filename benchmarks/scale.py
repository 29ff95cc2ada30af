"""A trace of millions of events: what it takes, and how long one waits for anything in it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from browsing import Browsing, browse
from generate import generate
from stored import STORES, Stored
from tracetui.replay import Trace
from tracetui.replay.condition import parse
from tracetui.trace.background import pack_later
from tracetui.trace.pack import pack_trace

STEPS = 1_000_000
SEEKS = 400
NEXT = 20_000
CONDITIONS = (
    'event == "on_log" and logs.loss > 2',
    'changed("control.should_save", by="DefaultFlowCallback")',
    "isnan(logs.grad_norm)",
)


@dataclass
class Scale:
    """Figures of one trace: bytes per event, and seconds.

    Attributes:
        events: How many it has.
        recorded: Per event, the loop's own time included.
        live, packed: Bytes per event.
        pack: Per event, with reading back and comparing.
        held_up: What the end of a recording waits for its packing.
        open_journal, open: Of the journal, and of the packed trace.
        seek, next: Each of many events at random, and one after the other.
        conditions: By their text.
        browsing: The browser.
        stored: By the peers' names.
    """

    events: int = 0
    recorded: float = 0.0
    live: float = 0.0
    packed: float = 0.0
    pack: float = 0.0
    held_up: float = 0.0
    open_journal: float = 0.0
    open: float = 0.0
    seek: list[float] = field(default_factory=list)
    next: list[float] = field(default_factory=list)
    conditions: dict[str, float] = field(default_factory=dict)
    browsing: Browsing | None = None
    stored: dict[str, Stored] = field(default_factory=dict)


def at_scale(folder: Path, steps: int = STEPS) -> Scale:
    """Record a training of so many steps without a model, pack it, open it, search it, browse it."""
    journal, packed = folder / "journal.mpk", folder / "packed.mpk"
    found = Scale()
    took, found.events = timed(lambda: generate(steps, journal))
    found.recorded, found.live = took / found.events, journal.stat().st_size / found.events
    found.open_journal, _ = timed(lambda: Trace.open(journal))
    took, result = timed(lambda: pack_trace(journal, packed))
    found.pack, found.packed = took / found.events, result.after / found.events
    found.held_up = _held_up(folder)
    _read(found, packed)
    found.browsing = browse(packed)
    with Trace.open(packed) as trace:
        found.stored = {name: store(trace, folder) for name, store in STORES.items()}
    return found


def _held_up(folder: Path) -> float:
    """Return how long one waits for the start of the process that packs."""
    return median(timed(lambda: pack_later(folder / "there is none"))[0] for _ in range(5))


def _read(found: Scale, path: Path) -> None:
    found.open, trace = timed(lambda: Trace.open(path))
    chance = random.Random(0)
    found.seek = [timed(lambda: trace[chance.randrange(len(trace))])[0] for _ in range(SEEKS)]
    start = len(trace) // 2
    found.next = [timed(partial(trace.__getitem__, start + place))[0] for place in range(min(NEXT, start))]
    for text in CONDITIONS:
        condition = parse(text)
        found.conditions[text], _ = timed(partial(list, trace.matching(condition)))
    trace.close()


def spread(seconds: list[float]) -> tuple[float, float]:
    """Return the median, and the 99th percentile."""
    return median(seconds), quantiles(seconds, n=100, method="inclusive")[98]


def timed(work: Callable[..., Any]) -> tuple[float, Any]:
    """Return how many seconds some work took, and its result."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result
