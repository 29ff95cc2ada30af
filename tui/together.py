"""What keys do with several traces, or with two places: mark, compare, go to another trace, to where they part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.message import Message

from ..replay.kept.kept import Kept
from .lanes import Lanes
from .messages import GoTo, LanesChanged, Marked, Noted
from .panels.strip import RunStrip
from .screens.browser import BrowserScreen

if TYPE_CHECKING:
    from ..replay.trace import Trace
    from .source import Source


class Together:
    """The browsers of the traces that were opened, one each, and what they do together.

    Args:
        app: Shows them.
        sources: The traces.
        folder: Folder of the user's configuration; None: nothing is kept of what one does with a trace.

    Attributes:
        lanes: What is known of the traces.
    """

    def __init__(self, app: App[Any], sources: Sequence[Source], folder: Path | None = None) -> None:
        self._folder = folder
        self.lanes = Lanes(app, sources, self._changed)
        self._app = app
        self._browsers: dict[int, BrowserScreen] = {}
        self._parting = -1  # the one that one went to
        self._moment: dict[int, int] = {}  # where one was when one began to go from trace to trace, and came since
        self._wanted: Callable[[], None] | None = None  # what is done once the traces are read, and compared so far

    # -- the traces

    def show(self, trace: Trace, source: Source) -> None:
        """Show a trace that was read, in the current lane."""
        current = self.lanes.current
        self.lanes.take(current, trace)
        self._browsers[current] = BrowserScreen(trace, source.index, self._kept(trace), follow=source.follow)
        self._switch(current)
        if self.lanes.several:
            self._app.call_after_refresh(self.lanes.read_others)

    def replaced(self, browser: BrowserScreen, index: int) -> Source | None:
        """Forget a trace whose place another file has taken; return what is to be opened and followed, if it is seen.

        Args:
            browser: Of the trace.
            index: Number of the event to begin at.
        """
        number = next((number for number, found in self._browsers.items() if found is browser), None)
        if number is None:
            return None
        del self._browsers[number]
        lane = self.lanes.lanes[number]
        lane.source, lane.trace = replace(lane.source, index=index, follow=True), None
        if number == self.lanes.current:
            return lane.source
        self.lanes.read_others()
        return None

    def _switch(self, lane: int, index: int | None = None) -> None:
        """Show a lane, at an event of it; None: where one was."""
        trace = self.lanes.lanes[lane].trace
        if trace is None:
            return
        self.lanes.current = lane
        browser = self._browsers.get(lane)
        if browser is None:
            overview = self.browser is not None and self.browser.has_class("-overview")
            begin, follow = None if overview else index or 0, self.lanes.lanes[lane].source.follow
            browser = self._browsers[lane] = BrowserScreen(trace, begin, self._kept(trace), follow=follow)
        elif index is not None and browser.cursor.index != index:
            browser.moving.go_to(index)
        if browser is not self._app.screen:
            self._app.switch_screen(browser)
        browser.post_message(LanesChanged(self.lanes, self._parting))
        self._tell_mark(browser)

    def _kept(self, trace: Trace) -> Kept:
        """Return what is kept of a trace: a file of some lines, if there is one."""
        return Kept(trace.id, self._folder)

    def checked(self) -> None:
        """Everything of the trace that is seen has been checked: where it is damaged events have other numbers now."""
        browser = self.browser
        if browser is not None and browser.trace.damage and self.lanes.mark is not None:
            self.lanes.mark = None
            self._tell_mark(browser)
        if self.lanes.several:
            self._parting = -1
            self.lanes.forget()

    def _changed(self) -> None:
        """More is known: tell the panels, and do what has waited for it."""
        browser = self.browser
        if browser is not None:
            browser.post_message(LanesChanged(self.lanes, self._parting))
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted()

    @property
    def browser(self) -> BrowserScreen | None:
        """The browser that is seen, None if another screen is."""
        return self._app.screen if isinstance(self._app.screen, BrowserScreen) else None

    def _note(self, text: str) -> None:
        if self.browser is not None:
            self.browser.post_message(Noted(text))

    def _when_read(self, then: Callable[[], None]) -> None:
        """Do something once all traces are read."""
        if self.lanes.ready:
            then()
            return
        missing = [lane.name for lane in self.lanes.lanes if lane.trace is None and not lane.failed]
        if not missing and len(self.lanes.readable) < 2:
            self._app.bell()
            self._note("the other traces can't be read")
            return
        self._note(f"reading {missing[0]} …" if missing else "checking …")
        self._wanted = partial(self._when_read, then)

    # -- the same moment in another trace

    def next_trace(self) -> None:
        """Show the next trace that can be read, at this moment."""
        self._when_read(self._to_next)

    def _to_next(self) -> None:
        places = self.lanes.readable
        following = places[(places.index(self.lanes.current) + 1) % len(places)]
        if self.browser is not None:
            self.to_lane(following, self.browser.cursor.index)

    def to_event(self, trace: Trace, index: int) -> None:
        """Show an event of one of the traces."""
        for place, lane in enumerate(self.lanes.lanes):
            if lane.trace is trace:
                self._switch(place, index)

    def to_lane(self, lane: int, index: int) -> None:
        """Show a lane, at the moment of an event of the current one."""
        if self._moment.get(self.lanes.current) != index:
            self._moment = {self.lanes.current: index}
        if lane in self._moment:
            self._switch(lane, self._moment[lane])
        else:
            self._when_read(partial(self._find_moment, lane))

    def _find_moment(self, lane: int) -> None:
        one, index = next(iter(self._moment.items()))
        self.lanes.moments(index, partial(self._to_moment, lane), one)

    def _to_moment(self, lane: int, found: list[tuple[int, bool]]) -> None:
        (place, same), shares = found[lane], self.lanes.shares(lane)
        self._switch(lane, place if place >= 0 and shares else None)
        if self.browser is not None:
            self._moment[lane] = self.browser.cursor.index
        if not same:
            self._note("no such moment in this trace" + (": the nearest" if shares else ""))

    # -- where they part

    def next_parting(self) -> None:
        """Go to the next place where the traces part; from the last one to the first."""
        self._when_read(self._to_parting)

    def _to_parting(self) -> None:
        if self.lanes.outgrown:
            self._parting = -1
            self.lanes.forget()
        lanes, following = self.lanes, self._parting + 1
        if following < len(lanes.partings):
            self._go_to_parting(following)
        elif not lanes.all_found:
            browser = self.browser
            lanes.look_further()
            if browser is not None:
                self._await_parting(browser, browser.cursor.index)
        elif lanes.partings:
            self._go_to_parting(0)
            self._note("wrapped: the first one")
        else:
            self._note(self._healthy())
            self._app.bell()

    def _await_parting(self, browser: BrowserScreen, index: int) -> None:
        """Go there once it is known, unless one went elsewhere meanwhile."""
        if browser is not self.browser or browser.cursor.index != index:
            return
        if self.lanes.comparing:
            self._note(f"comparing … {self.lanes.percent} %")
            self._wanted = partial(self._await_parting, browser, index)
        else:
            self._to_parting()

    def _healthy(self) -> str:
        count = len(self.lanes.readable)
        return f"{'both' if count == 2 else f'all {count}'} are the same in all that is compared: they part nowhere"

    def _go_to_parting(self, number: int) -> None:
        browser = self.browser
        if browser is None:
            return
        self._parting = number
        self._note("")  # what was said of the comparison may reach the line after the move that would end it
        place = self.lanes.partings[number].places[self.lanes.current]
        browser.post_message(GoTo(max(place, 0)))
        browser.post_message(LanesChanged(self.lanes, number))
        if not self.lanes.all_found:
            self.lanes.look_further()  # so that one sees whether there are more

    # -- two places

    def mark(self) -> None:
        """Mark the event where one is as A; at A: no longer."""
        browser = self.browser
        if browser is None or not len(browser.trace):
            return
        here = self.lanes.current, browser.cursor.index
        self.lanes.mark = None if self.lanes.mark == here else here
        self._tell_mark(browser)

    def _tell_mark(self, browser: BrowserScreen) -> None:
        mark = self.lanes.mark
        browser.post_message(Marked(mark[1] if mark is not None and mark[0] == self.lanes.current else None))

    def compare(self) -> None:
        """Compare A with the place where one is; without A, and with several traces, this moment in two of them."""
        browser = self.browser
        if browser is None or not len(browser.trace):
            return
        if self.lanes.mark is not None:
            self._compare(self.lanes.mark, browser.cursor.index)
        elif self.lanes.several:
            self._when_read(partial(self.lanes.moments, browser.cursor.index, self._compare_lanes))
        else:
            self._note("nothing to compare with: x marks a place A")
            self._app.bell()

    def _compare_lanes(self, found: list[tuple[int, bool]]) -> None:
        """Compare this moment with that of the first other trace, or of the next one that parts here."""
        browser, current = self.browser, self.lanes.current
        others = [place for place in self.lanes.readable if place != current and found[place][0] >= 0]
        if browser is None or not others:
            self._app.bell()
            return
        exact = [place for place in others if found[place][1]]
        other = (exact or others)[0]
        self._compare((other, found[other][0]), browser.cursor.index, along=True)

    def _compare(self, one: tuple[int, int], index: int, *, along: bool = False) -> None:
        from .screens.compare import CompareScreen, Place  # which is not on the first screen

        lanes, browser = self.lanes, self.browser
        trace = lanes.lanes[one[0]].trace
        if browser is None or trace is None or one[1] >= len(trace):
            return
        alone = one[0] == lanes.current
        names = ("A", "B") if alone else (lanes.lanes[one[0]].name, lanes.here.name)
        places = Place(trace, one[1], names[0]), Place(browser.trace, index, names[1])
        follow = partial(self._along, one[0]) if along else None
        self._app.push_screen(
            CompareScreen(*places, follow, browser.query_one(RunStrip)), partial(self._compared, browser)
        )

    def _along(self, lane: int, index: int, then: Callable[[int], None]) -> None:
        self.lanes.moments(index, lambda found: then(found[lane][0]))

    def _compared(self, browser: BrowserScreen, asked: Message | None) -> None:
        if asked is not None:
            browser.post_message(asked)
