"""The tables of a large trace: each figure beside its goal, where there is one, and beside its peers."""

from __future__ import annotations

from rich.table import Table

from reading import spread
from scale import Scale
from stored import Stored


def table(title: str, *columns: str) -> Table:
    """Return an empty table; all columns but the first hold numbers."""
    found = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        found.add_column(column, justify="right" if number else "left")
    return found


def scale_table(found: Scale, real: tuple[float, float]) -> Table:
    """Return the figures of a large trace.

    Args:
        found: The figures.
        real: Bytes per event of a real training, live and packed.
    """
    rows = table(f"a trace of {found.events:,} events", "what", "figure", "goal")
    rows.add_row("a real training of 5,000 steps, live", f"{real[0]:.1f} B an event", "25")
    rows.add_row("the same, packed", f"{real[1]:.1f} B an event", "5")
    rows.add_row("this trace, live", f"{found.live:.1f} B an event", "")
    rows.add_row("this trace, packed", f"{found.packed:.1f} B an event", "5")
    rows.add_row("recording it, the loop included", f"{found.recorded * 1e6:.1f} us an event", "")
    rows.add_row("packing it, compared with the journal", f"{found.pack * 1e6:.1f} s per million events", "")
    rows.add_row("what the end of a recording waits for that", _milliseconds(found.held_up), "2 s per million")
    _add_journal(rows, found)
    rows.add_row("open it packed", _milliseconds(found.reading.open), "")
    rows.add_row("any event, median and p99", " ".join(map(_milliseconds, spread(found.reading.seek))), "5 ms")
    rows.add_row("the next event, median and p99", " ".join(map(_milliseconds, spread(found.reading.next))), "1 ms")
    for text, took in found.reading.conditions.items():
        rows.add_row(text, f"{took:.2f} s", "1 s")
    for path, took in found.reading.series.items():
        rows.add_row(f"the series of {path}", f"{took:.2f} s", "1 s")
    grown, size = found.reading.memory
    rows.add_row(f"memory that the first of these takes; it has {size / 1e6:.0f} MB", f"{grown / 1e6:.0f} MB", "")
    rows.add_row("all changes of the flags, one by one", f"{found.reading.writes:.2f} s", "")
    rows.add_row("what paths there are", f"{found.reading.paths:.2f} s", "")
    _add_browsing(rows, found)
    return rows


def _add_journal(rows: Table, found: Scale) -> None:
    journal, browsing = found.journal, found.browsing
    times = f", {journal.first / browsing.first:.2f} x that of the packed one" if browsing is not None else ""
    rows.add_row("its journal, the run killed: the first screen, start to end", f"{journal.first:.2f} s{times}", "2 x")
    rows.add_row("until all of that is checked", f"{journal.open + journal.check:.1f} s", "15 s")
    rows.add_row("a condition over it then", f"{journal.search:.2f} s", "1 s")
    rows.add_row("resident memory after all this", f"{journal.memory / 1e6:.0f} MB", "300 MB")


def _add_browsing(rows: Table, found: Scale) -> None:
    browsing = found.browsing
    if browsing is None:
        return
    rows.add_row("an empty Textual app, start to end", f"{browsing.empty:.2f} s", "")
    times = f"{browsing.first / browsing.empty:.2f} x"
    rows.add_row("the browser's first screen, start to end", f"{browsing.first:.2f} s, {times}", "2 x")
    rows.add_row("all events are in the strip and counted, from the start", f"{browsing.known:.1f} s", "")
    rows.add_row("a key to the painted screen, median and p99", " ".join(map(_milliseconds, browsing.key)), "33 ms")
    sent = spread(list(map(float, browsing.sent)))
    rows.add_row(
        "sent to the terminal for j, median and p99", " ".join(f"{size / 1e3:.1f} KB" for size in sent), "2.5 KB"
    )
    rows.add_row("a letter while it searches, median and p99", " ".join(map(_milliseconds, browsing.letter)), "33 ms")
    rows.add_row("what a first letter finds, over the whole trace", _milliseconds(browsing.search), "")
    rows.add_row("the next trouble, from the first event", _milliseconds(browsing.trouble), "")
    rows.add_row("resident memory after all this", f"{browsing.memory / 1e6:.0f} MB", "300 MB")


def peers_table(found: Scale) -> Table:
    """Return what others make of the same events."""
    rows = table("the same events in other files", "what", "B an event", "open", "any event", "a condition")
    median = spread(found.reading.seek)[0]
    ours = Stored(found.packed, found.reading.open, median, next(iter(found.reading.conditions.values())))
    for name, stored in {"tracetui, packed, with state and causes": ours, **found.stored}.items():
        times = (_milliseconds(took) if took is not None else "-" for took in (stored.open, stored.seek))
        condition = f"{stored.condition:.2f} s" if stored.condition is not None else "-"
        rows.add_row(name, f"{stored.size:.1f}", *times, condition)
    return rows


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"
