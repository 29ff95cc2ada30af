"""The flags: lamps, each with who set it and when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ...replay.text.safe import visible
from ...trace import paths
from ...trace.values import ABSENT, Plain
from .change_rows import change_rows
from .look import Look
from .rows import Chain, Lines, Listed, Row, Span, plain, section, span
from .values import value_row


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
            section("Changed here", change_rows(look, written)),
            section("Replaced", told),
        ]
    )


def lamps(look: Look) -> Iterator[Row]:
    """Give the flags after an event, a row each."""
    flags = [flag for flag in look.trace.framework.flags if flag.name in look.event.after.control]
    room = max((cell_len(visible(flag.name)) for flag in flags), default=0)
    for flag in flags:
        value = look.event.after.control.get(flag.name, ABSENT)
        yield Row(
            (
                Span(f"{flag.letter} ", "on"),
                *_lamp(value),
                span(flag.name, "name", min(room, 28)),
                Span("  "),
                span(_history(look, flag.path), "dim"),
            ),
            flag.path,
            flag.path,
            value,
        )


def _lamp(value: Plain) -> tuple[Span, ...]:
    if value is True:
        return Span("● ", "flipped"), Span("on   ", "on")
    return Span("○ ", "dim"), Span("off  " if value is False else "?    ", "dim")


def _history(look: Look, path: str) -> str:
    here = [change for change in look.event.changes if change.path == path]
    return f"since here, {here[-1].by}" if here else ""
