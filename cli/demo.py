"""`tracetui demo`: train a tiny real model here, record it, open the trace."""

from __future__ import annotations

import contextlib
import os
import tempfile
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Final

import click

from . import events, info
from .open import browse, has_terminal
from .place import Place, opened
from .words import CANNOT, say, verdict

NEEDED: Final = ("torch", "transformers", "accelerate")
SHOWN: Final = 20
"""Events that are printed where there is no browser."""


@click.command("demo", short_help="Train a tiny model here, record it, open the trace.")
@click.option("--no-tui", is_flag=True, help="Print `info` and the first events instead of opening the browser.")
def command(no_tui: bool) -> int:
    """Train a tiny real model, a few seconds on a CPU, into ./runs/demo, and open its trace."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        say(f'the demo trains a model and needs {", ".join(missing)}: pip install "tracetui[train]"')
        return CANNOT
    trace = Place(str(record(folder())))
    if no_tui or not has_terminal():
        return report(trace)
    status = browse((trace,))
    say(f"the trace is {trace.path}; to open it again: tracetui {trace.path}")
    return status


def folder() -> Path:
    """Return ./runs/demo, or a new temporary folder if nothing can be written here."""
    wanted = Path("runs", "demo")
    with contextlib.suppress(OSError):
        wanted.mkdir(parents=True, exist_ok=True)
    if wanted.is_dir() and os.access(wanted, os.W_OK | os.X_OK):
        return wanted
    return Path(tempfile.mkdtemp(prefix="tracetui-demo-"))


def record(where: Path) -> Path:
    """Train and record into a folder; return the trace's path, a new name if there is an older trace."""
    from ..recorder.demo.training import train

    say(f"training a tiny model into {where} ...")
    return train(where / "trace.mpk", where / "output")


def report(trace: Place) -> int:
    """Print the trace's `info` and its first events."""
    with opened(trace) as found:
        for line in info.text_lines(found, trace.name):
            print(line)
        print()
        for line in events.text_lines(found, islice(found, SHOWN)):
            print(line)
        say(f"to see it all: tracetui {trace.path}")
        return verdict(found, trace.name)
