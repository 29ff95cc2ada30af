"""What the run's header says, as it changes while the run goes on."""

from __future__ import annotations

from collections.abc import Callable

from ...trace.journal.records import Note
from ...trace.values import Plain
from ..journal import Journal


class RunNotes:
    """Writes the parts of the run's header that are not what they were.

    Args:
        journal: The file.
        describe: Gives the header as it is now.

    Attributes:
        run: The header as the trace has it.
        due: Nobody has looked since the Trainer was complete, which it is not in `on_init_end`.
    """

    def __init__(self, journal: Journal, describe: Callable[[], dict[str, Plain]]) -> None:
        self.run: dict[str, Plain] = {}
        self.due = True
        self._journal = journal
        self._describe = describe

    def changed(self, run: dict[str, Plain]) -> None:
        """Write what differs in these parts of the header."""
        new = {key: value for key, value in run.items() if key not in self.run or self.run[key] != value}
        if new:
            self.run.update(new)
            self._journal.note(Note.RUN, {"run": new}, time=self._journal.clock.now())

    def look(self) -> None:
        """Write what differs in all of it."""
        self.changed(self._describe())
