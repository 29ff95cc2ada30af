"""The state after an event: each field where it always stands, a changed one with its old value and the cause."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len

from ...replay.events.event import Change
from ...replay.text.changed import in_short
from ...replay.text.numbers import rates
from ...replay.text.safe import visible
from ...trace import paths
from ...trace.values import Plain
from .causes import cause
from .change_rows import change_rows, transition
from .look import Look
from .rows import Chain, Lines, Listed, Row, Span, section, span
from .values import entry, unfolded, value_row

NAME = 30
"""Cells of the column of names, at most."""

_TABS = (paths.STATE, paths.LR, paths.ARGS, paths.CONTROL, paths.LOGS, paths.METRICS, paths.CALLBACKS)
"""Kinds that a tab shows in its own way."""


def state_pane(look: Look) -> Lines:
    """Return the state, the learning rates, arguments that changed, and what no other tab has."""
    event = look.event
    state = {paths.STATE.path(str(key)): value for key, value in event.after.state.items()}
    rate = {} if event.after.lr is None else {paths.LR.name: event.after.lr}
    arguments = [change for change in event.changes if paths.kind_of(change.path)[0] is paths.ARGS]
    return Chain(
        [
            fields(look, {**state, **rate}),
            section("Arguments changed", change_rows(look, arguments)),
            *_further(look),
        ]
    )


def fields(look: Look, values: Mapping[str, Plain]) -> Lines:
    """Return fields by path, a row each."""
    names = {path: path.partition(".")[2] or path for path in values}
    room = min(NAME, max((cell_len(visible(name)) for name in names.values()), default=0))
    changed: dict[str, list[Change]] = {}
    for change in look.event.changes:
        changed.setdefault(change.path, []).append(change)
    return Listed(
        _field(look, span(names[path], "name", room), path, values[path], changed.get(path, [])) for path in values
    )


def _field(look: Look, name: Span, path: str, value: Plain, changes: list[Change]) -> Row:
    history = path == look.trace.framework.history and not isinstance(value, (str, bytes)) and hasattr(value, "__len__")
    if not changes:
        mark = Span("  ")
        if history:
            return _history(look, (mark, name), path, value)
        shown = rates(value) if path == paths.LR.name else value
        row = value_row(
            look.narrower(2),
            name,
            value,
            path=path,
            text=look.said(shown, max(2, look.width - cell_len(name.text) - 4)),
        )
        return Row((mark, *row.spans), path, path, value, inner=row.inner)
    left = look.width - cell_len(name.text) - 4
    by = cause(look, changes[-1].by)
    side = max(6, (left - cell_len(by.text) - 6) // 2)
    moved = [one for change in changes for one in (Span("  ", "dim"), *transition(look, change, side, side * 2))][1:]
    spans = (Span("• ", "changed"), name, Span("  "), *moved, Span("  "), by)
    inner = entry(look, value, path) if history else unfolded(look, value, path, side)
    return Row(spans, path, path, value, changes[-1], inner=inner)


def _history(look: Look, begin: tuple[Span, ...], path: str, value: Plain) -> Row:
    """Return the row of the log history: how many entries there are, and the last one in short."""
    count = len(value)
    room = max(8, look.width - sum(cell_len(one.text) for one in begin) - 16)
    last = f", last: {in_short(value[-1], look.said, room)}" if count else ""
    text = f"{count:,} {'entry' if count == 1 else 'entries'}{last}"
    return Row((*begin, Span("  "), Span(text)), path, path, value, inner=entry(look, value, path) if count else None)


def _further(look: Look) -> list[Lines]:
    """Return the sections that no tab is about."""
    shown = []
    for name in (name for name in paths.SECTIONS if name not in [kind.section for kind in _TABS]):
        values = getattr(look.event.after, name)
        items = values if isinstance(values, Mapping) else {} if values is None else {name: values}
        known = {str(key): value for key, value in items.items() if key not in paths.OF_THE_EVENT}
        shown.append(section(name.capitalize(), fields(look, known)))
    return shown
