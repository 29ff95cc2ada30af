"""A journal is browsed at once, and checked beside the keys: it says so until all is known."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from support.browsed import app_for, browser, text_of
from support.hostile.noise import framed, records
from support.hostile.runs import several_blocks
from support.project import ROOT
from tracetui.replay.trace import Trace
from tracetui.trace.journal.records import Keyframe
from tracetui.trace.reading.directory import Directory
from tracetui.tui.messages import Told
from tracetui.tui.panels.details import Details
from tracetui.tui.panels.event_list import EventList

DATA = several_blocks((ROOT / "samples" / "traces" / "why_did_it_stop.mpk").read_bytes(), 24)


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Callable[[Pilot[Any]], Any]:
    """Open small journals by their keyframes, and hold their check up until this is called."""
    monkeypatch.setattr("tracetui.trace.reading.unchecked.LEAST", 0)
    monkeypatch.setattr("tracetui.trace.reading.unchecked.TOGETHER", 2)
    gate = threading.Event()
    read_all = Trace.read_all

    def held(self: Trace, progress: Any = None) -> Directory:
        self.checked = 1 / 3
        progress(self.size // 3, self.size)
        assert gate.wait(10)
        return read_all(self, progress)

    monkeypatch.setattr(Trace, "read_all", held)

    async def go_on(pilot: Pilot[Any]) -> None:
        gate.set()
        for _ in range(200):
            await pilot.pause(0.02)
            if all(worker.is_finished for worker in pilot.app.workers):
                break
        await pilot.pause()

    return go_on


def damaged() -> bytes:
    """Return the journal with a wrong byte in its third block."""
    parts = records(DATA)
    keyframes = [place for place, (kind, _) in enumerate(parts) if kind == Keyframe.TYPE]
    place = sum(len(framed([part])) for part in parts[: keyframes[2] + 2])
    return DATA[:place] + b"\xff" + DATA[place + 1 :]


async def test_keys_before_all_is_checked(let_go: Any) -> None:
    """Events can be looked at before the check is done, the line says how far it is, and nothing of it later."""
    trace = Trace.from_bytes(DATA, at_once=True)
    async with app_for(trace).run_test(size=(120, 30)) as pilot:
        shown = await browser(pilot)
        assert "33 % checked" in text_of(pilot.app)
        await pilot.press("j", "j", "G")
        await pilot.pause()
        assert shown.cursor.index == len(trace) - 1
        assert "on_train_end" in text_of(pilot.app)
        await let_go(pilot)
        assert trace.checked == 1
        assert shown.cursor.index == len(trace) - 1
        assert "checked" not in text_of(pilot.app)


async def test_a_search_waits_for_the_check(let_go: Any) -> None:
    """A search that is begun before looks through all that there is."""
    trace = Trace.from_bytes(DATA, at_once=True)
    async with app_for(trace).run_test(size=(120, 30)) as pilot:
        shown = await browser(pilot)
        await pilot.press("slash", *"on_log", "enter")
        await pilot.pause()
        assert shown.moving.found is None
        await let_go(pilot)
        found = shown.moving.found
        assert found is not None
        assert found.tolist() == Trace.from_bytes(DATA).columns.places("on_log").tolist()
        assert shown.cursor.index == found[0]


async def test_damage_is_told_when_it_is_known(let_go: Any) -> None:
    """After the check damage is told, and the cursor is where it was, though its event has another number now."""
    trace, sound = Trace.from_bytes(damaged(), at_once=True), Trace.from_bytes(DATA)
    async with app_for(trace, -5).run_test(size=(120, 30)) as pilot:
        shown = await browser(pilot)
        assert "damaged" not in text_of(pilot.app)
        time = sound[len(sound) - 5].time
        await let_go(pilot)
        assert "damaged in 1 place" in text_of(pilot.app)
        cursor = shown.cursor
        assert cursor.index < len(sound) - 5
        assert trace[cursor.index].time == time
        event = shown.query_one(Details)._event
        assert event is not None
        assert event.time == time
        assert shown.query_one(EventList).outline.length == len(trace)


async def test_the_number_that_was_asked_for(let_go: Any) -> None:
    """Who opens a damaged trace at an event by its number is at the event that has it in the end, if he stays."""
    trace = Trace.from_bytes(damaged(), at_once=True)
    async with app_for(trace, 100).run_test(size=(120, 30)) as pilot:
        shown = await browser(pilot)
        await let_go(pilot)
        assert shown.cursor.index == 100


async def test_a_file_that_can_not_be_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk during the check is one sentence at the end, as it is while a trace is opened."""
    monkeypatch.setattr("tracetui.trace.reading.unchecked.LEAST", 0)

    def fails(self: Trace, progress: Any = None) -> Directory:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Trace, "read_all", fails)
    app = app_for(Trace.from_bytes(DATA, "x.mpk", at_once=True))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause(0.5)
    assert (app.return_code, app.return_value) == (2, "x.mpk: Input/output error")


async def test_left_meanwhile(let_go: Any) -> None:
    """Whoever leaves before the check is done leaves at once."""
    trace = Trace.from_bytes(DATA, at_once=True)
    async with app_for(trace).run_test(size=(120, 30)) as pilot:
        await browser(pilot)
        await pilot.press("q")
        await let_go(pilot)
    assert trace.checked < 1


def test_what_is_told_stays_with_the_panels() -> None:
    """What panels are told does not come back to the screen, which would tell them again, for ever."""
    assert not [kind.__name__ for kind in Told.__subclasses__() if kind.bubble]


async def test_a_far_move_waits_for_the_check(let_go: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move to an event that nobody has seen yet leads from where one is by the numbers that hold then."""
    monkeypatch.setattr("tracetui.tui.moving.REACH", -1)
    trace, sound = Trace.from_bytes(damaged(), at_once=True), Trace.from_bytes(DATA)
    logs = sound.columns.places("on_log").tolist()
    async with app_for(trace, logs[-2]).run_test(size=(120, 30)) as pilot:
        shown = await browser(pilot)
        await pilot.press("n")
        await let_go(pilot)
        assert trace[shown.cursor.index].time == sound[logs[-1]].time


async def test_the_overview_says_what_is_not_known_yet(let_go: Callable[[Pilot[Any]], Any]) -> None:
    """A killed run opens in its overview at once: what the header tells stands there, the rest when all is checked."""
    app = app_for(Trace.from_bytes(DATA, "trace.mpk", at_once=True), None)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await browser(pilot)
        assert screen.in_overview
        shown = text_of(app)
        assert "Why it ended: known when all is checked" in shown and "ResNetForImageClassification" in shown
        await pilot.press("down", "enter")
        assert screen.in_overview  # there is nothing to choose
        await let_go(pilot)
        await pilot.pause(0.1)
        assert "❯" in text_of(app) and "known when" not in text_of(app)
