"""The questions about all events of a trace: answered from columns alone, a block at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from .columns.elsewhere import Elsewhere
from .columns.reach import TooFar

if TYPE_CHECKING:
    from .columns.change_list import Write
    from .columns.path_list import PathInfo
    from .columns.query import Query
    from .columns.series import Series
    from .condition import Condition
    from .rows.values import EventColumns, Keys, Path


class Questions(ABC):
    """What `Trace` can be asked about all its events.

    Attributes:
        checked: See `Trace`.
    """

    checked: float

    @abstractmethod
    def _asked(self) -> Elsewhere:
        """Return the trace as it is now, all of it checked."""

    @property
    def _query(self) -> Query:
        from .columns.query import Query  # opening a trace, and looking at its events, need none of that

        self._asked()
        return Query(self._asked)

    def _within(self, reach: int | None) -> Query:
        """Return the same; while not all is checked nothing is within a reach, and `TooFar` is raised."""
        if reach is not None and self.checked < 1:
            raise TooFar
        return self._query

    def query(self, start: int | None = None, *, reverse: bool = False) -> Iterator[EventColumns]:
        """Give the events as columns, a block at a time; those that are lost are passed over.

        Args:
            start: Number of an event in the first block; None: the first event, in reverse the last.
            reverse: The blocks before it, the last one first.
        """
        return self._query.blocks(start, reverse=reverse)

    def series(self, path: str, *, after: bool = False) -> Series:
        """Return the values of a path over the run.

        Args:
            path: ``logs.loss``, ``state.best_metric``, ``lr[0]``: a path that `paths` names, and below it keys of
                mappings after dots and numbers of elements in brackets. Or ``event``, ``index``, ``step``, ``epoch``,
                ``time``, ``duration``, ``depth``, ``thread``. A path that no event has is no error.
            after: The values after all callbacks, in place of those that the loop handed in.

        Raises:
            ValueError: `after` of what no callback can change.
        """
        return self._query.series(path, after=after)

    def writes(
        self,
        path: str = "*",
        *,
        by: str | None = None,
        start: int | None = None,
        reverse: bool = False,
        reach: int | None = None,
    ) -> Iterator[Write]:
        """Give the changes of values, one by one, in the order in which events have them among their `changes`.

        Args:
            path: Which paths, ``*`` for any characters and ``?`` for one: ``control.*``. Or what lies below a path, as
                `series` takes it: ``lr[0]``.
            by: Which causes, with ``*`` and ``?``, too; None: any.
            start: Number of the event to begin with; None: the first, in reverse the last.
            reverse: Backward.
            reach: About how many events may be read before it raises `TooFar`; None: all there are. A block that is
                known to have no such change need not be read.
        """
        return self._within(reach).writes(path, by, start=start, reverse=reverse, reach=reach)

    def last_write(
        self, path: str, *, before: int | None = None, by: str | None = None, reach: int | None = None
    ) -> Write | None:
        """Return the latest change of a path in the events before one: who wrote its value, and where.

        The first question of a trace of four million events takes up to 0.4 s, where the change is far or there is
        none. It leaves behind which blocks change which paths: each further one takes the block that has the answer, a
        few milliseconds.

        Args:
            path, by: As for `writes`.
            before: Number of an event; the change is in an earlier one. None: the last change there is.
            reach: As for `writes`.

        Raises:
            TooFar: None was found within reach.
        """
        start = None if before is None else before - 1
        return next(self._within(reach).writes(path, by, start=start, reverse=True, reach=reach), None)

    def next_write(
        self, path: str, *, after: int | None = None, by: str | None = None, reach: int | None = None
    ) -> Write | None:
        """Return the first change of a path in the events after one, see `last_write`.

        Args:
            path, by, reach: As there.
            after: Number of an event; the change is in a later one. None: the first change there is.

        Raises:
            TooFar: None was found within reach.
        """
        start = None if after is None else after + 1
        return next(self._within(reach).writes(path, by, start=start, reverse=False, reach=reach), None)

    def column(self, path: str) -> tuple[Path, Keys]:
        """Take a path apart, ``lr[0]``: the column of the trace that it lies in, and the keys there."""
        return self._query.column(path)

    def paths(self) -> list[PathInfo]:
        """Return all paths of the trace, sorted: what `series` and `writes` find something for."""
        return self._query.paths()

    def matching(self, condition: Condition, *, start: int | None = None, reverse: bool = False) -> Iterator[int]:
        """Give the numbers of the events that a condition holds for, in order; a block is read when it is needed.

        Args:
            condition: From `replay.condition.parse`.
            start: Number of the event to begin with; None: the first, in reverse the last.
            reverse: Backward.
        """
        return self._query.numbers(partial(condition.found, reverse=reverse), start=start, reverse=reverse)
