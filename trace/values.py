"""The plain values that a trace holds, and the marks for what is not plain or was shortened.

Nothing else is ever built from a file: numbers, texts, bytes, containers, and the three marks below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Plain: TypeAlias = Any
"""None, bool, int, float, str, bytes, list, tuple, dict (of Plain), `Described` or `Shortened`."""


@dataclass(frozen=True, slots=True)
class Described:
    """Stands in for an object that is no plain data, so that a reader never takes a description for a value.

    Attributes:
        type: Qualified name of the object's type, e.g. ``torch.Tensor``.
        text: What is known about it, e.g. ``shape=(2, 3) dtype=float32 device=cuda:0``.
        value: Plain content, where there is any: the elements of a set, the fields of a dataclass.
    """

    type: str
    text: str = ""
    value: Plain = None


@dataclass(frozen=True, slots=True)
class Shortened:
    """The beginning of something that was too long to record.

    Attributes:
        kind: ``str``, ``bytes``, ``list``, ``tuple`` or ``dict``.
        length: Length of the whole, in characters, bytes or elements.
        digest: CRC-32 of the whole, so that two wholes with one beginning do not look equal.
        kept: The beginning, of the same kind.
    """

    kind: str
    length: int
    digest: int
    kept: Plain


@dataclass(frozen=True, slots=True)
class HistoryRef:
    """What a row holds in place of ``state.log_history``, whose entries are stored once, as they are appended.

    Attributes:
        generation: Number of the list; a new one starts when another list takes its place, or it is cut.
        length: How many entries it had.
        edition: Number of the latest record of entries at that moment: later ones may hold an entry again, edited.
    """

    generation: int
    length: int
    edition: int = 0


@dataclass(frozen=True, slots=True)
class ValueRef:
    """What a row or a keyframe holds in place of a large value, which is stored once, as a record of its own.

    Attributes:
        serial: Number of that record, from 1.
    """

    serial: int


UNKNOWN: Final = Described("unknown", "the record of this value is lost")
"""What is read in the place of a large value whose record, or a record that it builds on, can't be read."""


UNREAD: Final = Described("unread", "the file has not been read this far yet")
"""What stands in the place of anything that may be in a part of the file that nobody has read yet."""


class Absent:
    """The type of `ABSENT`: there is no such key."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the name under which code knows it."""
        return "ABSENT"

    def __bool__(self) -> bool:
        """Return False, as None does."""
        return False

    def __reduce__(self) -> str:
        """Copy and pickle to the one instance."""
        return "ABSENT"


ABSENT: Final = Absent()
"""No such key: the old value of what was added, the new value of what was removed."""
