"""The line that says what is wrong with the trace."""

from __future__ import annotations

from textual.widgets import Static

from ...replay.trace import Trace
from ..safe_text import plain_text


class TroubleLine(Static):
    """What a reader of this trace has to know first; hidden where there is nothing.

    Args:
        trace: The trace.
    """

    DEFAULT_CSS = (
        "TroubleLine { height: auto; max-height: 2; background: $warning-muted; color: $text-warning; padding: 0 1; }"
    )

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._trace = trace
        self.show()

    def show(self) -> None:
        """Show what is known now."""
        troubles = troubles_of(self._trace)
        self.display = bool(troubles)
        self.update(plain_text("⚠ " + " · ".join(troubles)))


def troubles_of(trace: Trace) -> list[str]:
    """Return what is wrong with a trace, in a few words each, the gravest first; before all what is not checked."""
    troubles = [f"{100 * trace.checked:.0f} % checked"] if trace.checked < 1 else []
    troubles += [f"{error.type} ended {error.ended[-1]}() at event {error.index}" for error in trace.exceptions[-1:]]
    if trace.damage:
        troubles.append(
            f"damaged in {len(trace.damage)} place{'s' * (len(trace.damage) != 1)}: {trace.damage[0].message}"
        )
    if trace.gaps:
        troubles.append(f"{sum(gap.count for gap in trace.gaps):,} events could not be recorded")
    if trace.end is None:
        troubles.append("no end record: the run goes on, or was killed")
    return troubles
