"""What is copied: exact, safe where it is shown, and never a reason to fail."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from support.browsed import HOSTILE, hostile_trace, sample
from tracetui.replay.trace import Trace
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.values import Described
from tracetui.tui.copied import CLIPBOARD, COPIES, Here, exact_value, issue, put
from tracetui.tui.panes.rows import Row


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep what is copied away from the user's own."""
    monkeypatch.setenv("TRACETUI_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def here(value: object) -> Here:
    """Return a place with a selected value."""
    trace = sample("why_did_it_stop")
    return Here(trace, trace[139], Row((), "part", "path", value))


def test_a_value_is_copied_exactly() -> None:
    """A text as it is, a number with all its digits, everything else as strict JSON."""
    assert exact_value(here("a\n[b]\x1b")) == "a\n[b]\x1b"
    assert exact_value(here(0.1 + 0.2)) == "0.30000000000000004" and exact_value(here(float("nan"))) == "NaN"
    assert exact_value(here(True)) == "True" and exact_value(here(12345678)) == "12345678"
    assert json.loads(exact_value(here({"a": [1, float("inf")]})) or "") == {"a": [1, "Infinity"]}
    assert "torch.Tensor" in (exact_value(here(Described("torch.Tensor", "shape=(2,)"))) or "")


def test_everything_can_be_copied_of_any_event(state: Path) -> None:
    """Of hostile events, too: nothing fails, and what is for reading has no control byte."""
    trace = hostile_trace()
    for index in range(len(HOSTILE)):
        for copy in COPIES:
            text = copy.make(Here(trace, trace[index]))
            if text is not None:
                told = put(text, lambda sound: sound.encode())
                assert told.isprintable()
                if copy.key in "cmj":
                    assert all(letter == "\n" or letter.isprintable() for letter in text), copy


def test_markdown_can_not_be_broken_out_of() -> None:
    """A text full of backticks stays inside its block, a name full of markup is shown as it is."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 0.0, {})
    name = writer.name("<b>*on*_log_`x`")
    writer.event(name, 1, 1, [], [name, [writer.name("state.x"), "```\n````` # break"]])
    trace = Trace.from_bytes(bytes(data))
    lines = issue(Here(trace, trace[0])).splitlines()
    fence = "`" * 6
    assert lines[2] == fence and lines.count(fence) == 2 and "`````" in lines[3]
    assert "\\<b\\>\\*on\\*\\_log\\_\\`x\\`" in lines[0]


def test_what_was_copied_is_in_a_file_of_the_user_alone(state: Path) -> None:
    """The file has all of it, for terminals that do not take it; nobody else reads it."""
    sent: list[str] = []
    told = put("first\nsecond \ud800", sent.append)
    assert sent == ["first\nsecond \\ud800"] and (state / "copied.txt").read_text() == sent[0]
    assert stat.S_IMODE((state / "copied.txt").stat().st_mode) == 0o600 and "copied.txt" in told
    assert "second" not in told and "\n" not in told
    assert "too long" in put("x" * (CLIPBOARD + 1), sent.append) and len(sent) == 1
    assert len((state / "copied.txt").read_text()) == CLIPBOARD + 1


def test_a_folder_that_can_not_be_written_is_told(state: Path) -> None:
    """The clipboard has it all the same."""
    state.write_text("a file in the place of the folder")
    sent: list[str] = []
    told = put("text", sent.append)
    assert sent == ["text"] and told.startswith("copied text; no file of it")
