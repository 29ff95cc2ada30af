"""The flags: lamps, each with who set it and when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ...replay.origin.lamps import Lamp
from ...replay.text.safe import visible
from ...trace import paths
from ...trace.values import Plain
from .change_rows import change_rows
from .look import Look
from .rows import Chain, Lines, Listed, Row, Span, plain, section, span
from .values import value_row

WIDE = 96
"""Cells of a row from which on flags have their names, and not what they are about."""

CHANGES = 40
"""Latest changes of flags that are listed."""


def flags_pane(look: Look) -> Lines:
    """Return the flags after an event, and who changed them."""
    known = look.trace.framework.flag_names
    other = {name: value for name, value in look.event.after.control.items() if name not in known}
    room = max((cell_len(visible(str(name))) for name in other), default=0)
    rows = [
        value_row(look, span(str(n), "name", min(room, 30)), v, path=paths.CONTROL.path(str(n)))
        for n, v in other.items()
    ]
    replaced = [call.callback for call in look.event.calls if call.replaced_control]
    told = (
        plain(f"{name} returned another control object: its flags replace everyone's", "warning") for name in replaced
    )
    written = [one for one in look.event.changes if paths.kind_of(one.path)[0] is paths.CONTROL]
    return Chain(
        [
            Listed(lamps(look)) if known else Listed([plain("No flags are known.", "dim")]),
            Listed(rows),
            section("Replaced", told),
            section("Changed here", change_rows(look, written)),
            section("The latest changes", _changes(look), "Enter goes there"),
        ]
    )


def lamps(look: Look) -> Iterator[Row]:
    """Give the flags after an event, a row each; Enter leads to where a flag was set."""
    flags = [flag for flag in look.trace.framework.flags if flag.name in look.event.after.control]
    known = {} if look.flags is None else {lamp.flag.name: lamp for lamp in look.flags.lamps}
    names = {flag.name: flag.name if look.width >= WIDE else flag.about for flag in flags}
    room = max((cell_len(visible(name)) for name in names.values()), default=0)
    for flag in flags:
        value, lamp = look.event.after.control[flag.name], known.get(flag.name)
        told = "" if lamp is None else lamp_text(lamp, look.width - 11 - min(room, 28))
        spans = (
            Span(f"{flag.letter} ", "on"),
            *_lamp(value),
            span(names[flag.name], "name", min(room, 28)),
            Span("  "),
            span(told, "flipped" if lamp is not None and lamp.dropped else "dim"),
        )
        leads = lamp.set.event if lamp is not None and lamp.set is not None else None
        yield Row(spans, flag.path, flag.path, value, event=leads)


def lamp_text(lamp: Lamp, room: int = 200) -> str:
    """Return the history of a flag's latest time on: ``since #830 step 150, DefaultFlowCallback, not yet served``.

    Args:
        lamp: The flag.
        room: Characters that there are: what does not fit is left out, the cause last.
    """
    if not lamp.known or lamp.set is None:
        return ""
    number, by, became = f"#{lamp.set.event:,}", lamp.set.by, _became(lamp)
    where, verb = "here" if lamp.set.event == lamp.at else number, "since" if lamp.on else "set"
    step = f" step {lamp.set_step:,}" if where == number else ""
    forms = (f"{verb} {where}{step}, {by}{became}", f"{verb} {where}, {by}{became}", f"{where} {by}{became}")
    return next((form for form in forms if len(form) <= room), f"{where} {by}")


def _became(lamp: Lamp) -> str:
    """Return what became of a flag that was set, as the end of a sentence."""
    if lamp.dropped and lamp.cleared is not None:
        return f", cleared unserved by {lamp.cleared.by}"
    if lamp.served is None or lamp.waits:
        return ", not yet served" if lamp.waits else ""
    return f", served {'here' if lamp.served == lamp.at else f'#{lamp.served:,}'}"


def _lamp(value: Plain) -> tuple[Span, ...]:
    if value is True:
        return Span("● ", "flipped"), Span("on   ", "on")
    return Span("○ ", "dim"), Span("off  " if value is False else "?    ", "dim")


def _changes(look: Look) -> Iterator[Row]:
    """Give the latest changes of flags up to the event, the last one first; Enter leads to each."""
    flags = {flag.path: flag for flag in look.trace.framework.flags}
    found = look.flags.changes if look.flags is not None else ()
    room = max((len(f"#{write.event:,}") for write, _ in found), default=0)
    steps = max((len(f"step {step:,}") for _, step in found if step >= 0), default=0)
    for number, (write, step) in enumerate(found):
        flag = flags.get(write.path)
        handler = write.by == look.trace.framework.handler
        new = Span("ON ", "flipped") if write.new is True else Span("off", "dim") if write.new is False else Span("?  ")
        name = visible(flag.about if flag is not None else write.path)
        spans = (
            Span(f"{flag.letter if flag is not None else ' '} ", "on"),
            new,
            Span(f"  #{write.event:,}".ljust(room + 4), "text" if write.event != look.event.index else "new"),
            Span(f"step {step:,}".ljust(steps + 2) if steps else "", "dim"),
            Span(f"{name:<15}" if flag is None or look.width >= WIDE else "", "name"),
            span(f"{write.by}, its own reset" if handler else write.by, "dim" if handler else "cause"),
        )
        yield Row(spans, ("write", number), write.path, write.new, event=write.event)
