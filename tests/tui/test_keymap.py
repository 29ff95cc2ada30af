"""Keys of one's own: what is right in the file counts, what is wrong is told and changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tracetui.tui.actions import ACTIONS, KEYMAP, Action
from tracetui.tui.keymap import Keymap, wanted_keys

DEFAULTS = {"next": ("j", "down"), "quit": ("q",), "row": ("j",), "help": ("question_mark",)}
PLACES = {"next": "", "quit": "", "row": "Page", "help": ""}


def keymap(text: str, folder: Path) -> Keymap:
    """Return what a file makes of the keys."""
    path = folder / "keys.toml"
    path.write_text(text, "utf-8")
    return Keymap(DEFAULTS, PLACES, wanted_keys(path))


def test_keys_are_replaced(tmp_path: Path) -> None:
    """One key, several, none; a key that another action had is taken from it, but not in another place."""
    found = keymap('next = ["x", "ctrl+n"]\nquit = "j"\nhelp = []', tmp_path)
    assert found.faults == []
    assert found.keys == {"next": ("x", "ctrl+n"), "quit": ("j",), "row": ("j",), "help": ()}
    assert keymap('quit = "down"', tmp_path).keys == {**DEFAULTS, "quit": ("down",), "next": ("j",)}
    assert keymap('quit = "/"', tmp_path).keys["quit"] == ("slash",)
    assert Keymap(DEFAULTS, PLACES, wanted_keys(tmp_path / "none")).keys == DEFAULTS


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nxt = 'x'", "nxt: there is no such action; did you mean next?"),
        ("next = 5", "next: a key is a text"),
        ("next = ['a', 5]", "next: a key is a text"),
        ("next = {a = 'b'}", "next: a key is a text"),
        ("next = 'no key'", "next: 'no key' is no key"),
        ("next = ''", "next: '' is no key"),
        ("next = 'ctrl+c'", "next: ctrl+c is taken"),
        ("next = 'x'\nquit = 'x'", "quit: x is the key of next, too"),
        ("next = ", "Invalid value (at end of document)"),
        ("'\\u009b2J' = 'x'", "‹U+009B›"),
        ('"\\u009b2J" = "x"', "‹U+009B›"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, fault: str) -> None:
    """Each mistake is one line, and leaves the keys of that action as they are."""
    found = keymap(text, tmp_path)
    if "\\u009b" not in text:
        assert found.faults[0].startswith(fault), found.faults
    assert len(found.faults) == 1 and "\x9b" not in found.faults[0] and "\n" not in found.faults[0]
    assert found.keys == {**DEFAULTS, **({"next": ("x",)} if text.startswith("next = 'x'") else {})}


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A folder in the file's place, or bytes that are no text, is one line, too."""
    (tmp_path / "keys.toml").mkdir()
    assert "directory" in str(wanted_keys(tmp_path / "keys.toml")).lower()
    (tmp_path / "b").write_bytes(b"\xff")
    assert "decode" in str(wanted_keys(tmp_path / "b"))


def test_each_action_has_a_name() -> None:
    """Every action of the table can be named in the file, and no two by the same name."""
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names) and all(name.isidentifier() and name.islower() for name in names)
    assert {"next_step", "match", "match_back", "page", "quit", "help", "details_tab_state"} <= set(names)
    assert KEYMAP.faults == []


def test_keys_without_a_name_are_shown() -> None:
    """Help and menu show the keys that one has set, not those of the table."""
    action = Action("j,down", "move('forward')", "Next", "next event", "Move", shown="↓ j")
    assert action.with_keys(("j", "down")).written == "↓ j" and action.with_keys(("x", "ctrl+n")).written == "x ^n"


def test_the_browser_has_them(tmp_path: Path) -> None:
    """A key of the file works in the app, the one of the table no longer, and `tracetui config` prints them all."""
    (tmp_path / "keys.toml").write_text('line = "x"\nnothing = "y"\n')
    script = """
import asyncio, sys
sys.path[:0] = ["tests"]
from support.browsed import app_for, browser, sample, text_of
async def main():
    app = app_for(sample("why_did_it_stop"), 3)
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        screen = await browser(pilot)
        await pilot.pause(0.5)
        assert "keys.toml: nothing: there is no such" in text_of(app), text_of(app)
        await pilot.press("x")
        here = screen.cursor.index
        assert here > 3
        await pilot.press("j", "down")
        assert screen.cursor.index == here
        await pilot.press("question_mark")
        assert "next line of the list" in text_of(app)
asyncio.run(main())
"""
    environment = {"TRACETUI_CONFIG": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    words = [sys.executable, "-m", "tracetui.cli.main", "config"]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0 and str(tmp_path / "keys.toml") in done.stderr
    assert '\nline = "x"  # next line of the list\n' in done.stdout
    path = tmp_path / "again.toml"
    path.write_text(done.stdout)
    wanted = wanted_keys(path)
    assert not isinstance(wanted, str) and len(wanted) == len(ACTIONS)
