"""One event on one line: where it is, the flags after it, and what happened, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from os.path import commonprefix
from typing import TYPE_CHECKING, Final

from ..export.jsonl import is_history
from ..trace import paths
from ..trace.framework import Flag, Framework
from ..trace.values import ABSENT
from .table import cells, cut, padded
from .words import plural

if TYPE_CHECKING:
    from ..replay.events.event import Change, Event
    from ..replay.trace import Trace

WIDE: Final = 110
"""Columns from which on the epoch, microseconds, and two blanks between columns have room."""

WIDEST: Final = 220
"""From here on files and lines of those who changed something have room, too."""

CHECKPOINTS: Final = (paths.CHECKPOINTS.name, paths.BEST_MODEL.name)
"""What is known of the checkpoints: on a line in words."""

KEPT: Final = 5
"""Steps of checkpoints that stand on a line, the newest."""
MOST_FIRST: Final = 3
"""Values seen for the first time that are named."""


@dataclass(frozen=True)
class Layout:
    """The columns.

    Attributes:
        width: Columns of the whole line.
        index, name, step, seconds: Widths of these columns; 0 for seconds leaves them out.
        indent: Blanks for each level of depth.
        wide: There is room for the epoch, microseconds, and the names of flags.
        thread: The thread that began the recording, which is not named.
        framework: What the trace's framework calls things.
        trace: The trace.
    """

    width: int
    index: int
    name: int
    step: int
    seconds: int
    indent: int
    wide: bool
    thread: str
    framework: Framework
    trace: Trace

    @property
    def gap(self) -> str:
        """What stands between two columns."""
        return "  " if self.wide else " "

    @cached_property
    def quiet(self) -> frozenset[str]:
        """Paths that change at every step, have a column of their own, or tell of the event itself: `show` has them."""
        known = self.framework
        return frozenset((known.step, known.epoch, paths.LR.name, *known.wording.counted, *paths.OF_THE_EVENT))


def layout(trace: Trace, width: int) -> Layout:
    """Return the columns for a trace, and a width of the line."""
    from ..replay.text.safe import visible

    wide = width >= WIDE
    deepest = max((int(part.max(initial=0)) for part in trace.columns.depth.parts()), default=0)
    steps = max((int(part.max(initial=0)) for part in trace.columns.step.parts()), default=0)
    indent = 2 if wide else 1
    name = max((cells(visible(name)) for name in trace.columns.names), default=5) + indent * deepest
    index, step, seconds = (
        max(5, len(str(len(trace)))),
        max(4, len(str(steps))),
        11 if wide else 8 if width >= 90 else 0,
    )
    first = trace.columns.threads[0]
    return Layout(width, index, min(name, width // 3), step, seconds, indent, wide, first, trace.framework, trace)


def heading(places: Layout) -> str:
    """Return the line of titles."""
    time = "seconds".rjust(places.seconds)
    parts = ["index".rjust(places.index), *([time] if places.seconds else []), padded("event", places.name)]
    parts += ["step".rjust(places.step), *(["epoch".rjust(8)] if places.wide else [])]
    return places.gap.join([*parts, *_told(places.framework.letters), "what"])


def line(event: Event, places: Layout) -> str:
    """Return an event on one line."""
    from ..replay.text.safe import visible

    name = cut(" " * places.indent * event.depth + visible(event.name), places.name)
    time = f"{event.time:>{places.seconds}.{6 if places.wide else 3}f}" if places.seconds else ""
    parts = [f"{event.index:>{places.index}}", *([time] if time else []), padded(name, places.name)]
    parts += [_step(event).rjust(places.step), *([_epoch(event).rjust(8)] if places.wide else [])]
    parts += [*_told(letters(event, places.framework)), what(event, places)]
    return cut(places.gap.join(parts).rstrip(), places.width)


def _told(letters: str) -> list[str]:
    """Return the column of flags; none where the framework has none."""
    return [letters] if letters else []


def letters(event: Event, framework: Framework) -> str:
    """Return the flags after an event: a capital is on, a small letter went off here."""
    before, after = event.before.control, event.after.control
    return "".join(
        flag.letter if after.get(flag.name) is True else flag.letter.lower() if before.get(flag.name) is True else "·"
        for flag in framework.flags
    )


def what(event: Event, places: Layout) -> str:
    """Return what happened in an event, the gravest first: a line may be cut at its end."""
    from ..replay.text.safe import visible

    raised = [f"{visible(call.callback)} raised {visible(call.exception)}" for call in event.calls if call.exception]
    ended = [error for error in event.exceptions if not _is_told(error.type, event)]
    told, quiet = _changes(event, places)
    parts = [
        *([f"thread {visible(event.thread)}"] if event.thread != places.thread else []),
        *raised,
        *(f"ended by {visible(error.type)}: {visible(error.message)}" for error in ended),
        *told,
        *(f"{visible(one.level)} by {visible(one.by)}: {visible(one.text)}" for one in event.messages),
        *_values(event, places.framework, later=False),
        *_probes(event),
        *quiet,
        *_values(event, places.framework, later=True),
    ]
    return "; ".join(parts)


def _is_told(kind: str, event: Event) -> bool:
    """Tell whether an exception was shown already, with the hook that raised it."""
    return any((call.exception or "").startswith(kind) for call in event.calls if kind)


def _changes(event: Event, places: Layout) -> tuple[list[str], list[str]]:
    """Return what callbacks changed, and what the loop and the handler did; the cause before its changes."""
    from ..replay.origin.place import place_of
    from ..replay.text.leaves import leaves
    from ..replay.text.safe import visible

    framework = places.framework
    changes = [change for change in leaves(event.changes) if not _is_left_out(change, places)]
    told: list[str] = []
    quiet: list[str] = []
    for by, group in groupby(changes, lambda change: change.by):
        at = place_of(places.trace, by, event.name) if places.width >= WIDEST else ""
        text = f"{visible(by)}{f' ({at})' if at else ''}: {', '.join(_texts(list(group), places))}"
        (quiet if by in (framework.loop, framework.handler) else told).append(text)
    known = (*places.quiet, *CHECKPOINTS)
    first = [change for change in event.changes if _is_first(change) and change.path not in known]
    return told, [*_checkpoints(event, framework), *quiet, *_seen_first(first)]


def _checkpoints(event: Event, framework: Framework) -> Iterator[str]:
    """Tell what a save wrote, which checkpoints are left if these are others than before, and of the best model."""
    from ..replay.text.display import brief
    from ..replay.text.safe import visible

    old = {change.path: change.old for change in event.changes if change.path in CHECKPOINTS and not change.inside}
    folder, best = (event.before.other.get(path) for path in CHECKPOINTS)
    if isinstance(folder, Mapping):
        steps, written = folder.get("steps"), folder.get("written")
        if event.name == framework.saving.event and isinstance(written, str):
            name = written.replace("\\", "/").rpartition("/")[2]
            yield f"{cut(visible(name), 40)} written"
        was = old.get(paths.CHECKPOINTS.name, folder)
        before = was.get("steps") if isinstance(was, Mapping) else []
        if isinstance(steps, (list, tuple)) and steps != before:
            more = ["…"] if len(steps) > KEPT or folder.get("more") else []
            yield f"checkpoints there: {' '.join([*more, *(brief(step, 20) for step in steps[-KEPT:])]) or 'none'}"
    if paths.BEST_MODEL.name in old and isinstance(best, str):
        yield f"best model {brief(best, 120)}"


def _seen_first(changes: list[Change]) -> Iterator[str]:
    """Name what the loop came with; only count it where it is much, as at the first event."""
    from ..replay.text.safe import visible

    if len(changes) > MOST_FIRST:
        yield f"{plural(len(changes), 'value')} seen for the first time"
    elif changes:
        yield f"first seen: {', '.join(f'{visible(change.path)} {_short(change.new, 40)}' for change in changes)}"


def _texts(changes: list[Change], places: Layout) -> Iterator[str]:
    """Give changes in words, flags that went the same way together."""
    from ..replay.text.safe import visible

    for value, word in ((True, "on"), (False, "off")):
        found = [_flag(change, places.framework) for change in changes if change.new is value]
        flags = [flag for flag in found if flag is not None]
        if flags:
            names = " ".join(visible(flag.name) for flag in flags)
            yield f"{names if places.wide else ''.join(flag.letter for flag in flags)} {word}"
    for change in changes:
        if _flag(change, places.framework) is None or type(change.new) is not bool:
            yield f"{visible(_path(change))} {transition(change)}"


def _path(change: Change) -> str:
    """Return a path; of a callback's own values, which it changed itself, the last part."""
    own = change.path.startswith(paths.CALLBACKS.path(f"{change.by}."))
    return change.path.rpartition(".")[2] if own else change.path


def transition(change: Change, limit: int = 40) -> str:
    """Return the old and the new value of a change; of the log history how many entries came."""
    if is_growth(change):
        return entries(change)
    old, new = change.old, change.new
    if isinstance(old, str) and isinstance(new, str) and _short(old, limit) == _short(new, limit):
        # The ends differ, as those of two paths in one folder.
        alike = len(commonprefix((old, new))) - limit // 4  # noqa: RUF071 - characters are meant
        old, new = f"…{old[alike:]}", f"…{new[alike:]}"
    return f"{_short(old, limit)} → {_short(new, limit)}"


def is_growth(change: Change) -> bool:
    """Tell whether a change is one of the log history alone: its entries are too many to be shown twice."""
    return is_history(change.new) and (is_history(change.old) or change.old is ABSENT)


def entries(change: Change) -> str:
    """Return how many entries of the log history came or went; both values are one."""
    old, new = 0 if change.old is ABSENT else len(change.old), len(change.new)
    if new == old:
        return f"edited ({plural(new, 'entry')})"
    return f"+{plural(new - old, 'entry')}" if new > old else f"-{plural(old - new, 'entry')}, {new:,} left"


def _short(value: object, limit: int) -> str:
    from ..replay.text.display import brief

    if is_history(value):
        return plural(len(value), "entry")
    return f'"{brief(value, limit)}"' if type(value) is str else brief(value, limit)


def _flag(change: Change, framework: Framework) -> Flag | None:
    """Return the flag that a change is about, or None."""
    return next((flag for flag in framework.flags if flag.path == change.path), None)


def _is_left_out(change: Change, places: Layout) -> bool:
    """Tell what has a column of its own, stands elsewhere, or is merely seen for the first time."""
    framework = places.framework
    reset = change.by == framework.handler and change.new is False and _flag(change, framework) is not None
    copies = (*framework.wording.copies, *CHECKPOINTS)
    elsewhere = any(change.path == path or change.path.startswith(f"{path}.") for path in copies)
    return change.path in places.quiet or elsewhere or reset or _is_first(change)


def _is_first(change: Change) -> bool:
    """Tell whether the loop merely came with a value; dozens at the first event, where they would hide the rest."""
    return change.old is ABSENT and not change.inside and change.path not in CHECKPOINTS


def _values(event: Event, framework: Framework, *, later: bool) -> Iterator[str]:
    """Give logs and metrics in short, without what stands in a column or among the changes.

    Args:
        event: The event.
        framework: Whose keys say how long something took.
        later: Those that say how long something took; else the others.
    """
    from ..replay.text.display import brief
    from ..replay.text.safe import visible

    for name in paths.SHAPED:
        values: Mapping[str, object] = getattr(event, name) or {}
        changed = {change.path for change in event.changes}
        texts = [
            f"{visible(str(key))}={brief(value)}"
            for key, value in values.items()
            if f"{name}.{key}" not in changed
            and str(key).endswith(framework.wording.late) is later
            and not _is_column(key, value, event)
        ]
        if texts:
            yield ("" if event.logs is None or event.metrics is None else f"{name} ") + " ".join(texts)


def _probes(event: Event) -> Iterator[str]:
    """Give what probes found, in short."""
    from ..replay.text.display import brief
    from ..replay.text.safe import visible

    for one in event.probes:
        found = brief(one.value, 60) if one.exception is None else f"raised {visible(one.exception)}"
        yield f"{visible(one.probe)}={found}"


def _is_column(key: object, value: object, event: Event) -> bool:
    return (key == "epoch" and value == event.epoch) or (key == "step" and value == event.step)


def _step(event: Event) -> str:
    from ..replay.text.display import show

    return "" if event.step is None else show(event.step, 20)


def _epoch(event: Event) -> str:
    from ..replay.text.display import show

    if isinstance(event.epoch, float) or (isinstance(event.epoch, int) and abs(event.epoch) < 1 << 63):
        return f"{event.epoch:.4f}"
    return "" if event.epoch is None else show(event.epoch, 20)
