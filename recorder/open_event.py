"""An event that is open: what is known of it so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..trace.journal.records import Rare
from ..trace.values import Plain
from .values.watch import NOTHING, MappingWatch

HEAVY: Final = frozenset(
    {
        "model",
        "processing_class",
        "tokenizer",
        "optimizer",
        "lr_scheduler",
        "train_dataloader",
        "eval_dataloader",
    }
)
"""Keyword arguments that `CallbackHandler.call_event` gives to every hook (transformers 4.45 to 5.23)."""

MAX_MESSAGES: Final = 20
"""Warnings kept of one event; one more says how many there were beyond."""


class OpenEvent:
    """One event between its begin and its end.

    Attributes:
        name: Event name.
        start: Microseconds since the start of the recording.
        args, state, control: What the hooks are called with; control changes when a callback returns another.
        between, inside, calls, rare: As in `trace.records.EventRow`.
        running: Number of the callback whose hook runs now, None between the hooks.
        mappings: The dicts among the event's other arguments, which callbacks may edit.
        routine: Its hooks take the fast path, see `RoutineDoor` and `Cast.quiet`, as long as nothing else happens.
        number: Its number in the trace, None as long as that is not settled.
        written: The row is in the file already, because another event began inside this one.
        written_calls: How many calls are in it, then.
        lost: The recorder failed at this event; nothing more is recorded of it.
        last: For an event that no door of the handler opened: the door after which it ends.
        trainer_calls: Calls of the Trainer that were running when it began.
        thread: Ident of the thread in which it takes place.
        tangled: Events of another thread were open meanwhile.
        torn: An interruption came while one of its hooks was looked at: what changed is not known.
        missed: It began where the recording could not be touched (`turn`): it is nowhere.
        more_messages: Warnings beyond those that are kept.
    """

    __slots__ = (
        "args",
        "between",
        "calls",
        "control",
        "inside",
        "last",
        "lost",
        "mappings",
        "missed",
        "more_messages",
        "name",
        "number",
        "rare",
        "routine",
        "running",
        "start",
        "state",
        "tangled",
        "thread",
        "torn",
        "trainer_calls",
        "written",
        "written_calls",
    )

    def __init__(self, name: str, start: int, trainer_calls: int, thread: int) -> None:
        self.name = name
        self.start = start
        self.trainer_calls = trainer_calls
        self.thread = thread
        self.args: Any = None
        self.state: Any = None
        self.control: Any = None
        self.between: Sequence[Plain] = NOTHING
        self.inside: tuple[Plain, ...] = ()
        self.calls: tuple[int, ...] = ()
        self.rare: dict[int, Plain] | None = None
        self.running: int | None = None
        self.mappings: tuple[MappingWatch, ...] = ()
        self.routine = self.written = self.lost = False
        self.tangled = self.missed = self.torn = False
        self.written_calls = 0
        self.last: object = None
        self.number: int | None = None
        self.more_messages = 0

    def add_between(self, changes: Sequence[Plain]) -> None:
        """Add pairs to what changed before this event."""
        if changes:
            self.between = [*self.between, *changes]

    def note(self, key: int) -> dict[Any, Plain]:
        """Return the mapping under a rare key, made if it is not there."""
        if self.rare is None:
            self.rare, self.routine = {}, False
        return self.rare.setdefault(key, {})  # type: ignore[no-any-return]

    def note_list(self, key: int) -> list[Plain]:
        """Return the list under a rare key, made if it is not there."""
        if self.rare is None:
            self.rare, self.routine = {}, False
        return self.rare.setdefault(key, [])  # type: ignore[no-any-return]

    def note_raised(self, text: Plain, place: Plain) -> None:
        """Note what the hook raised whose call is the next to be added, and where."""
        position = self.written_calls + len(self.calls) // 2
        self.note(Rare.RAISED)[position] = text
        if place is not None:
            self.note(Rare.RAISED_AT)[position] = place

    def forget_changes(self) -> None:
        """Forget what it found out about changes: an interruption left that in the middle."""
        self.between, self.inside, self.mappings = NOTHING, (), ()
        self.routine, self.running = False, None

    def add_message(self, cause: int, level: str, logger: str, text: str) -> None:
        """Keep a warning that was logged meanwhile; those beyond `MAX_MESSAGES` are counted."""
        messages = self.note_list(Rare.MESSAGES)
        if len(messages) < MAX_MESSAGES:
            messages.append([cause, level, logger, text])
        else:
            self.add_more(cause, 1)

    def add_more(self, cause: int, count: int) -> None:
        """Count warnings that are not kept, in a last message."""
        self.more_messages += count
        told = [cause, "WARNING", "tracetui", f"and {self.more_messages:,} more"]
        self.note_list(Rare.MESSAGES)[MAX_MESSAGES:] = [told]

    def restart(self) -> None:
        """Begin to collect for the record of the event's end: what there was is in the file."""
        self.written_calls += len(self.calls) // 2
        self.between, self.inside, self.calls, self.rare = NOTHING, (), (), None
        self.more_messages = 0
        self.written, self.routine = True, False


def split_call(args: tuple[Any, ...], kwargs: dict[str, Any], positional: tuple[str, ...]) -> tuple[Any, ...]:
    """Return args, state, control and a dict of all other arguments of an event.

    Args:
        args: Positional arguments of the call.
        kwargs: Keyword arguments.
        positional: Names of the positional arguments after control.
    """
    if len(args) >= 3:
        if len(args) == 3:
            return (*args, kwargs)
        return (*args[:3], {**dict(zip(positional, args[3:], strict=False)), **kwargs})
    given = dict(zip(("args", "state", "control"), args, strict=False))
    rest = {**kwargs, **given}
    return rest.pop("args", None), rest.pop("state", None), rest.pop("control", None), rest
