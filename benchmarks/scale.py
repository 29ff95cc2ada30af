"""A trace of millions of events: what it takes, and how long one waits for anything in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from browsing import Browsing, browse
from generate import generate
from journal import Journal, killed
from reading import Reading, read_apart, timed
from stored import STORES, Stored
from tracetui.replay import Trace
from tracetui.trace.jobs.background import pack_later
from tracetui.trace.jobs.pack import pack_trace

STEPS = 1_000_000


@dataclass
class Scale:
    """Figures of one trace: bytes per event, and seconds.

    Attributes:
        events: How many it has.
        recorded: Per event, the loop's own time included.
        live, packed: Bytes per event.
        pack: Per event, with reading back and comparing.
        held_up: What the end of a recording waits for its packing.
        journal: The journal of it, as if the run had been killed.
        reading: Of the packed trace.
        browsing: The browser.
        stored: By the peers' names.
    """

    events: int = 0
    recorded: float = 0.0
    live: float = 0.0
    packed: float = 0.0
    pack: float = 0.0
    held_up: float = 0.0
    journal: Journal = field(default_factory=Journal)
    reading: Reading = field(default_factory=Reading)
    browsing: Browsing | None = None
    stored: dict[str, Stored] = field(default_factory=dict)


def at_scale(folder: Path, steps: int = STEPS) -> Scale:
    """Record a training of so many steps without a model, pack it, open it, search it, browse it."""
    journal, packed = folder / "journal.mpk", folder / "packed.mpk"
    found = Scale()
    took, found.events = timed(lambda: generate(steps, journal))
    found.recorded, found.live = took / found.events, journal.stat().st_size / found.events
    found.journal = killed(journal)
    took, result = timed(lambda: pack_trace(journal, packed))
    found.pack, found.packed = took / found.events, result.after / found.events
    found.held_up = _held_up(folder)
    found.reading = read_apart(packed)
    found.browsing = browse(packed)
    with Trace.open(packed) as trace:
        found.stored = {name: store(trace, folder) for name, store in STORES.items()}
    return found


def _held_up(folder: Path) -> float:
    """Return how long one waits for the start of the process that packs."""
    return median(timed(lambda: pack_later(folder / "there is none"))[0] for _ in range(5))
