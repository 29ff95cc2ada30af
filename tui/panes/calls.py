"""The callbacks: in their order, which were called, how long each took, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len

from ...replay.text.numbers import aligned, duration
from ...replay.text.safe import visible
from ...replay.text.where import described
from ...trace import paths
from ...trace.values import ABSENT
from .causes import place
from .change_rows import change_rows
from .look import Look
from .rows import Chain, Lines, Listed, Row, Span, plain, section, span
from .values import Items, unfolded

NAME: Final = 34
"""Cells of the column of names, at most."""


def called(look: Look) -> Lines:
    """Return the callbacks that were called, in order, and those that were not because one before them raised."""
    calls, not_called = look.event.calls, look.event.not_called
    room = _room([call.callback for call in calls])
    took = aligned(duration(call.duration) for call in calls)
    rows = [_call(look, number, room, took[number]) for number in range(len(calls))]
    left = (Row((span(name, "dim"),), ("not called", name)) for name in not_called)
    return Chain([section("Called, in order", rows), section("Not called, as one before them raised", left)])


def calls_pane(look: Look) -> Lines:
    """Return all callbacks in their order, with what each of them changed."""
    event = look.event
    names = event.callbacks
    room = _room(names)
    pieces = [piece for position, name in enumerate(names, 1) for piece in _callback(look, position, name, room)]
    handler = look.trace.framework.handler
    own = change_rows(look, [change for change in event.changes if change.by == handler], named=False)
    rest = {label: value for label, value in event.after.callbacks.items() if label not in names}
    others = Items(look, rest, path_of=paths.CALLBACKS.path)
    return Chain(
        [
            *(pieces or [Listed([plain("No callbacks are known.", "dim")])]),
            section(f"{handler}, its own resets", own),
            section("Not in the list", others),
        ]
    )


def _room(names: tuple[str, ...] | list[str]) -> int:
    return min(NAME, max((cell_len(visible(name)) for name in names), default=0))


def _call(look: Look, number: int, room: int, took: str) -> Row:
    call = look.event.calls[number]
    where = place(look, call.callback)
    spans = [span(call.callback, "name", room), Span(f"  {took}", "dim")]
    if call.exception is not None:
        spans += [
            Span("  raised ", "dim"),
            span(call.exception, "error"),
            span(f"  at {call.at}" if call.at else "", "place"),
        ]
    elif cell_len(where) + room + len(took) + 4 <= look.width:
        spans.append(Span(f"  {where}", "place"))
    return Row(spans, ("call", number), value=call.callback)


def _callback(look: Look, position: int, name: str, room: int) -> Iterator[Lines]:
    event = look.event
    calls = [call for call in event.calls if call.callback == name]
    took = ", ".join(duration(call.duration) for call in calls)
    where = place(look, name) if calls else ""
    begin = (Span(f"{position:>2} ", "dim"), span(name, "name" if calls else "dim", room), Span(f"  {took:<8}", "dim"))
    left = look.width - room - 15
    spans = (*begin, *([Span(f"  {where}", "place")] if cell_len(where) <= left else []))
    state = event.after.callbacks.get(name, ABSENT)
    path = paths.CALLBACKS.path(name) if state is not ABSENT else ""
    inner = None if state is ABSENT else unfolded(look, state, path, 0)
    yield Listed([Row(spans, ("callback", position), path, state, inner=inner)])
    yield Listed(plain(f"raised {call.exception}", "error", 3) for call in calls if call.exception)
    unknown = described(look.trace.run, name).get("unknown")
    yield Listed([plain(f"no events, never called: {look.said(unknown)}", "warning", 3)] if unknown else [])
    yield change_rows(look, [change for change in event.changes if change.by == name], named=False)
