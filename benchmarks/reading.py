"""Reading a packed trace, in a process that does nothing else, as the viewer's does not: no torch, no recorder.

python benchmarks/reading.py TRACE
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tracetui.replay import Trace
from tracetui.replay.columns.series import Series
from tracetui.replay.condition import parse

SEEKS = 400
NEXT = 20_000
CONDITIONS = (
    'event == "on_log" and logs.loss > 2',
    'changed("control.should_save", by="DefaultFlowCallback")',
    "isnan(logs.grad_norm)",
    'changed("state.global_step", to=1_000)',
)
SERIES = ("logs.loss", "lr[0]", "state.epoch")
"""Paths of which the first has a value at every fortieth event, and the others at each."""


@dataclass
class Reading:
    """Seconds.

    Attributes:
        open: Of opening the trace.
        seek, next: Each of many events at random, and one after the other.
        conditions: Of all events that a condition holds for, by its text.
        series: Of the values of a path over the whole trace.
        memory: By how many bytes the process grew over the first of these, and how many the series has.
        writes, paths: Of all changes of the flags, one by one, and of what paths there are.
    """

    open: float = 0.0
    seek: list[float] = field(default_factory=list)
    next: list[float] = field(default_factory=list)
    conditions: dict[str, float] = field(default_factory=dict)
    series: dict[str, float] = field(default_factory=dict)
    memory: tuple[int, int] = (0, 0)
    writes: float = 0.0
    paths: float = 0.0


def read_apart(path: Path) -> Reading:
    """Read a trace in a process of its own."""
    done = subprocess.run([sys.executable, __file__, str(path)], check=True, capture_output=True, text=True)
    return Reading(**json.loads(done.stdout))


def read(path: Path) -> Reading:
    """Open a trace, look at events, and search it."""
    opened, trace = timed(lambda: Trace.open(path))
    memory, series = _growth(lambda: trace.series(SERIES[0])), {}
    for path in SERIES:
        series[path], _ = timed(partial(trace.series, path))
    writes, paths = timed(lambda: sum(1 for _ in trace.writes("control.*")))[0], timed(trace.paths)[0]
    chance, start = random.Random(0), len(trace) // 2
    seek = [timed(lambda: trace[chance.randrange(len(trace))])[0] for _ in range(SEEKS)]
    after = [timed(partial(trace.__getitem__, start + place))[0] for place in range(min(NEXT, start))]
    conditions = {text: timed(partial(list, trace.matching(parse(text))))[0] for text in CONDITIONS}
    trace.close()
    return Reading(opened, seek, after, conditions, series, memory, writes, paths)


def _growth(work: Callable[[], Series]) -> tuple[int, int]:
    """Return by how many bytes this process grew while some work was done, and how many its result has."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = work()
    arrays = found.index, found.step, found.time, found.value, found.kind
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return grown * 1024, sum(array.nbytes for array in arrays)


def spread(seconds: list[float]) -> tuple[float, float]:
    """Return the median, and the 99th percentile."""
    return median(seconds), quantiles(seconds, n=100, method="inclusive")[98]


def timed(work: Callable[..., Any]) -> tuple[float, Any]:
    """Return how many seconds some work took, and its result."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


if __name__ == "__main__":
    print(json.dumps(asdict(read(Path(sys.argv[1])))))
