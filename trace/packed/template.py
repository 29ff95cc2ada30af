"""Templates: skeletons as they stand in a packed block, and the parts that they consist of."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import msgpack

from ..errors import BadRecord
from ..journal.records import Rare, read_record
from ..layout import EVENTS, KEYFRAME, NOTES, UNNUMBERED, Content, is_count, layout_of
from .skeleton import FLOAT, HOLE, INT, TIME, VALUE, fill, holes

OUTSIDE: Final = frozenset(UNNUMBERED) - {KEYFRAME.type}
"""Records that can't stand in a packed block: the header, packed blocks, index, trailer."""

TIME_HOLE: Final = 0
"""Number of the hole of an event's time."""

DURATION_HOLE: Final = 1
"""Number of the hole of its duration."""

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

    def part(self, name: str) -> Part | None:
        """Return a field; None where it is missing or nil, or records of this type have none of that name."""
        place = layout_of(self.kind).in_skeleton(name)
        parts = self._whole.parts()
        found = parts[place] if place is not None and place < len(parts) else None
        return found if found is not None and found.skeleton is not None else None

    def __getitem__(self, name: str) -> Part:
        """Return a field that is always there; raises KeyError if it is not."""
        found = self.part(name)
        if found is None:
            raise KeyError(name)
        return found

    def of_contents(self, *contents: Content) -> list[Part]:
        """Return the fields that hold something of these kinds, so far as they are there."""
        fields = layout_of(self.kind).contents.items()
        return [part for name, content in fields if content in contents and (part := self.part(name)) is not None]

    @property
    def thread(self) -> int | None:
        """Number of the name of the thread that its events are of; None: the one that began the recording."""
        found = _thread(self)
        return found if is_count(found) else None


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
    if is_event and not _has_times(template):
        raise ValueError("an event without time and duration")
    if TIME in template.holes[TIME_HOLE + 1 if is_event else 0 :]:
        raise ValueError("a time where there can be none")
    _try(template)
    _check_sections(template)
    return template


def _has_times(template: Template) -> bool:
    """Tell whether the first two holes of an event are its time and its duration."""
    found = [(template.part("time"), TIME, TIME_HOLE), (template.part("duration"), INT, DURATION_HOLE)]
    return all(
        part is not None and part.is_hole and part.hole == hole and template.holes[hole : hole + 1] == (kind,)
        for part, kind, hole in found
    )


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
    groups = [group for part in template.of_contents(Content.GROUPS) for _, group in part.pairs()]
    flat = template.of_contents(Content.PAIRS, Content.GROUPS, Content.CALLS, Content.RARE) + groups
    if any(part.is_hole for part in flat) or any(_is_hole(key) for part in flat for key, _ in part.pairs()):
        raise ValueError("a hole where a name or a list of names has to stand")
    thread = _thread(template)
    if _is_hole(thread) and thread.data == INT.encode():
        raise ValueError("a hole in the place of a thread")


def _thread(template: Template) -> Any:
    """Return what the skeleton of an event says of its thread; None if nothing."""
    rare = template.part("rare") if template.kind in EVENTS else None
    return rare.skeleton.get(Rare.THREAD) if rare is not None and type(rare.skeleton) is dict else None


def _is_hole(skeleton: Any) -> bool:
    return type(skeleton) is msgpack.ExtType and skeleton.code == HOLE


def _try(template: Template) -> None:
    """Make a record of it: raises BadRecord if none can be made."""
    values = {INT: 0, FLOAT: 0.0, TIME: 0, VALUE: {} if template.kind in NOTES else []}
    filled = fill(template.skeleton, map(values.__getitem__, template.holes))
    if any(map(_is_hole, filled)):
        raise BadRecord("a hole that can't be filled")
    read_record(template.kind, msgpack.packb([0, *filled] if layout_of(template.kind).numbered else filled))
