"""The overview, in which a trace opens: why it ended, who asked for checkpoints, trouble, metrics; Enter goes there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...replay.cursor import Cursor
from ...replay.overview.fact import Fact, Section
from ...replay.trace import Trace
from ..actions import bindings
from ..messages import Checked, FindOut, GoTo, Surveyed
from .overview_lines import STYLES, Line, section_lines, text_lines
from .panel import Panel

if TYPE_CHECKING:
    from ...replay.metrics import Metric
    from ...replay.overview.standing import Standing

CHOSEN: Final = " ❯ "
"""What stands before the chosen line."""

TITLES: Final = {"why": "Why it ended", "saves": "Checkpoints", "trouble": "Trouble"}
"""The sections by the name under which they are found out, and their titles until then."""

WIDEST: Final = 120
"""Cells of a line at most: on a wider screen the number of an event would be far from what it is about."""

SOON: Final = 2.0
"""Seconds between two looks at a trace that grows."""

HINT: Final = " ↑↓ choose   ⏎ go there   any other key: the events"


class Overview(ScrollView, Panel, can_focus=True, inherit_bindings=False):
    """Facts of the run, line by line; the chosen one leads to its event. What is not known yet comes when it is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"overview--{part}" for part in ("title", "dim", "curve", "chosen", *STYLES.values())
    }
    DEFAULT_CSS = """
    Overview { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; }
    Overview > .overview--title { color: $text-secondary; text-style: bold; }
    Overview > .overview--text { color: $foreground; }
    Overview > .overview--dim { text-style: dim; }
    Overview > .overview--notable { color: $text-accent; }
    Overview > .overview--grave { color: $text-error; text-style: bold; }
    Overview > .overview--curve { color: $text-success; }
    Overview > .overview--chosen { background: $primary-muted; }
    Overview:focus > .overview--chosen { background: $primary; color: auto; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("Overview")]

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._events = -1
        self._ask_after = 0.0
        self._offered: Section | None = None
        self._sections: dict[str, Section] = {}
        self._metrics: list[Metric] | None = None
        self._standings: dict[str, Standing | None] = {}
        self._signs: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._about: tuple[str, str] = ("", "")
        self._lines: list[Line] = []
        self._chosen = -1
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._restyled())

    # -- what is told

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Show the trace, as far as somebody sees it; where one is in it does not matter."""
        self._trace = trace
        if self.display:
            self._look()

    def on_show(self) -> None:
        """Be seen."""
        self._look()

    def _look(self) -> None:
        """Find out what there is to say, once; now and then again while the trace grows."""
        if self._trace is not None and self._events != len(self._trace) and monotonic() > self._ask_after:
            self._ask_after = monotonic() + SOON
            self._events = len(self._trace)
            self._ask()
            self._arrange()

    def on_surveyed(self, message: Surveyed) -> None:
        """Find out what the trouble is, when it is known where it is."""
        self._signs = message.signs
        self._ask_trouble()

    def _ask_trouble(self) -> None:
        if self._trace is not None and self._events == len(self._signs):
            job = partial(_trouble, signs=self._signs)
            self.post_message(FindOut("overview trouble", job, self._found_trouble))

    def on_checked(self, message: Checked) -> None:
        """Find out anew what may be otherwise now."""
        if message.whole and self._events >= 0 and self._trace is not None:
            self._sections.clear()
            self._events = len(self._trace)
            self._ask()

    def offer(self, facts: tuple[Fact, ...]) -> None:
        """Take what is to be chosen first: where one was last."""
        self._offered = Section("Last time", facts=facts) if facts else None
        self._arrange()

    def _ask(self) -> None:
        if not any(self._about):
            self.call_after_refresh(self._look_about)
        jobs = (("why", _why), ("saves", _saves), ("metrics", _metrics))
        for kind, job in jobs:
            self.post_message(FindOut(f"overview {kind}", job, getattr(self, f"_found_{kind}")))
        self._ask_trouble()

    def _look_about(self) -> None:
        """Say what the header says: that is known at once."""
        if self._trace is not None:
            from ...replay.overview.about import asked, ran  # the first screen comes before

            self._about = ran(self._trace), asked(self._trace)
            self._arrange()

    def _found_why(self, found: Section) -> None:
        self._found("why", found)

    def _found_saves(self, found: Section) -> None:
        self._found("saves", found)

    def _found_trouble(self, found: Section) -> None:
        self._found("trouble", found)

    def _found(self, kind: str, found: Section) -> None:
        self._sections[kind] = found
        self._arrange()

    def _found_metrics(self, found: list[Metric]) -> None:
        self._metrics = found
        self._arrange()
        for one in found:
            then = partial(self._found_standing, one.path)
            self.post_message(FindOut(f"overview metric {one.path}", partial(_standing, metric=one), then))

    def _found_standing(self, path: str, found: Standing | None) -> None:
        self._standings[path] = found
        self._arrange()

    # -- what is asked for

    def action_choose(self, steps: int) -> None:
        """Choose the next line that leads somewhere, or the previous one."""
        heads = self._heads
        if heads:
            place = heads.index(self._chosen) if self._chosen in heads else 0
            self._choose(heads[max(0, min(place + steps, len(heads) - 1))])

    def action_go(self) -> None:
        """Go to the event of the chosen line."""
        if 0 <= self._chosen < len(self._lines):
            self._go(self._lines[self._chosen].event)

    def on_click(self, event: events.Click) -> None:
        """Go to the event of the line under the pointer."""
        place = self.scroll_offset.y + event.y
        if 0 <= place < len(self._lines):
            self._go(self._lines[place].event)

    def _go(self, event: int | None) -> None:
        if event is not None:
            self.post_message(GoTo(event))

    @property
    def _heads(self) -> list[int]:
        """Places of the lines that can be chosen."""
        return [place for place, line in enumerate(self._lines) if line.event is not None and line.head]

    def _choose(self, place: int) -> None:
        before, self._chosen = self._chosen, place
        for line in (before, place):
            self.refresh(Region(0, line - self.scroll_offset.y, self.size.width, 1))
        top, height = self.scroll_offset.y, self.size.height
        first = 0 if place == self._heads[0] else place - 1  # with the title above it
        if first < top or place + 2 > top + height:
            self.scroll_to(y=first if first < top else place + 2 - height, animate=False, force=True)

    # -- drawing

    def _arrange(self) -> None:
        """Lay out what is known; the chosen line stays, wherever it is then."""
        if self._trace is None or not self.size.width:
            return
        chosen = self._lines[self._chosen] if 0 <= self._chosen < len(self._lines) else None
        first = self._chosen in self._heads[:1]
        parts = [list(part) for part in self._laid_out(min(self.size.width, WIDEST))]
        room = sum(map(len, parts)) + len(parts) < self.size.height - 1
        self._lines = [line for part in parts if part for line in (*part, *([Line()] if room else []))]
        heads = self._heads
        same = [place for place in heads if chosen is not None and self._lines[place].pieces == chosen.pieces]
        self._chosen = next(iter(heads[:1] if first or not same else same), -1)
        size = Size(self.size.width, max(len(self._lines), self.size.height))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()

    def _laid_out(self, width: int) -> Iterator[Iterable[Line]]:
        """Give the sections, each as its lines."""
        waiting = "known when all is checked" if self._trace is not None and self._trace.checked < 1 else "…"
        if self._offered is not None:
            yield section_lines(self._offered, width)
        for kind, title in TITLES.items():
            yield section_lines(self._sections.get(kind) or Section(title, waiting), width)
        yield self._metric_lines(width, waiting)
        for title, text, most in zip(("Run", "Args"), self._about, (2, 3), strict=True):
            yield text_lines(title, text, width, most) if text else ()

    def _metric_lines(self, width: int, waiting: str) -> Iterable[Line]:
        known = [one for metric in self._metrics or () if (one := self._standings.get(metric.path)) is not None]
        if not known:
            return section_lines(Section("Metrics", "none" if self._metrics == [] else waiting), width)
        from .overview_metrics import metric_lines  # the first screen comes before

        return metric_lines(known, width)

    def on_resize(self) -> None:
        """Fit in."""
        self._arrange()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, place, base = self.size.width, self.scroll_offset.y + y, self._style("")
        if place >= len(self._lines):
            hint = y == self.size.height - 1 and len(self._lines) < self.size.height - 1
            parts = [Segment(HINT, self._style("dim"))] if hint else []
            return Strip(parts).adjust_cell_length(width, base).apply_style(base)
        parts = [Segment(text, self._style(style)) for text, style in self._lines[place].pieces]
        if place == self._chosen:
            highlight = self._style("chosen")
            whole = Strip(parts).adjust_cell_length(width, base)
            parts = [Segment(part.text, (part.style or Style()) + highlight + Style(dim=False)) for part in whole]
            parts[0] = Segment(CHOSEN + parts[0].text[len(CHOSEN) :], parts[0].style)
        return Strip(parts).adjust_cell_length(width, base).apply_style(base).simplify()

    def _style(self, part: str) -> Style:
        style = self._styles.get(part)
        if style is None:
            partial_style = part != "chosen" or not self.has_focus
            own = self.get_component_rich_style(f"overview--{part}", partial=partial_style) if part else self.rich_style
            style = self._styles[part] = own
        return style

    def on_focus(self) -> None:
        """Show that the keys are for this."""
        self._restyled()

    def on_blur(self) -> None:
        """Show that they are for something else."""
        self._restyled()

    def _restyled(self) -> None:
        self._styles.clear()
        self.refresh()


# What finds the answers is imported when the first screen has been painted.


def _why(trace: Trace) -> Section:
    from ...replay.overview.why import why

    return why(trace)


def _saves(trace: Trace) -> Section:
    from ...replay.overview.checkpoints import checkpoints

    return checkpoints(trace)


def _trouble(trace: Trace, signs: NDArray[np.uint8]) -> Section:
    from ...replay.overview.trouble import trouble

    return trouble(trace, signs)


def _metrics(trace: Trace) -> list[Metric]:
    from ...replay.overview.judges import shown_metrics

    return shown_metrics(trace)


def _standing(trace: Trace, metric: Metric) -> Standing | None:
    from ...replay.overview.judges import stand

    return stand(trace, metric)
