"""Two places side by side: what differs between them, who wrote it last, what happened. B moves while one looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from ...replay.compare.between import Between, Writers, between, told
from ...replay.compare.described import described
from ...replay.compare.fields import Field, fields
from ...replay.compare.in_force import in_force
from ...replay.cursor import Cursor, TooFar
from ...replay.origin.place import place_of
from ...replay.text.safe import visible
from ...replay.trace import Trace
from ...trace.values import Plain
from ..actions import COMPARE_ACTIONS, COMPARE_BINDINGS
from ..background import Background
from ..copied import put
from ..messages import FindOut, GoTo, Marked, ToEvent
from ..panels.cut import end
from ..panels.field_table import FieldTable, Row
from ..panels.key_line import KeyLine
from ..panels.strip import RunStrip
from ..safe_text import plain_text
from ..survey import Survey
from .help import HelpScreen

REACH: Final = 1 << 14
"""Events that a move looks at before it gives up."""

FEW: Final = 1 << 13
"""Events of a trace of which all is found out at once."""

LOW: Final = 18
"""Lines of a terminal below which the strip has no plot."""

Given = Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a trace.

    Attributes:
        trace: The trace.
        index: Number of the event.
        name: What the place is called: ``A``, ``rank 0``.
    """

    trace: Trace
    index: int
    name: str

    @property
    def short(self) -> str:
        """Name and step."""
        step = int(self.trace.columns.step[self.index])
        return self.name + (f" step {step:,}" if step >= 0 else "")

    @property
    def title(self) -> str:
        """Name, number and step."""
        step = int(self.trace.columns.step[self.index])
        return f"{self.name} #{self.index:,}" + (f" step {step:,}" if step >= 0 else "")


class CompareScreen(Screen[Message | None]):
    """Compares a place A with a place B. Returns what the browser is asked for, None if nothing is.

    Args:
        one: A.
        other: B, in the trace that the browser shows.
        along: Of two traces: finds the event of the first at the moment of one of the other, and calls back with it.
        strip: Knows the trace of B already.
    """

    AUTO_FOCUS = "FieldTable"
    BINDINGS: ClassVar[list[BindingType]] = [*COMPARE_BINDINGS]
    DEFAULT_CSS = """
    CompareScreen #title { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    CompareScreen RunStrip { height: 3; }
    CompareScreen.-low RunStrip, CompareScreen RunStrip.-plain { height: 1; }
    CompareScreen #between { height: auto; max-height: 4; padding: 0 1; }
    CompareScreen #places { height: 1; background: $panel; color: $text; padding: 0 1; }
    """

    def __init__(
        self,
        one: Place,
        other: Place,
        along: Callable[[int, Callable[[int], None]], None] | None = None,
        strip: RunStrip | None = None,
    ) -> None:
        super().__init__()
        self._places = [one, other]
        self._along = along
        self._known = strip
        self._alone = one.trace is other.trace
        self._all = False
        self._fields: list[Field] = []
        self._given: list[Given] = [{}, {}]
        self._between: Between | None = None
        self._writers: list[dict[str, Writers]] = [{}, {}]
        self._pending = 0

    def compose(self) -> ComposeResult:
        """Make the parts."""
        self.set_class(self.app.size.height < LOW, "-low")
        yield Static(id="title")
        strip = RunStrip()
        if self._known is not None:
            strip.like(self._known)
        yield strip
        yield FieldTable()
        yield Static(id="between")
        yield Static(id="places")
        yield KeyLine()

    def on_mount(self) -> None:
        """Compare."""
        self._asides = {id(place.trace): Background(self, place.trace, FEW) for place in self._places}
        strip, other = self.query_one(RunStrip), self._places[1].trace
        self._of_strip = Background(self, other, FEW)  # what nobody waits for is not in the way of what one does
        self._survey = Survey(other, self._of_strip, strip.post_message)
        self._look()
        if not strip.surveyed:
            self.call_after_refresh(self._survey.begin)

    # -- what differs

    def _look(self) -> None:
        """Compare anew: what one event tells at once, and what takes a walk when it is known."""
        self._between, self._writers = None, [{}, {}]
        self._tell_strip()
        self._compare()
        self._pending = 2
        for number, place in enumerate(self._places):
            job = partial(in_force, index=place.index)
            self._asides[id(place.trace)].run(f"given {number}", job, partial(self._found_given, number, place.index))

    def _tell_strip(self) -> None:
        one, other = self._places
        strip = self.query_one(RunStrip)
        strip.show(other.trace, Cursor(other.trace, other.index))
        strip.post_message(Marked(one.index if self._alone else None))

    def _compare(self) -> None:
        one, other = self._places
        events = one.trace[one.index], other.trace[other.index]
        self._fields = fields(*events, other.trace.framework, (self._given[0], self._given[1]))
        self._draw()

    def _found_given(self, number: int, index: int, found: Given) -> None:
        if self._places[number].index != index:
            return
        self._given[number] = found
        self._pending -= 1
        if not self._pending:
            self._compare()
            self._ask_writers()

    def _ask_writers(self) -> None:
        """Find out who wrote what differs: between the places of one trace, up to each place of two."""
        here = self._places[0].index, self._places[1].index
        paths = {field.written for field in self._fields if field.differs}
        if self._alone:  # who was last is known sooner than how often
            start, stop = sorted(here)
            run = self._asides[id(self._places[1].trace)].run
            last = partial(_last, paths=paths, index=stop, after=start)
            run("writers", last, partial(self._found_writers, here, 1))
            job = partial(between, start=start, stop=stop, paths=paths)
            run("between", job, partial(self._found_between, here))
            return
        self._writers = [{}, {}]
        for number, place in enumerate(self._places):
            found = partial(self._found_writers, here, number)
            self._asides[id(place.trace)].run("writers", partial(_last, paths=paths, index=place.index), found)

    def _found_between(self, here: tuple[int, int], found: Between) -> None:
        if here == (self._places[0].index, self._places[1].index):
            self._between, self._writers = found, [{}, found.writers]
            self._draw()

    def _found_writers(self, here: tuple[int, int], number: int, found: dict[str, Writers]) -> None:
        if here == (self._places[0].index, self._places[1].index) and self._between is None:
            self._writers[number] = found
            self._draw()

    # -- drawing

    def _draw(self) -> None:
        titles = self._places[0].short, self._places[1].short
        differing = [field for field in self._fields if field.differs]
        shown = self._fields if self._all else differing
        self.query_one(FieldTable).show([self._row(field) for field in shown], titles)
        self.query_one("#title", Static).update(self._title(len(differing)), layout=False)
        self.query_one("#between", Static).update(Text("\n").join(self._below(len(differing))))
        self.query_one("#places", Static).update(self._where(), layout=False)

    def _row(self, field: Field) -> Row:
        """Return the row of a field, with who wrote it last: of two traces where that was at a later step."""
        found = [
            (self._step(number, each[field.written]), number)
            for number, each in enumerate(self._writers)
            if field.written in each
        ]
        if not found or not field.differs:
            return Row(field)
        number = max(found)[1]
        writers, trace = self._writers[number][field.written], self._places[number].trace
        place = place_of(trace, writers.last, trace.columns.name_of(writers.event))
        whose = "" if self._alone else f"{self._places[number].name}: "
        parts = [whose + visible(writers.last) + (f", {writers.count:,} ×" if writers.count > 1 else ""), place]
        return Row(field, "  ".join(filter(None, parts)), writers.event, number)

    def _step(self, number: int, writers: Writers) -> tuple[int, int]:
        return int(self._places[number].trace.columns.step[writers.event]), writers.event

    def _title(self, count: int) -> Text:
        width = self.size.width - 2
        right = f"{count:,} of {len(self._fields):,} fields differ" + (" …" if self._pending else "")
        text = plain_text(end("  ↔  ".join(place.title for place in self._places), width - len(right) - 1), "bold")
        return text.append(right.rjust(max(0, width - cell_len(text.plain))), "")

    def _below(self, count: int) -> Sequence[Text]:
        same = len(self._fields) - count
        lines = [Text(f"same: {same:,} field{'s' * (same != 1)} (a {'hides' if self._all else 'shows'} them)", "dim")]
        if not self._alone:
            return lines
        names = " and ".join(place.name for place in sorted(self._places, key=lambda place: place.index))
        if self._between is None:
            return [*lines, Text(f"between {names}: looking …", "dim")]
        done = told(self._places[1].trace, self._between)
        return [*lines, plain_text(f"between {names}: {', '.join(done) or 'no evaluation, no save, no trouble'}")]

    def _where(self) -> Text:
        chosen = self.query_one(FieldTable).row
        text = plain_text("   ".join(place.title for place in self._places))
        if chosen is not None and chosen.event >= 0:
            whose = "" if self._alone else f" of {self._places[chosen.place].name}"
            text.append(f"   ⏎ goes to #{chosen.event:,}{whose}, where it was written last", "dim")
        text.no_wrap, text.overflow = True, "ellipsis"
        return text

    # -- what is asked for

    def on_resize(self) -> None:
        """Give the strip the room that there is."""
        self.set_class(self.size.height < LOW, "-low")
        if self._fields:
            self._draw()

    @on(FindOut)
    def _find_out(self, message: FindOut) -> None:
        """Find out what the strip wants to know, of the trace that it shows."""
        message.stop()
        self.call_after_refresh(self._of_strip.run, message.kind, message.job, message.then)

    @on(GoTo)
    def _go(self, message: GoTo) -> None:
        """Move B to where the strip was clicked."""
        message.stop()
        self._move_to(1, message.index)

    @on(FieldTable.Opened)
    def _opened(self, message: FieldTable.Opened) -> None:
        self._go_to(message.row)

    def _go_to(self, row: Row | None) -> None:
        if row is None or row.event < 0:
            self.app.bell()
        elif self._alone or row.place == 1:
            self.dismiss(GoTo(row.event))
        else:
            self.dismiss(ToEvent(self._places[row.place].trace, row.event))

    def action_choose(self, steps: int) -> None:
        """Choose another field."""
        self.query_one(FieldTable).choose(steps)
        self.query_one("#places", Static).update(self._where(), layout=False)

    def action_open(self) -> None:
        """Go to who changed the chosen field last."""
        self._go_to(self.query_one(FieldTable).row)

    def action_history(self) -> None:
        """Show the history of the chosen value, in the trace of B."""
        from .history import HistoryScreen  # the first screen comes before

        row, other = self.query_one(FieldTable).row, self._places[1]
        if row is not None:
            where = len(other.trace), other.index, self._asides[id(other.trace)].run
            title = visible(PurePath(other.trace.path).name)
            self.app.push_screen(HistoryScreen(title, row.field.path, *where), self._from_history)

    def _from_history(self, event: int | None) -> None:
        if event is not None:
            self.dismiss(GoTo(event))

    def action_copy(self) -> None:
        """Copy the chosen row."""
        row = self.query_one(FieldTable).row
        if row is not None:
            one, other = described(row.field.one, row.field.other, 200)
            titles = [place.title for place in self._places]
            line = f"{visible(row.field.path)}: {titles[0]}: {one}; {titles[1]}: {other}"
            text = line + (f"; last written by {row.by}" if row.by else "")
            self.notify(put(text, self.app.copy_to_clipboard), markup=False)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        self.app.push_screen(HelpScreen(None, COMPARE_ACTIONS))

    def action_all(self) -> None:
        """Show fields that are the same, too, or no longer."""
        self._all = not self._all
        self._draw()

    def action_swap(self) -> None:
        """Let A be B, and B A."""
        if not self._alone:
            self.app.bell()
            return
        one, other = self._places
        self._places = [Place(other.trace, other.index, one.name), Place(one.trace, one.index, other.name)]
        self._given.reverse()
        self._look()

    def action_move(self, which: int, name: str) -> None:
        """Move one of the places as the cursor moves."""
        place = self._places[which]
        cursor = Cursor(place.trace, place.index, REACH)
        try:
            moved = getattr(cursor, name)()
        except TooFar:
            moved = False
        if moved:
            self._move_to(which, cursor.index)
        else:
            self.app.bell()

    def _move_to(self, which: int, index: int) -> None:
        place = self._places[which]
        self._places[which] = Place(place.trace, index, place.name)
        if self._along is not None and which == 1:
            self._along(index, partial(self._came_along, index))
        else:
            self._look()

    def _came_along(self, index: int, found: int) -> None:
        one, other = self._places
        if other.index == index and found >= 0:
            self._places[0] = Place(one.trace, found, one.name)
            self._look()


def _last(trace: Trace, paths: set[str], index: int, after: int = -1) -> dict[str, Writers]:
    """Return who wrote each of some paths last, up to an event and after another one."""
    writes = ((path, trace.last_write(path, before=index + 1)) for path in paths)
    found = ((path, write) for path, write in writes if write is not None and write.event > after)
    return {path: Writers(last=write.by, event=write.event) for path, write in found}
