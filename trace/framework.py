"""What a framework calls things, and what is known of how it behaves: the one place that `replay` and the viewer ask.

A framework is whatever runs a loop and calls callbacks. Its words can stand in a trace (`trace.frameworks` reads
them); what it does where no event tells can't, and is known of those alone that have a table here
(`trace.transformers`). Of any other framework all of that is empty, and nothing is told that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from .paths import CONTROL

TRAINING: Final = "training"
EPOCH: Final = "epoch"
STEP: Final = "step"
EVALUATION: Final = "evaluation"

KINDS: Final = (TRAINING, EPOCH, STEP, EVALUATION)
"""Kinds of phases."""

STOP: Final = "stop"
STOP_EPOCH: Final = "stop epoch"
SAVE: Final = "save"

ROLES: Final = (STOP, STOP_EPOCH, SAVE)
"""Roles of flags: it ends the training; it ends the epoch; it asks for a save."""

MOST: Final = 8
"""Flags, and phases: each is a bit of a column's byte."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A field of the control object by which callbacks ask for something.

    Attributes:
        name: The field's name.
        letter: A capital from A to Z, of no other flag of the framework.
        about: What it asks for, in a word or two.
        role: One of `ROLES`, or empty.
        served: Name of the event that comes when it was done what it asks for; empty: not known.
        not_in: Kind of phases in which such an event comes without it; empty: there is none.
        strategy, interval: Paths of what says how often the framework itself turns it on: ``steps``, ``epoch``; and of
            the number of steps. Empty: not known.
    """

    name: str
    letter: str
    about: str
    role: str = ""
    served: str = ""
    not_in: str = ""
    strategy: str = ""
    interval: str = ""

    @property
    def path(self) -> str:
        """Path of the flag."""
        return CONTROL.path(self.name)


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of a run between two events.

    Attributes:
        name: What it is called.
        begin: Name of the event that begins it.
        ends: Names of the events that end it.
        kind: One of `KINDS`, or empty.
        inside: No event tells of its begin: `begin` is the first of those inside it.
    """

    name: str
    begin: str
    ends: tuple[str, ...]
    kind: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Then:
    """What may run after an event. It does if all that is said here holds.

    Attributes:
        text: What it is; ``{step}`` is the step after the event, ``{next}`` the one after that, ``{count}`` how many
            events of this name there were in a row, ``{steps}`` the word for so many steps.
        flag: This flag is on after the event.
        phase: A phase of this kind is around the event.
        log: The event's logs have this key.
        call: The innermost call that runs begins with this.
        uncalled: No call runs.
        anywhere: Where no training is, too.
    """

    text: str
    flag: str | None = None
    phase: str | None = None
    log: str | None = None
    call: str | None = None
    uncalled: bool = False
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a framework does where no event tells. Empty: nothing is known.

    Attributes:
        after: What runs after an event: the first that holds.
        certain: Events after which only one thing runs: what is raised there was raised by it.
        in_training: Events that only a training has, besides those that begin and end its epochs and steps.
        done: Events that say that something came to an end, and what; not those of trainings.
        calls: The calls that a user makes.
        inner_calls: Calls inside the one that trains which are made again after an error.
        caller: Name of the function that calls a hook.
        outside: What runs where no call does.
        ran_out: What a training did that ended with nobody's stop.
        starved: Why the loop itself asks for the stop.
        retried: What is changed before a call is made again: its name and path.
        most_steps: Path of the steps that were asked for, above 0 where they were.
        most_epochs: Path of the epochs that were asked for.
        searching: Path that is True in a training which is a trial of a search.
        trial_names: Paths of what a trial is called, the best first.
        patience: Keys of a callback's state: how long it waits, and how far it is.
        flow: Labels of the callbacks that the framework brings along: they set flags as its arguments say.
    """

    after: Mapping[str, tuple[Then, ...]] = field(default_factory=dict)
    certain: frozenset[str] = frozenset()
    in_training: frozenset[str] = frozenset()
    done: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    inner_calls: tuple[str, ...] = ()
    caller: str = ""
    outside: str = ""
    ran_out: str = ""
    starved: str = ""
    retried: tuple[str, str] = ("", "")
    most_steps: str = ""
    most_epochs: str = ""
    searching: str = ""
    trial_names: tuple[str, ...] = ()
    patience: tuple[str, str] | None = None
    flow: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Saving:
    """Where a trace tells of saves and of the best step. Empty: nowhere.

    Attributes:
        event: The event of a save.
        best, best_step, checkpoint: Paths of the best value, its step, and the folder it was saved in.
        metric: Path of the key of an evaluation's metrics that is compared.
        prefix: What such a key begins with, where it is written without.
        greater: Path of what is True if greater is better.
        folder: What a checkpoint's folder is called before its step.
    """

    event: str = ""
    best: str = ""
    best_step: str = ""
    checkpoint: str = ""
    metric: str = ""
    prefix: str = ""
    greater: str = ""
    folder: str = ""

    def monitored(self, metric: object) -> str | None:
        """Return the key of an evaluation's metrics that is compared; None where none is named."""
        if not isinstance(metric, str) or not metric:
            return None
        return metric if metric.startswith(self.prefix) else f"{self.prefix}{metric}"

    def step_of(self, checkpoint: str | None) -> int | None:
        """Return the step that a checkpoint's folder is named after; None if it is named otherwise."""
        found = re.search(re.escape(self.folder) + r"([0-9]{1,18})/?$", checkpoint or "") if self.folder else None
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Defaults:
    """The defaults of a framework's arguments, for traces that do not say which were set. Empty: not known.

    Attributes:
        values: By argument, what it may be at its default, where that is neither None nor False nor empty.
        empty: Arguments whose default is None, False or empty.
        undecided: Arguments of which False is a choice: their default is None.
        made: Arguments that are made of others, or of the surroundings, where nobody sets them.
    """

    values: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wording:
    """What helps to show a trace. Empty: nothing is known.

    Attributes:
        counted: Paths that change at every step.
        copies: Paths under which stand copies of values that are shown where they changed.
        late: Ends of keys of logs and metrics that say how long something took.
        local: Paths, with ``*`` and ``?``, of what each process has for itself, or each run: its rank, its folders.
        dull: Arguments that seldom tell why a run went as it did.
        edges: Events that look like the begin or the end of something, and are no phase's.
        schedule: Fields of the state, the argument that each is made of, and the argument that has to be ``steps`` for
            it to count.
        words: Well-known keys, and what they are written as in full.
        examples: Keys by kind of values, where `paths.Kind.example` is not the best; ``event`` and ``other event``.
        prefix: What the names of events begin with.
        past: Events, and what was done when they come, in a word.
    """

    counted: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    dull: frozenset[str] = frozenset()
    edges: frozenset[str] = frozenset()
    schedule: tuple[tuple[str, str, str | None], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    past: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Framework:
    """A framework.

    Attributes:
        name: Its name.
        flags: Flags, at most `MOST`.
        phases: Phases, the outermost first, at most `MOST`. The begin of one ends all that come after it.
        step, steps, epoch: Paths of the step, of how many there should be, and of the epoch; empty: not known.
        history: Path of the log's entries; empty: not known.
        loop: The cause of what was written between two events.
        handler: The cause of what was written inside an event by what calls the callbacks.
        behaviour, saving, defaults, wording: What else is known.
    """

    name: str = ""
    flags: tuple[Flag, ...] = ()
    phases: tuple[Phase, ...] = ()
    step: str = ""
    steps: str = ""
    epoch: str = ""
    history: str = ""
    loop: str = "loop"
    handler: str = "handler"
    behaviour: Behaviour = Behaviour()
    saving: Saving = Saving()
    defaults: Defaults = Defaults()
    wording: Wording = Wording()

    @cached_property
    def letters(self) -> str:
        """The flags' letters, in order."""
        return "".join(flag.letter for flag in self.flags)

    @cached_property
    def flag_names(self) -> tuple[str, ...]:
        """The flags' names, in order."""
        return tuple(flag.name for flag in self.flags)

    @cached_property
    def edges(self) -> frozenset[str]:
        """Events that begin or end something; of a phase of whose begin nothing tells, not its end either."""
        found = (phase for phase in self.phases if not phase.inside)
        return self.wording.edges.union(*((phase.begin, *phase.ends) for phase in found))

    @cached_property
    def training_events(self) -> frozenset[str]:
        """Events that only a training has; not those that begin and end it."""
        inner = (phase for phase in self.phases if phase.kind in (EPOCH, STEP))
        return self.behaviour.in_training.union(*((phase.begin, *phase.ends) for phase in inner))

    @cached_property
    def ended_by(self) -> Mapping[str, str]:
        """Events that say that something came to an end, and what; not those of trainings."""
        found = (phase for phase in self.phases if phase.kind == EVALUATION)
        return self.behaviour.done or {name: phase.name for phase in found for name in phase.ends}

    @cached_property
    def calls(self) -> tuple[str, ...]:
        """The calls that a user makes."""
        return self.behaviour.calls or tuple(
            phase.name for phase in self.phases if phase.kind in (TRAINING, EVALUATION)
        )

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Well-known keys, and what they are written as in full."""
        paths = [flag.path for flag in self.flags] + [path for path in (self.step, self.steps) if path]
        return {path.rpartition(".")[2]: path for path in paths} | dict(self.wording.words)

    @cached_property
    def examples(self) -> Mapping[str, str]:
        """Examples as those of `Wording.examples`."""
        flags = {"control": self.flags[0].name} if self.flags else {}
        begin, end = (self.phases[0].begin, self.phases[0].ends[0]) if self.phases else ("begin", "end")
        return {**flags, "event": begin, "other event": end, **self.wording.examples}

    def done(self, event: str) -> str:
        """Return in a word what was done when an event comes: ``saved``; of one that is not known its name."""
        return self.wording.past.get(event) or event.removeprefix(self.wording.prefix)

    def flag(self, role: str) -> Flag | None:
        """Return the flag of a role, or None."""
        return next((flag for flag in self.flags if flag.role == role), None)

    def phase(self, kind: str) -> Phase | None:
        """Return the outermost phase of a kind, or None."""
        return next((phase for phase in self.phases if phase.kind == kind), None)

    def within(self, phases: int) -> tuple[str, ...]:
        """Return the names of the phases in a sum of their bits, the outermost first."""
        return tuple(phase.name for place, phase in enumerate(self.phases) if phases >> place & 1)

    def around(self, kind: str) -> int:
        """Return the sum of the bits of the phases of a kind, as `Columns.phases` counts them."""
        return sum(1 << place for place, phase in enumerate(self.phases) if phase.kind == kind)
