"""Several traces in a lane each, over the moments of the one that is seen; and what parts at the place one went to."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from ...replay.cursor import Cursor
from ...replay.span import Span
from ...replay.trace import Trace
from ..messages import FindCells, LanesChanged, Seen, ToLane
from .cut import end, middle
from .panel import Panel
from .strip_line import mark_of

if TYPE_CHECKING:
    from ..lanes import Cells, Lanes

MOST_LANES: Final = 8
"""Lanes that are seen at once; of more those around the one that is shown."""

MOST_LINES: Final = 7
"""Lines about a place where traces part."""

LABEL: Final = 8
"""Cells of a lane's name at least."""

GUESS: Final = "a guess:"


class LanesPanel(Panel):
    """One line for each trace, then what parts. A click leads to that trace at that moment."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"lanes-panel--{part}"
        for part in ("dim", "mark", "stop", "warning", "error", "here", "cursor", "part", "title", "guess")
    }
    DEFAULT_CSS = """
    LanesPanel { height: 1; padding: 0 1; display: none; }
    LanesPanel > .lanes-panel--dim { text-style: dim; }
    LanesPanel > .lanes-panel--mark { color: $foreground; text-style: bold; }
    LanesPanel > .lanes-panel--stop { color: $text-accent; text-style: bold; }
    LanesPanel > .lanes-panel--warning { color: $text-warning; text-style: bold; }
    LanesPanel > .lanes-panel--error { color: $text-error; text-style: bold; }
    LanesPanel > .lanes-panel--here { color: $foreground; text-style: bold; }
    LanesPanel > .lanes-panel--cursor { color: $text; background: $primary; text-style: bold; }
    LanesPanel > .lanes-panel--part { color: $text-warning; text-style: bold reverse; }
    LanesPanel > .lanes-panel--title { color: $text-warning; text-style: bold; }
    LanesPanel > .lanes-panel--guess { text-style: italic; }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    """Number of the event where one is."""

    def __init__(self) -> None:
        super().__init__()
        self._trace: Trace | None = None
        self._lanes: Lanes | None = None
        self._parting = -1
        self._seen: Seen | None = None
        self._cells: list[Cells | None] = []
        self._of: tuple[int, ...] = ()
        self._wanted = False

    def on_mount(self) -> None:
        """Learn when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.refresh())

    # -- what is told

    def show(self, trace: Trace, cursor: Cursor) -> None:
        """Mark the place of the cursor."""
        self._trace = trace
        self.cursor = cursor.index

    def on_lanes_changed(self, message: LanesChanged) -> None:
        """Draw what is known."""
        went = message.parting != self._parting and message.parting >= 0
        self._lanes, self._parting = message.lanes, message.parting
        if went:
            self._wanted = True
        self._fit()
        self._ask()

    def on_seen(self, message: Seen) -> None:
        """Draw the events that the strip draws."""
        self._seen = message
        self._cells = []
        self._ask()

    def action_show_or_hide(self) -> None:
        """Show the lanes, or no longer."""
        if self._lanes is None or not self._lanes.several:
            self.app.bell()
            return
        self._wanted = not self._wanted
        self._fit()
        self._ask()

    def _fit(self) -> None:
        """Take as many lines as are needed."""
        self.display = self._wanted and self._lanes is not None
        if self.display:
            self.styles.height = len(self._shown) + len(self._texts())
            self.refresh()

    def _ask(self) -> None:
        """Find out what the lanes have in the cells, once they are seen."""
        if not self.display or self._lanes is None or self._trace is None or not self._lanes.ready:
            return
        span = self._span
        asked = (span.begin, span.end, span.cells, self._lanes.current, len(self._trace))
        if not self._cells or self._of != asked:
            self._of = asked
            self.post_message(FindCells(span, self._found))

    def _found(self, found: list[Cells | None]) -> None:
        self._cells = found
        self.refresh()

    # -- what is asked for

    def on_click(self, event: events.Click) -> None:
        """Go to a lane, at the moment that was clicked."""
        place = event.get_content_offset_capture(self)
        if self._lanes is not None and 0 <= place.y < len(self._shown):
            cell = max(0, min(place.x - self._left, self._span.cells - 1))
            self.post_message(ToLane(self._shown[place.y], self._span.event(cell)))

    # -- drawing

    @property
    def _shown(self) -> list[int]:
        """Places of the lanes that are seen."""
        if self._lanes is None:
            return []
        count = len(self._lanes.lanes)
        first = max(0, min(self._lanes.current - MOST_LANES // 2, count - MOST_LANES))
        return list(range(first, min(count, first + MOST_LANES)))

    @property
    def _left(self) -> int:
        return max(LABEL, self._seen.left if self._seen is not None else 0)

    @property
    def _span(self) -> Span:
        """The events of the lane that is seen, in cells: those of the strip."""
        total = max(1, len(self._trace) if self._trace is not None else 1)
        if self._seen is None:
            return Span(0, total, max(1, self.size.width - self._left - 12))
        cells = self._seen.middle - max(0, LABEL - self._seen.left)
        return Span(self._seen.begin, min(self._seen.end, total), max(1, cells))

    def watch_cursor(self, before: int, cursor: int) -> None:
        """Draw the cells that differ."""
        span = self._span
        cells = {span.cell(before), span.cell(cursor)}
        if self.display and len(cells) > 1:
            for cell in cells:
                self.refresh(Region(self._left + cell, 0, 1, len(self._shown)))

    def render_line(self, y: int) -> Strip:
        """Draw a lane, or a line about where they part."""
        shown = self._shown
        if y < len(shown):
            parts = self._lane(shown[y])
        else:
            texts = self._texts()
            parts = [texts[y - len(shown)]] if y - len(shown) < len(texts) else []
        return Strip(parts).adjust_cell_length(self.size.width).apply_style(self.rich_style).simplify()

    def _lane(self, place: int) -> list[Segment]:
        assert self._lanes is not None
        lane, span = self._lanes.lanes[place], self._span
        here = place == self._lanes.current
        label = set_cell_size(("❯" if here else " ") + middle(lane.name, self._left - 2), self._left)
        parts = [Segment(label, self._style("here" if here else "dim"))]
        cells = self._cells[place] if place < len(self._cells) else None
        if lane.failed or cells is None or len(cells.signs) != span.cells:  # of the size that there was
            word = f"can't be read: {lane.failed}" if lane.failed else "reading …" if lane.trace is None else "…"
            return [*parts, Segment(middle(word, span.cells), self._style("error" if lane.failed else "dim"))]
        parts += self._marks(place, cells, span)
        return [*parts, Segment(" " + self._ended(lane.trace, cells), self._style("dim"))]

    def _marks(self, place: int, cells: Cells, span: Span) -> list[Segment]:
        framework = self._trace.framework if self._trace is not None else None
        if framework is None:
            return []
        at, parts = span.cell(self.cursor), self._parts_in(span)
        found = [
            mark_of(signs, framework, self._style) if filled else Segment(" ")
            for signs, filled in zip(cells.signs.tolist(), cells.filled.tolist(), strict=True)
        ]
        last = max((number for number, filled in enumerate(cells.filled.tolist()) if filled), default=-1)
        trace = self._lanes.lanes[place].trace if self._lanes is not None else None
        if last >= 0 and trace is not None and cells.more <= 0:
            found[last] = Segment("┤" if trace.end is not None else "╳", self._style("mark"))
        if parts >= 0:
            found[parts] = Segment(found[parts].text.replace(" ", "·"), self._style("part"))
        if 0 <= at < len(found):
            found[at] = Segment(found[at].text, self._style("cursor"))
        return found

    def _parts_in(self, span: Span) -> int:
        """Return the cell of the place where they part, that one went to last; -1 if there is none."""
        if self._lanes is None or not 0 <= self._parting < len(self._lanes.partings):
            return -1
        event = self._lanes.partings[self._parting].places[self._lanes.current]
        return span.cell(event) if span.begin <= event < span.end else -1

    def _ended(self, trace: Trace | None, cells: Cells) -> str:
        if trace is None:
            return ""
        if cells.more > 0:
            return f"+{cells.more:,}"
        return "ended" if trace.end is not None else "no end"

    def _texts(self) -> list[Segment]:
        """Return the lines about where they part."""
        width = max(1, self.size.width)
        if self._lanes is None:
            return []
        if 0 <= self._parting < len(self._lanes.partings):
            told = self._lanes.partings[self._parting]
            going = f", {self._lanes.percent} % compared" if self._lanes.comparing else ""
            known = "" if self._lanes.all_found else f" or more{going}"
            title = f"≠ {told.lines[0]}   ({told.number:,} of {len(self._lanes.partings):,}{known})"
            lines = [(line, "guess" if line.startswith(GUESS) else "text") for line in told.lines[1:]]
            parts = [Segment(part, self._style(style)) for line, style in lines for part in _wrapped(line, width)]
            more = [Segment(f"  and {len(parts) - MOST_LINES + 2} more lines", self._style("dim"))]
            parts = parts if len(parts) < MOST_LINES else [*parts[: MOST_LINES - 2], *more]
            return [Segment(end(title, width), self._style("title")), *parts]
        if self._lanes.all_found and not self._lanes.partings:
            return [Segment("they part nowhere", self._style("dim"))]
        if self._lanes.comparing:
            return [Segment(f"comparing … {self._lanes.percent} %", self._style("dim"))]
        return [Segment("D goes to where they part", self._style("dim"))]

    def _style(self, part: str) -> Style:
        if part == "text":
            return Style()
        name = part if f"lanes-panel--{part}" in self.COMPONENT_CLASSES else "dim"
        return self.get_component_rich_style(f"lanes-panel--{name}", partial=True)


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line as one or two, the second set in."""
    parts = wrap(line, max(16, width - 2), subsequent_indent="  ", max_lines=2, placeholder=" …")
    return [end(f"  {part}", width) for part in parts]
