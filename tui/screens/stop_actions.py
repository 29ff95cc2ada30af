"""What keys do with bookmarks, breakpoints, and the places one has been. A part of the browser's screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual import on

from ...replay.condition.errors import ConditionError
from ...replay.cursor import Cursor, TooFar
from ...replay.kept.kept import Kept
from ...replay.search import SIGNS
from ...replay.stops.bookmarks import Bookmark
from ...replay.stops.place import NoPlace, Place, place
from ...replay.stops.stop import Breakpoint, Stop, Watchpoint, stop_from
from ...replay.stops.stop_list import TooMany
from ...replay.text.safe import visible
from ...replay.trace import Trace
from ..keeping import Keeping
from ..messages import BreakOn, Keep, Noted
from ..moving import REACH
from ..panels.details import Details
from ..stopping import Stopping
from .line import LineScreen
from .move_actions import MoveActions

EARLIER = 50
"""Lines typed after a colon that are remembered."""


class StopActions(MoveActions):
    """Bookmarks, stops and places.

    Attributes:
        trace: The trace.
        kept: What is kept of the trace: bookmarks, stops, the last place, values by name.
        keeping: Writes that.
        stopping: Bookmarks and stops at work.
    """

    trace: Trace
    kept: Kept
    keeping: Keeping
    stopping: Stopping
    _commands: Sequence[str] = ()

    def say(self, text: str) -> None:
        """Tell the user something, until the next move."""
        self.post_message(Noted(visible(text)))

    @on(Keep)
    def _keep(self, message: Keep) -> None:
        self.kept.set(message.name, message.value)
        self.keeping.save()

    # -- bookmarks

    def action_bookmark(self) -> None:
        """Ask for a note, and set a bookmark here."""
        event, marks = self.cursor.index, self.kept.bookmarks
        known = event in marks
        ways = "⏎ keep   ^r remove the bookmark   Esc cancel" if known else "a note, or nothing   ⏎ set   Esc cancel"
        remove = partial(self._remove_bookmark, event) if known else None
        self.app.push_screen(
            LineScreen(
                f"bookmark #{event:,} ",
                partial(self.put_bookmark, event),
                value=marks.note(event),
                hint=lambda text: ways,
                remove=remove,
            )
        )

    def put_bookmark(self, event: int, note: str) -> str:
        """Set a bookmark; return why it can't be set."""
        try:
            self.stopping.put(Bookmark(event, note.strip()))
        except TooMany as error:
            return str(error)
        return ""

    def _remove_bookmark(self, event: int) -> None:
        self.kept.bookmarks.remove(event)
        self.stopping.changed()

    def action_to_bookmark(self, forward: bool) -> None:
        """Go to the next bookmark, or the previous one."""
        self.stopping.to_bookmark(forward=forward)

    # -- stops

    def action_break_here(self) -> None:
        """Set a breakpoint on the selected value, or on the name of the event here; take it away if it is there."""
        path = self.selected_path
        stop: Stop = Watchpoint(path) if path else Breakpoint.at_event(self.trace.columns.name_of(self.cursor.index))
        self.toggle_stop(stop)

    @property
    def selected_path(self) -> str:
        """Path of the value that is selected in the details, where the keys are for these; empty: none is."""
        for details in self.query(Details):
            if details.has_focus_within and details.here is not None and details.here.row is not None:
                return details.here.row.path
        return ""

    @on(BreakOn)
    def _break_on(self, message: BreakOn) -> None:
        self.toggle_stop(Watchpoint(message.path))

    def toggle_stop(self, stop: Stop) -> None:
        """Add a stop, or take it away if it is there."""
        known = stop in self.kept.stops
        if known:
            self.kept.stops.remove(stop)
            self.stopping.changed()
        elif wrong := self._added(stop):
            self.app.bell()
            self.say(wrong)
            return
        self.say(f"{'no longer a stop' if known else 'stop'}: {stop.words}")

    def break_on(self, text: str) -> str:
        """Add the stop that a line means; return what is wrong with it."""
        try:
            stop = stop_from(text, self.trace.framework)
            stop.condition(self.trace)
        except ConditionError as error:
            return str(error)
        return self._added(stop)

    def _added(self, stop: Stop) -> str:
        try:
            self.stopping.add(stop)
        except TooMany as error:
            return str(error)
        return ""

    def action_run(self, forward: bool) -> None:
        """Run to the next stop, or back to the previous one."""
        self.stopping.run(forward=forward)

    def action_stops(self) -> None:
        """Show the list of stops and bookmarks."""
        from .stops import StopsScreen

        self.app.push_screen(StopsScreen(self.stopping))

    # -- the command line

    def action_command(self) -> None:
        """Ask for a command, a place, or a condition."""
        from ..commands import WORDS, hint

        self.app.push_screen(LineScreen(":", self._command, hint=hint, words=WORDS, earlier=self._commands))

    def _command(self, line: str) -> str:
        """Do what a line says; return what is wrong with it."""
        from ..commands import command_of

        if not line.strip():
            return ""
        self._commands = [*(each for each in self._commands if each != line), line][-EARLIER:]
        found = command_of(line)
        if found is not None:
            wrong: str = getattr(self, found[0].run)(found[1])
            return wrong
        try:
            target = place(line)
            if target is not None:
                self._go_to_place(target)
                return ""
        except NoPlace as error:
            return str(error)
        return self._to_condition(line)

    def _go_to_place(self, target: Place) -> None:
        if target.near or len(self.trace) <= REACH:
            self.moving.go_to(target.find(self.trace, self.cursor.index))
        else:
            self.moving.seek(partial(_find, target=target), why=f"there is no {target.unit} {target.number:g}")

    def _to_condition(self, line: str) -> str:
        """Go to the next event for which a condition holds."""
        if not any(sign in line for sign in SIGNS):
            return f"{line.split()[0]} is no command, no place and no condition"
        stop = Breakpoint(line.strip())
        try:
            stop.condition(self.trace)
        except ConditionError as error:
            return str(error)
        self.stopping.run_to(stop)
        return ""

    def command_break(self, text: str) -> str:
        """Set the stop that a line means; without one at the selected value, or this event's name."""
        if text:
            return self.break_on(text)
        self.action_break_here()
        return ""

    def command_bookmark(self, text: str) -> str:
        """Set a bookmark here."""
        return self.put_bookmark(self.cursor.index, text)

    # -- places

    def action_place(self, forward: bool) -> None:
        """Go back to where one was before the last jump, or forward again."""
        self.moving.return_to(forward=forward)


def _find(cursor: Cursor, target: Place) -> bool:
    if not cursor.reaches_all:
        raise TooFar
    try:
        return cursor.jump(target.find(cursor.trace, cursor.index))
    except NoPlace:
        return False
