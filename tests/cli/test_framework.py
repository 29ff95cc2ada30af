"""`events`, `show` and `info` of a trace whose framework nobody knows: in its words, and in no other's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.invented import FRAMEWORK, Ride, whole_ride
from tracetui.cli.events import text_lines
from tracetui.cli.main import main
from tracetui.replay import Trace

FOREIGN = re.compile(r"\bon_\w+|should_\w+|\w*Trainer\w*|CallbackHandler|transformers|global_step|TESVL")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a run."""
    found = tmp_path_factory.mktemp("invented") / "ride.mpk"
    found.write_bytes(whole_ride())
    return found


def said(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    """Return what a verb prints: nothing of it is in the words of transformers."""
    assert main([*map(str, arguments)]) == status
    captured = capsys.readouterr()
    assert FOREIGN.findall(captured.out + captured.err) == []
    return captured.out + captured.err


def test_events(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list has the framework's letters, steps and epochs; what its loop does all the time is quiet."""
    lines = said(capsys, "events", path).splitlines()
    assert len(lines) == 22
    place = lines[0].index("HKP")
    flags = {number: line[place : place + 3] for number, line in enumerate(lines[1:])}
    assert {number: text for number, text in flags.items() if text != "···"} == {
        5: "··P",
        6: "··P",
        7: "··p",
        **dict.fromkeys((18, 19, 20), "H··"),
    }
    assert lines[19].split() == ["18", "0.019000", "tock", "5", "1.6667", "H··", "Brake:", "halt", "on"]
    assert "Herald" not in "".join(lines) and "state.tick " not in "".join(lines)
    with Trace.open(path) as trace:
        assert list(text_lines(trace, trace, 70))[19].endswith("Brake: H on")


def test_the_loop_comes_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What callbacks changed stands before what the loop and the handler did, whatever these are called."""
    ride = Ride()
    ride.event("gates open")
    ride.writes({"state.ticks": 11})
    ride.event("tock", "Brake", {"control.halt": True})
    ride.event("tick", "Herald", {"state.ticks": 12})
    (tmp_path / "ride.mpk").write_bytes(ride.end())
    lines = said(capsys, "events", tmp_path / "ride.mpk").splitlines()
    assert lines[2].endswith("Brake: halt on; Ringmaster: state.ticks 10 → 11")
    assert lines[3].endswith("Herald: state.ticks 11 → 12")


def test_search(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--where` finds by the framework's flags and causes, and its errors are in the framework's words."""
    found = said(capsys, "events", path, "--json", "--where", 'changed("control.*", by="Ringmaster")')
    assert [json.loads(line)["index"] for line in found.splitlines()] == [0]
    assert "did you mean control.halt?" in said(capsys, "events", path, "--where", "halt", status=2)
    assert 'event == "gates open"' in said(capsys, "events", path, "--where", "'sung'", status=2)
    assert 'changed("control.halt", by=' in said(capsys, "events", path, "--where", "changed()", status=2)


def test_show(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An event is shown with its step, its epoch and the causes of its changes."""
    text = said(capsys, "show", path, 18)
    assert text.startswith("event 18: tock, step 5, epoch 1.66")
    assert "control.halt: False → True (by Brake)" in text
    assert "state.tick: 4 → 5 (by Ringmaster, before the event)" in text
    shown = json.loads(said(capsys, "show", path, 18, "--json"))
    assert (shown["step"], shown["control"]["halt"], shown["depth"]) == (5, True, 2)


def test_info(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first screen tells how the run ended, and of arguments no more than is known."""
    text = said(capsys, "info", path)
    assert "stopped at step 5 of 10 by Brake (tock, event 18)" in text
    assert "2 arguments with a default that is not known here" in text
    assert re.search(r"^saved|^best|^state ", text, re.MULTILINE) is None
    found = json.loads(said(capsys, "info", path, "--json"))
    assert (found["ending"]["kind"], found["ending"]["by"]) == ("stopped", "Brake")
    assert found["run"]["framework"] == FRAMEWORK
    assert found["counts"]["gates open"] == 1


def test_verify_and_pack(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Packed, the trace says the same."""
    before = said(capsys, "events", path, "--json"), json.loads(said(capsys, "info", path, "--json"))
    packed = tmp_path / "packed.mpk"
    said(capsys, "pack", path, "-o", packed)
    said(capsys, "verify", packed)
    after = said(capsys, "events", packed, "--json"), json.loads(said(capsys, "info", packed, "--json"))
    assert after[0] == before[0] and after[1]["ending"] == before[1]["ending"]
