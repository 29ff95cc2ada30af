"""An event as the debugger sees it: what was before, what was after, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ...trace.paths import LR, kind_of
from ...trace.values import Plain

MAIN_THREAD: Final = "MainThread"
"""Name of the thread that began the recording, where the run's header does not say."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All watched values at one moment.

    Attributes:
        state: Fields of the state.
        control: Fields of the control object: the flags.
        args: Fields of the training arguments.
        logs, metrics: What the event was given, or None.
        inputs: Every other argument of the event.
        lr: Learning rate of each parameter group, or None.
        callbacks: What each stateful callback exports, and the plain attributes of the others, by name.
        other: Watched values of kinds that this version does not know, by path.
    """

    state: Mapping[str, Plain] = field(default_factory=dict)
    control: Mapping[str, Plain] = field(default_factory=dict)
    args: Mapping[str, Plain] = field(default_factory=dict)
    logs: Mapping[str, Plain] | None = None
    metrics: Mapping[str, Plain] | None = None
    inputs: Mapping[str, Plain] = field(default_factory=dict)
    lr: list[Plain] | None = None
    callbacks: Mapping[str, Plain] = field(default_factory=dict)
    other: Mapping[str, Plain] = field(default_factory=dict)

    def value(self, path: str, missing: Plain = None) -> Plain:
        """Return the value of a path; what `missing` says if there is none, as for an empty path."""
        kind, key = kind_of(path)
        section = getattr(self, kind.section, None)
        if kind is LR:
            return missing if section is None else section
        return (section or {}).get(key, missing) if path else missing


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changed.

    Attributes:
        path: What, e.g. ``control.should_save``.
        old, new: Values; `trace.values.ABSENT` where there was or is none.
        by: The cause: a callback's name, or what the framework calls its handler or its loop; ``unknown`` for what
            changed before an event while another thread was inside one.
        inside: Changed inside the event; False: since the event before.
    """

    path: str
    old: Plain
    new: Plain
    by: str
    inside: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a callback's hook.

    Attributes:
        callback: The callback's name.
        duration: Seconds.
        exception: Type and message of what the hook raised, or None.
        replaced_control: The hook returned another control object than it was given.
        at: Where the callback's own code raised, ``file:line in function``; None if it did not, or it is not known.
    """

    callback: str
    duration: float
    exception: str | None = None
    replaced_control: bool = False
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A warning that was logged meanwhile.

    Attributes:
        by: Who ran when it was logged.
        level, logger, text: As logged.
    """

    by: str
    level: str
    logger: str
    text: str


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe, a function of the user's, returned at an event, before its callbacks were called.

    Attributes:
        probe: The probe's name.
        value: What it returned; None if it raised.
        duration: Seconds.
        exception: Type and message of what it raised, or None.
    """

    probe: str
    value: Plain
    duration: float
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class ExceptionRecord:
    """An exception that ended a call of the loop.

    Attributes:
        index: The event after which it came.
        type, message, traceback, place: What it was and where it was raised.
        step: Global step at that moment.
        ended: Calls of the loop that it ended, the innermost first.
        time: Seconds since the start of the recording.
        inside: Event `index` was open.
        callback, at: The callback out of whose hook it came, and the callback's own ``file:line in function``; None
            where it came from elsewhere, or the trace does not tell.
    """

    index: int
    type: str
    message: str
    traceback: str
    place: str
    step: Plain
    ended: tuple[str, ...]
    time: float
    inside: bool
    callback: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that the recorder itself could not record, before event `index`; `count` is how many, `reason` why."""

    index: int
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The clean end of a recording: its reason, and its time in seconds since the start."""

    reason: str
    time: float


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        index: Number in the trace.
        name: Event name.
        time: Seconds since the start of the recording, at its begin.
        duration: Seconds.
        depth: Levels of phases around it, and of events that it happened inside of, of its own thread.
        before: What the loop handed in.
        after: The same after all callbacks.
        calls: One for each callback that overrides the event, in order.
        changes: First what changed since the event before, then what changed inside.
        messages: Warnings logged meanwhile.
        callbacks: The callback list, in order.
        exceptions: Exceptions that came with or after it.
        joined: How many callbacks had been called before the recorder could look, None for most events.
        probes: What the user's probes returned, in order.
        thread: Name of the thread that it happened in.
        step, epoch: Those of the state, before the event; None where they are not known.
        not_called: Callbacks that override the event, and were not called because one before them raised.
        lost: It was in a damaged part of the file: nothing of it is known but its number.
    """

    index: int
    name: str
    time: float
    duration: float
    depth: int
    before: Snapshot
    after: Snapshot
    calls: tuple[Call, ...]
    changes: tuple[Change, ...]
    messages: tuple[Message, ...]
    callbacks: tuple[str, ...]
    exceptions: tuple[ExceptionRecord, ...]
    joined: int | None = None
    probes: tuple[Probed, ...] = ()
    thread: str = MAIN_THREAD
    step: Plain = None
    epoch: Plain = None
    not_called: tuple[str, ...] = ()
    lost: bool = False

    @property
    def logs(self) -> Mapping[str, Plain] | None:
        """The logs that the event was given, before any callback."""
        return self.before.logs

    @property
    def metrics(self) -> Mapping[str, Plain] | None:
        """The metrics that the event was given, before any callback."""
        return self.before.metrics

    @property
    def inputs(self) -> Mapping[str, Plain]:
        """Every other argument of the event."""
        return self.before.inputs
