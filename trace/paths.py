"""The kinds of paths: what a value of a trace is named by, and what holds for every value of a kind. One table.

A path is the name of a kind, and for most kinds a dot and a key: ``control.should_save``, ``lr``. A kind that is not
in the table is `OTHER`: its values are kept, and shown under their whole paths.

A new kind is a line here, what watches it in the recorder, and a field of `replay.event.Snapshot` if it has a section
of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paths.

    Attributes:
        name: The first part of its paths; the whole path where there are no keys.
        section: Field of a snapshot that holds its values; empty if none does. Kinds may share ``other``.
        chained: Its values last from event to event: they are in the chain, and every keyframe repeats them.
        given: Its values are an event's own, which the event was given; a change of one changes nothing else.
        shaped: They are maps with the same keys again and again, stored as a key set and values.
        overlay: The chain holds only what differs from the map of this name in the run's header; ABSENT hides a field.
        restated: All of it is known at any time. Of others only the event that tells of it knows.
        changes: It has a value before, and one after the callbacks of an event.
        asked: Conditions know its name.
        of_event: It tells of the event itself: it is shown beside the event, not among what is before and after.
        length: How long its section is as text, 0 for a few lines. The shortest is shown first.
        example: A key; empty: its paths have none.
    """

    name: str
    section: str = ""
    chained: bool = True
    given: bool = False
    shaped: bool = False
    overlay: bool = False
    restated: bool = False
    changes: bool = True
    asked: bool = False
    of_event: bool = False
    length: int = 0
    example: str = ""

    @property
    def keyed(self) -> bool:
        """Whether its paths are ``NAME.KEY``."""
        return bool(self.example)

    def path(self, key: str) -> str:
        """Return the path of a key."""
        return f"{self.name}.{key}"


STATE: Final = Kind("state", "state", restated=True, asked=True, length=1, example="step")
"""Fields of the Trainer's state."""

CONTROL: Final = Kind("control", "control", restated=True, asked=True, example="stop")
"""Flags."""

ARGS: Final = Kind("args", "args", restated=True, asked=True, overlay=True, length=3, example="learning_rate")
"""Training arguments."""

LOGS: Final = Kind("logs", "logs", chained=False, given=True, asked=True, shaped=True, example="loss")
METRICS: Final = Kind("metrics", "metrics", chained=False, given=True, asked=True, shaped=True, example="loss")

INPUTS: Final = Kind("inputs", "inputs", chained=False, given=True, asked=True, of_event=True, example="model")
"""Every other argument of an event, by its name; a path goes on with a key in the argument."""

LR: Final = Kind("lr", "lr", restated=True, asked=True)
"""Learning rates, one per parameter group."""

CALLBACKS: Final = Kind("callbacks", "callbacks", restated=True, asked=True, length=2, example="MyCallback")
"""What callbacks keep, by label."""

PROBES: Final = Kind("probes", chained=False, changes=False, asked=True, of_event=True, example="memory")
"""What the user's probes returned, by name: never a path of a change."""

ROSTER: Final = Kind("roster", restated=True)
"""Labels of the callbacks, in order: an event's `callbacks`."""

CALL: Final = Kind("call", "other", restated=True, of_event=True)
"""Which calls of the Trainer are running."""

NONES: Final = Kind("nones", "other", restated=True, of_event=True)
"""Names of the heavy arguments (model, optimizer, ...) that were None."""

TRIAL: Final = Kind("trial", "other")
CHECKPOINTS: Final = Kind("checkpoints", "other")
BEST_MODEL: Final = Kind("best_model", "other")

OTHER: Final = Kind("other", "other")
"""Whatever the table does not have."""

KINDS: Final = (
    *(STATE, CONTROL, ARGS, LOGS, METRICS, INPUTS, LR, CALLBACKS, PROBES, ROSTER),
    *(CALL, NONES, TRIAL, CHECKPOINTS, BEST_MODEL),
)
"""The table."""

_BY_NAME: Final = {kind.name: kind for kind in KINDS}

GIVEN: Final = frozenset(kind.name for kind in KINDS if kind.given)
"""Names of the kinds whose values an event was given."""

SHAPED: Final = tuple(kind.name for kind in KINDS if kind.shaped)
"""Names of the arguments of an event that are kinds of their own; of all others the kind is `INPUTS`."""

OF_THE_EVENT: Final = tuple(kind.name for kind in KINDS if kind.of_event and kind.chained)
"""Paths that describe the event itself. They are not shown among its changes, since they have no cause."""

SECTIONS: Final = tuple(dict.fromkeys(kind.section for kind in KINDS if kind.section and not kind.of_event))
"""Sections of what is before and after an event, in the order of the table."""

BY_LENGTH: Final = tuple(
    sorted(SECTIONS, key=lambda section: max(kind.length for kind in KINDS if kind.section == section))
)
"""The same, those of a few lines first."""


def kind_of(path: str) -> tuple[Kind, str]:
    """Return the kind of a path, and its key there: of a kind without keys, and of `OTHER`, the path itself."""
    name, dot, key = path.partition(".")
    kind = _BY_NAME.get(name)
    if kind is None or bool(kind.example) is not bool(dot) or not (kind.chained or kind.given):
        return OTHER, path
    return kind, key if dot else path
