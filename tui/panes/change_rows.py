"""Changes as rows: letter, name, old and new value, cause; the weightiest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rich.cells import cell_len

from ...replay.events.event import Change
from ...replay.text.changed import grown, growth, sides
from ...replay.text.leaves import leaves
from ...replay.text.numbers import delta, rates
from ...trace import paths
from ...trace.framework import Flag
from ...trace.values import ABSENT
from .causes import cause, place
from .look import Look
from .rows import Lines, Listed, Row, Span, fitted, plain, span
from .values import entry, unfolded

MOST: Final = 500
"""Changes of an event that are shown; a dictionary may have changed in a million keys."""

NAME: Final = 40
"""Cells of the column of names, at most."""

SIDE: Final = 24
"""Characters of an old or a new value where the cause stands on the same line."""

GROWTH: Final = 40
"""Characters of what a list grew by, there."""

GAP: Final = Span("  ")


@dataclass(frozen=True, slots=True)
class _Told:
    """A change, taken apart for its row."""

    change: Change
    part: tuple[str, int]
    letter: str
    name: str

    def cells(self, look: Look, room: int) -> int:
        """Return how many cells all of it takes on one line."""
        known = sum(cell_len(one.text) for one in transition(look, self.change, SIDE, GROWTH))
        return 2 + room + 2 + known


def change_rows(look: Look, changes: Iterable[Change], *, named: bool = True) -> Lines:
    """Return changes, a row each.

    Args:
        look: What is looked at.
        changes: The changes; those of dictionaries are taken apart.
        named: Name the causes: behind the changes where there is room, else in a line above those of each.
    """
    found = list(islice(leaves(changes), MOST + 1))
    more = [plain("… and more", "dim", 2)] if len(found) > MOST else []
    told = list(_told(look, sorted(found[:MOST], key=lambda change: _weight(look, change))))
    if not told:
        return Listed()
    room = min(NAME, max(cell_len(one.name) for one in told))
    if not named:
        return Listed([*(_row(look, one, room) for one in told), *more])
    widest = max(one.cells(look, room) for one in told)
    causes = {one.change.by: cause(look, one.change.by).text + _line(place(look, one.change.by)) for one in told}
    longest = max(map(cell_len, causes.values()))
    fits = widest + 2 + longest <= look.width
    return Listed([*(_lines(look, told, room, widest) if fits else _groups(look, told, room)), *more])


def transition(look: Look, change: Change, limit: int, growing: int) -> list[Span]:
    """Return the old and the new value of a change.

    Args:
        look: What is looked at.
        change: The change.
        limit: Characters of each value.
        growing: Characters of what a list grew by.
    """
    if flag_of(look, change) is not None and type(change.new) is bool and isinstance(change.old, bool):
        new = Span("ON", "flipped") if change.new else Span("off", "new")
        return [Span("on" if change.old else "off", "old"), Span(" → ", "dim"), new]
    came = growth(change.old, change.new)
    if came is not None and (change.old is not ABSENT or change.inside):
        return [Span(grown(change.new, came, look.said, growing), "new")]
    old, new = rates(change.old), rates(change.new)
    one, two = sides(old, new, look.said, limit)
    by = delta(old, new) if type(new) is float else ""
    return [Span(one, "old"), Span(" → ", "dim"), Span(two, "new"), *([Span(f" ({by})", "dim")] if by else [])]


def flag_of(look: Look, change: Change) -> Flag | None:
    """Return the flag that a change is about, or None."""
    return next((flag for flag in look.trace.framework.flags if flag.path == change.path), None)


def is_copy(look: Look, change: Change) -> bool:
    """Tell whether a change is one of a copy, which is shown where the value itself changed."""
    copies = look.trace.framework.wording.copies
    return any(change.path == path or change.path.startswith(f"{path}.") for path in copies)


def short_path(change: Change) -> str:
    """Return what a change is of, without what goes without saying."""
    if change.path.startswith(paths.CALLBACKS.path(f"{change.by}.")):
        return change.path.rpartition(".")[2]
    for kind in (paths.CONTROL, paths.STATE):
        if change.path.startswith(f"{kind.name}."):
            return change.path[len(kind.name) + 1 :]
    return change.path


def _told(look: Look, changes: Iterable[Change]) -> Iterator[_Told]:
    seen: dict[str, int] = {}
    for change in changes:
        number = seen[change.path] = seen.get(change.path, 0) + 1
        flag = flag_of(look, change)
        yield _Told(change, (change.path, number), flag.letter if flag else " ", short_path(change))


def _weight(look: Look, change: Change) -> int:
    """Return how far down a change stands: what somebody asked for first, what changes all the time last."""
    framework = look.trace.framework
    quiet = (framework.step, framework.epoch, paths.LR.name, *framework.wording.counted)
    if change.path in quiet:
        return 6
    if change.by == framework.handler:
        return 5
    if change.path == framework.history:
        return 4
    flag, loop = flag_of(look, change) is not None, change.by == framework.loop
    return (0 if flag else 1) + 2 * loop


def _lines(look: Look, told: Sequence[_Told], room: int, widest: int) -> Iterator[Row]:
    """Give rows with the cause at their ends, and the place of its code; its line alone, where the file has no room."""
    longest = max(cell_len(cause(look, one.change.by).text) for one in told)
    places = {one.change.by: place(look, one.change.by) for one in told}
    left = look.width - widest - 2 - longest - 2
    placed = max(map(cell_len, places.values())) <= left
    for one in told:
        by, where = cause(look, one.change.by), places[one.change.by]
        end = [by, Span(_line(where), "place")]
        if placed and where:
            end = [Span(fitted(by.text, longest), by.role), GAP, Span(where, "place")]
        yield _row(look, one, room, widest, [GAP, *end])


def _line(where: str) -> str:
    """Return the line of a place alone, for where there is no room for its file."""
    _, colon, line = where.rpartition(":")
    return f"{colon}{line}" if line.isdigit() else ""


def _groups(look: Look, told: Sequence[_Told], room: int) -> Iterator[Row]:
    """Give rows by cause, each below a line that names it."""
    for by in dict.fromkeys(one.change.by for one in told):
        own = [one for one in told if one.change.by == by]
        where = place(look, by)
        yield Row((cause(look, by, several=len(own) > 1), GAP, Span(where, "place")))
        yield from (_row(look, one, min(room, max(8, look.width - 16))) for one in own)


def _row(look: Look, one: _Told, room: int, widest: int = 0, end: Sequence[Span] = ()) -> Row:
    left = look.width - 4 - room
    limits = (SIDE, GROWTH) if end else (max(6, (left - 3) // 2), max(16, left))
    moved = transition(look, one.change, *limits)
    filled = widest - 4 - room - sum(cell_len(each.text) for each in moved) if end else 0
    letter = Span(f"{one.letter} ", "on")
    spans = (letter, span(one.name, "name", room), GAP, *moved, Span(" " * filled), *end)
    value, change = one.change.new, one.change
    path = change.path if paths.kind_of(change.path)[0] is not paths.OTHER else ""
    came = growth(change.old, change.new)
    inner = entry(look, value, path) if came is not None else unfolded(look, value, path, limits[0])
    return Row(spans, one.part, path, value, change, inner=inner)
