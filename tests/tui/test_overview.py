"""The overview, in which a trace opens, used through its keys and its mouse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from support.browsed import MillionEvents, app_for, browser, hostile_trace, sample, terminal_output, text_of
from support.conformance.case import Case
from support.conformance.committed import committed
from tracetui.replay.overview.about import asked, ran
from tracetui.replay.overview.checkpoints import checkpoints
from tracetui.replay.overview.fact import Fact
from tracetui.replay.overview.judges import shown_metrics, stand
from tracetui.replay.overview.trouble import trouble
from tracetui.replay.overview.why import why
from tracetui.replay.trace import Trace
from tracetui.trace.errors import TraceError
from tracetui.tui.background import Background
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.overview import Overview
from tracetui.tui.panels.overview_lines import Line, section_lines, text_lines
from tracetui.tui.panels.overview_metrics import metric_lines
from tracetui.tui.screens.browser import BrowserScreen
from tracetui.tui.screens.help import HelpScreen
from tracetui.tui.screens.line import LineScreen

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

SIZES = ((80, 24), (120, 40), (200, 50))


async def opened(pilot: Pilot[Any]) -> BrowserScreen:
    """Wait until all is known, and return the browser."""
    screen = await browser(pilot)
    for _ in range(100):
        if "…" not in text_of(pilot.app).replace("…,", "") or not screen.in_overview:
            break
        await pilot.pause(0.02)
    await pilot.pause()
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_why_did_it_stop_takes_no_key(size: tuple[int, int]) -> None:
    """A trace opens with who stopped it, on what grounds, who asked for checkpoints, and how the metrics stand."""
    app = app_for(sample("why_did_it_stop"), None)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        shown = " ".join(text_of(app).split())
        assert "❯ T should_training_stop set by EarlyStoppingCallback step 30 #139" in shown
        assert "patience 2 of 2" in shown and "Trouble: none" in shown
        assert "S DefaultFlowCallback, every 10 steps steps 10 20 30 step 10 #42" in shown
        assert "eval_accuracy 0.6667 0.2 10" in shown and "worse twice, stopped" in shown
        await pilot.press("enter")
        assert screen.cursor.index == 139 and not screen.in_overview
        assert screen.focused is screen.query_one(EventList)


async def test_lines_are_chosen_and_gone_to() -> None:
    """Up and down choose among the lines that lead somewhere, and stop at the ends; 7 brings the overview again."""
    app = app_for(sample("who_asked_for_this_save"), None)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("up", "down", "down", "enter")
        assert screen.cursor.index == 86  # where SaveAfterEvaluation set the flag
        await pilot.press("7")
        assert screen.in_overview and "❯ S SaveAfterEvaluation" in text_of(app)
        await pilot.press(*["down"] * 30, "enter")
        assert screen.cursor.index > 86
        await pilot.press("7", "7")
        assert not screen.in_overview


@pytest.mark.parametrize(("key", "index"), [("j", 1), ("down", 0), ("G", 244), ("s", 6), ("3", 0), ("escape", 0)])
async def test_any_other_key_does_what_it_does_among_the_events(key: str, index: int) -> None:
    """Nobody has to leave the overview first: a key that it has no use for leads to the events, and acts there."""
    async with app_for(sample("who_asked_for_this_save"), None).run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press(key)
        assert screen.cursor.index == index and screen.in_overview is (key == "down")


async def test_what_is_not_about_events_leaves_it_alone() -> None:
    """Help, menu and the metric of the strip come and go in front of it; what asks for a place leaves it."""
    app = app_for(sample("who_asked_for_this_save"), None)
    async with app.run_test() as pilot:
        screen = await opened(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape", "c", "t")
        assert screen.in_overview
        await screen.run_action("move('last')")  # as the menu does
        await pilot.pause()
        assert not screen.in_overview
        await pilot.press("7", "ctrl+g")
        assert isinstance(app.screen, LineScreen) and screen.in_overview  # until one goes elsewhere


async def test_one_key_leads_from_any_save_to_who_asked_for_it() -> None:
    """At each save o goes to the event that set its flag, whoever did, and O from there to the save again."""
    trace = sample("who_asked_for_this_save")
    app = app_for(trace, 0)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await browser(pilot)
        for save in trace.columns.places("on_save").tolist():
            screen.moving.go_to(save)
            await pilot.press("o")
            changes = trace[screen.cursor.index].changes
            assert screen.cursor.index < save
            assert any(change.path == "control.should_save" and change.new is True for change in changes)
        await pilot.press("O")
        assert screen.cursor.index <= save
        await pilot.press("g", "w")
        assert screen.cursor.index == 86  # `SaveAfterEvaluation` is none of the framework's own
        await pilot.press("W")
        assert screen.cursor.index == 86


async def test_the_mouse() -> None:
    """A click on a line goes there; one that leads nowhere does nothing."""
    app = app_for(sample("why_did_it_stop"), None)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.click(Overview, offset=(20, 0))
        assert screen.in_overview and screen.cursor.index == 0
        await pilot.click(Overview, offset=(20, 2))  # what stands below a fact is part of it
        assert not screen.in_overview and screen.cursor.index == 139


async def test_a_place_is_gone_to_directly() -> None:
    """`trace.mpk#0` names an event: the overview waits for its key, and then shows all."""
    app = app_for(sample("why_did_it_stop"), 0)
    async with app.run_test() as pilot:
        screen = await browser(pilot)
        assert not screen.in_overview
        await pilot.press("7")
        await opened(pilot)
        assert "should_training_stop set by EarlyStoppingCallback" in text_of(app)


async def test_where_one_was_last_is_the_first_choice() -> None:
    """What is offered stands first, and is chosen."""
    app = app_for(sample("why_did_it_stop"), None)
    async with app.run_test() as pilot:
        screen = await opened(pilot)
        screen.query_one(Overview).offer((Fact("where you were", 77, 17),))
        await pilot.pause()
        assert "❯   where you were" in text_of(app)
        await pilot.press("enter")
        assert screen.cursor.index == 77


async def test_keys_are_answered_before_anything_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for: the overview of a million events takes keys while all of it is still to be found out."""
    waiting: list[str] = []
    monkeypatch.setattr(Background, "run", lambda background, kind, *_, **__: waiting.append(kind))
    app = app_for(MillionEvents(), None)  # type: ignore[arg-type]
    async with app.run_test() as pilot:
        screen = await browser(pilot)
        assert screen.in_overview and {"overview why", "overview saves"} <= set(waiting)
        await pilot.press("down", "enter", "j")
        assert screen.cursor.index == 1


async def test_hostile_text_stays_text() -> None:
    """No text of a trace reaches the terminal raw."""
    app = app_for(hostile_trace(), None)
    async with app.run_test(size=(100, 40)) as pilot:
        await opened(pilot)
        sent = terminal_output(app)
        for raw in ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\u202e", "\ud800"):
            assert raw not in sent
        assert "[/INST]" in text_of(app)


@pytest.mark.parametrize("width", [60, 81])
def test_whatever_a_trace_holds_is_laid_out(width: int) -> None:
    """Of each conformance file, hostile and damaged ones too, every line is printable, and has room."""
    traces = [hostile_trace(), *filter(None, map(loaded, committed()))]
    assert len(traces) > 150
    for trace in traces:
        for line in all_lines(trace, width):
            text = "".join(text for text, _ in line.pieces)
            assert text.isprintable() and cell_len(text) <= width, trace.path
            assert line.event is None or 0 <= line.event < len(trace), trace.path


def loaded(case: Case) -> Trace | None:
    """Return the trace of a conformance file, if it is one, and holds an event."""
    try:
        trace = Trace.from_bytes(case.data, case.name)
    except TraceError:
        return None
    return trace if len(trace) else None


def all_lines(trace: Trace, width: int) -> Iterator[Line]:
    """Give all that the overview may show of a trace."""
    for find in (why, checkpoints, trouble):
        yield from section_lines(find(trace), width)
    yield from metric_lines([one for metric in shown_metrics(trace) if (one := stand(trace, metric))], width)
    yield from text_lines("Run", ran(trace), width, 2)
    yield from text_lines("Args", asked(trace), width, 3)
