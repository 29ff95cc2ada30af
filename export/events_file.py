"""Writes events into a file of JSON lines, each as `events --json` prints it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .jsonl import summary

if TYPE_CHECKING:
    from ..replay.trace import Trace

STEP: Final = 256
"""Events between two calls of a progress function."""


def write_events(
    trace: Trace, numbers: Iterable[int], path: str | os.PathLike[str], progress: Callable[[int], None] | None = None
) -> int:
    """Write some events, in the order in which they are given; return how many.

    The file is there when it is whole: what ends this leaves nothing behind.

    Args:
        trace: The trace.
        numbers: Of the events.
        path: A file that is not there yet.
        progress: Called now and then with how many are written; what it raises ends this.

    Raises:
        FileExistsError: There is such a file.
        OSError: It cannot be written.
    """
    target = Path(path)
    if os.path.lexists(target):
        raise FileExistsError(17, "File exists", str(target))
    beside = target.with_name(f".{target.name}.part-{os.getpid()}")
    count = 0
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            for count, number in enumerate(numbers, 1):
                file.write(json.dumps(summary(trace[number], trace), allow_nan=False) + "\n")
                if progress is not None and count % STEP == 0:
                    progress(count)
        os.replace(beside, target)
    finally:
        with suppress(OSError):
            beside.unlink()
    return count
