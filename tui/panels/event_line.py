"""One line of the event list, an event or a fold. Pure functions: no widget, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from ...replay.columns.columns import CHANGED, EXCEPTION, FLIPPED, GAP, MESSAGE, NONFINITE, Columns
from ...replay.fold.folds import Folds
from ...replay.fold.view import Line
from ...replay.text.safe import visible
from ...replay.text.what import Said
from ...trace.framework import Framework

MARKS: Final = (
    (EXCEPTION, "✗", "error", "exception"),
    (GAP, "⋯", "error", "something is missing before it"),
    (NONFINITE, "!", "warning", "NaN or infinity"),
    (MESSAGE, "?", "warning", "a warning was logged"),
    (FLIPPED, "●", "changed", "a callback changed a flag"),
    (CHANGED, "•", "changed", "changed something"),
)
"""What is shown before a line, the gravest first: its bit, the sign, the sign's style, what it means."""

BOOKMARK: Final = "⚑"
STOP: Final = "◉"
PINS: Final = ((BOOKMARK, "a bookmark"), (STOP, "a breakpoint or watchpoint stops there"))
"""What stands after a mark, in the cell before the number: the user put it there."""

CLOSED: Final = "▸"
OPEN: Final = "▾"
"""Signs of folds."""

DEEPEST: Final = 8
"""Levels of indentation that are shown."""

STYLES: Final = {"error": "error", "warning": "warning", "flag": "on", "value": "name", "done": "name"}
"""Styles of what is said, by its kind; of all other kinds it is dim."""

StyleOf = Callable[[str], Style]
"""Gives the style of a part: ``dim``, ``error``, ``warning``, ``changed``, ``flipped``, ``name``, ``edge``, ``on``."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns fit into a width, in cells; 0 where one is left out.

    Attributes:
        width: The whole line.
        number, step, name, what, duration: Width of each.
        letters: The flags.
    """

    width: int
    number: int
    step: int
    name: int
    what: int
    duration: int
    letters: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a line is drawn from.

    Attributes:
        columns: The trace's columns.
        framework: What its framework calls things.
        folds: Its folds, None: not known.
        line: The line.
        said: What happened in it; None: not known yet, and of a fold nothing is looked up that is not at hand.
        step: The step that it begins, None: none.
        found: A match of the search is in it.
        pin: Sign of what the user put there: see `PINS`; empty: nothing.
    """

    columns: Columns
    framework: Framework
    folds: Folds | None
    line: Line
    said: Sequence[Said] | None
    step: int | None
    found: bool
    pin: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the events of the line may be looked at."""
        return self.said is not None or not self.line.is_fold


def layout(width: int, events: int, last_step: int, longest: int, letters: str) -> Layout:
    """Return the layout for a width: what happened gets the room, numbers and durations where there is enough of it.

    Args:
        width: Cells of a line.
        events: How many there are.
        last_step: The greatest number of a step.
        longest: Cells of the longest name of an event.
        letters: The flags.
    """
    step = max(4, len(f"{max(last_step, 0):,}"))
    number = len(str(max(events - 1, 0))) if width >= 96 else 0
    duration = 8 if width >= 90 else 0
    fixed = 2 + step + len(letters) + sum(part + 1 for part in (number, duration) if part) + 2
    name = min(longest + 8, max(20, 2 * width // 5))
    what = width - fixed - name - 1
    if what < 12:
        name, what = max(8, width - fixed), 0
    return Layout(width, number, step, name, what, duration, letters)


def header(columns: Layout) -> str:
    """Return the line of titles."""
    parts = [" " + ("#".rjust(columns.number + 1) if columns.number else "")]
    parts += ["step".rjust(columns.step), fitted("  event", columns.name)]
    parts += [fitted("what", columns.what)] if columns.what else []
    parts += ["took".rjust(columns.duration)] if columns.duration else []
    return " ".join([*parts, columns.letters])


def event_line(place: Place, widths: Layout, style_of: StyleOf) -> list[Segment]:
    """Return the parts of one line.

    Args:
        place: What it shows.
        widths: The layout.
        style_of: Gives the styles.
    """
    columns, line = place.columns, place.line
    mark, mark_style = _mark(_marks(place))
    parts = [Segment(mark, style_of(mark_style)), Segment(place.pin or " ", style_of("on"))]
    if widths.number:
        parts.append(Segment(str(line.start).rjust(widths.number) + " ", style_of("dim")))
    step = f"{place.step:,}" if place.step is not None else ""
    parts.append(Segment(step.rjust(widths.step) + " ", style_of("dim")))
    name = _name(place)
    more = _more(cell_len(name) - widths.name, widths.what, said=bool(place.said))
    parts.append(Segment(fitted(name, widths.name + more), _name_style(place, style_of)))
    if widths.what:
        parts += [Segment(" "), *_what(place, widths.what - more, style_of)]
    if widths.duration:
        took = duration_text(_took(columns, line)) if place.is_known else ""
        parts.append(Segment(" " + took.rjust(widths.duration), style_of("dim")))
    parts.append(Segment(" "))
    return parts + _flags(place, widths.letters, style_of)


def fitted(text: str, width: int) -> str:
    """Return a text in so many cells, cut with an ellipsis or filled with blanks."""
    return text + " " * (width - cell_len(text)) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def duration_text(seconds: float) -> str:
    """Return a duration in the unit that fits it; of one that is not known nothing."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:,.1f} {unit}"
    return f"{seconds * 1e6:.0f} µs" if seconds >= 0 else ""


def _more(needed: int, what: int, *, said: bool) -> int:
    """Return how much of the room of what happened a long name takes: half of it at most, if anything is to be said."""
    return max(0, min(needed, what // 2 if said else what))


def _marks(place: Place) -> int:
    line = place.line
    if line.is_fold and place.folds is not None:
        return 0 if line.is_open or not place.is_known else place.folds.marks(place.columns, line) & ~CHANGED
    return int(place.columns.marks[line.start])


def _mark(marks: int) -> tuple[str, str]:
    return next(((symbol, style) for mark, symbol, style, _ in MARKS if marks & mark), (" ", "dim"))


def _name(place: Place) -> str:
    line, columns = place.line, place.columns
    if line.is_fold and place.folds is not None:
        sign = OPEN if line.is_open else CLOSED
        return (
            "  " * min(line.depth, DEEPEST) + f"{sign} {place.folds.title(columns if place.is_known else None, line)}"
        )
    depth = line.depth or int(columns.depth[line.start])
    text = visible(columns.name_of(line.start)) + _thread(columns, line.start)
    return "  " * min(depth, DEEPEST) + "  " + text


def _thread(columns: Columns, index: int) -> str:
    """Return the thread of an event; empty for the thread that began the recording."""
    return f" [{visible(columns.thread_of(index))}]" if columns.thread[index] else ""


def _name_style(place: Place, style_of: StyleOf) -> Style:
    line = place.line
    kind = "edge" if not line.is_fold and place.columns.name_of(line.start) in place.framework.edges else "name"
    style = style_of("error" if _marks(place) & EXCEPTION else kind)
    return style + Style(underline=True, bold=True) if place.found else style


def _what(place: Place, width: int, style_of: StyleOf) -> list[Segment]:
    """Return what happened, cut where there is no more room."""
    parts, left = list[Segment](), width
    between = ", " if place.line.is_fold else "  "
    for number, one in enumerate(place.said or ()):
        text = (between if number else "") + one.text
        if cell_len(text) > left:
            if left:
                parts.append(Segment(fitted(text, left), style_of(STYLES.get(one.kind, "dim"))))
            left = 0
            break
        parts.append(Segment(text, style_of(STYLES.get(one.kind, "dim"))))
        left -= cell_len(text)
    return [*parts, Segment(" " * left)] if left else parts


def _took(columns: Columns, line: Line) -> float:
    last = line.stop - 1
    if last == line.start:
        return float(columns.duration[last])
    return float(columns.time[last]) + float(columns.duration[last]) - float(columns.time[line.start])


def _flags(place: Place, letters: str, style_of: StyleOf) -> list[Segment]:
    """Return the flags after a line; where they changed in an event, too."""
    columns, line = place.columns, place.line
    if line.is_open or not place.is_known:
        return [Segment(" " * len(letters))]
    now = int(columns.flags[line.stop - 1])
    before = int(columns.flags[line.start - 1]) if line.start else 0
    before = now if line.is_fold else before
    return [_flag(letter, now >> bit & 1, before >> bit & 1, style_of) for bit, letter in enumerate(letters)]


def _flag(letter: str, now: int, before: int, style_of: StyleOf) -> Segment:
    """Draw a flag: a capital when it is on, a dot when it is off, small when it was on until now."""
    if now:
        return Segment(letter, style_of("on" if before else "flipped"))
    return Segment(letter.lower() if before else "·", style_of("flipped" if before else "dim"))
