"""An error of ours: the terminal is as it was, and one reads what to report and where it stands."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from support.browsed import SAMPLES
from tracetui.tui.crash import report, told, write

pytestmark = pytest.mark.slow  # each case starts a Python

SCRIPT = """
import sys
from tracetui.cli.main import main
from tracetui.tui.{module} import {owner}
def broken(self, *rest, **named):
    raise KeyError("\\x1b]0;owned\\x07 \\x9b2J")
{owner}.{method} = broken
sys.exit(main([{trace!r}]))
"""


def browsed(script: str, keys: str, home: Path) -> tuple[int, str, bool]:
    """Run a script on a terminal of its own; return its status, what it has sent, and if the terminal is as it was."""
    ours, its = pty.openpty()
    before = termios.tcgetattr(its)
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(home), "TRACETUI_CONFIG": str(home)}
    environment |= {"TRACETUI_STATE": str(home)}
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True)
    sent = b""
    begin = time.monotonic()
    os.set_blocking(ours, False)
    while process.poll() is None and time.monotonic() - begin < 30:
        try:
            sent += os.read(ours, 1 << 16)
        except BlockingIOError:
            time.sleep(0.02)
        if keys and b"on_init_end" in sent:
            os.write(ours, keys.encode())
            keys = ""
    process.kill()  # if it hangs
    time.sleep(0.1)
    try:
        while part := os.read(ours, 1 << 16):
            sent += part
    except BlockingIOError:
        pass
    same = termios.tcgetattr(its) == before
    os.close(ours)
    os.close(its)
    return process.wait(), sent.decode(errors="replace"), same


@pytest.mark.parametrize(
    ("module", "owner", "method", "keys"),
    [
        ("moving", "Moving", "go_to", "j"),  # in a key
        ("panels.details", "Details", "show", ""),  # before the first screen
        ("screens.loading", "LoadingScreen", "_load", ""),  # in a thread
    ],
)
def test_an_error_of_ours(tmp_path: Path, module: str, owner: str, method: str, keys: str) -> None:
    """Wherever it is raised: status 2, no mode of the terminal is left on, and what is printed is safe and enough."""
    trace = str(SAMPLES / "why_did_it_stop.mpk")
    status, sent, same = browsed(SCRIPT.format(module=module, owner=owner, method=method, trace=trace), keys, tmp_path)
    assert status == 2 and same
    screen, _, rest = sent.rpartition("\x1b[?1049l")
    assert screen
    for mode in ("1000", "1003", "1006", "2004"):
        assert sent.rfind(f"\x1b[?{mode}l") > sent.rfind(f"\x1b[?{mode}h")
    assert "an error of tracetui itself" in rest and "versions: tracetui" in rest and "KeyError" in rest
    assert "raise KeyError" in rest or "in broken" in rest
    assert (
        "\x1b]0;" not in rest
        and "\x9b" not in rest
        and "␛]0;owned␇" in rest.replace("\\x1b", "␛").replace("\\x07", "␇")
    )
    (path,) = tmp_path.rglob("tracetui-error-*.txt")
    assert str(path) in rest and path.stat().st_mode & 0o77 == 0
    whole = path.read_text()
    assert "python: 3." in whole and "in broken" in whole and "screen: " in whole and "\x1b" not in whole
    assert ("event: 0" in whole and "144 events" in whole) is (module != "screens.loading")


def test_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that cannot be kept is printed as a whole."""
    monkeypatch.setattr("tracetui.tui.crash.os.open", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    lines = report(ValueError("x"), {"fact": "y"})
    assert write(lines) is None
    shown = told(ValueError("x"), lines, None)
    assert shown[: len(lines)] == lines and "could not be written" in shown[-1]
