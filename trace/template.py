"""Templates: skeletons as they stand in a packed block, and the parts that they consist of."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import msgpack

from .errors import BadRecord
from .records import NOTES, EventRow, Exit, Header, Keyframe, Rare, count_or_none, read_record
from .skeleton import FLOAT, HOLE, INT, TIME, VALUE, fill, holes

EVENTS: Final = (EventRow.TYPE, EventRow.OPEN_TYPE)

RARE_AT: Final = 6
"""Place of the map of what is rare in the skeleton of an event."""

DURATION_AT: Final = {Exit.TYPE: 0, Exit.OF_TYPE: 1}
"""Place of the duration in the skeleton of an event's end."""

OUTSIDE: Final = (Header.TYPE, 12, 13, 14)
"""Records that can't stand in a packed block: the header, packed blocks, index, trailer."""

CACHED: Final = 512
"""Templates that are kept: the blocks of a trace share most of theirs."""

CACHED_BYTES: Final = 1024
"""Longer ones are not kept: in memory a hostile one may take 72 times its bytes."""
MAX_DEPTH: Final = 16
"""Levels of lists and maps in a skeleton: values are holes, so that those of a record are few."""


class Part:
    """A part of a skeleton.

    Attributes:
        skeleton: The part, with holes.
        hole: Number, in the whole skeleton, of its first hole.
        holes: How many it has.
    """

    __slots__ = ("_parts", "hole", "holes", "skeleton")

    def __init__(self, skeleton: Any, hole: int) -> None:
        """Count the holes."""
        self.skeleton = skeleton
        self.hole = hole
        self.holes = sum(1 for _ in holes(skeleton))
        self._parts: list[Part] | None = None

    @property
    def is_hole(self) -> bool:
        """Whether it is nothing but a hole."""
        return type(self.skeleton) is msgpack.ExtType

    def parts(self) -> list[Part]:
        """Return the items of a list, or the values of a map, as parts; nothing of anything else."""
        if self._parts is None:
            self._parts = self._split()
        return self._parts

    def _split(self) -> list[Part]:
        skeleton = self.skeleton
        items = skeleton if type(skeleton) is list else skeleton.values() if type(skeleton) is dict else ()
        found: list[Part] = []
        hole = self.hole
        for item in items:
            found.append(Part(item, hole))
            hole += found[-1].holes
        return found

    def pairs(self) -> list[tuple[Any, Part]]:
        """Return a flat list of constant, part, constant, part, ..., or a map, as pairs."""
        if type(self.skeleton) is dict:
            return list(zip(self.skeleton, self.parts(), strict=True))
        parts = self.parts()
        return [(key.skeleton, part) for key, part in zip(parts[::2], parts[1::2], strict=True)]


class Template:
    """A skeleton that many records of a block share.

    Attributes:
        kind: Record type.
        skeleton: The payload with holes, without the record's number.
        holes: Kinds of the holes, in order.
        size: Bytes of the skeleton, about those of a record less its values.
    """

    __slots__ = ("_whole", "holes", "kind", "size", "skeleton")

    def __init__(self, kind: int, skeleton: Any, size: int) -> None:
        """Find the holes; raises ValueError."""
        self.kind = kind
        self.skeleton = skeleton
        self.holes = tuple(holes(skeleton))
        self.size = size
        self._whole = Part(skeleton, 0)

    def parts(self) -> list[Part]:
        """Return the items of the payload."""
        return self._whole.parts()

    @property
    def thread(self) -> int | None:
        """Number of the name of the thread that its events are of; None: the one that began the recording."""
        return count_or_none(_thread(self.kind, self.skeleton))


def read_templates(packed: bytes, count: int) -> list[Template]:
    """Build templates from what stands in a file: their types and skeletons, in turn, as msgpack values in a row.

    Raises:
        BadRecord: No records could be made of them, or there are more or fewer than `count`.
    """
    unpacker = msgpack.Unpacker(None, max_buffer_size=max(1, len(packed)))
    try:
        unpacker.feed(packed)
        ends = [0]
        for _ in range(count):
            unpacker.skip()
            unpacker.skip()
            ends.append(unpacker.tell())
        if ends[-1] != len(packed):
            raise ValueError("more than there should be")
        pieces = (packed[start:end] for start, end in pairwise(ends))
        return [(_kept if len(piece) <= CACHED_BYTES else _read)(piece) for piece in pieces]
    except (ValueError, RecursionError, TypeError, BadRecord, msgpack.UnpackException) as error:
        text = f"{type(error).__name__}: {error}"
        raise BadRecord(f"a packed block has a template that is none: {text}") from None


def _read(packed: bytes) -> Template:
    unpacker = msgpack.Unpacker(None, raw=False, strict_map_key=False, max_buffer_size=len(packed))
    unpacker.feed(packed)
    return read_template(unpacker.unpack(), unpacker.unpack())


_kept: Final = lru_cache(CACHED)(_read)


def read_template(kind: Any, skeleton: Any) -> Template:
    """Build a template from what stands in a file.

    Raises:
        BadRecord, ValueError: No record of this type could be made of it.
    """
    if type(kind) is not int or not 0 < kind < 128 or kind in OUTSIDE or type(skeleton) is not list:
        raise ValueError("the type of a record and a list expected")
    if _depth(skeleton) > MAX_DEPTH:
        raise ValueError("a skeleton of more levels than records have")
    template = Template(kind, skeleton, len(msgpack.packb(skeleton)))
    is_event = kind in EVENTS
    if is_event and (
        template.holes[:2] != (TIME, INT) or any(type(item) is not msgpack.ExtType for item in skeleton[1:3])
    ):
        raise ValueError("an event without time and duration")
    if TIME in template.holes[1 if is_event else 0 :]:
        raise ValueError("a time where there can be none")
    _try(template)
    _check_sections(template)
    return template


def _depth(skeleton: Any) -> int:
    """Return the levels of lists and maps, one more than `MAX_DEPTH` at most."""
    level, depth = [skeleton], 0
    while level and depth <= MAX_DEPTH:
        containers: list[Any] = [item for item in level if type(item) is list or type(item) is dict]
        level = [item for outer in containers for item in (outer if type(outer) is list else outer.values())]
        depth += bool(containers)
    return depth


def _check_sections(template: Template) -> None:
    """Raise ValueError where a hole hides what a record is about: that is looked up without filling any."""
    parts = template.parts()
    flat = _sections(template.kind, parts)
    if any(part.is_hole for part in flat) or any(_is_hole(key) for part in flat for key, _ in part.pairs()):
        raise ValueError("a hole where a name or a list of names has to stand")
    thread = _thread(template.kind, template.skeleton)
    if _is_hole(thread) and thread.data == INT.encode():
        raise ValueError("a hole in the place of a thread")


def _sections(kind: int, parts: list[Part]) -> list[Part]:
    """Return the lists of pairs in a skeleton."""
    if kind == Keyframe.TYPE:
        return parts[9:10]
    if kind in EVENTS:
        between, inside, others = parts[3:4], parts[4:5], parts[5:7]
    elif kind in DURATION_AT:
        start = DURATION_AT[kind] + 1
        between, inside, others = [], parts[start : start + 1], parts[start + 1 : start + 3]
    else:
        return []
    groups = [group for part in inside for _, group in part.pairs()]
    return [*between, *inside, *groups, *others]


def _thread(kind: int, skeleton: list[Any]) -> Any:
    """Return what a skeleton says of its thread; None if nothing."""
    rare = skeleton[RARE_AT] if kind in EVENTS and len(skeleton) > RARE_AT else None
    return rare.get(Rare.THREAD) if type(rare) is dict else None


def _is_hole(skeleton: Any) -> bool:
    return type(skeleton) is msgpack.ExtType and skeleton.code == HOLE


def _try(template: Template) -> None:
    """Make a record of it: raises BadRecord if none can be made."""
    values = {INT: 0, FLOAT: 0.0, TIME: 0, VALUE: {} if template.kind in NOTES else []}
    filled = fill(template.skeleton, map(values.__getitem__, template.holes))
    if any(map(_is_hole, filled)):
        raise BadRecord("a hole that can't be filled")
    read_record(template.kind, msgpack.packb(filled if template.kind == Keyframe.TYPE else [0, *filled]))
