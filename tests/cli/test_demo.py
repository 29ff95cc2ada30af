"""`tracetui demo`, without the training itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import write
from tracetui.cli import demo
from tracetui.cli.main import main


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The viewer is installed without torch: the demo says in one line how to get it."""
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    assert main(["demo", "--no-tui"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert 'pip install "tracetui[train]"' in line
    assert "torch" in line


def test_without_a_browser_it_prints(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal the demo prints `info` and the first 20 events."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "find_spec", lambda name: object())
    monkeypatch.setattr(demo, "record", lambda where: write(where / "trace.mpk", 30))
    assert main(["demo", "--no-tui"]) == 0
    printed = capsys.readouterr().out
    assert "events by name" in printed
    assert "   19  " in printed
    assert "   20  " not in printed
    assert (tmp_path / "runs" / "demo" / "trace.mpk").exists()


def test_it_works_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If ./runs/demo cannot be made, a temporary folder is taken."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").write_text("a file in the way")
    assert demo.folder().is_dir()
    assert tmp_path not in demo.folder().resolve().parents


def test_the_last_line_leads_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """After the browser one reads where the trace is, and what opens it again, below all that training printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "NEEDED", ())
    monkeypatch.setattr(demo, "record", lambda where: where / "trace.mpk")
    monkeypatch.setattr(demo, "has_terminal", lambda: True)
    monkeypatch.setattr(demo, "browse", lambda traces: 0)
    assert demo.command.main([], standalone_mode=False) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "tracetui: the trace is runs/demo/trace.mpk; to open it again: tracetui runs/demo/trace.mpk"
