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
from .values import MARGIN, Items, value_row

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
    """Return all callbacks in their order, with what is known of each inside its row."""
    event = look.event
    names = event.callbacks
    room = _room(names)
    rows = [_callback(look, position, name, room) for position, name in enumerate(names, 1)]
    handler = look.trace.framework.handler
    own = change_rows(look, [change for change in event.changes if change.by == handler], causes=False)
    rest = {label: value for label, value in event.after.callbacks.items() if label not in names}
    others = Items(look, rest, path_of=paths.CALLBACKS.path)
    return Chain(
        [
            Listed(rows or [plain("No callbacks are known.", "dim")]),
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


def _callback(look: Look, position: int, name: str, room: int) -> Row:
    event = look.event
    calls = [call for call in event.calls if call.callback == name]
    changes = [change for change in event.changes if change.by == name]
    raised = [call.exception for call in calls if call.exception]
    took = ", ".join(duration(call.duration) for call in calls)
    spans = [Span(f"{position:>2} ", "dim"), span(name, "name" if calls else "dim", room), Span(f"  {took}", "dim")]
    spans += [span(f"  raised {error}", "error") for error in raised]
    spans += [Span(f"  {len(changes)} {'change' if len(changes) == 1 else 'changes'}", "changed")] if changes else []
    known = name in event.after.callbacks or changes or _unknown(look, name)
    return Row(
        spans,
        ("callback", position),
        paths.CALLBACKS.path(name) if name in event.after.callbacks else "",
        event.after.callbacks.get(name, ABSENT),
        inner=(lambda: _inside(look.narrower(MARGIN), name)) if known else None,
    )


def _unknown(look: Look, name: str) -> object:
    return described(look.trace.run, name).get("unknown")


def _inside(look: Look, name: str) -> Lines:
    event = look.event
    own = change_rows(look, [change for change in event.changes if change.by == name], causes=False)
    return Chain([own, Listed(_known(look, name))])


def _known(look: Look, name: str) -> Iterator[Row]:
    where = place(look, name)
    if where:
        yield plain(f"at {where}", "place")
    unknown = _unknown(look, name)
    if unknown:
        yield value_row(look, span("no events, never called:", "warning"), unknown, part="unknown")
    if name in look.event.after.callbacks:
        path = paths.CALLBACKS.path(name)
        yield value_row(look, span("state", "dim"), look.event.after.callbacks[name], path=path, part="state")
