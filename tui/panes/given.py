"""What an event was given: logs, metrics and other arguments, numbers with their change and the best so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from rich.cells import cell_len

from ...replay.columns.series import Series
from ...replay.events.event import Event, Probed
from ...replay.text.numbers import aligned, delta, is_number
from ...replay.text.safe import visible
from ...trace import paths
from ...trace.values import Plain
from .look import Look
from .rows import BLANK, Chain, Lines, Listed, Row, Span, fitted, section, span
from .values import Items, value_row

MOST: Final = 200
"""Keys of logs or metrics that stand in columns; of more each has a row of its own."""


def numeric_paths(event: Event) -> list[str]:
    """Return the paths of the numbers that an event was given."""
    return [
        paths.LOGS.path(key) if kind is paths.LOGS else paths.METRICS.path(key)
        for kind in (paths.LOGS, paths.METRICS)
        for key, value in list((getattr(event.after, kind.section) or {}).items())[:MOST]
        if isinstance(key, str) and is_number(value)
    ]


def given(look: Look) -> Lines:
    """Return logs, metrics and other arguments; nothing where there are none."""
    parts: list[Lines] = []
    for kind in (kind for kind in paths.KINDS if kind.shaped):
        values = getattr(look.event.after, kind.section)
        if isinstance(values, Mapping) and values:
            parts.append(_values(look, kind, values))
    inputs = look.event.inputs
    return Chain([*parts, section("Other arguments", Items(look, inputs, path_of=paths.INPUTS.path))])


def probes(look: Look) -> Lines:
    """Return what probes found."""
    return section("Probes", (_probe(look, one) for one in look.event.probes))


def _probe(look: Look, one: Probed) -> Row:
    name = span(one.probe, "name")
    if one.exception is not None:
        return Row((name, Span("  raised ", "dim"), span(one.exception, "error")), ("probe", one.probe))
    path = paths.PROBES.path(one.probe)
    bad = type(one.value) is float and not math.isfinite(one.value)
    return value_row(look, name, one.value, path=path, role="warning" if bad else "new")


def _values(look: Look, kind: paths.Kind, values: Mapping[str, Plain]) -> Lines:
    if len(values) > MOST:
        return section(kind.name.capitalize(), Items(look, values, path_of=kind.path))
    late = look.trace.framework.wording.late
    keys = sorted(values, key=lambda key: (not is_number(values[key]), str(key).endswith(late)))
    room = min(max(cell_len(visible(str(key))) for key in keys), max(8, look.width // 2 - 2))
    now = aligned(look.said(values[key]) if is_number(values[key]) else "" for key in keys)
    about = [_about(look, kind.path(str(key)), values[key]) for key in keys]
    changes = aligned(one[0] for one in about)
    bests = aligned(one[1] for one in about)
    widths = [max(map(len, column)) for column in (now, changes, bests)]
    rows = [_titles(kind, room, widths)]
    for place, key in enumerate(keys):
        value, path = values[key], kind.path(str(key))
        name = span(str(key), "name", room)
        if not is_number(value):
            rows.append(value_row(look, name, value, path=path))
            continue
        bad = type(value) is float and not math.isfinite(value)
        cells = [Span(now[place].ljust(widths[0]), "warning" if bad else "new")]
        if widths[1]:
            cells += [Span("  "), Span(changes[place].ljust(widths[1]), "text")]
        if widths[2]:
            here = about[place][2] == str(look.event.step)
            cells += [Span("  "), Span(bests[place].ljust(widths[2]), "best" if here else "dim")]
            cells += [Span(f"  {about[place][2]}", "dim")]
        rows.append(Row((name, Span("  "), *cells), path, path, value))
    return Chain([Listed([BLANK]), Listed(rows)])


def _titles(kind: paths.Kind, room: int, widths: list[int]) -> Row:
    """Return the line above the numbers."""
    title = span(kind.name.capitalize(), "title", room)
    columns = ["now", "change", "best"]
    cells = [
        Span(f"  {fitted(name, max(width, 0))}", "dim") for name, width in zip(columns, widths, strict=True) if width
    ]
    return Row((title, *cells, *([Span("  at step", "dim")] if widths[2] else [])))


def _about(look: Look, path: str, value: Plain) -> tuple[str, str, str]:
    """Return the change of a number since it was given last, the best so far, and its step; empty what is not known."""
    series = look.series.get(path)
    if series is None or not is_number(value):
        return "", "", ""
    here = int(np.searchsorted(series.index, look.event.index))
    changed = delta(float(series.value[here - 1]), value) if here else ""
    best = _best(look, path, series, here)
    return (changed, "", "") if best is None else (changed, *best)


def _best(look: Look, path: str, series: Series, here: int) -> tuple[str, str] | None:
    """Return the best value up to an event, and its step; None where nobody knows which is better."""
    greater = is_greater_better(look, path)
    values = series.value[: here + 1]
    if greater is None or not len(values) or not np.isfinite(values).any():
        return None
    place = int(np.nanargmax(values) if greater else np.nanargmin(values))
    return look.said(float(values[place])), str(int(series.step[place]))


def is_greater_better(look: Look, path: str) -> bool | None:
    """Tell whether a greater number is a better one; None: nobody knows."""
    saving, args, key = look.trace.framework.saving, look.event.after, path.partition(".")[2]
    if key == saving.monitored(args.value(saving.metric)):
        greater = args.value(saving.greater)
        return greater if isinstance(greater, bool) else None
    return False if key.rpartition("_")[2] == "loss" else None
