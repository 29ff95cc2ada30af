"""Prints what recording costs, and what a large trace costs its reader, beside peers measured in the same run.

python benchmarks/run.py [STEPS]    of the large trace; a million if not given, 0 for none
"""

from __future__ import annotations

import contextlib
import io
import os
import platform
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
import transformers
from rich.console import Console
from rich.table import Table

from recording import BARE, OURS, Cost, against_peers, growth
from scale import STEPS, at_scale
from tables import peers_table, scale_table, table
from training import Slowdown, sizes, slowdown

JSON = "JSON line + flush"


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    console = Console(width=max(100, Console().width), file=sys.stdout)
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}"
    console.print(f"{_processor()}, {os.cpu_count()} cores, {platform.system()}; {versions}", highlight=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _quiet():
            costs = against_peers(folder)
        console.print(_peers(costs))
        with _quiet():
            grown = growth(folder)
        console.print(_growth(grown))
        with _quiet():
            trained = slowdown(folder)
        console.print(_training(trained))
        steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
        if steps:
            with _quiet():
                real, found = sizes(folder), at_scale(folder, steps)
            console.print(scale_table(found, real))
            console.print(peers_table(found))


def _peers(costs: dict[str, Cost]) -> Table:
    rows = table(
        "an event: 8 flat values for the peers, everything for tracetui", "what", "us", "x JSON", "bytes", "x JSON "
    )
    json = costs[JSON]
    for name, cost in costs.items():
        if name == BARE:
            rows.add_row("call_event with the default callbacks, no recorder", f"{cost.time:.2f}", "", "", "")
        else:
            ratios = f"{cost.time / json.time:.2f}", f"{cost.size / json.size:.2f}"
            rows.add_row(f"{name} adds", f"{cost.time:.2f}", ratios[0], f"{cost.size:.1f}", ratios[1])
    return rows


def _growth(costs: dict[int, Cost]) -> Table:
    rows = table(
        f"{OURS}: growth with the length of a run (the loop's own time included)", "steps", "us", "x", "bytes", "x "
    )
    first = next(iter(costs.values()))
    for steps, cost in costs.items():
        ratios = f"{cost.time / first.time:.2f}", f"{cost.size / first.size:.2f}"
        rows.add_row(f"{steps:,}", f"{cost.time:.2f}", ratios[0], f"{cost.size:.1f}", ratios[1])
    return rows


def _training(results: dict[str, Slowdown]) -> Table:
    step = next(iter(results.values())).step
    title = f"a real training with a step of {step:.2f} ms, four events, a log every 10 steps"
    rows = table(title, "what", "ms per step", "quartiles", "x JSON", "% of a step of 10 ms")
    for name, result in results.items():
        low, high = result.spread
        ratio = result.added / results[JSON].added
        cells = f"{result.added:.3f}", f"{low:.3f} to {high:.3f}", f"{ratio:.2f}", f"{result.added / 10 * 100:.2f}"
        rows.add_row(f"{name} adds", *cells)
    return rows


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Trainers and loggers print what nobody needs here."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def _processor() -> str:
    """Return the processor's name where Linux tells it."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
