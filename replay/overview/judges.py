"""Which metrics an overview shows, and how each of them stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...trace.paths import LR
from ..ending.ending import ending
from ..metrics import Metric, metrics
from .standing import Standing, standing

if TYPE_CHECKING:
    from ..trace import Trace

MOST: Final = 8


def shown_metrics(trace: Trace) -> list[Metric]:
    """Return the metrics that tell how a run went, the one first that picks the best model.

    Seconds for millions of events. Rates stand in the logs, too, as a rule: a series of each event tells no more.
    """
    wording = trace.framework.wording
    counted = {path.rpartition(".")[2] for path in wording.counted}
    found = [one for one in metrics(trace) if not one.path.startswith(LR.name) and one.name not in counted]
    found = [one for one in found if not (wording.late and one.name.endswith(wording.late))]
    return ([one for one in found if one.count > 1] or found)[:MOST]


def stand(trace: Trace, metric: Metric) -> Standing | None:
    """Return how a metric stands; about a second for millions of events.

    Args:
        trace: The trace.
        metric: One of its metrics.
    """
    return standing(
        trace.series(metric.path), metric.name, lower=metric.lower, total=len(trace), stopped=_judged(trace, metric)
    )


def _judged(trace: Trace, metric: Metric) -> bool:
    """Tell whether a metric picks the best model, and the run was stopped where it was told of last."""
    told = ending(trace)
    if told.kind != "stopped" or told.event is None:
        return False
    event, saving = trace[told.event], trace.framework.saving
    return event.metrics is not None and saving.monitored(event.before.value(saving.metric)) == metric.name
