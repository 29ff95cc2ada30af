"""The tabs of the details: what they are called, and what they show. `panels.details` draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DetailTab:
    """A tab.

    Attributes:
        name: Its id.
        title: What is written on it.
        help: What it shows.
    """

    name: str
    title: str
    help: str


TABS: Final = (
    DetailTab("changes", "Changes", "what changed here, and who did it"),
    DetailTab("state", "State", "the state"),
    DetailTab("flags", "Flags", "the flags: set by whom, served, cleared"),
    DetailTab("logs", "Logs", "logs, metrics and the log history"),
    DetailTab("calls", "Calls", "the callbacks, in order"),
    DetailTab("run", "Run", "the run as a whole"),
)
"""From left to right: the keys 1, 2, ... bring them to the front."""
