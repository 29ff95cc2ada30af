"""Walks the blocks of a trace with a question that columns answer: series, changes, paths, conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...trace.errors import BadRecord
from ...trace.paths import ARGS, GIVEN, PROBES
from ..rows.pattern import Pattern
from ..rows.values import EventColumns, Keys, Path, Use, Values
from .change_list import Write, within, writes
from .changed_paths import can_tell, without
from .chunk_values import ChunkValues
from .elsewhere import Elsewhere
from .path_list import PathInfo, path_list
from .reach import Reach
from .selector import OWN, selected
from .series import TIME, Exact, Series, found_in, joined

_T = TypeVar("_T")

Lost = list[tuple[int, int]]
"""Begin and end of runs of events of which nothing could be read."""


class Query:
    """Asks the blocks of a trace, one after the other.

    Args:
        now: Returns the trace as it is now. A walk asks again before each block, and its place is a number of an
            event: the last block of a trace that grows is made anew.
    """

    def __init__(self, now: Callable[[], Elsewhere]) -> None:
        self._now = now

    def blocks(self, start: int | None = None, *, reverse: bool = False) -> Iterator[EventColumns]:
        """Give the columns of each block, see `Trace.query`."""
        return (columns for columns, _, _ in self._walk(start, reverse) if columns is not None)

    def series(self, path: str, *, after: bool) -> Series:
        """Return the values of a path, see `Trace.series`."""
        column, keys = selected(path, self._knows)
        if after and column[0] in (*OWN, PROBES.name):
            raise ValueError(f"{path} is the same after an event as before it: leave `after` out")
        lost: Lost = []
        work = partial(found_in, path=column, keys=keys, after=after)
        most = sum(summary.events for summary in self._now().chunks.directory.blocks)
        found = joined(self._each(work, None, reverse=False, lost=lost), most)
        exact = Exact(found["index"], partial(self._block, column, after, keys))
        missing = np.array(lost, np.int64).reshape(-1, 2)
        return Series(path, after, **found, exact=exact, lost=missing, read_times=self._times)

    def _times(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the times of events, given by their numbers in order; NaN for those that can't be read."""
        found, place = np.full(len(index), np.nan), 0
        while place < len(index):
            _, stop, parts = self._parts(int(index[place]))
            following = max(place + 1, int(np.searchsorted(index, stop)))
            columns, begin, end = parts[0]
            events = index[place:following]
            events = events[events < end]
            with suppress(BadRecord):
                if columns is not None:
                    found[place : place + len(events)] = columns.value(TIME, False, at=events - begin).values
            place = following
        return found

    def column(self, path: str) -> tuple[Path, Keys]:
        """Return the column in which a path lies, see `Trace.column`."""
        return selected(path, self._knows)

    def writes(
        self, path: str, by: str | None, *, start: int | None, reverse: bool, reach: int | None = None
    ) -> Iterator[Write]:
        """Give the changes of paths by causes, see `Trace.writes`.

        Args:
            path, by, start, reverse: As there.
            reach: About how many events may be looked at before it raises `TooFar`; None: all there are. A block that
                is known to have no such change costs nothing.
        """
        names = self._now().chunks.directory.names
        column, keys = selected(path, names.numbers) if Pattern(path).exact else ((path,), ())
        pattern, cause = Pattern(".".join(column)), None if by is None else Pattern(by)
        work = partial(writes, path=pattern, by=cause, reverse=reverse)
        skipped = partial(self._is_without, pattern) if can_tell(pattern) else None
        found = self._each(work, start, reverse=reverse, skipped=skipped, reach=Reach(reach))
        wanted = (write for write in found if _is_wanted(write.event, start, reverse))
        return within(wanted, path, keys) if keys else wanted

    def paths(self) -> list[PathInfo]:
        """Return all paths, see `Trace.paths`."""
        return path_list(self._uses(), (ARGS.path(name) for name in self._now().args))

    def _uses(self) -> Iterator[Mapping[str, Use]]:
        """Give the uses of paths in each block; in one without an event may stand the end of an earlier one."""
        now = self._now()
        for number in range(len(now.chunks.directory.blocks)):
            try:
                chunk = now.chunks.chunk(number)
                if chunk is not None:
                    yield ChunkValues(chunk, now).paths()
            except BadRecord as error:
                now.chunks.directory.report(number, str(error))

    def numbers(
        self, work: Callable[[EventColumns], Iterable[int]], *, start: int | None, reverse: bool
    ) -> Iterator[int]:
        """Give the numbers of events that some work finds in each block, see `Trace.matching`."""
        return (number for number in self._each(work, start, reverse=reverse) if _is_wanted(number, start, reverse))

    def _each(
        self,
        work: Callable[[EventColumns], Iterable[_T]],
        start: int | None,
        *,
        reverse: bool,
        lost: Lost | None = None,
        skipped: Callable[[int], bool] | None = None,
        reach: Reach | None = None,
    ) -> Iterator[_T]:
        """Give what some work finds in each block; what is damaged is reported, and put into `lost`."""
        for columns, begin, end in self._walk(start, reverse, skipped, reach):
            try:
                if columns is not None:
                    yield from work(columns)
                    continue
            except BadRecord as error:
                directory = self._now().chunks.directory
                directory.report(directory.find(begin), str(error))
            if lost is not None and begin < end:
                lost.append((begin, end))

    def _walk(
        self,
        start: int | None,
        reverse: bool,
        skipped: Callable[[int], bool] | None = None,
        reach: Reach | None = None,
    ) -> Iterator[tuple[ChunkValues | None, int, int]]:
        """Give the columns of each block, None for events that are lost; and the numbers where these begin and end.

        Args:
            start, reverse: As for `Trace.writes`.
            skipped: Tells of the number of a block that it need not be read.
            reach: How far to go.
        """
        last = self._now().chunks.length - 1
        place = min(last if start is None else start, last) if reverse else max(start or 0, 0)
        while 0 <= place < self._now().chunks.length:
            chunks = self._now().chunks
            number = chunks.directory.find(place)
            if skipped is not None and number >= 0 and skipped(number):
                place = chunks.directory.blocks[number].event - 1 if reverse else chunks.stop(number)
                continue
            if reach is not None:
                reach.take(chunks.directory.blocks[number].events if number >= 0 else 0)
            begin, stop, parts = self._parts(place)
            yield from reversed(parts) if reverse else parts
            place = begin - 1 if reverse else stop

    def _is_without(self, path: Pattern, number: int) -> bool:
        """Tell whether a block is known not to change a path; an event that ends in another may change it there."""
        chunks = self._now().chunks
        known, numbers = chunks.changed.get(number), chunks.directory.names.numbers
        return without(known, path, numbers) and not chunks.has_far_ends(number)

    def _parts(self, place: int) -> tuple[int, int, list[tuple[ChunkValues | None, int, int]]]:
        """Return where the block of an event begins and ends, its columns, and what is lost behind it."""
        now = self._now()
        number = now.chunks.directory.find(place)
        chunk = now.chunks.chunk(number) if number >= 0 else None
        begin, stop = now.chunks.directory.blocks[number].event if number >= 0 else 0, now.chunks.stop(number)
        if chunk is None:
            return begin, stop, [(None, begin, stop)]
        now.chunks.changed.note(number, chunk)
        end = begin + len(chunk)
        return begin, stop, [(ChunkValues(chunk, now), begin, end), (None, end, stop)]

    def _knows(self, path: str) -> bool:
        """Tell whether a trace has names of which a path could be made."""
        kind, _, key = path.partition(".")
        names = self._now().chunks.directory.names
        if kind in (*GIVEN, PROBES.name):
            return bool(names.numbers(key)) or any(type(name) is list and key in name for name in names.table())
        return bool(names.numbers(path)) or (kind == ARGS.name and key in self._now().args)

    def _block(self, path: Path, after: bool, keys: Keys, event: int) -> tuple[int, Values] | None:
        """Return the values of the block that an event is in, and the number of its first; None if that is lost."""
        columns = self._parts(event)[2][0][0]
        try:
            return None if columns is None else (columns.first, columns.value(path, after, keys))
        except BadRecord:
            return None


def _is_wanted(event: int, start: int | None, reverse: bool) -> bool:
    return start is None or (event <= start if reverse else event >= start)
