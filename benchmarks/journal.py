"""The trace of a run that was killed: a journal, cut in the middle of a record, in a process that does nothing else.

python benchmarks/journal.py TRACE
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psutil

from reading import timed
from terminal import Terminal
from tracetui.replay import Trace
from tracetui.replay.condition import parse

ROUNDS = 5
CUT = 3
"""Bytes that were not written any more."""
CONDITION = "isnan(logs.grad_norm)"


@dataclass
class Journal:
    """Seconds, and bytes.

    Attributes:
        first: Of a process that paints the browser's first screen of it, and ends.
        open: Until its events can be looked at.
        check: Until all of it is checked.
        search: Of a condition over all events, then.
        memory: What the process took at most.
    """

    first: float = 0.0
    open: float = 0.0
    check: float = 0.0
    search: float = 0.0
    memory: int = 0


def killed(journal: Path) -> Journal:
    """Open the journal of a run as if that had been killed; it is what it was afterwards."""
    copy = journal.with_name("killed.mpk")
    copy.write_bytes(journal.read_bytes()[:-CUT])
    done = subprocess.run([sys.executable, __file__, str(copy)], check=True, capture_output=True, text=True)
    found = Journal(**json.loads(done.stdout))
    found.first = median(Terminal("screens.py", "first", str(copy)).run() for _ in range(ROUNDS))
    copy.unlink()
    return found


def read(path: Path) -> Journal:
    """Open a journal, check it, and search it."""
    opened, trace = timed(lambda: Trace.open(path, at_once=True))
    checked, _ = timed(trace.check)
    searched, _ = timed(lambda: list(trace.matching(parse(CONDITION))))
    assert [damage.kind for damage in trace.damage] == ["torn tail"]
    return Journal(0.0, opened, checked, searched, _most_memory())


def _most_memory() -> int:
    """Return the most bytes that this process had. What getrusage says of a child begins with its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return int(psutil.Process().memory_info().rss)
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:")) * 1024


if __name__ == "__main__":
    print(json.dumps(asdict(read(Path(sys.argv[1])))))
