"""A stop: what one wants to run to. A breakpoint is a condition, a watchpoint the path of a value."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from ...trace.framework import Framework
from ...trace.frameworks import DEFAULT
from ...trace.paths import GIVEN, KINDS, PROBES
from ..columns.selector import OWN
from ..condition.errors import ConditionError
from ..condition.writing import changes, event_is, has

if TYPE_CHECKING:
    from ..condition import Condition
    from ..trace import Trace

NOTE_LENGTH: Final = 500
"""Characters of a note that are kept."""

_WHOLE: Final = frozenset(kind.name for kind in KINDS if kind.asked and not kind.keyed)
"""Paths without a key."""

_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_EVENT: Final = re.compile(rf"event == ({_TEXT})")
_CHANGE: Final = re.compile(rf"changed\(({_TEXT})(?:, by=({_TEXT}))?\)")


@dataclass(frozen=True, slots=True)
class Stop(ABC):
    """What one wants to run to.

    Attributes:
        subject: A condition, or a path: what distinguishes it from others of its class.
        on: It is looked for; False: it stands in the list alone.
        note: The user's words.
    """

    KIND: ClassVar[str]

    subject: str
    on: bool = True
    note: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others: its kind and its subject."""
        return f"{self.KIND} {self.subject}"

    @property
    @abstractmethod
    def words(self) -> str:
        """What it stops at, in words; not made safe for a terminal."""

    @abstractmethod
    def condition(self, trace: Trace) -> Condition:
        """Return what holds for its events; raises ConditionError if that can't be asked.

        Its text is a condition that ``--where`` takes. For a watchpoint it is the nearest that there is: it finds the
        event before a change, too, where that happened between the two, and for ``lr[0]`` all changes of ``lr``.
        """


@dataclass(frozen=True, slots=True)
class Breakpoint(Stop):
    """Stops at the events that a condition holds for, which is its subject."""

    KIND: ClassVar[str] = "break"

    @classmethod
    def at_event(cls, name: str) -> Breakpoint:
        """Return the breakpoint at the events of a name."""
        return cls(event_is(name))

    @classmethod
    def at_change(cls, path: str, by: str | None = None) -> Breakpoint:
        """Return the breakpoint at changes of paths by causes; ``*`` and ``?`` in both, None: any cause."""
        return cls(changes(path, by))

    @property
    def words(self) -> str:
        """What it stops at, in words."""
        if found := _EVENT.fullmatch(self.subject):
            return f"each {ast.literal_eval(found[1])}"
        if found := _CHANGE.fullmatch(self.subject):
            path, by = (None if text is None else ast.literal_eval(text) for text in found.groups())
            return f"{path} changes" + (f" by {by}" if by is not None else "")
        return f"where {self.subject}"

    def condition(self, trace: Trace) -> Condition:
        """Return the condition; raises ConditionError if it is none."""
        return _parsed(self.subject)


@dataclass(frozen=True, slots=True)
class Watchpoint(Stop):
    """Stops where a value changes; its subject is the path, as `Trace.series` takes it.

    Values that events are given, logs, metrics and what probes return, do not last: it stops where there is a new one.
    """

    KIND: ClassVar[str] = "watch"

    @property
    def words(self) -> str:
        """What it stops at, in words."""
        return f"a new {self.subject}" if self._given else f"{self.subject} changes"

    def condition(self, trace: Trace) -> Condition:
        """Return what holds where the value changes; raises ConditionError if the path is none that changes."""
        if not self.subject or self.subject.partition(".")[0] in OWN:
            raise ConditionError("a watchpoint needs the path of a value, as logs.loss", self.subject, 0)
        if self._given:
            return _parsed(has(self.subject))
        from ..condition import written

        column, keys = trace.column(self.subject)
        return written(".".join(column), keys)

    @property
    def _given(self) -> bool:
        return _outermost(self.subject).partition(".")[0] in (*GIVEN, PROBES.name)


STOPS: Final = {kind.KIND: kind for kind in (Breakpoint, Watchpoint)}
"""The classes of stops, by their kinds."""


def stop_from(text: str, framework: Framework = DEFAULT) -> Stop:
    """Return what a user's line means: a path alone is a watchpoint, anything else a breakpoint's condition.

    Args:
        text: ``state.best_metric``, ``logs.loss > 2``, or the name of an event.
        framework: Of the trace.

    Raises:
        ConditionError: It is neither.
    """
    text = text.strip()
    if framework.wording.prefix and text.startswith(framework.wording.prefix) and text.isidentifier():
        return Breakpoint.at_event(text)
    if _is_path(text):
        return Watchpoint(text)
    from ..condition import parse

    parse(text, framework)
    return Breakpoint(text)


def _is_path(text: str) -> bool:
    """Tell whether a text is a path with a key, and nothing else: as a condition it would stop wherever it is true."""
    return text in _WHOLE or re.fullmatch(r"[a-z_]+[.\[][^\s()<>=!\"']+", text) is not None


def _outermost(path: str) -> str:
    """Return a path without the numbers of elements at its end."""
    return re.sub(r"(?:\[-?\d+\])+\Z", "", path)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Condition:
    from ..condition import parse  # the language is a tenth of a browser's start

    return parse(text)
