"""The strip and the title: the whole run on top of every screen, by keys and by mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.pilot import Pilot

from support.browsed import HOSTILE, MillionEvents, app_for, browser, hostile_trace, sample, terminal_output, text_of
from tracetui.replay.signs import EVALUATED, FAILED, NONFINITE, SAVED, STOPPED
from tracetui.replay.span import Span
from tracetui.replay.trace import Trace
from tracetui.trace.journal.records import Rare
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.transformers import TRANSFORMERS
from tracetui.tui import following
from tracetui.tui.app import TraceApp
from tracetui.tui.messages import Surveyed
from tracetui.tui.panels.details import Details
from tracetui.tui.panels.event_list import EventList
from tracetui.tui.panels.strip import RunStrip
from tracetui.tui.panels.strip_line import event_in, marks_line, number_text, places, tip
from tracetui.tui.panels.title_line import Title, title_text
from tracetui.tui.panels.view import View
from tracetui.tui.screens import browser as browser_screen
from tracetui.tui.screens.loading import Source

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


async def strip_of(pilot: Pilot[Any]) -> RunStrip:
    """Wait for the browser and for what is found out after its first paint; return its strip."""
    screen = await browser(pilot)
    await pilot.pause()
    await pilot.pause()
    return screen.query_one(RunStrip)


def marks_of(strip: RunStrip) -> str:
    """Return the line of marks."""
    return strip.render_line(strip.size.height - 1).text


# -- the strip


@pytest.mark.parametrize(("size", "lines"), [((80, 17), 1), ((80, 24), 3), ((120, 40), 5), ((40, 50), 5)])
async def test_it_fits_the_screen(size: tuple[int, int], lines: int) -> None:
    """Low terminals have the marks alone, others a metric, high ones two: named, with bounds, at any width."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(size=size) as pilot:
        strip = await strip_of(pilot)
        assert strip.size.height == lines
        text = [strip.render_line(y).text for y in range(lines)]
        assert {cell_len(line) for line in text} == {strip.size.width}
        assert [line.split()[0][:4] for line in text[:-1:2]] == ["eval"] * (lines // 2)
        assert "T" in text[-1] and text[-1].count("◆") + text[-1].count("VS") in (2, 3)


async def test_the_cursor_is_always_to_be_seen() -> None:
    """Wherever one is, at whatever zoom, exactly one cell is the cursor's, and a sign below it can still be read."""
    trace = sample("why_did_it_stop")
    app = app_for(trace)
    async with app.run_test(size=(80, 24)) as pilot:
        strip = await strip_of(pilot)
        cursor = strip._style("cursor"), strip._style("at")
        back = "left_square_bracket"
        for key in ("g", "G", "plus", back, "plus", "g", "minus", "s", "G", "0", back, back, back, back):
            await pilot.press(key)
            parts = [part for part in strip._marks(TRANSFORMERS) if part.style in cursor]
            assert len(parts) == 1 and parts[0].text in "█◆STV┴", key
        assert parts[0].text == "T"  # where the run was stopped


async def test_what_comes_before_it_is_drawn() -> None:
    """More may be known before the strip was drawn with what was known: it still has one line of marks."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(size=(80, 24)) as pilot:
        strip = await strip_of(pilot)
        for _ in range(4):
            strip.on_surveyed(Surveyed(strip._signs))
        await pilot.pause()
        assert "◆" in marks_of(strip) and "eval" in strip.render_line(0).text


async def test_the_mouse_seeks() -> None:
    """A click on a sign leads to the event that it stands for; dragged along, the cursor follows the pointer."""
    trace = sample("why_did_it_stop")
    app = app_for(trace)
    async with app.run_test(size=(80, 24)) as pilot:
        strip = await strip_of(pilot)
        screen = await browser(pilot)
        await pilot.click(RunStrip, offset=(1 + marks_of(strip).index("T"), 2))
        await pilot.pause()
        assert screen.cursor.index == 139
        assert app.focused is not strip  # the keys stay with the list
        seen = []
        left = 1 + strip._places.left
        await pilot.mouse_down(RunStrip, offset=(left, 1))
        for x in range(0, 50, 10):
            await pilot.hover(RunStrip, offset=(left + x, 1))
            await pilot.pause()
            seen.append(screen.cursor.index)
        await pilot.mouse_up(RunStrip, offset=(left + 40, 1))
        await pilot.hover(RunStrip, offset=(left, 1))
        await pilot.pause()
        assert seen == sorted(set(seen)) and seen[0] == 0 and screen.cursor.index == seen[-1]


async def test_the_pointer_asks() -> None:
    """Below the pointer stands which events a cell holds, and its signs in words."""
    trace = sample("why_did_it_stop")
    app = app_for(trace)
    async with app.run_test(size=(80, 24)) as pilot:
        strip = await strip_of(pilot)
        await pilot.hover(RunStrip, offset=(1 + marks_of(strip).index("T"), 2))
        await pilot.pause()
        assert "step 30, the stop was asked for, evaluated" in str(strip.tooltip)
        assert tip(0, strip._signs, Span(0, len(trace), 2), trace).plain == "#0 to #71, step 0, evaluated and saved"
        await pilot.hover(RunStrip, offset=(2, 1))
        assert strip.tooltip is None
        await pilot.press("H")
        await pilot.pause()
        assert "history of logs.eval_accuracy  3 changes" in text_of(app)


async def test_metric_and_zoom() -> None:
    """`c` and `C` go through the metrics and back; `+`, `-` and `0` zoom, and how far is told."""
    app = app_for(sample("why_did_it_stop"), 90)
    async with app.run_test(size=(80, 24)) as pilot:
        strip = await strip_of(pilot)
        first = strip.shown[0].name
        await pilot.press("c")
        await pilot.pause()
        assert strip.shown[0].name != first and strip.shown[0].name in text_of(app)
        await pilot.press("C", "plus", "plus")
        assert strip.shown[0].name == first and "×4" in marks_of(strip) and marks_of(strip).count("◆") <= 1
        await pilot.press("minus")
        assert "×2" in marks_of(strip)
        await pilot.press("0")
        assert "×" not in marks_of(strip)


async def test_the_metric_is_remembered(tmp_path: Path) -> None:
    """Who chose a metric sees it at the next look at the trace."""
    for first in ("eval_accuracy", "loss"):
        app = TraceApp([Source("trace.mpk", lambda _: sample("why_did_it_stop"), 90)], tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            strip = await strip_of(pilot)
            assert strip.shown[0].name == first
            await pilot.press("c", "c")
            await pilot.pause()


async def test_a_step_draws_nothing_in_vain() -> None:
    """In a trace of a million events a key moves the cursor by less than a cell: no cell of the strip is drawn."""
    app = app_for(MillionEvents())
    async with app.run_test(size=(80, 24)) as pilot:
        strip = await strip_of(pilot)
        await pilot.pause(0.5)
        drawn = []
        refresh = strip.refresh
        strip.refresh = lambda *regions, **options: drawn.extend(regions) or refresh(*regions, **options)
        await pilot.press("j")
        assert [region.width for region in drawn] == [] or all(region.x > 60 for region in drawn)


async def test_hostile_texts() -> None:
    """File name, causes and keys that would steer the terminal or be markup are shown as what they are."""
    app = app_for(hostile_trace())
    async with app.run_test(size=(100, 30)) as pilot:
        await strip_of(pilot)
        output = terminal_output(app)
        assert not any(text in output for text in HOSTILE if not text.isprintable())


@given(
    st.lists(st.sampled_from([0, EVALUATED, SAVED, EVALUATED | SAVED, STOPPED, FAILED, NONFINITE]), min_size=1),
    st.integers(1, 30),
)
def test_a_sign_leads_to_its_event(found: list[int], cells: int) -> None:
    """A cell shows the gravest of its signs, and a click in it leads to an event that has part of it."""
    span, signs = Span(0, len(found), cells), np.array(found, np.uint8)
    line = marks_line(signs, span, TRANSFORMERS, lambda _: Style())
    meant = {"✗": FAILED, "T": STOPPED, "!": NONFINITE, "◆": EVALUATED | SAVED, "S": SAVED, "V": EVALUATED}
    assert len(line) == cells
    for cell, part in enumerate(line):
        event = event_in(cell, signs, span, TRANSFORMERS)
        assert 0 <= event < len(found)
        assert part.text == "─" or found[event] & meant[part.text]


async def test_it_grows_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a run goes on its new values are drawn, its trouble is marked and counted; a metric that comes is found."""
    monkeypatch.setattr(following, "INTERVAL", 0.01)
    monkeypatch.setattr(browser_screen, "SOON", 0.0)
    path = tmp_path / "trace.mpk"
    with path.open("wb", buffering=0) as file:
        writer = TraceWriter(file.write, bytes(16), 0.0, {})

        def log(**values: float) -> None:
            given = {writer.name("logs"): [writer.name(tuple(values)), *values.values()]}
            writer.event(writer.name("on_log"), 10 * writer.events, 5, rare={Rare.INPUTS: given})

        log(loss=3.0)
        app = TraceApp([Source(str(path), lambda _: Trace.open(path, at_once=True), -1, True)])
        async with app.run_test(size=(140, 24)) as pilot:
            strip = await strip_of(pilot)
            for _ in range(4):
                log(loss=2.0, bleu=0.5)
            log(loss=float("nan"))
            for _ in range(200):
                await pilot.pause(0.01)
                if "trouble 1" in text_of(app) and len(strip._metrics or []) == 2:
                    break
            await pilot.pause()
            assert "!" in marks_of(strip) or "!" in strip._marks(TRANSFORMERS)[-2].text
            assert "6 events" in text_of(app) and [metric.name for metric in strip._metrics or []] == ["loss", "bleu"]
            assert len(strip._series["logs.loss"]) == 6


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_room(size: tuple[int, int]) -> None:
    """`_` gives the pane that has the keys more room, then all of it, then as much as before."""
    app = app_for(sample("why_did_it_stop"), 100)
    async with app.run_test(size=size) as pilot:
        screen = await browser(pilot)
        events, details = screen.query_one(EventList), screen.query_one(Details)

        def area() -> tuple[int, int]:
            return events.size.area * events.display, details.size.area * details.display

        first = area()
        for keys, one in (((), 0), (("tab",), 1)):
            await pilot.press(*keys, "underscore")
            await pilot.pause()
            more = area()
            await pilot.press("underscore")
            await pilot.pause()
            most = area()
            assert first[one] < more[one] < most[one] and most[1 - one] == 0 < more[1 - one] < first[1 - one]
            await pilot.press("underscore")
            await pilot.pause()
            assert area() == first


# -- what it is made of


@given(st.floats())
def test_a_number_fits(value: float) -> None:
    """Any number is told in five cells, to its first digit at least."""
    text = number_text(value)
    assert 0 < len(text) <= 5 + (abs(value) >= 1e100 or 0 < abs(value) < 1e-99)


@given(st.integers(1, 10**7), st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 10**7)), max_size=12))
def test_a_view(total: int, zooms: list[tuple[int, int]]) -> None:
    """However one zooms, the view lies in the run, holds an event, and follows the cursor; `0` shows all."""
    view = View(total)
    for steps, event in zooms:
        place = min(event, total - 1)
        view.follow(place)
        seen = view.seen
        view.zoom(steps, place)
        assert 0 <= view.begin <= place < view.begin + view.seen <= total
        assert steps or view.seen == total
        assert steps <= 0 or view.seen <= seen
    view.zoom(0, 0)
    assert (view.begin, view.seen, view.text) == (0, total, "")


@given(st.integers(1, 200), st.lists(NAMES, max_size=2))
def test_places(width: int, names: list[str]) -> None:
    """Whatever the metrics are called, the run has cells in the strip, and the parts have the width together."""
    where = places(width, names)
    assert where.middle >= 1 and where.left + where.middle + where.right == max(width, where.left + where.right + 1)


# -- the title


@given(NAMES, st.sampled_from(["", "2/3", "rank 1 of 4"]), NAMES, st.integers(1, 120))
def test_a_title_has_the_width_of_the_line(name: str, place: str, headline: str, width: int) -> None:
    """Any name and any headline fit a line; wide characters count two."""
    headlines = (headline + " (more)", headline) if headline else ()
    title = Title(name, place, headlines, ("842 events", "trouble 0", "save 5"))
    assert title_text(title, width, Style(), Style()).cell_len <= width


def test_what_a_title_leaves_out() -> None:
    """Narrow lines leave out counts from the right, then cut the headline; the name keeps its end, which tells it."""
    headlines = ("stopped at step 150 by E (on_evaluate)", "stopped at step 150 by E")
    title = Title("stops.mpk", "2/3", headlines, ("842 events", "trouble 0", "save 5"))

    def text(width: int) -> str:
        return title_text(title, width, Style(), Style()).plain

    assert text(100).startswith("stops.mpk 2/3  stopped at step 150 by E (on_evaluate)  ")
    assert text(100).endswith("save 5  trouble 0  842 events")
    assert text(60).endswith("by E  trouble 0  842 events") is False and text(60).endswith("842 events")
    assert text(45).rstrip() == "stops.mpk 2/3  stopped at step 150 by E"
    assert text(30).startswith("stops.mpk 2/3  stopped at") and text(30).endswith("…")
    long = Title("a_very_long_name_of_a_trace.rank12.mpk", headlines=headlines)
    assert (
        "…" in title_text(long, 40, Style(), Style()).plain and ".mpk" in title_text(long, 40, Style(), Style()).plain
    )


async def test_the_title_leads_to_what_it_says() -> None:
    """It says how the run ended and how much there is of it; a click goes to the event where that was decided."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(size=(120, 40)) as pilot:
        await strip_of(pilot)
        first = text_of(app).splitlines()[0]
        assert "stopped at step 30 of 900 by EarlyStoppingCallback" in first
        assert "eval 3  save 3  trouble 0  144 events" in first
        await pilot.click("TitleLine", offset=(30, 0))
        await pilot.pause()
        assert (await browser(pilot)).cursor.index == 139
