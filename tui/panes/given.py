"""What an event was given: logs, metrics and other arguments, numbers with their change and the best so far."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.cells import cell_len

from ...replay.events.event import Event, Probed
from ...replay.metrics import lower_is_better
from ...replay.text.numbers import aligned, delta, is_number
from ...replay.text.safe import visible
from ...trace import paths
from ...trace.values import Plain
from .look import Look
from .rows import BLANK, Chain, Lines, Listed, Row, Span, plain, section, span
from .values import Items, value_row

TITLES: Final = ("now", "change", "best", "step")
ROLES: Final = ("new", "text", "dim", "dim")
"""The columns, and how they look."""

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
    """Return logs and metrics; nothing where there are none."""
    parts: list[Lines] = []
    for kind in (kind for kind in paths.KINDS if kind.shaped):
        values = getattr(look.event.after, kind.section)
        if isinstance(values, Mapping) and values:
            parts.append(_values(look, kind, values))
    return Chain(parts)


def inputs(look: Look) -> Lines:
    """Return the other arguments of an event; those that were None in one line."""
    found = {name: value for name, value in look.event.inputs.items() if value is not None}
    nones = ", ".join(name for name, value in look.event.inputs.items() if value is None)
    rows = Items(look, found, path_of=paths.INPUTS.path)
    return section("Other arguments", Chain([rows, Listed([plain(f"None: {nones}", "dim")] if nones else [])]))


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
    """Return logs or metrics: the numbers in columns, then what says how long something took, and all else."""
    if len(values) > MOST:
        return section(kind.name.capitalize(), Items(look, values, path_of=kind.path))
    late = look.trace.framework.wording.late
    known = [path.rpartition(".")[2] for path in (look.trace.framework.epoch, look.trace.framework.step)]
    keys = [key for key in values if is_number(values[key]) and not str(key).endswith(late) and key not in known]
    others = [key for key in values if key not in keys]
    room = _room(look, [kind.name, *map(str, keys)])
    wide = max(room, _room(look, [kind.name, *map(str, others)]))
    names = {key: span(str(key), "name", room if key in keys else wide) for key in values}
    numbers = [_number(look, kind.path(str(key)), values[key]) for key in keys]
    rest = (value_row(look, names[key], values[key], path=kind.path(str(key))) for key in others)
    title = span(kind.name.capitalize(), "title", room)
    rows = _columns(title, [(names[key], kind.path(str(key)), values[key]) for key in keys], numbers)
    return Listed([BLANK, *rows, *rest])


def _room(look: Look, names: Sequence[str]) -> int:
    return min(max(cell_len(visible(name)) for name in names), max(8, look.width // 2 - 2))


def _number(look: Look, path: str, value: Plain) -> list[str]:
    """Return a number, its change since it was given last, the best one so far and the step of that."""
    now, series = look.said(value), look.series.get(path)
    if series is None:
        return [now, "", "", ""]
    here = int(np.searchsorted(series.index, look.event.index))
    changed = delta(float(series.value[here - 1]), value) if here else ""
    lower = lower_is_better(look.trace.framework, look.event.after, path.partition(".")[2])
    numbers = series.value[: here + 1]
    if lower is None or not np.isfinite(numbers).any():
        return [now, changed, "", ""]
    best = int(np.nanargmin(numbers) if lower else np.nanargmax(numbers))
    return [now, changed, look.said(float(numbers[best])), str(int(series.step[best]))]


def _columns(title: Span, names: list[tuple[Span, str, Plain]], numbers: list[list[str]]) -> Iterator[Row]:
    """Give a line of titles, and the numbers below them; a column in which nothing is known is left out."""
    columns = [aligned(column) for column in zip(*numbers, strict=True)]
    known = [_Column(*each) for each in zip(TITLES, ROLES, columns, strict=False) if any(map(str.strip, each[2]))]
    yield Row((title, *(Span(f"  {column.title:>{column.width}}", "dim") for column in known)))
    for number, (name, path, value) in enumerate(names):
        spans = [column.cell(number, value, numbers[number]) for column in known]
        yield Row((name, *spans), path, path, value)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of numbers."""

    title: str
    role: str
    texts: Sequence[str]

    @property
    def width(self) -> int:
        return max(len(self.title), *map(len, self.texts))

    def cell(self, number: int, value: Plain, texts: Sequence[str]) -> Span:
        """Return the number of a row; NaN and the best one so far stand out."""
        role = self.role
        if role == "new" and type(value) is float and not math.isfinite(value):
            role = "warning"
        if role == "dim" and texts[2] == texts[0]:
            role = "best"
        return Span(f"  {self.texts[number]:>{self.width}}", role)
