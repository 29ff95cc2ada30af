"""Which values of two traces begin to differ at which pair of events: column beside column, no event as an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ...trace.errors import BadRecord
from ...trace.paths import ARGS, LR, PROBES
from ..columns.selector import as_column
from ..rows.values import EventColumns, Keys, Path, Values
from .differing import differing
from .ignored import Rules
from .pairing import Numbers, Pairs

if TYPE_CHECKING:
    from ..trace import Trace

MOST_RATES: Final = 64
"""Learning rates that are compared, of the first groups of parameters."""

Parted = tuple[int, str]
"""Place among some pairs, and a path of which the values differ there and did not before."""


class Contents:
    """Compares the values of two traces, pair after pair.

    A path parts where its values differ and were the same at the pair before that has any: a flag that stays
    different parts once, and so does a loss that is another at every log.

    Args:
        one, other: The traces.
        rules: What is compared.
    """

    def __init__(self, one: Trace, other: Trace, rules: Rules) -> None:
        self._sides = _Side(one, rules), _Side(other, rules)
        self._parted: set[str] = set()
        self._anew = True

    def parted(self, pairs: Pairs) -> list[Parted]:
        """Return what parts in some pairs, those that follow on the ones before; sorted by place."""
        found: list[Parted] = []
        start, count = 0, len(pairs[0])
        while start < count:
            here = [side.within(numbers[start:]) for side, numbers in zip(self._sides, pairs, strict=True)]
            stop = start + min(here)
            found += [(start + place, path) for place, path in self._within([part[start:stop] for part in pairs])]
            start = stop
        return sorted(found, key=lambda item: item[0])

    def _within(self, numbers: list[Numbers]) -> Iterator[Parted]:
        """Give what parts in pairs that lie in one block of each trace; after a block that is lost all is looked at."""
        one, other = (side.block for side in self._sides)
        if one is None or other is None:
            self._anew = True
            return
        try:
            paths = one.all | other.all if self._anew else one.used | other.used
            self._anew = False
            for path, column, keys in _columns(paths, max(one.rates, other.rates)):
                values = one.value(column, keys, numbers[0]), other.value(column, keys, numbers[1])
                yield from ((place, path) for place in self._begins(path, *values))
        except BadRecord:  # which is reported when an event of that block is asked for
            self._anew = True

    def _begins(self, path: str, one: Values, other: Values) -> list[int]:
        """Return where a path begins to differ; where neither has the value it is as it was before."""
        places = np.flatnonzero(one.present | other.present)
        if not len(places):
            return []
        differ = differing(one.at(places), other.at(places))
        before = np.append(path in self._parted, differ[:-1])
        (self._parted.add if differ[-1] else self._parted.discard)(path)
        found: list[int] = places[differ & ~before].tolist()
        return found


class _Side:
    """One of the traces: the block of it that is looked at.

    Attributes:
        block: The block; None if it is lost.
    """

    def __init__(self, trace: Trace, rules: Rules) -> None:
        self._trace = trace
        self._rules = rules
        self._edges = 0, 0
        self.block: _Block | None = None

    def within(self, numbers: Numbers) -> int:
        """Go to the block of the first of some events; return how many of these are in it."""
        first = int(numbers[0])
        if not self._edges[0] <= first < self._edges[1]:
            self._open(first)
        return int(np.searchsorted(numbers, self._edges[1]))

    def _open(self, event: int) -> None:
        columns = next(self._trace.query(event), None)
        if columns is not None and columns.first <= event < columns.first + len(columns):
            self._edges = columns.first, columns.first + len(columns)
            self.block = self._block(columns)
        else:
            self._edges = event, event + 1 if columns is None else max(event + 1, columns.first)
            self.block = None

    def _block(self, columns: EventColumns) -> _Block | None:
        try:
            return _Block(columns, self._rules, self._trace.run.get("args"))
        except BadRecord:  # see above
            return None


class _Block:
    """The columns of a block, and the paths in it that are compared.

    Attributes:
        used: Paths that are written in it, or given to one of its events.
        all: Those, and all others that have a value there.
    """

    def __init__(self, columns: EventColumns, rules: Rules, args: object) -> None:
        self._columns = columns
        uses = {path: use for path, use in columns.paths().items() if rules.compares(path)}
        self.used = {path for path, use in uses.items() if use.writes or use.given}
        arguments = map(ARGS.path, args) if isinstance(args, dict) else ()
        self.all = {*uses, *filter(rules.compares, arguments)}
        self._values: dict[tuple[Path, Keys], Values] = {}

    @cached_property
    def rates(self) -> int:
        """How many learning rates there are, at most: each is a column, which is no column of lists."""
        count = 0
        while count < MOST_RATES and self._value((LR.name,), (count,)).present.any():
            count += 1
        return count

    def value(self, column: Path, keys: Keys, events: Numbers) -> Values:
        """Return a value at some events of the block, as it was after all callbacks."""
        return self._value(column, keys).at(events - self._columns.first)

    def _value(self, column: Path, keys: Keys) -> Values:
        if (column, keys) not in self._values:
            self._values[column, keys] = self._columns.value(column, column[0] != PROBES.name, keys)
        return self._values[column, keys]


def _columns(paths: Iterable[str], rates: int) -> Iterator[tuple[str, Path, Keys]]:
    """Give paths with their columns, each learning rate on its own."""
    for path in paths:
        if path == LR.name:
            yield from ((f"{path}[{place}]", (path,), (place,)) for place in range(rates))
        else:
            yield path, as_column(path), ()
