"""What the parts of the browser tell each other: none calls another, each says what happened or what it wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from textual.message import Message

if TYPE_CHECKING:
    from ..replay.span import Span
    from ..replay.text.told import Ending
    from ..replay.trace import Trace
    from .lanes import Cells, Lanes

_Result = TypeVar("_Result")


class GoTo(Message):
    """A panel asks for a move: the user pointed at an event.

    Args:
        index: Number of the event.
    """

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


class FindOut(Message):
    """A panel wants to know what may take long: at once where the trace is small, else beside the keys.

    Args:
        kind: What it is: what was asked for under this name before, and is not known yet, is not needed any more.
        job: Finds it out; may be called in a thread, with the trace.
        then: Called with the result, where keys are handled.
        soon: The user waits for it: it comes before what is found out unasked.
    """

    def __init__(
        self, kind: str, job: Callable[[Trace], _Result], then: Callable[[_Result], None], *, soon: bool = False
    ) -> None:
        super().__init__()
        self.kind = kind
        self.soon = soon
        self.job: Callable[[Trace], object] = job
        self.then: Callable[..., None] = then


class ShowHistory(Message):
    """A panel asks for the history of a value.

    Args:
        path: The value, as `Trace.series` takes it.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class BreakOn(Message):
    """A panel asks for a stop where a value changes.

    Args:
        path: The value, as `Trace.writes` takes it.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class CopyText(Message):
    """A panel asks for a copy of a text.

    Args:
        text: Any text.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FindOrigin(Message):
    """A panel asks for a move to where a value was written.

    Args:
        path: The value, as `Trace.writes` takes it.
        forward: To the next write after the cursor; False: to the latest one up to it.
    """

    def __init__(self, path: str, forward: bool = False) -> None:
        super().__init__()
        self.path = path
        self.forward = forward


class ToLane(Message):
    """A panel asks for another of several traces, at the moment of an event of the one that is seen.

    Args:
        lane: Which one, the first being 0.
        index: Number of the event.
    """

    def __init__(self, lane: int, index: int) -> None:
        super().__init__()
        self.lane = lane
        self.index = index


class ToEvent(Message):
    """Somebody asks for an event of another of several traces.

    Args:
        trace: The trace.
        index: Number of the event.
    """

    def __init__(self, trace: Trace, index: int) -> None:
        super().__init__()
        self.trace = trace
        self.index = index


class FindCells(Message):
    """A panel wants to know what each of several traces has at the moments of events of the one that is seen.

    Args:
        span: The events, in cells of a screen.
        then: Called with the `lanes.Cells` of each trace, where keys are handled.
    """

    def __init__(self, span: Span, then: Callable[[list[Cells | None]], None]) -> None:
        super().__init__()
        self.span = span
        self.then = then


class Whole(Message):
    """All of a trace has been checked, of which only the keyframes were known: events may have other numbers now."""


class Moved(Message):
    """The cursor is at another event, or may be: look again."""

    def can_replace(self, message: Message) -> bool:
        """Of several in a row one look is enough."""
        return isinstance(message, Moved)


class Keep(Message):
    """A panel asks to keep something for the next look at this trace.

    Args:
        name: What it is: ``metric``. `kept` of the browser's screen gives it back: ``kept.value("metric")``.
        value: A simple value; None forgets it.
    """

    def __init__(self, name: str, value: str | float | bool | None) -> None:
        super().__init__()
        self.name = name
        self.value = value


class Told(Message, bubble=False):
    """What every panel is told, too. A panel that has no handler for it does not care.

    Each subclass says `bubble=False`, too: Textual inherits it not, and it would come back to the screen for ever.
    """


class Stuck(Told, bubble=False):
    """There was nowhere to go.

    Args:
        why: What to tell the user, in a few words; empty: no more than that.
    """

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why


class Wrapped(Told, bubble=False):
    """A move to a match has led round the end of the trace, or its begin."""


class Pinned(Told, bubble=False):
    """The bookmarks, or what is known of the stops, are others now.

    Args:
        bookmarks: Numbers of the events that have a bookmark, ascending; int64.
        stops: Of those that a breakpoint or watchpoint which is on stops at, as far as they are counted; the same.
        active: How many of these are on.
        counted: All of them are counted.
    """

    def __init__(self, bookmarks: NDArray[np.int64], stops: NDArray[np.int64], active: int, counted: bool) -> None:
        super().__init__()
        self.bookmarks = bookmarks
        self.stops = stops
        self.active = active
        self.counted = counted

    def can_replace(self, message: Message) -> bool:
        """Of several in a row the latest is enough."""
        return isinstance(message, Pinned)


class Looking(Told, bubble=False):
    """An event far away is being looked for, or no longer.

    Args:
        far: It is.
    """

    def __init__(self, far: bool) -> None:
        super().__init__()
        self.far = far


class Searching(Told, bubble=False):
    """A search has begun.

    Args:
        text: What is searched.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Found(Told, bubble=False):
    """A search is done, or forgotten.

    Args:
        text: What was searched; empty: nothing is searched any more.
        events: Numbers of the events it was found in, sorted.
        fault: Why it was searched as a text and not as a condition, if it looks like one.
    """

    def __init__(self, text: str, events: NDArray[np.int64], fault: str = "") -> None:
        super().__init__()
        self.text = text
        self.events = events
        self.fault = fault


class Filtered(Told, bubble=False):
    """Some events alone are listed, or all of them again.

    Args:
        text: What they were chosen by; empty: nothing.
        events: Their numbers, sorted; None: all are listed.
        fault: Why nothing was chosen.
    """

    def __init__(self, text: str, events: NDArray[np.int64] | None, fault: str = "") -> None:
        super().__init__()
        self.text = text
        self.events = events
        self.fault = fault


class Playing(Told, bubble=False):
    """The cursor goes on by itself, or no longer.

    Args:
        speed: Lines in a second; 0: it stands still.
    """

    def __init__(self, speed: float) -> None:
        super().__init__()
        self.speed = speed


class Surveyed(Told, bubble=False):
    """More is known of what is where in the run.

    Args:
        signs: For each event from the first one on, as far as it is known, its signs, see `replay.signs`.
    """

    def __init__(self, signs: NDArray[np.uint8]) -> None:
        super().__init__()
        self.signs = signs

    def can_replace(self, message: Message) -> bool:
        """Of several in a row the latest is enough."""
        return isinstance(message, Surveyed)


class Ended(Told, bubble=False):
    """It is known how the run ended.

    Args:
        ending: How.
    """

    def __init__(self, ending: Ending) -> None:
        super().__init__()
        self.ending = ending


class Checked(Told, bubble=False):
    """More of the trace has been checked.

    Args:
        whole: All of it: the trace may have other events now, and other numbers for them.
    """

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def can_replace(self, message: Message) -> bool:
        """Of several in a row the latest is enough."""
        return isinstance(message, Checked) and (message.whole or not self.whole)


class Grown(Told, bubble=False):
    """Events have come: the run is being followed. The trace has them now; those it had keep their numbers.

    What takes long is not done for each of these, four a second: `Checked(True)` comes when the recording has ended.

    Args:
        first: Number of the first event that is new, or may look otherwise: it had not ended yet.
    """

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first


class Followed(Told, bubble=False):
    """How following a run goes.

    Args:
        state: A few words; empty: it is not followed.
    """

    def __init__(self, state: str) -> None:
        super().__init__()
        self.state = state


class Marked(Told, bubble=False):
    """The place A, with which others are compared, is marked, or no longer.

    Args:
        index: Number of its event; None: no place is marked.
    """

    def __init__(self, index: int | None) -> None:
        super().__init__()
        self.index = index


class Seen(Told, bubble=False):
    """The strip shows other events, or shows them elsewhere.

    Args:
        begin, end: Number of the first event, and of the one after the last.
        left, middle: Cells left of the run, and those of the run.
    """

    def __init__(self, begin: int, end: int, left: int, middle: int) -> None:
        super().__init__()
        self.begin, self.end = begin, end
        self.left, self.middle = left, middle


class LanesChanged(Told, bubble=False):
    """More is known of the traces that were opened, or another one is seen.

    Args:
        lanes: The traces, to be looked at only.
        parting: Place among `lanes.partings` of the one that one went to; -1: none.
    """

    def __init__(self, lanes: Lanes, parting: int = -1) -> None:
        super().__init__()
        self.lanes = lanes
        self.parting = parting


class Noted(Told, bubble=False):
    """There is something to say of what was asked for last.

    Args:
        text: A few words, safe.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
