"""The lines that are seen while some folds are open and others are closed.

A view is a list of pieces. A piece is a part of a level, its ranges closed; or the one line that heads an open fold. To
open or close a fold cuts a few pieces, however many lines there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from .level import Level


@dataclass(frozen=True, slots=True)
class Line:
    """A line.

    Attributes:
        level: Number of the level that it is of.
        start, stop: Its first event, and the event after its last.
        depth: Open folds around it.
        is_open: It heads a fold that is open: what is in it stands below.
    """

    level: int
    start: int
    stop: int
    depth: int = 0
    is_open: bool = False

    @property
    def is_fold(self) -> bool:
        """Whether there is anything to open or to close."""
        return self.stop - self.start > 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of one level between two events; or, as `head`, the line of an open fold, whose events follow."""

    level: int
    start: int
    stop: int
    lines: int
    depth: int
    head: bool = False


class View:
    """The lines.

    Args:
        levels: The levels, each finer than the one before; the last is that of single events.
        level: Number of the level that is shown at first, all its ranges closed.
        length: Events in all.
    """

    def __init__(self, levels: Sequence[Level], level: int, length: int) -> None:
        self._levels = levels
        self.length = length
        self._set([self._piece(level, 0, length, 0)] if length else [])

    def _set(self, pieces: Iterable[_Piece]) -> None:
        self._pieces = tuple(_joined(pieces))
        self._starts = [piece.start for piece in self._pieces]
        self._firsts = [0, *accumulate(piece.lines for piece in self._pieces)]

    def _piece(self, level: int, start: int, stop: int, depth: int) -> _Piece:
        known = self._levels[level]
        return _Piece(level, start, stop, known.line_of(stop - 1) - known.line_of(start) + 1, depth)

    def copy(self) -> View:
        """Return the same lines, to be opened and closed apart from these."""
        other = View(self._levels, 0, 0)
        other.length = self.length
        other._set(self._pieces)
        return other

    def __len__(self) -> int:
        """Return the number of lines."""
        return self._firsts[-1]

    def __getitem__(self, number: int) -> Line:
        """Return a line; raises IndexError."""
        if not 0 <= number < len(self):
            raise IndexError(f"no line {number}: there are {len(self):,}")
        place = bisect_right(self._firsts, number) - 1
        piece, level = self._pieces[place], self._levels[self._pieces[place].level]
        if piece.head:
            return Line(piece.level, piece.start, piece.stop, piece.depth, is_open=True)
        start = level.event_of(level.line_of(piece.start) + number - self._firsts[place])
        return Line(piece.level, start, level.range_of(start)[1], piece.depth)

    def line_of(self, event: int) -> int:
        """Return the number of the line that an event is in: of those that begin with it the innermost."""
        place = bisect_right(self._starts, event) - 1
        piece, level = self._pieces[place], self._levels[self._pieces[place].level]
        return self._firsts[place] + level.line_of(event) - level.line_of(piece.start)

    def heads(self) -> Iterator[Line]:
        """Give the lines of the folds that are open, from the first to the last, the outer ones before the inner."""
        return (Line(piece.level, piece.start, piece.stop, piece.depth, True) for piece in self._pieces if piece.head)

    # -- folding

    def inside(self, line: Line) -> int | None:
        """Return the level of what a fold holds; None if it holds one event."""
        finer = range(line.level + 1, len(self._levels))
        return next((level for level in finer if self._levels[level].range_of(line.start)[1] < line.stop), None)

    def around(self, line: Line) -> Line | None:
        """Return the innermost fold around a line, open or not; None if there is none."""
        for level in range(line.level - 1, -1, -1):
            start, stop = self._levels[level].range_of(line.start)
            if stop - start > line.stop - line.start:
                return Line(level, start, stop)
        return None

    def open(self, line: Line) -> bool:
        """Open a closed fold that is seen; return whether it is one."""
        level = self.inside(line)
        if level is None or line.is_open:
            return False
        before, here, after = self._cut(line)
        if len(here) > 1:
            return False
        depth = here[0].depth
        head = _Piece(line.level, line.start, line.stop, 1, depth, head=True)
        self._set([*before, head, self._piece(level, line.start, line.stop, depth + 1), *after])
        return True

    def close(self, line: Line) -> bool:
        """Close a fold, and all that is open in it; return whether it was open."""
        before, here, after = self._cut(line)
        if len(here) == 1 and here[0].level == line.level and not here[0].head:
            return False
        self._set([*before, self._piece(line.level, line.start, line.stop, here[0].depth), *after])
        return True

    def reveal(self, event: int) -> Line | None:
        """Open folds until a line begins with an event; return the outermost that was opened, None if none was."""
        outermost = None
        while (line := self[self.line_of(event)]).start != event:
            outermost = outermost or line
            self.open(line)
        return outermost

    def _cut(self, line: Line) -> tuple[list[_Piece], list[_Piece], list[_Piece]]:
        """Return the pieces before a fold, those of it, and those after it; what reaches over its edges is cut."""
        before, here, after = list[_Piece](), list[_Piece](), list[_Piece]()
        for piece in self._pieces:
            if piece.head and piece.start <= line.start and line.stop <= piece.stop:
                same = (piece.start, piece.stop) == (line.start, line.stop)
                (here if same else before).append(piece)
                continue
            if piece.start < line.start:
                before.append(self._part(piece, piece.start, min(piece.stop, line.start)))
            if piece.start < line.stop and piece.stop > line.start:
                here.append(self._part(piece, max(piece.start, line.start), min(piece.stop, line.stop)))
            if piece.stop > line.stop:
                after.append(self._part(piece, max(piece.start, line.stop), piece.stop))
        return before, here, after

    def _part(self, piece: _Piece, start: int, stop: int) -> _Piece:
        if piece.head or (start, stop) == (piece.start, piece.stop):
            return piece
        return self._piece(piece.level, start, stop, piece.depth)


def _joined(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Put pieces together that were cut apart."""
    last: _Piece | None = None
    for piece in pieces:
        if last is None or last.head or piece.head or (last.level, last.depth) != (piece.level, piece.depth):
            yield from [last] if last is not None else []
            last = piece
        else:
            last = replace(last, stop=piece.stop, lines=last.lines + piece.lines)
    yield from [last] if last is not None else []
