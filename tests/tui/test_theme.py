"""The theme that was chosen is there again; a light terminal gets a light one."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.browsed import app_for, browser, sample
from tracetui.replay.kept.folder import config_folder


async def theme_of(theme: str | None = None) -> str:
    """Open the browser, choose a theme, and return which it has begun with."""
    app = app_for(sample("why_did_it_stop"))
    async with app.run_test() as pilot:
        await browser(pilot)
        begun = app.theme
        if theme is not None:
            app.theme = theme
            await pilot.pause()
    return begun


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG", str(tmp_path / "deep" / "tracetui"))
    monkeypatch.delenv("TEXTUAL_THEME", raising=False)
    monkeypatch.delenv("COLORFGBG", raising=False)


async def test_the_theme_is_remembered() -> None:
    """What was chosen in the menu is there the next time; a name that is none any more is left alone."""
    assert await theme_of("nord") == "textual-dark"
    assert await theme_of() == "nord"
    (config_folder() / "theme").write_text("no such theme")
    assert await theme_of() == "textual-dark"
    (config_folder() / "theme").write_bytes(b"\xff")
    assert await theme_of() == "textual-dark"


async def test_nothing_is_written_unasked() -> None:
    """Who chooses no theme has no file of it."""
    await theme_of()
    assert not (config_folder() / "theme").exists()


async def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A choice that cannot be kept holds for this time."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TRACETUI_CONFIG", str(tmp_path / "file" / "x"))
    assert await theme_of("nord") == "textual-dark"


async def test_a_light_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that says that it is light gets a light theme, unless another one was chosen."""
    monkeypatch.setenv("COLORFGBG", "0;15")
    assert await theme_of("nord") == "textual-light"
    assert await theme_of() == "nord"
