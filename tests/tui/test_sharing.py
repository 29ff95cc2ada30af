"""What one gives to others: a picture of the screen, and the events that are listed."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from textual.pilot import Pilot

from support.browsed import HOSTILE, app_for, browser, hostile_trace, sample, text_of
from support.project import ROOT
from tracetui.export import events_file
from tracetui.export.events_file import write_events
from tracetui.export.jsonl import summary
from tracetui.tui import picture
from tracetui.tui.messages import Filtered

pytestmark = pytest.mark.slow  # the journeys are the quick ones of this kind


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def told(pilot: Pilot[Any], text: str) -> None:
    """Wait until the user is told something."""
    for _ in range(100):
        await pilot.pause(0.02)
        if any(text in note.message for note in pilot.app._notifications):
            return
    raise AssertionError([note.message for note in pilot.app._notifications])


async def test_a_picture(tmp_path: Path) -> None:
    """^s saves the screen beside where one is, under the name of the place, keeps blanks, and overwrites nothing."""
    app = app_for(sample("why_did_it_stop"), 20)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await browser(pilot)
        await pilot.press("ctrl+s")
        await told(pilot, "saved as why_did_it_stop.mpk-20.svg")
        await pilot.press("ctrl+s")
        await told(pilot, "saved as why_did_it_stop.mpk-20-1.svg")
    root = ElementTree.fromstring((tmp_path / "why_did_it_stop.mpk-20.svg").read_text())
    assert root.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
    assert "on_pre_optimizer_step" in "".join(root.itertext())
    assert len(list(tmp_path.iterdir())) == 2


async def test_a_picture_of_a_hostile_trace(tmp_path: Path) -> None:
    """Whatever the trace is called and holds, the picture is a file here, and sound."""
    app = app_for(hostile_trace())
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await browser(pilot)
        await pilot.press("ctrl+s")
        await told(pilot, "saved as")
    (found,) = tmp_path.iterdir()
    assert found.suffix == ".svg" and not set(found.name) & set("/\x1b\x07[];") and found.read_text()


async def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that cannot be written to the picture goes where temporary files are, and its whole name is told."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setattr(picture.tempfile, "gettempdir", lambda: str(other))
    real = os.open

    def refused(path: Any, *rest: Any) -> int:
        if Path(path).parent == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest)

    monkeypatch.setattr(picture.os, "open", refused)
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(notifications=True) as pilot:
        await browser(pilot)
        await pilot.press("ctrl+s")
        await told(pilot, f"saved as {other}")
    monkeypatch.setattr(picture.tempfile, "gettempdir", lambda: str(tmp_path))
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test(notifications=True) as pilot:
        await browser(pilot)
        await pilot.press("ctrl+s")
        await told(pilot, "no picture: ")
        assert "on_init_end" in text_of(app)


async def test_the_listed_events(tmp_path: Path) -> None:
    """The events of the list, or those that a filter leaves, are written as `events --json` prints them."""
    trace = sample("why_did_it_stop")
    async with app_for(trace).run_test(notifications=True) as pilot:
        screen = await browser(pilot)
        assert screen.command_export("all.jsonl") == ""
        await told(pilot, "144 events are in all.jsonl")
        screen.post_message(Filtered("x", np.array([3, 139])))
        await pilot.pause()
        assert screen.command_export("two.jsonl") == ""
        await told(pilot, "2 events are in two.jsonl")
        assert "already" in screen.command_export("two.jsonl") and "name of a file" in screen.command_export("")
        assert screen.command_export("none/x.jsonl") == ""
        await told(pilot, "none/x.jsonl: No such file or directory")
    lines = [json.loads(line) for line in (tmp_path / "two.jsonl").read_text().splitlines()]
    assert lines == [json.loads(json.dumps(summary(trace[index], trace))) for index in (3, 139)]
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 144


def test_what_ends_it_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is there when it is whole, or not at all; and hostile texts are strict JSON."""
    monkeypatch.setattr(events_file, "STEP", 2)

    def stop(done: int) -> None:
        raise InterruptedError(str(done))

    with pytest.raises(InterruptedError, match="2"):
        write_events(sample("why_did_it_stop"), range(10), "x.jsonl", stop)
    assert list(tmp_path.iterdir()) == []
    assert write_events(hostile_trace(), range(len(HOSTILE)), "x.jsonl") == len(HOSTILE)
    assert [json.loads(line)["index"] for line in Path("x.jsonl").read_text().splitlines()] == list(range(len(HOSTILE)))
    with pytest.raises(FileExistsError):
        write_events(hostile_trace(), [0], "x.jsonl")


def test_the_recipe_for_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What CONTRIBUTING.md says draws a picture whose columns are in line."""
    monkeypatch.chdir(ROOT)
    text = (ROOT / "CONTRIBUTING.md").read_text()
    script = textwrap.dedent(text.partition("python - <<'EOF'\n")[2].partition("    EOF\n")[0])
    exec(script.replace("/tmp", str(tmp_path)), {})
    drawn = (tmp_path / "look.svg").read_text()
    assert 'xml:space="preserve"' in drawn and "why_did_it_stop.mpk" in drawn
