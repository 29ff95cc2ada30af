"""What has to be told with the next event: warnings that were logged since the last one, and calls of the Trainer."""

from __future__ import annotations

from ..open_event import MAX_MESSAGES, OpenEvent
from .calls import Calls
from .messages import TEXT_LIMIT
from .recording import Recording


class Pending:
    """Warnings between two events.

    Args:
        recording: What is shared.

    Attributes:
        waiting: Level, logger and text of each; an empty one where there is something else to tell. As long as there
            is anything, events take the slow path.
        calls: The Trainer's calls that are running.
    """

    def __init__(self, recording: Recording) -> None:
        self.waiting = recording.waiting
        self.calls = Calls(recording.writer.name, self._have_calls_told)
        self._recording = recording
        self._more = 0

    def message(self, level: str, source: str, text: str) -> None:
        """A warning was logged by one of the libraries: it belongs to the event that is open, or to the next."""
        recording = self._recording
        text = recording.plain.beginning(text, TEXT_LIMIT)
        # Another thread may just be writing an event's row: with several, all wait for the next.
        event = None if recording.turn.shared else recording.innermost()
        if event is not None:
            cause = recording.by_handler if event.running is None else event.running
            event.add_message(cause, level, source, text)
        elif len(self.waiting) < MAX_MESSAGES:
            self.waiting.append((level, source, text))
        else:
            self._more += 1

    def tell(self, event: OpenEvent) -> None:
        """Tell of everything with an event that begins."""
        event.add_between(self.calls.look())
        waiting, self.waiting[:] = [*self.waiting], ()
        for message in filter(None, waiting):
            event.add_message(self._recording.by_trainer, *message)
        if self._more:
            event.add_more(self._recording.by_trainer, self._more)
            self._more = 0

    def _have_calls_told(self) -> None:
        if () not in self.waiting:
            self.waiting.insert(0, ())
