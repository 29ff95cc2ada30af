"""Bookmarks, stops, places and the command line, by keyboard and by mouse; and what is there at the next look."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import HOSTILE, app_for, browser, hostile_trace, sample, terminal_output, text_of
from tracetui.replay.kept.kept import Kept
from tracetui.replay.stops.bookmarks import Bookmark
from tracetui.replay.stops.stop import Breakpoint, Watchpoint
from tracetui.replay.stops.stop_list import run
from tracetui.tui import stopping as stopping_module
from tracetui.tui.app import TraceApp
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.strip import RunStrip
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.screens.line import LineScreen
from tracetui.tui.screens.loading import Source
from tracetui.tui.screens.stops import StopList, StopsScreen

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

SAVE = "who_asked_for_this_save"
HITS = [86, 87, 107, 108, 172, 173, 215, 216, 236, 241]
"""Events at which `control.should_save` changes there."""


NAMED = ("enter", "escape", "colon", "space", "backspace", "delete")


async def typed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys by their names, and type texts."""
    for key in keys:
        named = key in NAMED or key.startswith(("ctrl+", "alt+"))
        await pilot.press(*([key] if named else [{" ": "space"}.get(letter, letter) for letter in key]))
    await pilot.pause()


async def command(pilot: Pilot[Any], line: str) -> None:
    """Type a line after a colon, and Enter."""
    await typed(pilot, "colon", line, "enter")


async def test_running_to_stops() -> None:
    """F8 and F7 lead from hit to hit of all stops that are on, say which it is, and stay where there is none."""
    async with app_for(sample(SAVE)).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        await command(pilot, "b control.should_save")
        been = []
        for _ in HITS:
            await pilot.press("f8")
            been.append(screen.cursor.index)
        assert been == HITS and f"stop {len(HITS)} of {len(HITS)}" in text_of(pilot.app)
        await pilot.press("f8")
        assert screen.cursor.index == HITS[-1] and "no stop after #241" in text_of(pilot.app)
        await pilot.press("f7")
        assert screen.cursor.index == HITS[-2] and "no stop" not in text_of(pilot.app)
        await command(pilot, "b event == 'on_save'")
        saves = [event.index for event in screen.trace if event.name == "on_save"]
        await pilot.press("g", "f8", "f8", "f8")
        assert screen.cursor.index == sorted({*HITS, *saves})[2]


async def test_far_stops_are_looked_for_beside_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before all hits are counted a run goes on in the background; Esc gives it up, and keys are answered meanwhile."""
    go = threading.Event()

    def slow(*arguments: Any, **named: Any) -> int | None:
        assert go.wait(10)
        return run(*arguments, **named)

    monkeypatch.setattr(stopping_module, "run", slow)
    monkeypatch.setattr(stopping_module.Stopping, "count", lambda self: None)
    async with app_for(sample(SAVE)).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        monkeypatch.setattr(type(screen.cursor), "reaches_all", property(lambda cursor: cursor is not screen.cursor))
        screen.break_on("control.should_save")
        await pilot.press("f8")
        await pilot.pause()
        assert "looking …" in text_of(pilot.app) and screen.cursor.index == 0
        await pilot.press("escape")
        await pilot.pause()
        assert "looking" not in text_of(pilot.app)
        await pilot.press("f8", "f8", "f8")
        go.set()
        for _ in range(200):
            await pilot.pause(0.02)
            if screen.cursor.index:
                break
        assert screen.cursor.index == HITS[2] and "looking" not in text_of(pilot.app)


async def test_bookmarks() -> None:
    """M marks an event, with a note; again it edits the note or removes the mark; u and U go round."""
    async with app_for(sample(SAVE)).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("m")
        await typed(pilot, "where it begins", "enter")
        await command(pilot, "50")
        await typed(pilot, "m", "enter")
        assert list(screen.kept.bookmarks) == [Bookmark(0, "where it begins"), Bookmark(50)]
        assert "bookmark 2 of 2" in text_of(pilot.app)
        await pilot.press("u")
        assert screen.cursor.index == 0
        await pilot.press("U")
        assert screen.cursor.index == 50
        await typed(pilot, "m", "now", "enter")
        assert screen.kept.bookmarks.note(50) == "now"
        await typed(pilot, "m", "nothing", "escape")
        assert screen.kept.bookmarks.note(50) == "now"
        await typed(pilot, "m", "ctrl+r")
        assert [mark.event for mark in screen.kept.bookmarks] == [0] and isinstance(pilot.app.screen, BrowserScreen)
        await pilot.press("u", "u")
        assert screen.cursor.index == 0 and "no other bookmark" in text_of(pilot.app)


async def test_places_one_has_been() -> None:
    """Jumps can be gone back from and forward to, whatever made them; single steps count for nothing."""
    async with app_for(sample(SAVE)).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)

        async def at(*keys: str) -> int:
            await pilot.press(*keys)
            return screen.cursor.index

        await at("right_square_bracket", "s", "left_square_bracket", "j")
        here = screen.cursor.index
        await command(pilot, "100")
        assert await at("right_square_bracket", "e", "right_square_bracket") == 102
        assert await at("G") == len(screen.trace) - 1
        assert await at("alt+left") == 102
        assert await at("ctrl+o") == here
        assert await at("alt+left") == here and "no place to go back to" in text_of(pilot.app)
        assert await at("alt+right") == 102 and await at("alt+right") == len(screen.trace) - 1
        assert await at("alt+right") == len(screen.trace) - 1 and "no place ahead" in text_of(pilot.app)
        await pilot.press("slash")
        await typed(pilot, "should_save", "enter")
        found = screen.cursor.index
        assert await at("alt+left") == len(screen.trace) - 1 and await at("alt+right") == found  # typing is one jump


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("100", 100), ("-1", 244), ("#7", None), ("s10", 42), ("step 10", 42), ("ep1", 193), ("epoch 0.2", 38),
        ("50%", 122), ("0%", 0), ("100%", 244), ("logs.loss > 0", None), ("event == 'on_save'", 87), ("t0.21", 42),
        ("0.21s", 42), ("time 0.21", 42), ("event 9", 9),
    ],
)  # fmt: skip
async def test_places_that_are_typed(line: str, wanted: int | None) -> None:
    """Event, step, epoch, time, part and condition, short or in words, lead there; a wrong one leads nowhere."""
    trace = sample(SAVE)
    async with app_for(trace, 5).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        screen._command(line)
        await pilot.pause(0.05)
        index = screen.cursor.index
        assert index == (5 if wanted is None else wanted) or (line.startswith(("t", "0.21s")) and index in (41, 42, 43))
        if "t0.21" in line:
            assert trace.columns.time[index] >= 0.21 > trace.columns.time[index - 1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("999", "there is no event 999: the last is 244"), ("-999", "there is no event -999"),
        ("s900", "no event of this trace is of step 900; the last one is of step 55"), ("120%", "from 0 to 100"),
        ("ep77", "did not get to epoch 77"), ("t1e9", "is no command"), ("t99999", "nothing happened 99999 s after"),
        ("s1.5", "1.5 is no number of a step"), ("xyz", "xyz is no command, no place and no condition"),
        ("lgos.loss > 1", "unknown name lgos"), ("b logs.loss >", "a value is missing after >"),
    ],
)  # fmt: skip
async def test_a_wrong_line_stays_and_says_why(line: str, told: str) -> None:
    """A line that can't be done is told in one sentence and stays, to be mended; Esc leaves it and all as it was."""
    async with app_for(sample(SAVE), 5).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        await command(pilot, line)
        assert isinstance(pilot.app.screen, LineScreen) and told in text_of(pilot.app)
        await pilot.press("escape")
        assert pilot.app.screen is screen and screen.cursor.index == 5 and not len(screen.kept.stops)


async def test_the_line_helps() -> None:
    """It says what may stand there and what is meant so far; words are completed, earlier lines come back."""
    async with app_for(sample(SAVE)).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        await command(pilot, "s10")
        await pilot.press("colon")
        await pilot.pause()
        assert "s200 step" in text_of(pilot.app)
        await pilot.press("up", "enter")
        assert screen.cursor.index == 42
        await pilot.press("colon", "b", "r")
        await pilot.pause(0.2)
        await pilot.press("right")
        await typed(pilot, "state.epoch")
        assert "where it changes" in text_of(pilot.app)
        await pilot.press("enter")
        assert list(screen.kept.stops) == [Watchpoint("state.epoch")]
        await command(pilot, "m a note")
        assert screen.kept.bookmarks.note(42) == "a note"


async def test_a_breakpoint_here() -> None:
    """^b stops at events of this name; pressed again it is taken away; the screen says what it did."""
    async with app_for(sample(SAVE), 87).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("ctrl+b")
        assert list(screen.kept.stops) == [Breakpoint('event == "on_save"')]
        assert "stop: each on_save" in text_of(pilot.app)
        await pilot.press("ctrl+b")
        assert not len(screen.kept.stops) and "no longer a stop" in text_of(pilot.app)
        await pilot.press("f8")
        assert "there are no stops" in text_of(pilot.app)


async def test_the_list() -> None:
    """The list has stops with their hits; each can be added, turned off, edited, noted, removed, gone to."""
    async with app_for(sample(SAVE), 86).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        stops = screen.kept.stops
        await typed(pilot, "B", "a", "control.should_save", "enter")
        await typed(pilot, "a", "logs.loss >", "enter")
        assert "a value is missing" in text_of(pilot.app) and isinstance(pilot.app.screen, LineScreen)
        await typed(pilot, *["backspace"] * 20, "logs.loss > 1", "enter")
        assert [stop.subject for stop in stops] == ["control.should_save", "logs.loss > 1"]
        shown = text_of(pilot.app)
        assert "1 of 10" in shown and "stops at control.should_save changes" in shown
        await typed(pilot, "space", "n", "why", "enter")
        assert stops.active == [*stops][1:] and next(iter(stops)).note == "why" and "○" in text_of(pilot.app)
        await typed(pilot, "j", "e", *["backspace"] * 20, "isnan(logs.loss)", "enter", "x")
        assert [stop.subject for stop in stops] == ["control.should_save"]
        await typed(pilot, "enter")
        assert screen.cursor.index == 87 and pilot.app.screen is screen


async def test_a_stop_is_copied_as_a_condition() -> None:
    """What is copied can be pasted behind --where, also of a watchpoint."""
    async with app_for(sample(SAVE)).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        screen.break_on("control.should_save")
        screen.put_bookmark(7, "")
        await typed(pilot, "B", "y")
        assert pilot.app.clipboard == 'changed("control.should_save")'
        await typed(pilot, "j", "y")
        assert pilot.app.clipboard == "index == 7"


async def test_the_list_by_mouse() -> None:
    """A click chooses, a second one goes there, one at the left end turns a stop off; the last line is clicked, too."""
    async with app_for(sample(SAVE)).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        screen.break_on("control.should_save")
        screen.put_bookmark(100, "far")
        await pilot.press("B")
        await pilot.pause()
        await pilot.click(StopList, offset=(1, 0))
        assert not screen.kept.stops.active and isinstance(pilot.app.screen, StopsScreen)
        await pilot.click(StopList, offset=(30, 1))
        await pilot.pause()
        assert pilot.app.screen.query_one(StopList).highlighted == 1 and screen.cursor.index == 0
        await pilot.click(StopList, offset=(30, 1))
        await pilot.pause()
        assert screen.cursor.index == 100 and pilot.app.screen is screen
        await pilot.press("colon")
        await pilot.click(offset=(10, 10))  # beside the line
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_hostile_names_and_notes_stay_text(tmp_path: Path) -> None:
    """Names of a hostile trace and notes of a hostile file reach the terminal as visible text alone."""
    trace = hostile_trace()
    kept = Kept(trace.id, tmp_path)
    for index, text in enumerate(HOSTILE):
        kept.bookmarks.put(Bookmark(index, text))
        kept.stops.add(Breakpoint(text, note=text))
        kept.stops.add(Breakpoint.at_event(text))
    kept.save()
    app = TraceApp([Source("trace.mpk", lambda progress: trace)], tmp_path)
    async with app.run_test(size=(120, 50)) as pilot:
        await browser(pilot)
        for keys in (["B"], ["j"] * 3, ["n"], ["escape"], ["escape"], ["ctrl+b"], ["m"], ["escape"], ["f8"], ["f8"]):
            await pilot.press(*keys)
            await pilot.pause()
            sent = terminal_output(app)
            for raw in ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\u202e", "\ud800"):
                assert raw not in sent, (keys, raw)


async def test_the_next_look_finds_what_was_set(tmp_path: Path) -> None:
    """Bookmarks, stops and the last place are there when the trace is opened again; without a folder nothing is."""

    def app() -> TraceApp:
        return TraceApp([Source("trace.mpk", lambda progress: sample(SAVE))], tmp_path)

    async with app().run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        await command(pilot, "b control.should_save")
        await command(pilot, "m a note")
        await command(pilot, "100")
    async with app().run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        assert list(screen.kept.stops) == [Watchpoint("control.should_save")]
        assert list(screen.kept.bookmarks) == [Bookmark(0, "a note")] and screen.kept.place == 100
        await pilot.press("f8")
        assert screen.cursor.index == HITS[0]
    async with app_for(sample(SAVE)).run_test(size=(120, 40)) as pilot:
        assert not len((await browser(pilot)).kept.stops)


async def test_a_file_that_is_damaged_is_told(tmp_path: Path) -> None:
    """What was kept and can't be read is told in the position line, and the browser is there."""
    trace = sample(SAVE)
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / f"{trace.id}.json").write_text("{")
    app = TraceApp([Source("trace.mpk", lambda progress: trace)], tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        await browser(pilot)
        assert "what was remembered is lost: the file is damaged" in text_of(app)
        await pilot.press("j")
        assert "remembered" not in text_of(app)


async def test_a_list_over_an_empty_trace() -> None:
    """Where there is no event the keys of stops do nothing, and nothing fails."""
    from support.browsed import MillionEvents

    async with app_for(MillionEvents(0)).run_test(size=(80, 24)) as pilot:  # type: ignore[arg-type]
        await browser(pilot)
        await pilot.press("B", "m", "u", "f8", "colon", "ctrl+b", "alt+left")
        assert isinstance(pilot.app.screen, BrowserScreen)


async def test_the_overview_begins_with_where_one_was(tmp_path: Path) -> None:
    """The last place is the first choice of the overview; whoever leaves from there keeps it for the next time."""

    def app() -> TraceApp:
        return TraceApp([Source("trace.mpk", lambda progress: sample(SAVE), None)], tmp_path)

    async with app().run_test(size=(120, 40)) as pilot:
        await browser(pilot)
        assert "Last time" not in text_of(pilot.app)
        await command(pilot, "100")
        await command(pilot, "m the note")
        await command(pilot, "87")
    for _ in range(2):  # the second time after a look at the overview alone
        async with app().run_test(size=(120, 40)) as pilot:
            screen = await browser(pilot)
            shown = text_of(pilot.app)
            assert "where you were last, on_save" in shown and "bookmark: the note" in shown
    async with app().run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.cursor.index == 87


async def test_a_value_of_the_details_is_watched() -> None:
    """The key b on a value in the details stops where it changes, and so does ^b while the keys are for them."""
    async with app_for(sample(SAVE), 86).run_test(size=(160, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("tab", "down", "b")
        await pilot.pause()
        (stop,) = screen.kept.stops
        assert isinstance(stop, Watchpoint) and stop.subject == screen.selected_path != ""
        assert f"stop: {stop.subject} changes" in text_of(pilot.app)
        await pilot.press("ctrl+b")
        await pilot.pause()
        assert not len(screen.kept.stops)


async def test_filter_metric_and_depth_are_there_again(tmp_path: Path) -> None:
    """The next look lists the same events, draws the same metric, and folds as deep."""

    def app() -> TraceApp:
        return TraceApp([Source("trace.mpk", lambda progress: sample(SAVE), 5)], tmp_path)

    async with app().run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.press("c", "Z")
        metric, depth = screen.query_one(RunStrip).shown[0].path, screen.query_one(EventList).outline.depth
        await typed(pilot, "f", "on_save", "enter")
        await pilot.pause(0.2)
        lines = len(screen.query_one(EventList).outline.lines)
    async with app().run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        await pilot.pause(0.3)
        assert screen.query_one(RunStrip).shown[0].path == metric and depth == 1
        assert len(screen.query_one(EventList).outline.lines) == lines == 5 and "filter on_save: 5 of 245" in text_of(
            pilot.app
        )
        assert screen.query_one(EventList).outline.depth == depth


async def test_pins_stand_in_the_list() -> None:
    """An event that is marked, or that something stops at, has a sign in the list; so has a closed fold around it."""
    async with app_for(sample(SAVE), 87).run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        screen.put_bookmark(5, "")
        screen.break_on("event == 'on_save'")
        await pilot.pause(0.1)
        lines = text_of(pilot.app).splitlines()
        assert any("⚑" in line and "steps 1-19" in line for line in lines)
        assert any("◉" in line and "on_save" in line for line in lines)
        assert not any("◉" in line for line in lines if "on_evaluate" in line)
