"""What the tabs are drawn from, and how a value is written in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...replay.columns.series import Series
from ...replay.events.event import Event
from ...replay.text.display import reading, show
from ...replay.trace import Trace
from ...trace.values import Plain


@dataclass(frozen=True, slots=True)
class Look:
    """A look at an event.

    Attributes:
        event: The event.
        trace: Its trace.
        width: Cells of a row.
        exact: Numbers are written as they are, not for reading.
        series: Series of values that are known by now, by path.
    """

    event: Event
    trace: Trace
    width: int
    exact: bool = False
    series: Mapping[str, Series] = field(default_factory=dict)

    def said(self, value: Plain, limit: int = 80) -> str:
        """Return a value on one line: safe text of at most so many characters."""
        return show(value, max(2, limit)) if self.exact else reading(value, max(2, limit))

    def narrower(self, cells: int) -> Look:
        """Return the same look in fewer cells: what is inside a row is further right."""
        return replace(self, width=max(8, self.width - cells))
