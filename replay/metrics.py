"""The metrics of a run: numbers that it logs again and again, those first by which it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from ..trace.paths import LR, PROBES, SHAPED
from ..trace.values import Plain
from .ending.closing import last_known

if TYPE_CHECKING:
    from ..trace.framework import Framework
    from .columns.path_list import PathInfo
    from .events.event import Snapshot
    from .trace import Trace

LOSS: Final = "loss"
"""The lower, the better, in whatever framework."""

MOST: Final = 500
"""Paths that are looked at: a file may hold any number of them."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a run logs.

    Attributes:
        path: Where it is, as `Trace.series` takes it.
        name: What it is called, without the kind of its path.
        count: How many events were given it.
        lower: The lower, the better; None where that is not known.
    """

    path: str
    name: str
    count: int
    lower: bool | None = None


_KNOWN: Final[WeakKeyDictionary[Trace, tuple[int, list[Metric]]]] = WeakKeyDictionary()


def metrics(trace: Trace) -> list[Metric]:
    """Return the metrics of a trace: first the one that picks the best model, then losses, then the others.

    Of keys that stand in the logs and in the metrics those of the logs count. It walks all blocks: seconds for millions
    of events. The answer is kept.
    """
    known = _KNOWN.get(trace)
    if known is None or known[0] != trace.size:  # it may have grown
        known = _KNOWN[trace] = trace.size, _found_out(trace)
    return known[1]


def _found_out(trace: Trace) -> list[Metric]:
    if not len(trace):
        return []
    saving = trace.framework.saving
    last = last_known(trace, 0, len(trace))[1].after
    monitored = saving.monitored(last.value(saving.metric))
    found: dict[str, Metric] = {}
    for info, path in _numbers(trace):
        name = path.partition(".")[2] or info.path
        found.setdefault(name, Metric(path, name, info.count, lower_is_better(trace.framework, last, name)))
    wording = trace.framework.wording
    counters = {path.rpartition(".")[2] for path in wording.counted}

    def rank(metric: Metric) -> tuple[bool, bool, bool, bool, bool, int, str]:
        dull = metric.name in counters or metric.name.endswith(wording.late)
        other, rate = LOSS not in metric.name.lower(), metric.path.startswith(LR.name)
        return metric.name != monitored, dull, metric.count < 2, other, rate, -metric.count, metric.name

    return sorted(found.values(), key=rank)


def lower_is_better(framework: Framework, known: Snapshot, name: str) -> bool | None:
    """Tell whether the lower is the better of a metric; None where that is not known.

    Args:
        framework: The trace's.
        known: Values at any moment of the training.
        name: What it is called, without the kind of its path.
    """
    saving, greater = framework.saving, known.value(framework.saving.greater)
    if type(greater) is bool and name == saving.monitored(known.value(saving.metric)):
        return not greater
    return True if LOSS in name.lower() else None


def _numbers(trace: Trace) -> Iterator[tuple[PathInfo, str]]:
    """Give the paths that had a number at their first event; logs before metrics, as they are sorted."""
    passed = trace.framework.epoch.rpartition(".")[2]
    kinds = (*SHAPED, PROBES.name, LR.name)
    infos = [info for info in trace.paths() if info.kind in kinds and info.first is not None]
    for info in sorted(infos[:MOST], key=lambda info: kinds.index(info.kind)):
        if info.path.partition(".")[2] == passed:
            continue
        path = f"{info.path}[0]" if info.kind == LR.name else info.path
        if _is_number(_first(trace, path, info)):
            yield info, path


def _first(trace: Trace, path: str, info: PathInfo) -> Plain:
    event = trace[info.first or 0]
    if info.kind == PROBES.name:
        return next((probed.value for probed in event.probes if PROBES.path(probed.probe) == path), None)
    value = event.before.value(info.path)
    return value[0] if info.kind == LR.name and isinstance(value, (list, tuple)) and value else value


def _is_number(value: Plain) -> bool:
    return type(value) in (int, float)
