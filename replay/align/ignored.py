"""What is not compared between two traces, and why: what two processes of one healthy run do not share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...trace import paths
from ...trace.framework import Framework
from ..rows.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Ignored:
    """Values that are not compared.

    Attributes:
        path: Their paths, with ``*`` and ``?``, as `Trace.writes` takes them.
        why: The reason.
    """

    path: str
    why: str


IGNORED: Final = (
    Ignored(paths.INPUTS.path("*"), "objects of the process"),
    Ignored(paths.CALLBACKS.path("*"), "bars and trackers work on one rank alone; what they do to the run is compared"),
    Ignored(paths.ROSTER.name, "the same: who listens may differ, what they do is compared"),
    Ignored(paths.CALL.name, "the phases tell"),
    Ignored(paths.NONES.name, "objects of the process"),
    Ignored(paths.CHECKPOINTS.name, "one rank alone writes them"),
    Ignored(paths.BEST_MODEL.name, "the folder of the run"),
    Ignored(paths.PROBES.path("process_memory"), "of the process"),
    Ignored(paths.PROBES.path("accelerator_memory"), "of the process"),
    Ignored(paths.PROBES.path("random_state"), "ranks draw other numbers"),
    Ignored("*_mem_*", "of the process"),
)
"""Values of any framework that are not compared. Times and durations are no values, and are never compared."""

HISTORY: Final = "its entries are logs, which are compared"
STEP: Final = "events are paired by it"


def ignored_in(framework: Framework) -> tuple[Ignored, ...]:
    """Return the table for a framework: with what it says of itself."""
    wording, saving = framework.wording, framework.saving
    late = [
        Ignored(kind.path(f"*{end}"), "how long it took")
        for kind in (paths.LOGS, paths.METRICS)
        for end in wording.late
    ]
    local = [Ignored(path, "a process's own, or the folder of the run") for path in wording.local]
    copies = [Ignored(path, "copies of other values") for path in wording.copies]
    told = [Ignored(path, why) for path, why in ((framework.history, HISTORY), (framework.step, STEP)) if path]
    folder = [Ignored(saving.checkpoint, "the folder of the run")] if saving.checkpoint else []
    return (*IGNORED, *late, *local, *copies, *told, *folder)


class Rules:
    """Tells whether a path is compared; remembers what it said.

    Args:
        ignored: What is not.
    """

    def __init__(self, ignored: tuple[Ignored, ...]) -> None:
        self._patterns = [Pattern(each.path) for each in ignored]
        self._known: dict[str, bool] = {}

    def compares(self, path: str) -> bool:
        """Tell whether a path is compared."""
        if path not in self._known:
            self._known[path] = not any(pattern.matches(path) for pattern in self._patterns)
        return self._known[path]
