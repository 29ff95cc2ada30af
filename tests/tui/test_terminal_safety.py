"""What a trace says never acts on the terminal: on a pty of its own, whatever key is pressed, on whatever screen."""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pytest
from rich.cells import cell_len

from support.browsed import HOSTILE, app_for, browser, hostile_bytes
from tracetui.replay import Trace
from tracetui.tui.actions import ACTIONS

OURS = re.compile(
    r"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]"  # CSI: colours, the cursor, modes: what they are is looked at below
    r"|\x1b\]52;c;[A-Za-z0-9+/=]*(?:\x07|\x1b\\)"  # a copy into the clipboard, in base 64
    r"|\x1b\]22;[a-z-]*\x07"  # the shape of the pointer
    r"|\x1bP=[12]s\x1b\\"  # begin and end of a frame, as older terminals know it
    r"|\x1b[78=>(]B?"
)
FINALS = frozenset("mHhlJKABCDGfnucrtqpS")
"""Last characters of the CSI sequences that Textual itself sends."""

SENDS = {
    "down": "\x1b[B", "up": "\x1b[A", "right": "\x1b[C", "left": "\x1b[D", "enter": "\r", "escape": "\x1b", "tab": "\t",
    "backspace": "\x7f", "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "home": "\x1b[H", "end": "\x1b[F",
    "slash": "/", "colon": ":", "space": " ", "question_mark": "?", "equals_sign": "=", "plus": "+", "minus": "-",
    "less_than_sign": "<", "greater_than_sign": ">", "right_square_bracket": "]", "left_square_bracket": "[",
    "underscore": "_", "f1": "\x1bOP", "f7": "\x1b[18~", "f8": "\x1b[19~", "alt+left": "\x1b[1;3D",
    "alt+right": "\x1b[1;3C", "shift+down": "\x1b[1;2B", "shift+up": "\x1b[1;2A",
}  # fmt: skip
"""What a terminal sends for a key, where that is not its name."""

ALLOWED = "\n\r\x07"
"""Ends of lines, and the bell, which rings where there is nowhere to go."""

KEYS = [action.keys.split(",")[0] for action in ACTIONS if action.run != "app.quit"]
SIZES = ((80, 24), (140, 45))


def sent_for(key: str) -> str:
    """Return what a terminal sends for a key."""
    if key.startswith("ctrl+"):
        return chr(ord(key[-1]) & 31)
    return SENDS.get(key, key)


def shown(path: Path, keys: list[str], size: tuple[int, int]) -> str:
    """Browse a file on a terminal of its own, press keys, leave; return all that was sent to the terminal."""
    ours, its = pty.openpty()
    ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(path.parent)}
    command = [sys.executable, "-m", "tracetui", path.name]
    process = subprocess.Popen(
        command, cwd=path.parent, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True
    )
    os.close(its)
    data = b"".join(_until_quiet(ours, 20.0, 1.5))
    for key in keys:
        os.write(ours, sent_for(key).encode())
        data += b"".join(_until_quiet(ours, 0.4, 0.08))
        if key in ("slash", "colon", "f"):
            os.write(ours, b"a\r")
            data += b"".join(_until_quiet(ours, 0.4, 0.1))
    for _ in range(4):
        os.write(ours, b"\x1b")
        data += b"".join(_until_quiet(ours, 0.4, 0.3))
    os.write(ours, b"q")
    data += b"".join(_until_quiet(ours, 5.0, 2.0))
    process.kill()
    assert process.wait() == 0, data[-2000:]
    os.close(ours)
    return data.decode("utf-8", "surrogateescape")


def _until_quiet(descriptor: int, patience: float, quiet: float) -> Iterator[bytes]:
    """Give what comes, until nothing has come for a while."""
    end = time.monotonic() + 30
    while time.monotonic() < end and select.select([descriptor], [], [], patience)[0]:
        try:
            found = os.read(descriptor, 1 << 16)
        except OSError:  # it has ended
            return
        if not found:
            return
        patience = quiet
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_text_of_a_trace_acts_on_a_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    """Of a trace full of escape sequences, any key of any screen sends text, colours and moves; nothing else."""
    path = tmp_path / "a\x1b]0;b\x07\u202ec[d].mpk"
    path.write_bytes(hostile_bytes())
    output = shown(path, ["j", *KEYS, "G", *KEYS], size)
    assert "[/INST]" in output
    finals = {found[-1] for found in OURS.findall(output) if found.startswith("\x1b[")}
    assert finals <= FINALS
    text = OURS.sub("", output)
    acts = {char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Cf", "Co")}
    assert not acts - set(ALLOWED)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_line_is_as_wide_as_the_screen(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wide, narrow and combining characters of a trace push nothing out of its column, on any screen."""
    monkeypatch.chdir(tmp_path)  # a key saves a picture
    app = app_for(Trace.from_bytes(hostile_bytes()))
    async with app.run_test(size=size) as pilot:
        await browser(pilot)
        for index, key in enumerate(KEYS):
            await pilot.press(key)
            await pilot.pause()
            widths = {sum(map(cell_len, (part.text for part in strip))) for strip in _strips(app)}
            assert widths == {size[0]}, (index, key)


def _strips(app: object) -> list[list[object]]:
    return app.screen._compositor.render_strips()  # type: ignore[attr-defined,no-any-return]


def test_all_hostile_texts_are_in_the_file() -> None:
    """The trace of these tests has each of the texts in its list of names."""
    names = Trace.from_bytes(hostile_bytes()).columns.names
    assert set(HOSTILE) <= set(names)
