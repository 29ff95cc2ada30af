"""The line on top of every screen: which trace it is, how the run ended, and how much there is of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar, Final

import numpy as np
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events

from ...replay.cursor import Cursor
from ...replay.signs import EVALUATED, SAVED, TROUBLE
from ...replay.text.safe import visible
from ...replay.text.told import Ending
from ...replay.trace import Trace
from ..messages import Checked, Ended, GoTo, LanesChanged, Surveyed
from .cut import end, middle
from .panel import Panel

GAP: Final = 2
"""Cells between two parts."""

SHORTEST: Final = 14
"""Cells that a file's name has at least, if the line has them."""

WRONG: Final = frozenset({"exception", "interrupted", "exit", "no data"})
"""Kinds of an ending that nobody wants."""


@dataclass(frozen=True, slots=True)
class Title:
    """What the line may say.

    Attributes:
        name: Of the file.
        place: Which of several traces, or ranks, it is; or empty.
        headlines: How the run ended, the longest first; empty while that is not known.
        counts: What else there is, in the order in which it is left out, the last one first.
        wrong: It ended as nobody wants.
    """

    name: str
    place: str = ""
    headlines: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    wrong: bool = False


class TitleLine(Panel):
    """File, place among several, headline, counts. A click leads to the event that the headline is about."""

    DEFAULT_CSS = """
    TitleLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    TitleLine > .title-line--wrong { color: $text-error; text-style: bold; }
    TitleLine > .title-line--dim { text-style: dim; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"title-line--wrong", "title-line--dim"}

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._events = 0
        self._place = ""
        self._counts: tuple[str, ...] = ()
        self._ending: Ending | None = None

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show the trace; where one is in it does not matter."""
        if self._trace is None or self._events != len(trace):
            self._trace, self._events = trace, len(trace)
            self.refresh()

    def on_lanes_changed(self, message: LanesChanged) -> None:
        """Say which of several traces it is, the first being 1."""
        count = len(message.lanes.lanes)
        self._place = f"{message.lanes.current + 1}/{count}" if count > 1 else ""
        self.refresh()

    def on_surveyed(self, message: Surveyed) -> None:
        """Count what is known of."""
        if self._trace is not None and len(message.signs) == len(self._trace):
            kinds = (("trouble", TROUBLE), ("save", SAVED), ("eval", EVALUATED))
            self._counts = tuple(f"{word} {np.count_nonzero(message.signs & kind):,}" for word, kind in kinds)
            self.refresh()

    def on_ended(self, message: Ended) -> None:
        """Say how it ended."""
        self._ending = message.ending
        self.refresh()

    def on_checked(self, message: Checked) -> None:
        """Forget what may be otherwise now."""
        if message.whole:
            self._counts, self._ending = (), None
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go to the event that the headline is about."""
        if self._ending is not None and self._ending.event is not None:
            self.post_message(GoTo(self._ending.event))

    def render(self) -> Text:
        """Say as much as there is room for."""
        if self._trace is None:
            return Text()
        wrong, dim = (self.get_component_rich_style(f"title-line--{part}", partial=True) for part in ("wrong", "dim"))
        return title_text(self._title(self._trace), self.size.width, wrong, dim)

    def _title(self, trace: Trace) -> Title:
        told = self._ending
        sentence = "" if told is None else told.sentence
        shorter = sentence.partition(" (")[0]
        headlines = tuple(dict.fromkeys(filter(None, (sentence, shorter, shorter.partition(";")[0]))))
        place = " ".join(filter(None, (self._place, rank_of(trace))))
        events = f"{len(trace):,} event{'s' * (len(trace) != 1)}"
        wrong = told is not None and told.kind in WRONG
        return Title(visible(PurePath(trace.path).name), place, headlines, (events, *self._counts), wrong)


def rank_of(trace: Trace) -> str:
    """Return which rank of how many a trace was recorded in; empty where there was one."""
    rank, size = trace.run.get("rank"), trace.run.get("world_size")
    return f"rank {rank} of {size}" if type(rank) is int and type(size) is int and size > 1 else ""


def title_text(title: Title, width: int, wrong: Style, dim: Style) -> Text:
    """Return what fits into a width: counts are left out from the last one on, then the headline is cut.

    Args:
        title: What there is to say.
        width: Cells.
        wrong, dim: Styles of a headline that nobody wants, and of the counts.
    """
    name = middle(title.name, max(SHORTEST, width * 2 // 5))
    left = " ".join(filter(None, (name, title.place)))
    counts, headline = _fitting(title, width - cell_len(left))
    room = width - cell_len(left) - _width(counts) - GAP * bool(headline)
    headline = headline if cell_len(headline) <= room else end(headline, room)
    text = Text(no_wrap=True, overflow="crop").append(middle(left, width), "bold")
    text.append(" " * (GAP * bool(headline))).append(headline, wrong if title.wrong else "")
    rest = width - text.cell_len - _width(counts)
    return text.append(" " * max(0, rest) + "".join(" " * GAP + count for count in reversed(counts)), dim)


def _fitting(title: Title, room: int) -> tuple[Sequence[str], str]:
    """Return the counts that there is room for, and the longest headline beside them."""
    short = title.headlines[-1] if title.headlines else ""
    taken = cell_len(short) + GAP * bool(short)
    for number in range(len(title.counts), -1, -1):
        counts = title.counts[:number]
        if taken + _width(counts) <= room or not number:
            fits = [text for text in title.headlines if cell_len(text) + GAP + _width(counts) <= room]
            return counts, fits[0] if fits else short
    return (), short


def _width(counts: Sequence[str]) -> int:
    return sum(GAP + len(count) for count in counts)
