"""Prints what recording costs, each figure as a ratio to a peer that was measured in the same run."""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from recording import measure


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder))
    json_time, json_bytes = next((time, size) for name, time, size in rows if name == "json")
    table = Table(title=f"recording, per event (Python {platform.python_version()}, {platform.machine()})")
    for column in ("what", "us", "x JSON line", "bytes", "x JSON line "):
        table.add_column(column, justify="left" if column == "what" else "right")
    names = {
        "bare": "call_event, default callbacks, no recorder",
        "json": "JSON line + flush, 8 flat values (added)",
        "tracetui": "tracetui, everything, attribution included (added)",
    }
    for name, time, size in rows:
        ratios = (f"{time / json_time:.2f}", f"{size / json_bytes:.2f}") if name != "bare" else ("", "")
        table.add_row(names[name], f"{time:.2f}", ratios[0], f"{size:.1f}" if size else "", ratios[1])
    Console(width=max(100, Console().width), file=sys.stdout).print(table)


if __name__ == "__main__":
    main()
